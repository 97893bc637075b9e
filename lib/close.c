/* SPDX-License-Identifier: Apache-2.0 */
#include "close.h"

#include <stdio.h>

#include "activity.h"
#include "check.h"
#include "pool.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- Grades ---- */

static void cancel_waiting(struct dbpool *pool) {
    struct dbpool__queue waiting = {0};
    struct dbpool__queue stopped = {0};
    dbpool__turn_flush(pool);
    uv_mutex_lock(&pool->mutex);
    dbpool__queue_append(&waiting, &pool->queue);
    dbpool__queue_append(&waiting, &pool->lane.writes);
    dbpool__queue_append(&waiting, &pool->parked);
    while (waiting.count != 0) {
        dbpool__stop_one(dbpool__queue_pop(&waiting), DBPOOL__STOP_CLOSED,
                         &stopped);
    }
    uv_mutex_unlock(&pool->mutex);
    dbpool__stop_all(pool, &stopped);
}

/* Mutex held: no connection is closed under our hands. What sqlite3_interrupt()
 * and its like do is to set a flag. */
static void interrupt_connections(struct dbpool *pool) {
    for (unsigned i = 0; i < pool->options.max; i++) {
        struct dbpool__connection *live = pool->workers[i].session.live;
        if (live != NULL) {
            pool->target.driver->interrupt(live);
        }
    }
}

void dbpool__close_harden(struct dbpool *pool, enum dbpool_close_grade grade) {
    /* Once all is answered, there is nothing to end any more. */
    if (grade <= pool->grade || pool->state != DBPOOL__DRAINING) {
        return;
    }
    if (pool->grade == DBPOOL_CLOSE_DRAIN) {
        (void)atomic_fetch_add(&pool->alarms, 1);
    }
    uv_mutex_lock(&pool->mutex);
    pool->grade = grade;
    if (grade == DBPOOL_CLOSE_ABORT) {
        interrupt_connections(pool);
    }
    uv_cond_broadcast(&pool->lane.changed);
    uv_mutex_unlock(&pool->mutex);
    cancel_waiting(pool);
}

/* ---- Closing ---- */

static bool is_listed(const struct dbpool *pool,
                      const struct dbpool_close_request *request) {
    const struct dbpool_close_request *closer = pool->closers;
    while (closer != NULL && closer != request) {
        closer = closer->next;
    }
    return closer != NULL;
}

static void add_closer(struct dbpool *pool,
                       struct dbpool_close_request *request,
                       dbpool_close_cb cb) {
    CHECK_IN("dbpool_close", (request == NULL) == (cb == NULL),
             "a close request and its callback go together");
    if (request == NULL) {
        return;
    }
    CHECK_IN("dbpool_close", !is_listed(pool, request),
             "the close request of an earlier close is given to another one "
             "before it was called back");
    request->cb = cb;
    request->next = NULL;
    *pool->closers_end = request;
    pool->closers_end = &request->next;
}

/* From the grade that @options asks for, whatever the pool's is: a deadline
 * that comes too late changes nothing. */
static void escalate(struct dbpool *pool,
                     const struct dbpool_close_options *options) {
    if (pool->state != DBPOOL__DRAINING) {
        return;
    }
    uint64_t cancel_ns = uv_hrtime();
    uint64_t abort_ns = 0;
    if (options->grade == DBPOOL_CLOSE_DRAIN) {
        cancel_ns = options->drain_ms == 0
                        ? 0
                        : cancel_ns + options->drain_ms * NS_PER_MS;
    }
    if (cancel_ns != 0 && options->cancel_ms != 0 &&
        options->grade != DBPOOL_CLOSE_ABORT) {
        abort_ns = cancel_ns + options->cancel_ms * NS_PER_MS;
    }
    dbpool__deadlines_escalate(
        pool, options->grade == DBPOOL_CLOSE_DRAIN ? cancel_ns : 0, abort_ns);
}

