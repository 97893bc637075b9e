/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pool.h"
#include "result.h"

void dbpool_request_init(struct dbpool_request *request, void *data) {
    *request = (struct dbpool_request){.data = data};
}

void dbpool_request_fini(struct dbpool_request *request) {
    if (request->state == DBPOOL__REQUEST_UNANSWERED &&
        dbpool__pool_is_forked(request->pool)) {
        /* A thread may have been giving its block back: it is left alone. */
        *request = (struct dbpool_request){.data = request->data};
    }
    CHECK(request->state != DBPOOL__REQUEST_UNANSWERED,
          "a request is given back that was not answered yet");
    dbpool_result_fini(&request->result);
}

const char *dbpool_request_message(const struct dbpool_request *request) {
    if (request->status != DBPOOL_OK) {
        const char *message = dbpool__result_message(&request->result);
        if (message != NULL) {
            return message;
        }
    }
    return dbpool_strerror(request->status);
}

/* What a call makes of a request. */
struct how {
    enum dbpool__request_kind kind;
    const char *sql;
    dbpool_interaction_fn function;
    dbpool_rows_cb rows_cb;
    size_t rows_count;
    dbpool_request_cb cb;
};

/* Whether the pool takes one request more; starts the threads for it, and the
 * clock. */
static inline int admit(struct dbpool *pool, struct dbpool_request *request) {
    if (pool->state != DBPOOL__OPEN) {
        return DBPOOL_ECLOSED;
    }
    size_t limit = pool->options.queue_limit;
    if (limit != 0 && pool->stats.unanswered >= limit &&
        pool->options.queue_policy == DBPOOL_QUEUE_REFUSE) {
        return DBPOOL_EFULL;
    }
    int status = DBPOOL_OK;
    if (pool->threads_count != pool->options.max) {
        status = dbpool__pool_start_threads(pool, pool->stats.unanswered + 1,
                                            &request->site, &request->code);
    }
    if ((request->queue_timeout_ms | pool->options.acquire_timeout_ms) != 0 &&
        status == DBPOOL_OK) {
        status = dbpool__deadlines_add(pool, request,
                                       dbpool__stop_queue_ms(request));
    }
    return status;
}

#define LETTER(letter) (UINT32_C(1) << ((letter) - 'a'))

/* A guess that spares most queries that write the way by a reader: the first
 * letter is that of a word that does (INSERT, UPDATE, DELETE, REPLACE, CREATE,
 * ALTER). Wrong guesses cost that way, or a place in the lane, and nothing
 * else. */
static bool looks_like_write(const char *sql) {
    const uint32_t writes = LETTER('a') | LETTER('c') | LETTER('d') |
                            LETTER('i') | LETTER('r') | LETTER('u');
    while (*sql == ' ' || (*sql >= '\t' && *sql <= '\r')) {
        sql++;
    }
    unsigned letter = (unsigned)(*sql | 0x20) - 'a';
    return letter < 26 && (writes >> letter & 1) != 0;
}

/* Whether the lane is the place for @request, as far as can be told without the
 * database. */
static inline bool is_for_lane(const struct dbpool_request *request,
                               enum dbpool__request_kind kind) {
    switch (kind) {
    case DBPOOL__QUERY:
    case DBPOOL__STREAM:
        return looks_like_write(request->what.sql);
    case DBPOOL__OPERATION:
    case DBPOOL__MANY:
        return true;
    default:
        return !request->reads_only;
    }
}

static inline size_t staged_count(const struct dbpool *pool) {
    return pool->staged.count + pool->staged_writes.count;
}

__attribute__((always_inline)) static inline void
hand_over_soon(struct dbpool *pool, struct dbpool_request *request,
               enum dbpool__request_kind kind) {
    const size_t count = staged_count(pool) + 1;
    if (pool->lane.used && is_for_lane(request, kind)) {
        request->place = DBPOOL__PLACE_LANE;
        dbpool__queue_push(&pool->staged_writes, request);
    } else {
        request->place = DBPOOL__PLACE_WAITING;
        dbpool__queue_push(&pool->staged, request);
    }
    if (count == 1) {
        dbpool__turn_flush_soon(pool);
    } else if (count >= pool->options.batch_max) {
        dbpool__turn_flush(pool);
    }
}

/* Whether there is room for one more beside all that are not parked. */
static bool has_room(const struct dbpool *pool) {
    size_t limit = pool->options.queue_limit;
    return limit == 0 || pool->stats.unanswered - pool->parked.count < limit;
}

void dbpool__pool_unpark(struct dbpool *pool) {
    while (pool->parked.count != 0 && has_room(pool)) {
        struct dbpool_request *request = dbpool__queue_pop(&pool->parked);
        hand_over_soon(pool, request, (enum dbpool__request_kind)request->kind);
    }
}

/* For those who want to know of each. */
static void watch(struct dbpool *pool, struct dbpool_request *request) {
    const struct dbpool_hooks *hooks = &pool->options.hooks;
    if (pool->options.timing) {
        request->staged_ns = uv_hrtime();
        dbpool__times_submitted(request, request->staged_ns);
    }
    if (pool->slow.on) {
        dbpool__slow_staged(pool, request);
    }
    if (hooks->on_submit != NULL) {
        hooks->on_submit(request, hooks->data);
    }
}

