/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"
#include "pool.h"
#include "result.h"
#include "worker.h"

int dbpool__worker_connect(struct dbpool__worker *worker,
                           const struct dbpool_site *site) {
    if (worker->connection != NULL) {
        return DBPOOL_OK;
    }
    struct dbpool *pool = worker->pool;
    struct dbpool__owner owner = pool->owner;
    owner.id = worker->entry.id;
    int status = pool->target.driver->connect(
        &pool->target, &owner, site, &worker->connection, &worker->error);
    if (status == DBPOOL_OK) {
        uv_mutex_lock(&pool->mutex);
        pool->connections_open++;
        uv_mutex_unlock(&pool->mutex);
        status = dbpool__transaction_on_connect(worker);
        if (status != DBPOOL_OK) {
            dbpool__worker_disconnect(worker);
        }
    }
    worker->counts.connects += status == DBPOOL_OK;
    worker->counts.connects_failed += status != DBPOOL_OK;
    return status;
}

static void announce_read(struct dbpool__worker *worker,
                          const struct dbpool_request *request) {
    const struct dbpool *pool = worker->pool;
    worker->transaction_entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_TRANSACTION,
        .owner_id = pool->target.driver->census_id(worker->connection),
        .tag = pool->owner.tag,
        .pool_site = pool->owner.pool_site,
        .site = request->site,
        .text = "reads of one batch",
    };
    dbpool__census_add(&worker->transaction_entry);
}

/* One transaction for the reads of a batch saves each of them the locks and
 * the look at the write-ahead log, which cost more than the lookup itself. All
 * of them were submitted before it begins, so none sees older data than it
 * would have alone. */
static void begin_shared_read(struct dbpool__worker *worker,
                              const struct dbpool_request *request) {
    struct dbpool__error ignored; /* without it the reads commit each */
    if (worker->pool->target.driver->begin(worker->connection, DBPOOL__READ,
                                           &ignored) == DBPOOL_OK) {
        worker->shared_read = true;
        announce_read(worker, request);
    }
}

/* Leaves the connection without a transaction, or closes it: that ends one
 * surely. */
static void end_transaction(struct dbpool__worker *worker) {
    const struct dbpool__driver *driver = worker->pool->target.driver;
    struct dbpool__error ignored; /* what was read is copied already */
    if (driver->in_transaction(worker->connection) &&
        driver->commit(worker->connection, &ignored) != DBPOOL_OK &&
        driver->rollback(worker->connection, &ignored) != DBPOOL_OK) {
        dbpool__worker_disconnect(worker);
    }
}

static void end_shared_read(struct dbpool__worker *worker) {
    if (worker->shared_read) {
        worker->shared_read = false;
        end_transaction(worker);
        dbpool__census_remove(&worker->transaction_entry);
    }
}

/* A statement such as BEGIN leaves a transaction that nobody would end. */
static int refuse_open_transaction(struct dbpool__worker *worker, int status) {
    const struct dbpool__driver *driver = worker->pool->target.driver;
    if (!driver->in_transaction(worker->connection)) {
        return status;
    }
    struct dbpool__error ignored;
    worker->counts.rollbacks++;
    if (driver->rollback(worker->connection, &ignored) != DBPOOL_OK) {
        dbpool__worker_disconnect(worker);
    }
    if (status != DBPOOL_OK) {
        return status;
    }
    return dbpool__error_set(
        &worker->error, DBPOOL_ESQL, 0,
        "a transaction was left open and is rolled back: use "
        "dbpool_run_interaction()");
}

/* @more: there are further requests in the batch. */
static int run_statement(struct dbpool__worker *worker,
                         struct dbpool_request *request, bool more) {
    const struct dbpool__driver *driver = worker->pool->target.driver;
    struct dbpool__run run = {
        .params = request->params,
        .params_count = request->params_count,
        .keep_rows = request->kind == DBPOOL__QUERY,
        .names = request->names,
        .result = &request->result,
    };
    int status =
        driver->prepare(worker->connection, request->sql, &request->site,
                        &run.statement, &worker->error);
    if (status != DBPOOL_OK) {
        return status;
    }
    bool read = driver->is_read(run.statement);
    if (read && more && !worker->shared_read) {
        begin_shared_read(worker, request);
    } else if (!read) {
        end_shared_read(worker);
        if (worker->connection == NULL) {
            return dbpool__error_set(&worker->error, DBPOOL_EIO, 0,
                                     "the connection was lost");
        }
    }
    status = driver->run(worker->connection, &run, &worker->error);
    return worker->shared_read ? status
                               : refuse_open_transaction(worker, status);
}

static int run_request(struct dbpool__worker *worker,
                       struct dbpool_request *request, bool more) {
    int status = dbpool__worker_connect(worker, &request->site);
    if (status != DBPOOL_OK) {
        return status;
    }
    if (request->kind == DBPOOL__QUERY || request->kind == DBPOOL__OPERATION) {
        return run_statement(worker, request, more);
    }
    end_shared_read(worker);
    status = dbpool__worker_connect(worker, &request->site);
    return status == DBPOOL_OK ? dbpool__transaction_run(worker, request)
                               : status;
}

void dbpool__batch_run(struct dbpool__worker *worker,
                       struct dbpool__queue *batch) {
    for (struct dbpool_request *request = batch->head; request != NULL;
         request = request->next) {
        dbpool__activity_now.site = &request->site;
        dbpool__error_clear(&worker->error);
        request->status = run_request(worker, request, request->next != NULL);
        request->code = worker->error.code;
        if (request->status != DBPOOL_OK) {
            dbpool__result_set_message(&request->result, worker->error.message);
        }
    }
    end_shared_read(worker);
}