int dbpool_close_with(struct dbpool *pool,
                      const struct dbpool_close_options *options,
                      struct dbpool_close_request *request,
                      dbpool_close_cb cb) {
    static const struct dbpool_close_options defaults;
    if (dbpool__pool_is_forked(pool)) {
        /* Of another thread it is the child: the loop may have been anywhere
         * at the fork, and what is the loop's half changed. */
        if (dbpool__pool_is_loop_thread(pool)) {
            dbpool__pool_abandon(pool);
        }
        return DBPOOL_EFORKED;
    }
    CHECK_LOOP_THREAD(pool);
    if (options == NULL) {
        options = &defaults;
    }
    if ((unsigned)options->grade > DBPOOL_CLOSE_ABORT) {
        return DBPOOL_EINVAL;
    }
    add_closer(pool, request, cb);
    if (pool->state == DBPOOL__OPEN) {
        pool->state = DBPOOL__DRAINING;
        dbpool__turn_keep_loop(pool);
    }
    dbpool__close_harden(pool, options->grade);
    escalate(pool, options);
    dbpool__pool_advance(pool);
    return DBPOOL_OK;
}

void dbpool_close(struct dbpool *pool, struct dbpool_close_request *request,
                  dbpool_close_cb cb) {
    if (!dbpool__pool_is_forked(pool)) {
        CHECK_LOOP_THREAD(pool);
    }
    (void)dbpool_close_with(pool, NULL, request, cb);
}

void dbpool__close_tell(struct dbpool_close_request *closers,
                        struct dbpool_site site) {
    struct dbpool_site before = dbpool__callback_site;
    dbpool__callback_site = site;
    while (closers != NULL) {
        struct dbpool_close_request *next = closers->next;
        closers->cb(closers); /* which may free it */
        closers = next;
    }
    dbpool__callback_site = before;
}

/* ---- From elsewhere ---- */

void dbpool_close_soon(struct dbpool *pool) {
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    uv_mutex_lock(&pool->mutex);
    pool->close_soon = true;
    (void)uv_async_send(&pool->wake);
    uv_mutex_unlock(&pool->mutex);
}

static void note_closed(struct dbpool_close_request *request) {
    *(bool *)request->data = true;
}

/* What stands above this call on the stack and would be waited for: where it
 * was submitted; NULL: nothing that the library knows of. */
static const struct dbpool_site *find_waiting(const struct dbpool *pool,
                                              const char **what_out) {
    const struct dbpool__activity *now = &dbpool__activity_now;
    if (now->session != NULL && now->session->pool == pool) {
        *what_out = "interaction";
        return now->site;
    }
    CHECK_LOOP_THREAD_IN("dbpool_close_wait", pool);
    *what_out = "callback";
    return dbpool__callback_site.file != NULL ? &dbpool__callback_site : NULL;
}

int dbpool_close_wait_at(struct dbpool_site site, struct dbpool *pool,
                         const struct dbpool_close_options *options,
                         char *message, size_t message_size) {
    const char *what;
    const struct dbpool_site *waiting =
        dbpool__pool_is_forked(pool) ? NULL : find_waiting(pool, &what);
    if (waiting != NULL) {
        (void)snprintf(message, message_size,
                       "%s:%d (%s) would wait for its own %s, that of %s:%d "
                       "(%s)",
                       site.file, site.line, site.function, what, waiting->file,
                       waiting->line, waiting->function);
        return DBPOOL_EDEADLK;
    }
    bool closed = false;
    struct dbpool_close_request request = {.data = &closed};
    struct uv_loop_s *loop = pool->loop;
    int status = dbpool_close_with(pool, options, &request, note_closed);
    if (status != DBPOOL_OK) {
        (void)snprintf(message, message_size, "%s", dbpool_strerror(status));
        return status;
    }
    while (!closed) {
        (void)uv_run(loop, UV_RUN_ONCE);
    }
    return DBPOOL_OK;
}
