/* SPDX-License-Identifier: Apache-2.0 */
#include "transaction.h"

#include "activity.h"
#include "check.h"
#include "pool.h"
#include "result.h"

static const struct dbpool__driver *
driver_of(const struct dbpool__worker *worker) {
    return worker->pool->target.driver;
}

int dbpool_execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result) {
    struct dbpool__worker *worker = transaction->worker;
    CHECK(dbpool__activity_now.pool == worker->pool &&
              dbpool__activity_now.thread_number == worker->number,
          "called on a thread that is not the interaction's");
    dbpool__error_clear(&transaction->error);
    if (statement->sql == NULL) {
        return dbpool__error_set(&transaction->error, DBPOOL_EINVAL, 0, "%s",
                                 "the SQL is NULL");
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
    int status = driver_of(worker)->prepare(worker->connection, statement->sql,
                                            transaction->site, &run.statement,
                                            &transaction->error);
    if (status == DBPOOL_OK) {
        status = driver_of(worker)->run(worker->connection, &run,
                                        &transaction->error);
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
static int original_error(struct dbpool__worker *worker,
                          const struct dbpool_transaction *transaction,
                          int status) {
    if (status == transaction->error.status) {
        worker->error = transaction->error;
        return status;
    }
    return dbpool__error_set(&worker->error, status, 0, "%s", "");
}

static void roll_back(struct dbpool__worker *worker) {
    struct dbpool__error ignored; /* the original error is what counts */
    if (!driver_of(worker)->in_transaction(worker->connection)) {
        return; /* SQLite did so itself */
    }
    worker->counts.rollbacks++;
    if (driver_of(worker)->rollback(worker->connection, &ignored) !=
        DBPOOL_OK) {
        dbpool__worker_disconnect(worker); /* which ends it surely */
    }
}

static int commit_or_roll_back(struct dbpool__worker *worker, int status) {
    if (status >= DBPOOL_OK) {
        status = DBPOOL_OK;
        if (driver_of(worker)->in_transaction(worker->connection)) {
            status =
                driver_of(worker)->commit(worker->connection, &worker->error);
        }
    }
    if (status != DBPOOL_OK) {
        roll_back(worker);
    }
    return status;
}

static int call(struct dbpool__worker *worker, dbpool_interaction_fn function,
                const struct dbpool_site *site, void *data) {
    struct dbpool_transaction transaction = {.worker = worker, .site = site};
    dbpool__error_clear(&transaction.error);
    int status = function(&transaction, data);
    return status < DBPOOL_OK ? original_error(worker, &transaction, status)
                              : DBPOOL_OK;
}

int dbpool__transaction_run(struct dbpool__worker *worker,
                            struct dbpool_request *request) {
    const struct dbpool *pool = worker->pool;
    dbpool__result_clear(&request->result);
    if (request->kind == DBPOOL__INTERACTION) {
        int status = driver_of(worker)->begin(worker->connection, DBPOOL__WRITE,
                                              &worker->error);
        if (status != DBPOOL_OK) {
            return status;
        }
    }
    worker->transaction_entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_TRANSACTION,
        .owner_id = driver_of(worker)->census_id(worker->connection),
        .tag = pool->owner.tag,
        .pool_site = pool->owner.pool_site,
        .site = request->site,
        .text = "interaction",
    };
    dbpool__census_add(&worker->transaction_entry);
    int status = call(worker, request->function, &request->site, request->data);
    status = commit_or_roll_back(worker, status);
    dbpool__census_remove(&worker->transaction_entry);
    return status;
}

static int call_on_connect(struct dbpool_transaction *connection, void *data) {
    const struct dbpool_options *options = data;
    return options->on_connect(connection, options->on_connect_data);
}

int dbpool__transaction_on_connect(struct dbpool__worker *worker) {
    struct dbpool_options *options = &worker->pool->options;
    if (options->on_connect == NULL) {
        return DBPOOL_OK;
    }
    int status = call(worker, call_on_connect, &worker->site, options);
    return commit_or_roll_back(worker, status);
}
