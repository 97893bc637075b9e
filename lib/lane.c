/* SPDX-License-Identifier: Apache-2.0 */
#include "lane.h"

#include <string.h>

#include "pool.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- Taking and leaving ---- */

static bool is_free(const struct dbpool__lane *lane) {
    return lane->writes.count != 0 && !lane->taken;
}

bool dbpool__lane_has_work(const struct dbpool *pool) {
    return pool->queue.count != 0 || is_free(&pool->lane);
}

size_t dbpool__lane_servable(const struct dbpool *pool) {
    return pool->queue.count + is_free(&pool->lane);
}

static void enter_reading(struct dbpool__session *session) {
    struct dbpool__lane *lane = &session->pool->lane;
    session->reading = true;
    session->turn = lane->turn;
    lane->readers++;
}

static void leave_reading(struct dbpool__session *session) {
    struct dbpool__lane *lane = &session->pool->lane;
    if (!session->reading) {
        return;
    }
    session->reading = false;
    lane->readers--;
    if (session->turn != lane->turn) {
        lane->readers_before--;
        uv_cond_broadcast(&lane->changed);
    }
}

/* Who has written reads next, where there is something to read, so that a pool
 * of one thread serves both. */
void dbpool__lane_take(struct dbpool__session *session,
                       struct dbpool__queue *batch) {
    struct dbpool *pool = session->pool;
    struct dbpool__lane *lane = &pool->lane;
    bool after_write = lane->used && session->writes;
    bool write = is_free(lane) && (pool->queue.count == 0 || !after_write);
    session->writes = write || !lane->used;
    if (write) {
        lane->taken = true;
        lane->moves++;
        dbpool__share_take(session, &lane->writes, batch);
    } else {
        dbpool__share_take(session, &pool->queue, batch);
        if (lane->used) {
            enter_reading(session);
        }
    }
    if (is_free(lane) && pool->threads_idle != 0) {
        uv_cond_signal(&pool->work);
    }
}

/* Those that wait are in order; so are those that come. */
static void merge(struct dbpool__queue *writes, struct dbpool__queue *late) {
    struct dbpool__queue merged = {0};
    while (late->count != 0) {
        bool later = writes->count != 0 &&
                     (int32_t)(writes->head->number - late->head->number) < 0;
        dbpool__queue_push(&merged, dbpool__queue_pop(later ? writes : late));
    }
    dbpool__queue_append(&merged, writes);
    *writes = merged;
}

/* What came to stop them while a thread had them, nobody else will ask for. */
static void leave_out_stopped(struct dbpool *pool, struct dbpool__queue *late,
                              struct dbpool__queue *stopped) {
    struct dbpool__queue rest = {0};
    while (late->count != 0) {
        struct dbpool_request *request = dbpool__queue_pop(late);
        enum dbpool__stop stop = dbpool__stop_reason(pool, request, false);
        if (stop == DBPOOL__STOP_NONE) {
            request->place = DBPOOL__PLACE_LANE;
            dbpool__queue_push(&rest, request);
        } else {
            dbpool__stop_one(request, stop, stopped);
        }
    }
    *late = rest;
}

void dbpool__lane_pass_on(struct dbpool__session *session,
                          struct dbpool__queue *stopped) {
    struct dbpool *pool = session->pool;
    if (session->handed_over.count != 0) {
        leave_out_stopped(pool, &session->handed_over, stopped);
        merge(&pool->lane.writes, &session->handed_over);
    }
}

void dbpool__lane_leave(struct dbpool__session *session,
                        struct dbpool__queue *stopped) {
    struct dbpool *pool = session->pool;
    struct dbpool__lane *lane = &pool->lane;
    if (!lane->used) {
        return;
    }
    leave_reading(session);
    if (session->writes) {
        lane->taken = false;
        lane->moves++;
        lane->waits_for_others = false;
        if (lane->readers_blocked != 0) {
            uv_cond_broadcast(&lane->changed);
        }
    }
    dbpool__lane_pass_on(session, stopped);
}

/* ---- Between the requests of a batch ---- */

