/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"
#include "idle.h"
#include "pool.h"
#include "prefetch.h"

static void count(struct dbpool_stats *stats,
                  const struct dbpool_request *request) {
    int status = request->status;
    const struct dbpool_gather *gather = request->gather;
    stats->unanswered--;
    if (status == DBPOOL_OK) {
        stats->succeeded++;
        stats->kinds[request->kind].succeeded++;
        return;
    }
    stats->failed++;
    stats->kinds[request->kind].failed++;
    stats->canceled += status == DBPOOL_ECANCELED;
    stats->busy += status == DBPOOL_EBUSY;
    stats->timed_out += status == DBPOOL_ETIMEDOUT;
    stats->failed_unhandled +=
        request->cb == NULL && (gather == NULL || !gather->consume_errors);
}

/* Stops being unanswered just before its callback, so that the callback may
 * submit it again without calling for another thread. */
static void answer(struct dbpool *pool, struct dbpool_request *request) {
    const int status = request->status;
    struct dbpool_gather *gather = request->gather;
    const uint32_t index = request->gather_index;
    count(&pool->stats, request);
    request->state = DBPOOL__REQUEST_IDLE;
    request->gather = NULL;
    dbpool__callback_site = request->site;
    if (request->due != 0) {
        dbpool__deadlines_remove(pool, request);
    }
    if (request->alarmed) {
        (void)atomic_fetch_sub(&pool->alarms, 1);
    }
    if (request->slow) {
        dbpool__slow_answered(pool, request);
    }
    if (pool->options.hooks.on_done != NULL) {
        pool->options.hooks.on_done(request, pool->options.hooks.data);
    }
    if (request->cb != NULL) {
        request->cb(request);
    }
    if (gather != NULL && !dbpool__pool_is_forked(pool)) {
        dbpool__gather_answered(gather, index, status);
    }
}

void dbpool__answers_deliver(struct dbpool *pool) {
    struct dbpool__queue finished = {0};
    if (pool->spin.since_ns != 0) {
        dbpool__spin_end(&pool->spin, uv_hrtime());
    }
    uv_mutex_lock(&pool->mutex);
    atomic_store_explicit(&pool->loop_awake, true, memory_order_relaxed);
    dbpool__queue_append(&finished, &pool->finished);
    bool close_soon = pool->close_soon;
    uv_mutex_unlock(&pool->mutex);
    if (pool->options.timing) {
        dbpool__times_delivered(&finished, uv_hrtime());
    }

    struct dbpool_site before = dbpool__callback_site;
    dbpool__callback_site = pool->site;
    dbpool__gather_fire_due(pool);
    if (!dbpool__pool_is_forked(pool)) {
        dbpool__streams_deliver(pool);
    }
    /* In a child that was forked in a callback the rest is for the parent. */
    while (finished.count != 0 && !dbpool__pool_is_forked(pool)) {
        struct dbpool_request *request = dbpool__queue_pop(&finished);
        dbpool__prefetch_to_answer(&finished);
        answer(pool, request);
    }
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    dbpool__callback_site = before;
    dbpool__idle_attend(pool);
    if (close_soon) {
        dbpool_close(pool, NULL, NULL);
    }
    if (pool->parked.count != 0) {
        dbpool__pool_unpark(pool);
    }
    dbpool__turn_flush(pool); /* what the callbacks have submitted */
    dbpool__turn_keep_loop(pool);
    dbpool__turn_go_on(pool);
    dbpool__pool_advance(pool);
}
