/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "annotate.h"
#include "check.h"
#include "close.h"
#include "idle.h"
#include "memory.h"

/* ---- Opening ---- */

static int set_target(struct dbpool *pool, const char *url) {
    pool->url = strdup(url);
    if (pool->url == NULL) {
        return DBPOOL_ENOMEM;
    }
    int status = dbpool__driver_find(pool->url, &pool->target.driver,
                                     &pool->target.path);
    if (status != DBPOOL_OK) {
        return status;
    }
    pool->target.options = &pool->options;
    pool->good_sql = strdup(pool->options.good_sql);
    pool->options.good_sql = pool->good_sql;
    return pool->good_sql == NULL ? DBPOOL_ENOMEM : DBPOOL_OK;
}

static void set_options(struct dbpool *pool,
                        const struct dbpool_options *options) {
    pool->options = *options;
    (void)snprintf(pool->name, sizeof pool->name, "%s", options->name);
    pool->options.name = pool->name;
    pool->lane.used = !options->symmetric && !options->read_only;
}

/* Gives back what init_memory() and init_locks() have made, all or a part. */
static void free_memory(struct dbpool *pool) {
    dbpool__memory_close(pool);
    free(pool->deadlines.due.entries);
    free(pool->workers);
    free(pool->good_sql);
    free(pool->url);
    free(pool);
}

enum { CONDS_COUNT = 3 };

static uv_cond_t *cond_of(struct dbpool *pool, int index) {
    uv_cond_t *const conds[CONDS_COUNT] = {&pool->work, &pool->lane.changed,
                                           &pool->streams.consumed};
    return conds[index];
}

/* The first @count of them. */
static void fini_conds(struct dbpool *pool, int count) {
    while (count-- > 0) {
        uv_cond_destroy(cond_of(pool, count));
    }
}

static int init_locks(struct dbpool *pool) {
    DBPOOL__IS_ATOMIC(pool->alarms);
    DBPOOL__IS_ATOMIC(pool->lane.readers_leave);
    DBPOOL__IS_ATOMIC(pool->news);
    DBPOOL__IS_ATOMIC(pool->answers);
    DBPOOL__IS_ATOMIC(pool->threads_idle);
    DBPOOL__IS_ATOMIC(pool->loop_awake);
    if (uv_mutex_init(&pool->mutex) != 0) {
        return DBPOOL_ENOMEM;
    }
    for (int i = 0; i < CONDS_COUNT; i++) {
        if (uv_cond_init(cond_of(pool, i)) != 0) {
            fini_conds(pool, i);
            uv_mutex_destroy(&pool->mutex);
            return DBPOOL_ENOMEM;
        }
    }
    return DBPOOL_OK;
}

static void fini_locks(struct dbpool *pool) {
    fini_conds(pool, CONDS_COUNT);
    uv_mutex_destroy(&pool->mutex);
}

static void on_wake(uv_async_t *wake) {
    struct dbpool *pool = wake->data;
    if (!dbpool__pool_is_forked(pool)) {
        dbpool__answers_deliver(pool);
    }
}

/* Handles come last: they can only be given back by a turn of the loop, so
 * nothing may fail behind them. */
static int init_handles(struct dbpool *pool) {
    if (uv_async_init(pool->loop, &pool->wake, on_wake) != 0) {
        return DBPOOL_ELOOP;
    }
    dbpool__turn_init(pool);
    pool->wake.data = pool;
    (void)uv_timer_init(pool->loop, &pool->deadlines.timer);
    pool->deadlines.timer.data = pool;
    pool->handles_open = 3;
    uv_unref((uv_handle_t *)&pool->deadlines.timer);
    uv_unref((uv_handle_t *)&pool->wake);
    dbpool__slow_init(pool);
    pool->watched = pool->slow.on || pool->options.timing ||
                    pool->options.hooks.on_submit != NULL;
    return DBPOOL_OK;
}

static struct dbpool__entry own_entry(const struct dbpool *pool,
                                      enum dbpool_kind kind, const void *object,
                                      const char *text) {
    return (struct dbpool__entry){
        .kind = kind,
        .owner_id = pool->owner.id,
        .tag = pool->owner.tag,
        .site = pool->site,
        .pool_site = pool->site,
        .object = object,
        .text = text,
    };
}

static void announce(struct dbpool *pool) {
    pool->owner.tag = pool->options.tag;
    pool->owner.pool_site = pool->site;
    pool->entry = own_entry(pool, DBPOOL_KIND_POOL, pool, pool->name);
    dbpool__census_add(&pool->entry);
    pool->owner.id = pool->entry.id;
    pool->wake_entry =
        own_entry(pool, DBPOOL_KIND_HANDLE, &pool->wake, "wake (async)");
    dbpool__census_add(&pool->wake_entry);
    pool->turn_entry =
        own_entry(pool, DBPOOL_KIND_HANDLE, &pool->turn, "turn (idle)");
    dbpool__census_add(&pool->turn_entry);
    dbpool__slow_announce(pool);
    pool->timer_entry = own_entry(pool, DBPOOL_KIND_HANDLE,
                                  &pool->deadlines.timer, "deadlines (timer)");
    dbpool__census_add(&pool->timer_entry);
}