__attribute__((always_inline)) static inline void
stage(struct dbpool *pool, struct dbpool_request *request,
      enum dbpool__request_kind kind) {
    struct dbpool_stats *stats = &pool->stats;
    bool parks = pool->options.queue_limit != 0 &&
                 (pool->parked.count != 0 || !has_room(pool));
    if (stats->unanswered == 0) {
        uv_ref((uv_handle_t *)&pool->wake);
    }
    stats->kinds[kind].submitted++;
    stats->unanswered++;
    if (stats->unanswered > stats->unanswered_peak) {
        stats->unanswered_peak = stats->unanswered;
    }
    request->number = (uint32_t)++stats->submitted;
    if (staged_count(pool) == 0) {
        pool->staged_ns = uv_hrtime();
    }
    request->staged_ns = pool->staged_ns;
    if (pool->watched) {
        watch(pool, request);
    }
    if (parks) {
        request->place = DBPOOL__PLACE_PARKED;
        dbpool__queue_push(&pool->parked, request);
    } else {
        hand_over_soon(pool, request, kind);
    }
}

static const char *const calls[] = {
    [DBPOOL__QUERY] = "dbpool_run_query",
    [DBPOOL__OPERATION] = "dbpool_run_operation",
    [DBPOOL__INTERACTION] = "dbpool_run_interaction",
    [DBPOOL__WITH_CONNECTION] = "dbpool_run_with_connection",
    [DBPOOL__STREAM] = "dbpool_run_stream",
    [DBPOOL__MANY] = "dbpool_run_many",
};

static int refuse(struct dbpool *pool, struct dbpool_request *request) {
    request->state = DBPOOL__REQUEST_IDLE;
    dbpool__result_clear(&request->result); /* of its last use */
    pool->stats.refused++;
    return request->status;
}

/* All in-fields that are the pool's are set; nothing is kept on an error. Each
 * call has a copy, which knows what its fields are. */
__attribute__((always_inline)) static inline int
submit(const struct dbpool_site *site, struct dbpool *pool,
       struct dbpool_request *request, const struct how how) {
    if (dbpool__pool_is_forked(pool)) {
        request->status = DBPOOL_EFORKED;
        return DBPOOL_EFORKED;
    }
    CHECK_LOOP_THREAD_IN(calls[how.kind], pool);
    CHECK_IN(calls[how.kind], request->state != DBPOOL__REQUEST_UNANSWERED,
             "a request is submitted again before it was answered");
    request->pool = pool;
    request->site = *site;
    if (dbpool__kind_is_function(how.kind)) {
        request->what.function = how.function;
    } else {
        request->what.sql = how.sql;
    }
    if (how.kind == DBPOOL__STREAM) {
        request->more.rows_cb = how.rows_cb;
    } else if (how.kind == DBPOOL__MANY) {
        request->more.rows_count = how.rows_count;
    }
    request->cb = how.cb;
    request->gather = NULL;
    request->code = 0;
    request->cleanup_status = DBPOOL_OK;
    request->kind = (uint8_t)how.kind;
    request->state = DBPOOL__REQUEST_UNANSWERED;
    request->stop = DBPOOL__STOP_NONE;
    request->stopped = false;
    request->alarmed = false;
    request->slow = false;
    request->due = 0;
    request->taken = false;
    request->started = false;
    bool complete = how.sql != NULL || how.function != NULL;
    bool bound = request->params != NULL || request->params_count == 0;
    request->status = complete && bound ? admit(pool, request) : DBPOOL_EINVAL;
    if (request->status != DBPOOL_OK) {
        return refuse(pool, request);
    }
    stage(pool, request, how.kind);
    return DBPOOL_OK;
}

int dbpool_run_query_at(struct dbpool_site site, struct dbpool *pool,
                        struct dbpool_request *request, const char *sql,
                        dbpool_request_cb cb) {
    const struct how how = {.kind = DBPOOL__QUERY, .sql = sql, .cb = cb};
    return submit(&site, pool, request, how);
}

int dbpool_run_operation_at(struct dbpool_site site, struct dbpool *pool,
                            struct dbpool_request *request, const char *sql,
                            dbpool_request_cb cb) {
    const struct how how = {.kind = DBPOOL__OPERATION, .sql = sql, .cb = cb};
    return submit(&site, pool, request, how);
}

int dbpool_run_interaction_at(struct dbpool_site site, struct dbpool *pool,
                              struct dbpool_request *request,
                              dbpool_interaction_fn function,
                              dbpool_request_cb cb) {
    const struct how how = {
        .kind = DBPOOL__INTERACTION, .function = function, .cb = cb};
    return submit(&site, pool, request, how);
}

int dbpool_run_with_connection_at(struct dbpool_site site, struct dbpool *pool,
                                  struct dbpool_request *request,
                                  dbpool_interaction_fn function,
                                  dbpool_request_cb cb) {
    const struct how how = {
        .kind = DBPOOL__WITH_CONNECTION, .function = function, .cb = cb};
    return submit(&site, pool, request, how);
}

int dbpool_run_many_at(struct dbpool_site site, struct dbpool *pool,
                       struct dbpool_request *request, const char *sql,
                       size_t rows_count, dbpool_request_cb cb) {
    const struct how how = {
        .kind = DBPOOL__MANY, .sql = sql, .rows_count = rows_count, .cb = cb};
    return submit(&site, pool, request, how);
}

int dbpool_run_stream_at(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request, const char *sql,
                         dbpool_rows_cb rows_cb, dbpool_request_cb cb) {
    const struct how how = {.kind = DBPOOL__STREAM,
                            .sql = rows_cb != NULL ? sql : NULL,
                            .rows_cb = rows_cb,
                            .cb = cb};
    return submit(&site, pool, request, how);
}
