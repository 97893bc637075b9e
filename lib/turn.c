/* SPDX-License-Identifier: Apache-2.0 */
#include "turn.h"

#include "pool.h"

/* So long may others wait for the loop. */
#define LOOK_NS UINT64_C(5000)

/* ---- Handing over ---- */

/* Of @count requests, of which @servable can be run at once, behind @before
 * others that can, with @idle threads: each of those others has an idle thread
 * to itself first. */
static void count_hand_over(struct dbpool *pool, size_t count, size_t servable,
                            size_t before, size_t idle) {
    struct dbpool_stats *stats = &pool->stats;
    size_t left = idle > before ? idle - before : 0;
    size_t direct = servable < left ? servable : left;
    stats->direct += direct;
    stats->waited += count - direct;
}

void dbpool__turn_call_threads(struct dbpool *pool, size_t wanted) {
    dbpool__pool_tell(&pool->news);
    if (pool->watcher != NULL && wanted != 0) {
        pool->watcher = NULL;
        wanted--;
    }
    if (wanted >= pool->threads_idle) {
        uv_cond_broadcast(&pool->work);
        return;
    }
    for (; wanted != 0; wanted--) {
        uv_cond_signal(&pool->work);
    }
}

void dbpool__turn_flush(struct dbpool *pool) {
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    size_t count = pool->staged.count + pool->staged_writes.count;
    if (count == 0) {
        return;
    }
    /* Of the writes one thread takes care. */
    size_t wanted = pool->staged.count + (pool->staged_writes.count != 0);
    uv_mutex_lock(&pool->mutex);
    size_t before = dbpool__lane_servable(pool);
    dbpool__queue_append(&pool->queue, &pool->staged);
    dbpool__queue_append(&pool->lane.writes, &pool->staged_writes);
    size_t servable = dbpool__lane_servable(pool) - before;
    size_t waiting = pool->queue.count + pool->lane.writes.count;
    size_t idle = pool->threads_idle;
    dbpool__turn_call_threads(pool, wanted);
    uv_mutex_unlock(&pool->mutex);
    if (waiting > pool->stats.queue_peak) {
        pool->stats.queue_peak = waiting;
    }
    count_hand_over(pool, count, servable, before, idle);
}

/* ---- Looking for answers ---- */

/* Whether answers may be there in a moment, and there is a processor to wait
 * for them on. The first of a pool has a thread and a connection before it,
 * which take their time, and processors. Mutex held. */
static bool stays_awake(struct dbpool *pool, uint64_t now_ns) {
    unsigned running = pool->threads_count - pool->threads_idle;
    bool any_answered = pool->stats.unanswered != pool->stats.submitted;
    return pool->stats.unanswered != 0 && any_answered &&
           running < pool->cpus && dbpool__spin_pays(&pool->spin, now_ns);
}

struct look {
    bool found;
    bool awake;
    unsigned seen; /* of pool->answers */
    uint64_t now_ns;
};

/* Looks for answers, and decides whether the threads have to wake the loop for
 * those that come. */
static struct look look(struct dbpool *pool) {
    struct look look = {0};
    uv_mutex_lock(&pool->mutex);
    look.found = pool->finished.count != 0;
    if (!look.found) {
        look.now_ns = uv_hrtime();
        if (pool->spin.since_ns == 0 && pool->stats.unanswered != 0) {
            dbpool__spin_begin(&pool->spin, look.now_ns);
        }
    }
    look.awake = look.found || stays_awake(pool, look.now_ns);
    look.seen = atomic_load_explicit(&pool->answers, memory_order_relaxed);
    atomic_store_explicit(&pool->loop_awake, look.awake, memory_order_relaxed);
    uv_mutex_unlock(&pool->mutex);
    return look;
}

static void on_turn(uv_idle_t *turn) {
    struct dbpool *pool = turn->data;
    if (dbpool__pool_is_forked(pool)) {
        (void)uv_idle_stop(turn);
        return;
    }
    dbpool__turn_flush(pool);
    struct look now = look(pool);
    if (now.found) {
        dbpool__answers_deliver(pool);
    } else if (now.awake) {
        dbpool__spin_until(&pool->spin, &pool->answers, now.seen,
                           now.now_ns + LOOK_NS, pool->cpus);
    } else {
        (void)uv_idle_stop(turn);
    }
}

void dbpool__turn_init(struct dbpool *pool) {
    (void)uv_idle_init(pool->loop, &pool->turn);
    pool->turn.data = pool;
}

/* An idle handle, not a prepare handle: one that is started by a callback of
 * another prepare handle would only run after the loop has waited. */
void dbpool__turn_flush_soon(struct dbpool *pool) {
    (void)uv_idle_start(&pool->turn, on_turn);
}

void dbpool__turn_go_on(struct dbpool *pool) {
    if (look(pool).awake) {
        (void)uv_idle_start(&pool->turn, on_turn);
    } else {
        (void)uv_idle_stop(&pool->turn);
    }
}

void dbpool__turn_keep_loop(struct dbpool *pool) {
    bool waited_for = pool->stats.unanswered != 0 ||
                      pool->gathers_due != NULL || pool->state != DBPOOL__OPEN;
    if (waited_for) {
        uv_ref((uv_handle_t *)&pool->wake);
    } else {
        uv_unref((uv_handle_t *)&pool->wake);
    }
}

bool dbpool__turn_finish(struct dbpool *pool, struct dbpool__queue *answers) {
    /* Who finds something there has been preceded by one who wakes the loop,
     * or it is awake. */
    bool wake = answers->count != 0 && pool->finished.count == 0 &&
                !atomic_load_explicit(&pool->loop_awake, memory_order_relaxed);
    dbpool__queue_append(&pool->finished, answers);
    dbpool__pool_tell(&pool->answers);
    return wake;
}
