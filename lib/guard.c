/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include "pool.h"
#include "wait.h"

#define NS_PER_MS UINT64_C(1000000)

/* Those of the batch that are behind the request under way and are to stop
 * need not wait for it. Mutex held. */
static void leave_out_rest(struct dbpool__guard *guard,
                           struct dbpool__queue *stopped) {
    struct dbpool_request *request = guard->batch->head;
    for (size_t left = guard->batch->count; left != 0; left--) {
        struct dbpool_request *next = request->next;
        enum dbpool__stop stop =
            dbpool__stop_reason(guard->pool, request, false);
        if (stop != DBPOOL__STOP_NONE) {
            dbpool__queue_remove(guard->batch, request);
            dbpool__stop_one(request, stop, stopped);
        }
        request = next;
    }
}

/* Whether leave_out_rest() would find one. Mutex held. */
static bool is_rest_to_stop(const struct dbpool__guard *guard) {
    const struct dbpool_request *request = guard->batch->head;
    for (size_t left = dbpool__guard_is_alarmed(guard) ? guard->batch->count
                                                       : 0;
         left != 0; left--) {
        if (dbpool__stop_reason(guard->pool, request, false) !=
            DBPOOL__STOP_NONE) {
            return true;
        }
        request = request->next;
    }
    return false;
}

/* Of the request under way. Mutex held. */
static enum dbpool__stop reason(const struct dbpool__guard *guard, bool begun) {
    enum dbpool__stop stop =
        dbpool__stop_reason(guard->pool, guard->request, begun);
    return stop == DBPOOL__STOP_NONE && guard->may_end_early &&
                   guard->request->stopped
               ? DBPOOL__STOP_ENOUGH
               : stop;
}

static void ask(struct dbpool__guard *guard, bool begun) {
    struct dbpool__queue stopped = {0};
    uv_mutex_lock(&guard->pool->mutex);
    guard->stop = reason(guard, begun);
    leave_out_rest(guard, &stopped);
    uv_mutex_unlock(&guard->pool->mutex);
    dbpool__stop_all(guard->pool, &stopped);
}

bool dbpool__guard_admits(struct dbpool__guard *guard,
                          struct dbpool__error *error) {
    uint32_t run_timeout_ms = guard->request->run_timeout_ms;
    if (run_timeout_ms != 0) {
        guard->end_ns = uv_hrtime() + run_timeout_ms * NS_PER_MS;
    }
    if (dbpool__guard_is_alarmed(guard)) {
        ask(guard, false);
    }
    if (guard->stop == DBPOOL__STOP_NONE) {
        return true;
    }
    (void)dbpool__stop_error(guard->request, guard->stop, error);
    return false;
}

void dbpool__guard_end(struct dbpool__guard *guard) {
    guard->request = NULL;
    guard->stop = DBPOOL__STOP_NONE;
}

bool dbpool__guard_stops(struct dbpool__guard *guard) {
    if (guard->request == NULL) {
        return false;
    }
    if (guard->stop == DBPOOL__STOP_NONE && dbpool__guard_is_alarmed(guard)) {
        ask(guard, true);
    }
    if (guard->stop == DBPOOL__STOP_NONE && guard->end_ns != 0 &&
        uv_hrtime() >= guard->end_ns) {
        guard->stop = DBPOOL__STOP_RUN_TIMEOUT;
    }
    return guard->stop != DBPOOL__STOP_NONE;
}

void dbpool__guard_doze(struct dbpool__guard *guard, uv_cond_t *changed,
                        uint64_t ns) {
    struct dbpool *pool = guard->pool;
    if (guard->request != NULL) {
        /* An alarm that came since it was asked for would not be heard. */
        if (reason(guard, true) != DBPOOL__STOP_NONE ||
            is_rest_to_stop(guard)) {
            return;
        }
        uint64_t now = guard->end_ns != 0 ? uv_hrtime() : 0;
        if (guard->end_ns != 0 && guard->end_ns < now + ns) {
            ns = guard->end_ns > now ? guard->end_ns - now : 0;
        }
    }
    if (ns != 0) {
        dbpool__wait(changed, &pool->mutex, ns);
    }
}

int dbpool__guard_explain(struct dbpool__guard *guard, int status,
                          struct dbpool__error *error) {
    if (status == DBPOOL_ECANCELED && guard->stop == DBPOOL__STOP_NONE &&
        guard->request != NULL) {
        guard->stop = DBPOOL__STOP_ABORTED; /* its connection was interrupted */
    }
    if (status == DBPOOL_OK || guard->stop == DBPOOL__STOP_NONE) {
        return status;
    }
    if (guard->stop == DBPOOL__STOP_ENOUGH) {
        if (status == DBPOOL_ECANCELED || status == DBPOOL_EBUSY) {
            dbpool__error_clear(error);
            return DBPOOL_OK;
        }
        return status; /* it had failed before it was stopped */
    }
    return dbpool__stop_error(guard->request, guard->stop, error);
}
