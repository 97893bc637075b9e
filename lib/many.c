/* SPDX-License-Identifier: Apache-2.0 */
#include "many.h"

#include "pool.h"
#include "result.h"
#include "transaction.h"

static int row_failed(struct dbpool__error *error, size_t row) {
    const struct dbpool__error why = *error;
    return dbpool__error_set(
        error, why.status, why.code, "row %zu: %s", row,
        why.message[0] != '\0' ? why.message : dbpool_strerror(why.status));
}

static int run_rows(struct dbpool__session *session,
                    struct dbpool_request *request, struct dbpool__run *run) {
    const struct dbpool__driver *driver = session->pool->target.driver;
    int64_t changes = 0;
    for (size_t row = 0; row < request->more.rows_count; row++) {
        if (request->params_count != 0) { /* else it may be NULL */
            run->params = request->params + row * request->params_count;
        }
        int status = driver->run(session->connection, run, &session->error);
        if (status == DBPOOL_OK &&
            !driver->in_transaction(session->connection)) {
            status = dbpool__error_set(&session->error, DBPOOL_ESQL, 0,
                                       "the statement ended the transaction");
        }
        if (status != DBPOOL_OK) {
            return row_failed(&session->error, row);
        }
        changes += request->result.changes;
    }
    request->result.changes = changes;
    return DBPOOL_OK;
}

int dbpool__many_run(struct dbpool__session *session,
                     struct dbpool_request *request) {
    const struct dbpool__driver *driver = session->pool->target.driver;
    struct dbpool__run run = {
        .params = request->params,
        .params_count = request->params_count,
        .result = &request->result,
    };
    dbpool__result_clear(&request->result);
    /* Before the transaction: nobody is locked out for a misspelled word. */
    int status =
        driver->prepare(session->connection, request->what.sql, &request->site,
                        &run.statement, &session->error);
    if (status == DBPOOL_OK) {
        status =
            driver->begin(session->connection, DBPOOL__WRITE, &session->error);
    }
    if (status != DBPOOL_OK) {
        return status;
    }
    dbpool__session_begin_entry(session, &request->site, "many rows");
    status = run_rows(session, request, &run);
    status = dbpool__transaction_end(session, status);
    dbpool__session_end_entry(session);
    return status;
}
