/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_GUARD_H
#define DBPOOL_GUARD_H

#include <stdatomic.h>
#include <stdint.h>
#include <uv.h>

#include "stop.h"

/* What a thread asks before a request, while it runs, and while it waits for a
 * lock of others: whether it is to stop. Each request is asked about by name,
 * so that what is meant for one never hits the next.
 *
 * Thread: the session's. */
struct dbpool__guard {
    struct dbpool *pool;
    const atomic_uint *alarms;      /* the pool's */
    struct dbpool__queue *batch;    /* what is behind the request */
    struct dbpool_request *request; /* under way; NULL: none */
    enum dbpool__stop stop;         /* why it was told to stop */
    uint64_t end_ns;                /* of its time to run; 0: none */
    bool may_end_early;             /* a stream that only reads: see
                                       dbpool_stream_stop() */
};

/* Whether somebody is to stop, perhaps the request under way. */
static inline bool dbpool__guard_is_alarmed(const struct dbpool__guard *guard) {
    return atomic_load_explicit(guard->alarms, memory_order_relaxed) != 0;
}

/* As begin(), for a request that may have to stop. */
bool dbpool__guard_admits(struct dbpool__guard *guard,
                          struct dbpool__error *error);

/* @request was the next one of guard->batch. False: it must not be run, and
 * @error says why. */
static inline bool dbpool__guard_begin(struct dbpool__guard *guard,
                                       struct dbpool_request *request,
                                       struct dbpool__error *error) {
    guard->request = request;
    guard->stop = DBPOOL__STOP_NONE;
    guard->may_end_early = false;
    guard->end_ns = 0;
    return (request->run_timeout_ms == 0 && !dbpool__guard_is_alarmed(guard)) ||
           dbpool__guard_admits(guard, error);
}

/* It is not any more. */
void dbpool__guard_end(struct dbpool__guard *guard);

/* Whether the request under way is to stop. Once it is, it is until end(). */
bool dbpool__guard_stops(struct dbpool__guard *guard);

/* Waits for @changed, for @ns at most, and no longer than the request may run;
 * not at all when it is to stop: alarms come by way of the lane's condition.
 * Mutex held. */
void dbpool__guard_doze(struct dbpool__guard *guard, uv_cond_t *changed,
                        uint64_t ns);

/* The status of what was done for the request: @status, or, when that failed
 * because it was told to stop, the status of that; @error, too. A stream that
 * was read far enough has not failed. */
int dbpool__guard_explain(struct dbpool__guard *guard, int status,
                          struct dbpool__error *error);

#endif