static int build_parts(struct dbpool *pool, const char *url) {
    int status = dbpool__fork_watch();
    if (status == DBPOOL_OK) {
        status = set_target(pool, url);
    }
    if (status != DBPOOL_OK) {
        return status;
    }
    pool->workers = calloc(pool->options.max, sizeof *pool->workers);
    if (pool->workers == NULL) {
        return DBPOOL_ENOMEM;
    }
    status = init_locks(pool);
    if (status != DBPOOL_OK) {
        return status;
    }
    status = dbpool__memory_open(pool);
    if (status == DBPOOL_OK) {
        status = init_handles(pool);
    }
    if (status != DBPOOL_OK) {
        fini_locks(pool);
    }
    return status;
}

/* All that it makes is the pool's, for those who ask meanwhile. */
static int build(struct dbpool *pool, const char *url) {
    struct dbpool__activity before = dbpool__activity_now;
    dbpool__activity_now =
        (struct dbpool__activity){.pool = pool, .site = &pool->site};
    int status = build_parts(pool, url);
    dbpool__activity_now = before;
    return status;
}

/* Its site is known before there is a pool to ask. To the compiler calloc()
 * asks nobody. */
static struct dbpool *allocate(const struct dbpool_site *site, uint64_t tag) {
    struct dbpool__activity before = dbpool__activity_now;
    dbpool__activity_now = (struct dbpool__activity){.site = site, .tag = tag};
    atomic_signal_fence(memory_order_seq_cst);
    struct dbpool *pool = calloc(1, sizeof *pool);
    atomic_signal_fence(memory_order_seq_cst);
    dbpool__activity_now = before;
    return pool;
}

int dbpool_open_at(struct dbpool_site site, struct uv_loop_s *loop,
                   const char *url, const struct dbpool_options *options,
                   struct dbpool **pool_out) {
    struct dbpool_options defaults;
    if (options == NULL) {
        dbpool_options_init(&defaults);
        options = &defaults;
    }
    if (loop == NULL || url == NULL || pool_out == NULL ||
        dbpool__options_check(options) != DBPOOL_OK) {
        return DBPOOL_EINVAL;
    }
    if (dbpool__fork_inherits_sqlite) {
        return DBPOOL_EFORKED;
    }
    struct dbpool *pool = allocate(&site, options->tag);
    if (pool == NULL) {
        return DBPOOL_ENOMEM;
    }
    set_options(pool, options);
    pool->site = site;
    pool->loop = loop;
    pool->loop_thread = &dbpool__activity_now;
    pool->fork_generation = dbpool__fork_generation;
    pool->closers_end = &pool->closers;
    pool->cpus = uv_available_parallelism();
    pool->spin.limit_ns = dbpool__pool_spin_ns(pool);
    int status = build(pool, url);
    if (status != DBPOOL_OK) {
        free_memory(pool);
        return status;
    }
    announce(pool);
    *pool_out = pool;
    return DBPOOL_OK;
}

/* ---- Threads ---- */

/* One more, or one less than was said. */
static void count_thread(struct dbpool *pool, bool more) {
    uv_mutex_lock(&pool->mutex);
    pool->threads_count =
        more ? pool->threads_count + 1 : pool->threads_count - 1;
    uv_mutex_unlock(&pool->mutex);
}

/* Counted before it is there, so that it knows itself how many there are. */
static int start_thread(struct dbpool *pool, const struct dbpool_site *site) {
    struct dbpool__worker *worker = dbpool__idle_place(pool);
    unsigned number = (unsigned)(worker - pool->workers) + 1;
    count_thread(pool, true);
    int code = dbpool__worker_start(worker, pool, number, site);
    if (code != 0) {
        count_thread(pool, false);
    }
    return code;
}

int dbpool__pool_start_threads(struct dbpool *pool, uint64_t unanswered,
                               const struct dbpool_site *site,
                               int32_t *code_out) {
    uint64_t wanted = unanswered;
    if (wanted < pool->options.min) {
        wanted = pool->options.min;
    }
    if (wanted > pool->options.max) {
        wanted = pool->options.max;
    }
    int code = 0;
    struct dbpool__activity before = dbpool__activity_now;
    dbpool__activity_now =
        (struct dbpool__activity){.pool = pool, .site = site};
    while (code == 0 && pool->threads_count < wanted) {
        if (dbpool__idle_recall(pool)) {
            continue;
        }
        code = start_thread(pool, site);
        pool->stats.threads_started += code == 0;
    }
    dbpool__activity_now = before;
    if (code != 0) {
        pool->stats.threads_failed++;
        *code_out = -code; /* libuv's errors are negated errnos */
        return DBPOOL_ETHREAD;
    }
    return DBPOOL_OK;
}

/* ---- Closing: the reverse of opening ---- */

