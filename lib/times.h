/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_TIMES_H
#define DBPOOL_TIMES_H

#include "dbpool.h"
#include "queue.h"

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

/* What a request's owner wants to know, with options.timing. */
static inline void dbpool__times_submitted(struct dbpool_request *request,
                                           uint64_t now_ns) {
    if (request->times != NULL) {
        *request->times = (struct dbpool_request_times){.submitted_ns = now_ns};
    }
}

static inline void dbpool__times_begun(struct dbpool_request *request,
                                       uint64_t now_ns) {
    if (request->times != NULL) {
        request->times->begun_ns = now_ns;
    }
}

static inline void dbpool__times_ended(struct dbpool_request *request,
                                       uint64_t now_ns) {
    if (request->times != NULL) {
        request->times->ended_ns = now_ns;
    }
}

/* All of @queue. */
void dbpool__times_taken(const struct dbpool__queue *queue, uint64_t now_ns);
void dbpool__times_delivered(const struct dbpool__queue *queue,
                             uint64_t now_ns);

/* @count things took @ns each. */
void dbpool__times_add(struct dbpool__times *times, uint64_t ns,
                       uint64_t count);

/* Adds all of @from to @to; @from is empty afterwards. */
void dbpool__timing_move(struct dbpool__times_sum *to,
                         struct dbpool__timing *from);

#endif
