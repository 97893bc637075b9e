/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include "activity.h"
#include "check.h"
#include "pool.h"
#include "result.h"

static bool in_transaction(const struct dbpool__session *session) {
    return dbpool__session_driver(session)->in_transaction(session->connection);
}

static bool is_whole(const struct dbpool_transaction *transaction) {
    return transaction->whole || transaction->savepoints != 0;
}

int dbpool__transaction_stay_whole(struct dbpool_transaction *transaction,
                                   int status) {
    if (!is_whole(transaction) || in_transaction(transaction->session)) {
        return status;
    }
    if (status == DBPOOL_OK) {
        status = dbpool__error_set(
            &transaction->error, DBPOOL_ESQL, 0, "%s",
            transaction->whole ? "the interaction's transaction was "
                                 "ended inside of it"
                               : "the savepoint was ended inside of it");
    }
    transaction->fatal = transaction->error;
    return status;
}

void dbpool__transaction_rest(struct dbpool__session *session) {
    dbpool__lane_rest(session, !in_transaction(session));
}

/* Whether the function may run this statement. */
static int admit(struct dbpool_transaction *transaction,
                 const struct dbpool__statement *statement) {
    if (transaction->reads && statement->writes) {
        return dbpool__error_set(&transaction->error, DBPOOL_EREADONLY, 0, "%s",
                                 "a write in what only reads (reads_only)");
    }
    if (!is_whole(transaction) || !statement->is_control) {
        return DBPOOL_OK;
    }
    return dbpool__error_set(
        &transaction->error, DBPOOL_ESQL, 0, "%s",
        transaction->whole
            ? "an interaction is one transaction that the pool begins and "
              "ends: use savepoints, or dbpool_run_with_connection()"
            : "no transaction begins or ends in a savepoint: nest savepoints");
}

static int execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result) {
    struct dbpool__session *session = transaction->session;
    struct dbpool__run run = {
        .params = statement->params,
        .params_count = statement->params_count,
        .keep_rows = result != NULL,
        .names = statement->names,
        .result = result,
    };
    struct dbpool_result unkept;
    dbpool_result_init(&unkept);
    if (result == NULL) {
        run.result = &unkept;
    }
    int status = dbpool__session_driver(session)->prepare(
        session->connection, statement->sql, transaction->site, &run.statement,
        &transaction->error);
    if (status == DBPOOL_OK) {
        status = admit(transaction, run.statement);
    }
    if (status == DBPOOL_OK) {
        status = dbpool__session_driver(session)->run(session->connection, &run,
                                                      &transaction->error);
    }
    if (status != DBPOOL_OK) {
        dbpool__result_clear(run.result);
    }
    dbpool_result_fini(&unkept);
    return dbpool__guard_explain(&session->guard, status, &transaction->error);
}

int dbpool_execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result) {
    struct dbpool__session *session = transaction->session;
    if (result != NULL) { /* before anything may fail */
        dbpool__result_clear(result);
    }
    if (dbpool__pool_is_forked(session->pool)) {
        return dbpool__error_plain(&transaction->error, DBPOOL_EFORKED);
    }
    CHECK(dbpool__activity_now.session == session,
          "called on a thread that is not the interaction's");
    dbpool__error_clear(&transaction->error);
    if (statement->sql == NULL ||
        (statement->params == NULL && statement->params_count != 0)) {
        return dbpool__error_set(&transaction->error, DBPOOL_EINVAL, 0, "%s",
                                 "the SQL or its parameters are NULL");
    }
    if (transaction->fatal.status != DBPOOL_OK) {
        transaction->error = transaction->fatal;
        return transaction->fatal.status;
    }
    if (dbpool__guard_stops(&session->guard)) {
        return dbpool__guard_explain(&session->guard, DBPOOL_ECANCELED,
                                     &transaction->error);
    }
    int status = dbpool__transaction_stay_whole(transaction, DBPOOL_OK);
    if (status != DBPOOL_OK) {
        return status;
    }
    dbpool__lane_rest(session, false);
    status = execute(transaction, statement, result);
    dbpool__transaction_rest(session);
    return dbpool__transaction_stay_whole(transaction, status);
}

const char *
dbpool_transaction_message(const struct dbpool_transaction *transaction) {
    const struct dbpool__error *error = &transaction->error;
    return error->message[0] != '\0' ? error->message
                                     : dbpool_strerror(error->status);
}