static void finish(struct dbpool *pool) {
    struct dbpool_close_request *closers = pool->closers;
    struct dbpool_site site = pool->site;
    const struct dbpool_hooks *hooks = &pool->options.hooks;
    if (hooks->on_close != NULL) {
        hooks->on_close(pool, hooks->data);
    }
    dbpool__census_remove(&pool->entry);
    fini_locks(pool);
    free_memory(pool);
    dbpool__close_tell(closers, site);
}

static void handle_closed(uv_handle_t *handle) {
    struct dbpool *pool = handle->data;
    struct dbpool__entry *entry = &pool->slow.entry;
    if (handle == (uv_handle_t *)&pool->wake) {
        entry = &pool->wake_entry;
    } else if (handle == (uv_handle_t *)&pool->turn) {
        entry = &pool->turn_entry;
    } else if (handle == (uv_handle_t *)&pool->deadlines.timer) {
        entry = &pool->timer_entry;
    }
    dbpool__census_remove(entry);
    pool->handles_open--;
    if (pool->handles_open == 0) {
        finish(pool);
    }
}

static void join_threads(struct dbpool *pool) {
    for (unsigned i = 0; i < pool->options.max; i++) {
        if (pool->workers[i].started) {
            dbpool__worker_join(&pool->workers[i]);
            pool->stats.threads_joined++;
        }
    }
    pool->state = DBPOOL__JOINED;
    if (pool->slow.on) {
        uv_close((uv_handle_t *)&pool->slow.timer, handle_closed);
    }
    uv_close((uv_handle_t *)&pool->deadlines.timer, handle_closed);
    uv_close((uv_handle_t *)&pool->turn, handle_closed);
    uv_close((uv_handle_t *)&pool->wake, handle_closed);
}

void dbpool__pool_advance(struct dbpool *pool) {
    if (pool->state == DBPOOL__DRAINING && pool->stats.unanswered == 0 &&
        pool->gathers_due == NULL) {
        pool->state = DBPOOL__STOPPING;
        uv_mutex_lock(&pool->mutex);
        pool->stopping = true;
        dbpool__pool_tell(&pool->news);
        uv_cond_broadcast(&pool->work);
        uv_mutex_unlock(&pool->mutex);
    }
    if (pool->state == DBPOOL__STOPPING) {
        uv_mutex_lock(&pool->mutex);
        bool all_left =
            pool->threads_left == pool->threads_count + pool->threads_dismissed;
        uv_mutex_unlock(&pool->mutex);
        if (all_left) {
            join_threads(pool);
        }
    }
}

/* The handles, and so the pool itself, are in the loop's lists for as long as
 * that is there. */
void dbpool__pool_abandon(struct dbpool *pool) {
    (void)uv_idle_stop(&pool->turn);
    uv_unref((uv_handle_t *)&pool->wake);
    free(pool->deadlines.due.entries);
    free(pool->workers);
    free(pool->good_sql);
    free(pool->url);
    pool->deadlines.due = (struct dbpool__due){0};
    pool->workers = NULL;
    pool->good_sql = NULL;
    pool->url = NULL;
}

void dbpool_stats(const struct dbpool *pool, struct dbpool_stats *stats_out) {
    if (dbpool__pool_is_forked(pool)) {
        *stats_out = (struct dbpool_stats){0};
        return;
    }
    CHECK_LOOP_THREAD(pool);
    *stats_out = pool->stats;
    uv_mutex_t *mutex = (uv_mutex_t *)&pool->mutex;
    uv_mutex_lock(mutex);
    const struct dbpool__work_counts *counts = &pool->counts;
    stats_out->batches = counts->batches;
    stats_out->wakeups = counts->wakeups;
    stats_out->connects = counts->connects;
    stats_out->connects_failed = counts->connects_failed;
    stats_out->rollbacks = counts->rollbacks;
    stats_out->handed_over = counts->handed_over;
    stats_out->reads_ended_early = counts->reads_ended_early;
    stats_out->left_open = counts->left_open;
    stats_out->statements_prepared = counts->driver.statements_prepared;
    stats_out->statements_hit = counts->driver.statements_hit;
    stats_out->statements_evicted = counts->driver.statements_evicted;
    stats_out->lock_waits = pool->lane.waits;
    stats_out->threads = pool->threads_count;
    stats_out->waiting = pool->staged.count + pool->staged_writes.count +
                         pool->parked.count + pool->queue.count +
                         pool->lane.writes.count;
    stats_out->connections = counts->connects;
    for (int i = 0; i < DBPOOL_CLOSED_CAUSES_MAX; i++) {
        stats_out->closed[i] = counts->closed[i];
        if (i != DBPOOL_CLOSED_REFUSED) { /* which connects does not count */
            stats_out->connections -= counts->closed[i];
        }
    }
    stats_out->wait = pool->times.wait;
    stats_out->run = pool->times.run;
    stats_out->request = pool->times.request;
    stats_out->rollbacks_failed = counts->rollbacks_failed;
    stats_out->connections_lost = counts->connections_lost;
    stats_out->connections_expired = counts->connections_expired;
    uv_mutex_unlock(mutex);
}
