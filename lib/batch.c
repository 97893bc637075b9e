/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include "activity.h"
#include "many.h"
#include "pool.h"
#include "prefetch.h"
#include "result.h"
#include "stream.h"
#include "transaction.h"
#include "upkeep.h"

/* A fresh connection is the user's first to configure: on_connect. */
static int ensure_connection(struct dbpool__session *session,
                             const struct dbpool_site *site) {
    if (session->connection != NULL) {
        return DBPOOL_OK;
    }
    dbpool__lane_connect(session, true);
    int status = dbpool__session_open(session, site);
    if (status == DBPOOL_OK) {
        /* Whatever closes it until on_connect has succeeded. */
        session->close_cause = DBPOOL_CLOSED_REFUSED;
        status = dbpool__transaction_on_connect(session, site);
        if (status != DBPOOL_OK) {
            dbpool__session_close(session);
        }
        session->close_cause = DBPOOL_CLOSED_AT_END;
    }
    dbpool__lane_connect(session, false);
    session->counts.connects += status == DBPOOL_OK;
    session->counts.connects_failed += status != DBPOOL_OK;
    const struct dbpool_hooks *hooks = &session->pool->options.hooks;
    if (hooks->on_connect_done != NULL) {
        hooks->on_connect_done(session->pool, status, hooks->data);
    }
    return status;
}

/* One transaction for the reads of a batch saves each of them the locks and
 * the look at the write-ahead log, which cost more than the lookup itself. All
 * of them were submitted before it begins, so none sees older data than it
 * would have alone. */
static void begin_shared_read(struct dbpool__session *session,
                              const struct dbpool_request *request) {
    struct dbpool__error ignored; /* without it the reads commit each */
    if (dbpool__session_driver(session)->begin(
            session->connection, DBPOOL__READ, &ignored) == DBPOOL_OK) {
        session->shared_read = true;
        dbpool__session_begin_entry(session, &request->site,
                                    "reads of one batch");
    }
}

static void end_shared_read(struct dbpool__session *session) {
    if (!session->shared_read) {
        return;
    }
    session->shared_read = false;
    session->read_sql = NULL;
    struct dbpool__error ignored; /* what was read is copied already */
    if (dbpool__session_driver(session)->in_transaction(session->connection) &&
        dbpool__session_driver(session)->commit(session->connection,
                                                &ignored) != DBPOOL_OK) {
        dbpool__session_roll_back(session);
        dbpool__error_clear(&session->cleanup); /* nobody's that waits */
    }
    dbpool__session_end_entry(session);
}

/* A statement such as BEGIN leaves a transaction that nobody would end. */
static int refuse_open_transaction(struct dbpool__session *session,
                                   int status) {
    if (!dbpool__session_driver(session)->in_transaction(session->connection)) {
        return status;
    }
    session->counts.left_open++;
    dbpool__session_roll_back(session);
    if (status != DBPOOL_OK) {
        return status;
    }
    return dbpool__error_set(
        &session->error, DBPOOL_ESQL, 0,
        "a transaction was left open and is rolled back: use "
        "dbpool_run_interaction()");
}

static struct dbpool__run run_of(struct dbpool_request *request) {
    return (struct dbpool__run){
        .params = request->params,
        .params_count = request->params_count,
        .keep_rows = request->kind == DBPOOL__QUERY,
        .names = request->names,
        .result = &request->result,
    };
}

/* @more: there are further requests in the batch. */
static int run_statement(struct dbpool__session *session,
                         struct dbpool_request *request, bool more) {
    const struct dbpool__driver *driver = dbpool__session_driver(session);
    struct dbpool__run run = run_of(request);
    session->read_sql = NULL;
    int status =
        driver->prepare(session->connection, request->what.sql, &request->site,
                        &run.statement, &session->error);
    if (status != DBPOOL_OK) {
        return status;
    }
    if (!session->writes && run.statement->writes) {
        return DBPOOL__HAND_OVER;
    }
    if (run.statement->is_read) {
        if (more && !session->shared_read) {
            begin_shared_read(session, request);
        }
        if (session->shared_read) {
            session->read_sql = request->what.sql;
            session->read_kind = request->kind;
            session->read_run = run;
        }
    } else {
        end_shared_read(session);
        if (session->connection == NULL) {
            return dbpool__error_set(&session->error, DBPOOL_ELOST, 0,
                                     "the connection was lost before the "
                                     "statement ran");
        }
    }
    if (session->pool->options.timing) {
        dbpool__times_begun(request, uv_hrtime());
    }
    status = driver->run(session->connection, &run, &session->error);
    return session->shared_read ? status
                                : refuse_open_transaction(session, status);
}

/* As the read before it, in the same transaction. */
static int run_again(struct dbpool__session *session,
                     struct dbpool_request *request) {
    struct dbpool__run *run = &session->read_run;
    run->params = request->params;
    run->params_count = request->params_count;
    run->names = request->names;
    run->result = &request->result;
    session->counts.driver.statements_hit++;
    return dbpool__session_driver(session)->run(session->connection, run,
                                                &session->error);
}

