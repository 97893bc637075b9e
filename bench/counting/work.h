/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COUNTING_WORK_H
#define PLUNGE_COUNTING_WORK_H

#include <stdint.h>

/* What SQLite has done so far, as it counts itself, over all connections of the
 * process. The linker wraps what connections and statements end with (TURNS in
 * the Makefile), since what they have counted goes with them; what a lookup is
 * answered with is not wrapped, so looking costs it nothing.
 *
 * Limit:  CONNECTIONS_MAX at once, or the program is ended with a message.
 * Thread: whose turn it is (turns.h). */
struct work {
    uint64_t statements;    /* run */
    uint64_t steps;         /* of its virtual machine */
    uint64_t pages_found;   /* in the connection's cache */
    uint64_t pages_read;    /* from the file or its log */
    uint64_t pages_written; /* to them */
};

/* Up to now. */
struct work work_done(void);

#endif