/* Waits for a moment, which something of the pool's may end. False: the
 * request is to stop. Mutex held, but for a moment behind the wait. */
static bool doze(struct dbpool__session *session, uint64_t ns) {
    struct dbpool *pool = session->pool;
    dbpool__guard_doze(&session->guard, &pool->lane.changed, ns);
    uv_mutex_unlock(&pool->mutex);
    bool stops = dbpool__guard_stops(&session->guard);
    uv_mutex_lock(&pool->mutex);
    return !stops;
}

/* Only those that wait now: others that come must not hold it up. */
static void let_readers_go_first(struct dbpool__session *session) {
    struct dbpool__lane *lane = &session->pool->lane;
    uint64_t enough = lane->readers_unblocked + lane->readers_blocked;
    bool goes_on = true;
    lane->paused = true;
    lane->moves++;
    uv_cond_broadcast(&lane->changed);
    while (goes_on && lane->readers_blocked != 0 &&
           lane->readers_unblocked < enough) {
        goes_on = doze(session, 1000 * NS_PER_MS);
    }
    lane->paused = false;
}

void dbpool__lane_let_readers_go_first(struct dbpool__session *session) {
    struct dbpool *pool = session->pool;
    uv_mutex_lock(&pool->mutex);
    if (pool->lane.readers_blocked != 0) {
        let_readers_go_first(session);
    }
    uv_mutex_unlock(&pool->mutex);
}

void dbpool__lane_make_room(struct dbpool__session *session) {
    struct dbpool *pool = session->pool;
    uv_mutex_lock(&pool->mutex);
    leave_reading(session);
    enter_reading(session);
    uv_mutex_unlock(&pool->mutex);
}

/* ---- What may hold a lock ---- */

void dbpool__lane_rest(struct dbpool__session *session, bool rests) {
    struct dbpool__lane *lane = &session->pool->lane;
    if (!lane->used || !session->writes || session->rests == rests) {
        return;
    }
    session->rests = rests;
    uv_mutex_lock(&session->pool->mutex);
    lane->rests = rests;
    lane->moves++;
    uv_mutex_unlock(&session->pool->mutex);
}

void dbpool__lane_connect(struct dbpool__session *session, bool connects) {
    struct dbpool__lane *lane = &session->pool->lane;
    if (!lane->used || session->writes) {
        return;
    }
    uv_mutex_lock(&session->pool->mutex);
    if (connects) {
        lane->connecting++;
    } else {
        lane->connecting--;
    }
    lane->moves++;
    uv_mutex_unlock(&session->pool->mutex);
}

/* ---- While the database waits ---- */

/* How long a lock that nobody of ours seems to hold is waited for beyond the
 * timeout while the lane is passed on: whoever holds it now may be the next. */
#define MOVES_PATIENCE_NS (1000 * NS_PER_MS)

/* SQLite's own pattern: short at first, since most locks are. */
static const uint8_t delays_ms[] = {1,  2,  5,  10, 15, 20,
                                    25, 25, 25, 50, 50, 100};

static void ask_readers_to_leave(struct dbpool__lane *lane, bool ask) {
    atomic_store_explicit(&lane->readers_leave, ask, memory_order_relaxed);
}

/* The writer asks the readers of this moment to leave; those who come later
 * find the database's own lock before them. */
static void begin_wait(struct dbpool__session *session) {
    struct dbpool__lane *lane = &session->pool->lane;
    if (session->writes) {
        lane->turn++;
        lane->readers_before = lane->readers;
    } else if (!session->blocked) {
        session->blocked = true;
        lane->readers_blocked++;
    }
}

/* Whether it may be one of our own threads that is waited for. Readers are in
 * the way of a commit, and not of a write before it. */
static bool is_ours(const struct dbpool__session *session) {
    const struct dbpool__lane *lane = &session->pool->lane;
    if (session->writes) {
        return lane->readers_before != 0 &&
               (session->for_readers || lane->connecting != 0);
    }
    return lane->taken && !lane->paused && !lane->rests &&
           !lane->waits_for_others;
}