/* The error that ended the function: the last statement's own, when that is
 * what the function returned. */
static int original_error(struct dbpool__session *session,
                          const struct dbpool_transaction *transaction,
                          int status) {
    if (status == transaction->error.status) {
        session->error = transaction->error;
        return status;
    }
    return dbpool__error_plain(&session->error, status);
}

/* A statement can fail so badly that SQLite ends the transaction, or a function
 * of the user's, called by SQL, can end it. What was done before is gone, or
 * stays by itself, so what comes after that must not stay. */
static int call(struct dbpool_transaction *transaction,
                dbpool_interaction_fn function, void *data) {
    struct dbpool__session *session = transaction->session;
    dbpool__transaction_rest(session);
    int status = function(transaction, data);
    CHECK_NOT_FORKED(session->pool);
    dbpool__lane_rest(session, false);
    if (status >= DBPOOL_OK && transaction->fatal.status == DBPOOL_OK) {
        (void)dbpool__transaction_stay_whole(transaction, DBPOOL_OK);
    }
    if (status >= DBPOOL_OK && transaction->fatal.status != DBPOOL_OK) {
        transaction->error = transaction->fatal;
        status = transaction->fatal.status;
    }
    if (status >= DBPOOL_OK && transaction->broken) {
        return dbpool__error_set(&session->error, DBPOOL_ESQL, 0, "%s",
                                 "a savepoint that failed could not be undone");
    }
    return status < DBPOOL_OK ? original_error(session, transaction, status)
                              : DBPOOL_OK;
}

/* By way of the connection's handle; it would keep its locks. */
static int refuse_running_statement(struct dbpool__session *session,
                                    int status) {
    const char *sql =
        dbpool__session_driver(session)->end_statements(session->connection);
    if (sql == NULL) {
        return status;
    }
    session->counts.left_open++;
    const struct dbpool_site *site = dbpool__activity_now.site;
    return status != DBPOOL_OK
               ? status
               : dbpool__error_set(&session->error, DBPOOL_ESQL, 0,
                                   "a statement was left running by the "
                                   "request of %s:%d: %s",
                                   site->file, site->line, sql);
}

/* Whatever the function has left open, or SQLite has ended already. */
static int commit_or_roll_back(struct dbpool__session *session, int status) {
    status = refuse_running_statement(session, status);
    if (dbpool__guard_stops(&session->guard)) {
        status = dbpool__guard_explain(&session->guard, DBPOOL_ECANCELED,
                                       &session->error);
    }
    if (status == DBPOOL_OK && in_transaction(session)) {
        status = dbpool__session_driver(session)->commit(session->connection,
                                                         &session->error);
    }
    if (status != DBPOOL_OK && in_transaction(session)) {
        dbpool__session_roll_back(session);
    }
    return status;
}

int dbpool__transaction_run(struct dbpool__session *session,
                            struct dbpool_request *request) {
    dbpool__result_clear(&request->result);
    if (request->kind == DBPOOL__INTERACTION) {
        int status = dbpool__session_driver(session)->begin(
            session->connection,
            request->reads_only ? DBPOOL__READ : DBPOOL__WRITE,
            &session->error);
        if (status != DBPOOL_OK) {
            return status;
        }
    }
    dbpool__session_begin_entry(session, &request->site, "interaction");
    struct dbpool_transaction transaction = {
        .session = session,
        .site = &request->site,
        .whole = request->kind == DBPOOL__INTERACTION,
        .reads = request->reads_only,
    };
    dbpool__slow_begin(session, request);
    int status = call(&transaction, request->what.function, request->data);
    status = commit_or_roll_back(session, status);
    dbpool__slow_end(session, request);
    dbpool__session_end_entry(session);
    return status;
}

int dbpool__transaction_end(struct dbpool__session *session, int status) {
    return commit_or_roll_back(session, status);
}

static int call_on_connect(struct dbpool_transaction *connection, void *data) {
    const struct dbpool_options *options = data;
    return options->on_connect(connection, options->on_connect_data);
}

int dbpool__transaction_on_connect(struct dbpool__session *session,
                                   const struct dbpool_site *site) {
    struct dbpool_options *options = &session->pool->options;
    if (options->on_connect == NULL) {
        return DBPOOL_OK;
    }
    struct dbpool_transaction transaction = {.session = session, .site = site};
    int status = call(&transaction, call_on_connect, options);
    return commit_or_roll_back(session, status);
}
