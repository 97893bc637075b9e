/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include "activity.h"
#include "check.h"
#include "pool.h"
#include "result.h"

static const struct dbpool__driver *
driver_of(const struct dbpool__session *session) {
    return session->pool->target.driver;
}

int dbpool_execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result) {
    struct dbpool__session *session = transaction->session;
    CHECK(dbpool__activity_now.session == session,
          "called on a thread that is not the interaction's");
    dbpool__error_clear(&transaction->error);
    if (statement->sql == NULL ||
        (statement->params == NULL && statement->params_count != 0)) {
        return dbpool__error_set(&transaction->error, DBPOOL_EINVAL, 0, "%s",
                                 "the SQL or its parameters are NULL");
    }
    struct dbpool_result unkept;
    dbpool_result_init(&unkept);
    struct dbpool__run run = {
        .params = statement->params,
        .params_count = statement->params_count,
        .keep_rows = result != NULL,
        .names = statement->names,
        .result = result != NULL ? result : &unkept,
    };
    int status = driver_of(session)->prepare(
        session->connection, statement->sql, transaction->site, &run.statement,
        &transaction->error);
    if (status == DBPOOL_OK) {
        status = driver_of(session)->run(session->connection, &run,
                                         &transaction->error);
    }
    if (status != DBPOOL_OK) {
        dbpool__result_clear(run.result); /* no half of the rows */
    }
    dbpool_result_fini(&unkept);
    return status;
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
    return dbpool__error_set(&session->error, status, 0, "%s", "");
}

static int call(struct dbpool__session *session, dbpool_interaction_fn function,
                const struct dbpool_site *site, void *data) {
    struct dbpool_transaction transaction = {.session = session, .site = site};
    dbpool__error_clear(&transaction.error);
    int status = function(&transaction, data);
    return status < DBPOOL_OK ? original_error(session, &transaction, status)
                              : DBPOOL_OK;
}

/* Whatever the function has left open, or SQLite has ended already. */
static int commit_or_roll_back(struct dbpool__session *session, int status) {
    if (status == DBPOOL_OK &&
        driver_of(session)->in_transaction(session->connection)) {
        status =
            driver_of(session)->commit(session->connection, &session->error);
    }
    if (status != DBPOOL_OK &&
        driver_of(session)->in_transaction(session->connection)) {
        dbpool__session_roll_back(session);
    }
    return status;
}

int dbpool__transaction_run(struct dbpool__session *session,
                            struct dbpool_request *request) {
    dbpool__result_clear(&request->result);
    if (request->kind == DBPOOL__INTERACTION) {
        int status = driver_of(session)->begin(session->connection,
                                               DBPOOL__WRITE, &session->error);
        if (status != DBPOOL_OK) {
            return status;
        }
    }
    dbpool__session_begin_entry(session, &request->site, "interaction");
    int status =
        call(session, request->function, &request->site, request->data);
    status = commit_or_roll_back(session, status);
    dbpool__session_end_entry(session);
    return status;
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
    int status = call(session, call_on_connect, site, options);
    return commit_or_roll_back(session, status);
}
