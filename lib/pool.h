/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_POOL_H
#define DBPOOL_POOL_H

#include <stdatomic.h>
#include <uv.h>

#include "activity.h"
#include "census.h"
#include "dbpool.h"
#include "deadlines.h"
#include "driver.h"
#include "fork.h"
#include "lane.h"
#include "options.h"
#include "queue.h"
#include "share.h"
#include "slow.h"
#include "spin.h"
#include "stop.h"
#include "stream.h"
#include "turn.h"
#include "worker.h"

/* A pool's life. Each arrow is taken once, on the loop thread:
 *
 *   OPEN --close--> DRAINING --all answered--> STOPPING --all threads have
 *   left--> JOINED --all handles closed--> freed, then the close callbacks */
enum dbpool__state {
    DBPOOL__OPEN,     /* requests are accepted */
    DBPOOL__DRAINING, /* refused; those accepted before are being answered */
    DBPOOL__STOPPING, /* threads close their connections and leave */
    DBPOOL__JOINED,   /* threads are gone, handles are closing */
};

/* What a request is. */
enum dbpool__request_kind {
    DBPOOL__QUERY = DBPOOL_REQUEST_QUERY,
    DBPOOL__OPERATION = DBPOOL_REQUEST_OPERATION,
    DBPOOL__INTERACTION = DBPOOL_REQUEST_INTERACTION,
    DBPOOL__WITH_CONNECTION = DBPOOL_REQUEST_WITH_CONNECTION,
    DBPOOL__STREAM = DBPOOL_REQUEST_STREAM,
    DBPOOL__MANY = DBPOOL_REQUEST_MANY,
};

/* It is a function of the caller's, and has no SQL. */
static inline bool dbpool__kind_is_function(enum dbpool__request_kind kind) {
    return kind == DBPOOL__INTERACTION || kind == DBPOOL__WITH_CONNECTION;
}

enum dbpool__request_state {
    DBPOOL__REQUEST_IDLE,
    DBPOOL__REQUEST_UNANSWERED,
};

/* How requests travel. Submission puts them into `staged`; once a turn of the
 * loop, or when a batch is full, `staged` moves to `queue` under the mutex and
 * idle threads are woken. A thread takes a batch, runs it, appends it to
 * `finished`, and wakes the loop if that was empty and the loop asleep. The
 * loop takes all of `finished` at once and calls back. Where there is a lane
 * for writes, they travel apart: `staged_writes`, then `lane.writes`. */
struct dbpool {
    /* Fixed from open to close. */
    uv_loop_t *loop;
    const void *loop_thread; /* the address of something that each thread has
                                of its own */
    unsigned cpus;           /* that this process may run on */
    struct dbpool_options options; /* name: see below */
    char name[DBPOOL__NAME_SIZE];
    bool watched; /* somebody wants to know of each submission */
    uint32_t fork_generation;
    char *url;
    char *good_sql;
    struct dbpool__target target;      /* path points into url */
    struct dbpool__connection *anchor; /* of a database in memory, or NULL */
    struct dbpool_site site;
    struct dbpool__owner owner;     /* the pool, for the census */
    struct dbpool__worker *workers; /* options.max of them */
    struct dbpool__entry entry;
    struct dbpool__entry wake_entry;
    struct dbpool__entry turn_entry;
    struct dbpool__entry timer_entry;

    /* Loop thread only. */
    uv_async_t wake;
    uv_idle_t turn; /* active while staged is not empty, and while awake */
    struct dbpool__spin spin; /* for answers */
    enum dbpool__state state;
    unsigned handles_open;
    struct dbpool__queue staged;
    struct dbpool__queue staged_writes;
    struct dbpool__queue parked;       /* accepted beyond queue_limit */
    struct dbpool_gather *gathers_due; /* empty lists, to fire next turn */
    struct dbpool_close_request *closers;
    struct dbpool_close_request **closers_end;
    struct dbpool__deadlines deadlines;
    struct dbpool_stats stats; /* but for what the threads count */
    struct dbpool__slow slow;
    uint64_t staged_ns;         /* when the first of staged was put there */
    unsigned threads_dismissed; /* of those started; not yet joined */

    /* Guarded by mutex. */
    uv_mutex_t mutex;
    uv_cond_t work;             /* queue is not empty, or stopping */
    struct dbpool__queue queue; /* but for the lane's */
    struct dbpool__lane lane;
    struct dbpool__queue finished;
    unsigned threads_count; /* started and not dismissed; only the loop
                               thread writes it */
    unsigned threads_left;  /* told the loop that they are about to end */
    struct dbpool__worker *watcher; /* an idle thread that is awake, or NULL */
    bool stopping;
    struct dbpool__work_counts counts;
    struct dbpool__times_sum times;
    struct dbpool__streams streams;
    enum dbpool_close_grade grade; /* only the loop thread writes it */
    bool close_soon;

    /* Any thread. */
    atomic_uint alarms;  /* not 0: ask, under the mutex, what is to stop */
    atomic_uint news;    /* changes when there is work, for the watcher */
    atomic_uint answers; /* and when something is finished, for the loop */

    /* Written with the mutex held; without it, a hint. */
    atomic_uint threads_idle;
    atomic_bool loop_awake; /* it sees by itself what is finished */
};

static inline bool dbpool__pool_is_loop_thread(const struct dbpool *pool) {
    return pool->loop_thread == &dbpool__activity_now;
}

static inline const struct dbpool__driver *
dbpool__session_driver(const struct dbpool__session *session) {
    return session->pool->target.driver;
}

/* Mutex held. */
static inline void dbpool__pool_tell(atomic_uint *news) {
    unsigned number = atomic_load_explicit(news, memory_order_relaxed);
    atomic_store_explicit(news, number + 1, memory_order_relaxed);
}

/* How long its threads and its loop wait awake. */
static inline uint64_t dbpool__pool_spin_ns(const struct dbpool *pool) {
    return pool->cpus < 2 ? 0 : pool->options.spin_us * UINT64_C(1000);
}

/* Whether this process is a child, forked after the pool was opened: then
 * nothing of it may be used. */
static inline bool dbpool__pool_is_forked(const struct dbpool *pool) {
    return pool->fork_generation != dbpool__fork_generation;
}

/* Behind each call of a function of the caller's on a thread of the pool. */
#define CHECK_NOT_FORKED(pool)                                                 \
    CHECK(!dbpool__pool_is_forked(pool),                                       \
          "a forked child returns into its parent's pool: it has to end with " \
          "_exit() or exec")

/* Starts the threads that @unanswered requests at once call for. 0, or
 * DBPOOL_ETHREAD with *code_out the errno; threads already started stay. */
int dbpool__pool_start_threads(struct dbpool *pool, uint64_t unanswered,
                               const struct dbpool_site *site,
                               int32_t *code_out);

/* In a forked child: gives back what nothing else there holds on to. */
void dbpool__pool_abandon(struct dbpool *pool);

/* Takes the next step of closing, if its time has come. */
void dbpool__pool_advance(struct dbpool *pool);

/* Stages what is parked and finds room. */
void dbpool__pool_unpark(struct dbpool *pool);

/* Stops one unanswered request, wherever it is. */
void dbpool__pool_stop(struct dbpool *pool, struct dbpool_request *request,
                       enum dbpool__stop stop);

/* Answers what the threads have finished. */
void dbpool__answers_deliver(struct dbpool *pool);

/* A gathered request was answered and its own callback called. */
void dbpool__gather_answered(struct dbpool_gather *gather, uint32_t index,
                             int status);

/* Fires the gathers over empty lists. */
void dbpool__gather_fire_due(struct dbpool *pool);

#endif