static int run_request(struct dbpool__session *session,
                       struct dbpool_request *request, bool more) {
    if (session->read_kind == request->kind &&
        session->read_sql == request->what.sql) {
        return run_again(session, request);
    }
    bool statement =
        request->kind == DBPOOL__QUERY || request->kind == DBPOOL__OPERATION;
    if (!statement) {
        end_shared_read(session);
    }
    int status = ensure_connection(session, &request->site);
    if (status != DBPOOL_OK) {
        return status;
    }
    /* Only functions say whether they write. */
    bool may_write =
        !dbpool__kind_is_function(request->kind) || !request->reads_only;
    status = dbpool__session_driver(session)->set_writable(
        session->connection, session->writes && may_write, &session->error);
    if (status != DBPOOL_OK) {
        return status;
    }
    if (request->kind == DBPOOL__STREAM) {
        return refuse_open_transaction(session,
                                       dbpool__stream_run(session, request));
    }
    if (request->kind == DBPOOL__MANY) {
        return dbpool__many_run(session, request);
    }
    return statement ? run_statement(session, request, more)
                     : dbpool__transaction_run(session, request);
}

/* Between two requests nobody holds a lock up. */
static void give_way(struct dbpool__session *session) {
    const struct dbpool__lane *lane = &session->pool->lane;
    if (!lane->used) {
        return;
    }
    if (session->writes) {
        dbpool__lane_let_readers_go_first(session);
    } else if (dbpool__lane_readers_leave(lane)) {
        session->counts.reads_ended_early += session->shared_read;
        end_shared_read(session);
        dbpool__lane_make_room(session);
    }
}

/* Runs @request, unless it is to stop; @more: others of the batch follow. */
static int run_guarded(struct dbpool__session *session,
                       struct dbpool_request *request, bool more) {
    struct dbpool__guard *guard = &session->guard;
    int status;
    if (dbpool__guard_begin(guard, request, &session->error)) {
        dbpool__upkeep_before(session);
        give_way(session);
        status = guard->stop == DBPOOL__STOP_NONE
                     ? run_request(session, request, more)
                     : DBPOOL_ECANCELED;
    } else {
        status = session->error.status;
    }
    return status == DBPOOL_OK
               ? DBPOOL_OK
               : dbpool__guard_explain(guard, status, &session->error);
}

/* Once, however many threads take it. */
static void tell_start(const struct dbpool_hooks *hooks,
                       struct dbpool_request *request) {
    if (!request->started) {
        hooks->on_start(request, hooks->data);
    }
    request->started = true;
}

/* The error stays what it is; what had to be done about it is told beside. */
static void report(struct dbpool__session *session,
                   struct dbpool_request *request) {
    if (dbpool__upkeep_may_be_lost(session)) {
        end_shared_read(session);
        dbpool__upkeep_after_error(session);
    }
    const struct dbpool__error *cleanup = &session->cleanup;
    request->cleanup_status = cleanup->status;
    if (cleanup->status != DBPOOL_OK) {
        dbpool__error_add(&session->error, " (and %s: %s)",
                          cleanup->status == DBPOOL_ELOST
                              ? "the connection was lost"
                              : "the rollback failed",
                          cleanup->message);
    }
    dbpool__result_set_message(&request->result, session->error.message);
}

/* For quick reads the answer is no, at little cost. */
static bool may_share(const struct dbpool__session *session) {
    return !session->shared_read ||
           session->done.count % DBPOOL__SHARE_ANSWERS == 0 ||
           atomic_load_explicit(&session->pool->threads_idle,
                                memory_order_relaxed) != 0;
}

static bool may_take_long(const struct dbpool_request *request) {
    return request->kind != DBPOOL__QUERY && request->kind != DBPOOL__OPERATION;
}

void dbpool__batch_run(struct dbpool__session *session,
                       struct dbpool__queue *batch) {
    const struct dbpool_hooks *hooks = &session->pool->options.hooks;
    const bool timing = session->pool->options.timing;
    session->guard.batch = batch;
    session->looked_after = false;
    while (batch->count != 0) {
        struct dbpool_request *request = dbpool__queue_pop(batch);
        dbpool__prefetch_to_run(batch);
        dbpool__activity_now.site = &request->site;
        dbpool__error_clear(&session->error);
        dbpool__error_clear(&session->cleanup);
        bool long_one = may_take_long(request);
        if (long_one || may_share(session)) {
            dbpool__share_look(session, long_one);
        }
        if (hooks->on_start != NULL) {
            tell_start(hooks, request);
        }
        uint64_t begun_ns = 0;
        if (timing) {
            begun_ns = uv_hrtime();
            dbpool__times_begun(request, begun_ns);
        }
        int status = run_guarded(session, request, batch->count != 0);
        if (status == DBPOOL__HAND_OVER) {
            session->counts.handed_over++;
            dbpool__queue_push(&session->handed_over, request);
            continue;
        }
        if (timing) {
            uint64_t ended_ns = uv_hrtime();
            dbpool__times_ended(request, ended_ns);
            dbpool__times_add(&session->timing.request, ended_ns - begun_ns, 1);
        }
        if (status != DBPOOL_OK) {
            request->status = status;
            request->code = session->error.code;
            report(session, request);
        }
        dbpool__queue_push(&session->done, request);
    }
    dbpool__guard_end(&session->guard);
    end_shared_read(session);
    dbpool__upkeep_after_batch(session);
}