static uint64_t timeout_ns(const struct dbpool *pool) {
    return pool->options.busy_timeout_ms * NS_PER_MS;
}

/* Whether the lock may have been one of ours when it was not to be had, and
 * have been given back since: then it is tried once more. */
static bool is_fresh(const struct dbpool__session *session, bool begins) {
    const struct dbpool *pool = session->pool;
    bool moved = session->moves_seen != pool->lane.moves &&
                 uv_hrtime() - session->patience_since <
                     timeout_ns(pool) + MOVES_PATIENCE_NS;
    return begins || session->was_ours || moved;
}

/* Waits for a moment, unless it has lasted for too long. */
static bool wait_for_others(struct dbpool__session *session, int tries) {
    uint64_t waited = uv_hrtime() - session->patience_since;
    uint64_t timeout = timeout_ns(session->pool);
    if (waited >= timeout) {
        return false;
    }
    size_t last = sizeof delays_ms - 1;
    size_t which = (size_t)tries < last ? (size_t)tries : last;
    uint64_t delay = delays_ms[which] * NS_PER_MS;
    return doze(session, delay < timeout - waited ? delay : timeout - waited);
}

/* Mutex held; the lane is used. @begins: for another lock than before. */
static bool wait_in_lane(struct dbpool__session *session, int tries,
                         bool begins) {
    struct dbpool *pool = session->pool;
    struct dbpool__lane *lane = &pool->lane;
    bool was_reading = session->reading;
    bool more = true;
    if (begins) {
        begin_wait(session);
    }
    leave_reading(session); /* it holds nothing while it waits */
    bool ours = is_ours(session);
    bool fresh = is_fresh(session, begins);
    session->was_ours = ours;
    session->moves_seen = lane->moves;
    if (session->writes) {
        ask_readers_to_leave(lane, ours);
        lane->waits_for_others = !ours && !fresh;
    }
    if (ours) {
        more = doze(session, 5 * NS_PER_MS);
        session->patience_since = uv_hrtime();
    } else if (!fresh) {
        more = wait_for_others(session, tries);
    }
    if (was_reading) {
        enter_reading(session);
    }
    return more;
}

static bool wait(struct dbpool__waiter *waiter, int tries) {
    struct dbpool__session *session = waiter->session;
    struct dbpool *pool = session->pool;
    /* One statement may wait for the right to write, and then to commit. */
    bool begins = tries == 0 || (waiter->for_readers && !session->for_readers);
    session->for_readers = waiter->for_readers;
    if (begins) {
        session->patience_since = uv_hrtime();
    }
    if (session->guard.request != NULL) {
        dbpool__share_meanwhile(session);
    }
    if (dbpool__guard_stops(&session->guard)) {
        return false;
    }
    uv_mutex_lock(&pool->mutex);
    pool->lane.waits += tries == 0;
    bool more = pool->lane.used ? wait_in_lane(session, tries, begins)
                                : wait_for_others(session, tries);
    uv_mutex_unlock(&pool->mutex);
    return more;
}

static void end_wait(struct dbpool__waiter *waiter) {
    struct dbpool__session *session = waiter->session;
    struct dbpool *pool = session->pool;
    struct dbpool__lane *lane = &pool->lane;
    uv_mutex_lock(&pool->mutex);
    if (lane->used && session->writes) {
        lane->waits_for_others = false;
        ask_readers_to_leave(lane, false);
    }
    if (session->blocked) {
        session->blocked = false;
        lane->readers_blocked--;
        lane->readers_unblocked++;
        uv_cond_broadcast(&lane->changed);
    }
    uv_mutex_unlock(&pool->mutex);
}

static void meanwhile(struct dbpool__waiter *waiter) {
    dbpool__share_meanwhile(waiter->session);
}

void dbpool__lane_init_waiter(struct dbpool__session *session) {
    session->waiter = (struct dbpool__waiter){
        .session = session,
        .guard = &session->guard,
        .wait = wait,
        .end = end_wait,
        .meanwhile = meanwhile,
    };
}
