/* SPDX-License-Identifier: Apache-2.0 */
#include "share.h"

#include "pool.h"
#include "prefetch.h"

/* A function of the caller's ends the batch: it may take its time. A stream
 * lasts as long as its reader takes: nobody else waits for it. */
void dbpool__share_take(const struct dbpool__session *session,
                        struct dbpool__queue *from,
                        struct dbpool__queue *batch) {
    const struct dbpool *pool = session->pool;
    size_t threads = pool->threads_idle + 1;
    size_t share = (from->count + threads - 1) / threads;
    if (share > pool->options.batch_max) {
        share = pool->options.batch_max;
    }
    if (share > 1 && session->connection == NULL) {
        share = 1;
    }
    struct dbpool_request *last = NULL;
    size_t count = 0;
    bool more = share != 0;
    for (struct dbpool_request *next = from->head; more; next = next->next) {
        dbpool__prefetch(next->next);
        bool alone = next->kind == DBPOOL__STREAM;
        if (alone && last != NULL) {
            break;
        }
        next->place = DBPOOL__PLACE_TAKEN;
        last = next;
        count++;
        more = count < share && !alone && !dbpool__kind_is_function(next->kind);
    }
    if (last != NULL) {
        dbpool__queue_cut(batch, from, last, count);
    }
}

static void give_answers(struct dbpool__session *session) {
    struct dbpool *pool = session->pool;
    dbpool__session_count(session);
    uv_mutex_lock(&pool->mutex);
    bool wake = dbpool__turn_finish(pool, &session->done);
    session->counts.wakeups += wake;
    dbpool__session_hand_over(session);
    uv_mutex_unlock(&pool->mutex);
    if (wake) {
        (void)uv_async_send(&pool->wake);
    }
}

/* All of the batch but the first @keep, back to the front of the queue; what is
 * to stop, to @stopped. Mutex held. */
static void give_rest(struct dbpool__session *session, size_t keep,
                      struct dbpool__queue *stopped) {
    struct dbpool *pool = session->pool;
    struct dbpool__queue *batch = session->guard.batch;
    struct dbpool__queue kept = {0};
    struct dbpool__queue rest = {0};
    while (batch->count != 0) {
        struct dbpool_request *request = dbpool__queue_pop(batch);
        enum dbpool__stop stop = dbpool__stop_reason(pool, request, false);
        if (kept.count < keep) {
            dbpool__queue_push(&kept, request);
        } else if (stop != DBPOOL__STOP_NONE) {
            dbpool__stop_one(request, stop, stopped);
        } else {
            request->place = DBPOOL__PLACE_WAITING;
            dbpool__queue_push(&rest, request);
        }
    }
    *batch = kept;
    dbpool__turn_call_threads(pool, rest.count);
    dbpool__queue_append(&rest, &pool->queue);
    pool->queue = rest;
}

/* Others cannot run what is for the lane. */
static bool has_rest_to_give(const struct dbpool__session *session,
                             size_t keep) {
    const struct dbpool *pool = session->pool;
    return session->guard.batch->count > keep && pool->threads_idle != 0 &&
           !(pool->lane.used && session->writes);
}

/* Also what turned out to be for the lane. */
static void share_rest(struct dbpool__session *session, size_t keep) {
    struct dbpool *pool = session->pool;
    struct dbpool__queue stopped = {0};
    uv_mutex_lock(&pool->mutex);
    if (session->handed_over.count != 0) {
        dbpool__lane_pass_on(session, &stopped);
        dbpool__turn_call_threads(pool, 1);
    }
    if (pool->queue.count == 0 && has_rest_to_give(session, keep)) {
        give_rest(session, keep, &stopped);
    }
    uv_mutex_unlock(&pool->mutex);
    dbpool__stop_all(pool, &stopped);
}

static bool is_due(struct dbpool__session *session) {
    uint64_t now_ns = uv_hrtime();
    if (now_ns - session->shared_ns < DBPOOL__SHARE_AFTER_NS) {
        return false;
    }
    session->shared_ns = now_ns;
    return true;
}

static bool has_anything_to_give(const struct dbpool__session *session,
                                 size_t keep) {
    return session->handed_over.count != 0 || has_rest_to_give(session, keep);
}

/* For quick reads the clock is looked at but once in sixteen. */
void dbpool__share_look(struct dbpool__session *session, bool long_one) {
    const struct dbpool *pool = session->pool;
    size_t keep = (session->guard.batch->count + 1) / 2;
    size_t done = session->done.count;
    bool quick = session->shared_read && !long_one;
    bool rest = has_anything_to_give(session, keep);
    bool answers = done != 0 && (!quick || done % DBPOOL__SHARE_ANSWERS == 0);
    bool due = (rest || answers) && (long_one || is_due(session));
    bool full = done >= DBPOOL__SHARE_ANSWERS &&
                atomic_load_explicit(&pool->loop_awake, memory_order_relaxed);
    if (done != 0 && (full || due)) {
        give_answers(session);
    }
    if (rest && due) {
        share_rest(session, keep);
    }
}

void dbpool__share_meanwhile(struct dbpool__session *session) {
    if ((session->done.count == 0 && !has_anything_to_give(session, 0)) ||
        !is_due(session)) {
        return;
    }
    if (session->done.count != 0) {
        give_answers(session);
    }
    if (has_anything_to_give(session, 0)) {
        share_rest(session, 0);
    }
}
