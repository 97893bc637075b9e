/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_TIMES_H
#define DBPOOL_TIMES_H

#include "dbpool.h"

/* Times that a thread has counted and not yet handed over. Few buckets are
 * touched from one hand-over to the next, so only those are moved.
 *
 * Invariant: a bucket that is not 0 has its bit in touched.
 * Thread:    its own. */
struct dbpool__times {
    struct dbpool_times times;
    uint32_t touched;
};

struct dbpool__timing {
    struct dbpool__times wait;
    struct dbpool__times run;
    struct dbpool__times request;
};

/* A pool's. */
struct dbpool__times_sum {
    struct dbpool_times wait;
    struct dbpool_times run;
    struct dbpool_times request;
};

/* @count things took @ns each. */
void dbpool__times_add(struct dbpool__times *times, uint64_t ns,
                       uint64_t count);

/* Adds all of @from to @to; @from is empty afterwards. */
void dbpool__timing_move(struct dbpool__times_sum *to,
                         struct dbpool__timing *from);

#endif
