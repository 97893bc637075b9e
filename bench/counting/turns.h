/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COUNTING_TURNS_H
#define PLUNGE_COUNTING_TURNS_H

#include <stdint.h>

/* One thread at a time, and always the same one next, so that the same program
 * executes the same instructions in each run.
 *
 * The linker wraps what threads start, end and wait with (TURNS in the
 * Makefile). Who has the turn keeps it until it waits: for a condition, for
 * events, for a thread's end. Next is who may go on, in the order of starting;
 * a thread that waits for events comes only where nobody else may, so that a
 * loop meets all that its pool's threads can do meanwhile at once. A mutex is
 * therefore never found locked, and no wait ends by a clock: time passes only
 * when it is read, or when all wait for it.
 *
 * What is waited for by other means (barriers, futexes, busy loops) is not
 * seen. A program in which nobody may go on any more is ended with a message.
 */

/* What would have been system calls, and what one processor would have gone
 * from thread to thread. */
struct turns_counts {
    uint64_t waits;    /* for a condition or a semaphore */
    uint64_t wakes;    /* of who waited for one */
    uint64_t switches; /* the turn was given to another thread */
    uint64_t clock;    /* readings; no system calls, but they have a price */
};

/* Thread: whose turn it is. */
struct turns_counts turns_counts(void);

#endif
