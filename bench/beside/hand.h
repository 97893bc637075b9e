/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_HAND_H
#define PLUNGE_BESIDE_HAND_H

#include <stddef.h>

#include "beside/asked.h"

struct sqlite3;
struct uv_loop_s;
struct dbpool_options;

/* The same by hand: what one writes who knows both libraries and wants no more
 * than the answers. */

/* A connection with the settings of the pool's, of SQLite's interface alone:
 * its flags, its timeout, its cache and its mapping. NULL: it cannot be opened,
 * and the program has ended. */
struct sqlite3 *hand_open(const char *database,
                          const struct dbpool_options *options);

/* Starts @threads threads on the stacks that @options say. Each of the first
 * asked->count opens a connection, and, when all of these are open, asks for
 * one of asked->logins and hands the row over; the others wait. When the loop
 * has all rows it has the threads close their connections, one after another,
 * and end, joins them and closes its handle. Runs the loop until then. */
struct hand_work {
    struct uv_loop_s *loop;
    const char *database;
    const struct dbpool_options *options;
    const struct asked *asked;
    unsigned threads;
};

void hand_round(const struct hand_work *work);

#endif
