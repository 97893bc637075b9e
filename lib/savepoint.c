/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"
#include "check.h"
#include "pool.h"
#include "transaction.h"

static int step(struct dbpool_transaction *transaction,
                enum dbpool__savepoint which, struct dbpool__error *error) {
    struct dbpool__session *session = transaction->session;
    dbpool__lane_rest(session, false);
    int status = dbpool__session_driver(session)->savepoint(session->connection,
                                                            which, error);
    dbpool__transaction_rest(session);
    return status;
}

static bool in_transaction(const struct dbpool_transaction *transaction) {
    const struct dbpool__session *session = transaction->session;
    return dbpool__session_driver(session)->in_transaction(session->connection);
}

/* What the function has failed with is what is reported; where the savepoint
 * is gone, SQLite has rolled the whole transaction back. */
static int go_back(struct dbpool_transaction *transaction, int status) {
    struct dbpool__error ignored;
    transaction->session->counts.rollbacks++;
    if (!in_transaction(transaction)) {
        return status;
    }
    int back = step(transaction, DBPOOL__SAVEPOINT_ROLL_BACK, &ignored);
    if (back == DBPOOL_OK) {
        back = step(transaction, DBPOOL__SAVEPOINT_RELEASE, &ignored);
    }
    /* Nothing may be kept that was to be undone. */
    transaction->broken |= back != DBPOOL_OK;
    return status;
}

/* The outermost savepoint of a connection commits, and may have to wait. */
static int release(struct dbpool_transaction *transaction) {
    struct dbpool__error error;
    if (transaction->fatal.status != DBPOOL_OK) {
        transaction->error = transaction->fatal;
        return transaction->fatal.status;
    }
    int status = step(transaction, DBPOOL__SAVEPOINT_RELEASE, &error);
    if (status == DBPOOL_OK) {
        return DBPOOL_OK;
    }
    transaction->error = error;
    status = dbpool__guard_explain(&transaction->session->guard, status,
                                   &transaction->error);
    return dbpool__transaction_stay_whole(transaction, status);
}

/* Its statement has succeeded: runs @function in it. */
static int run_inside(struct dbpool_transaction *transaction,
                      dbpool_interaction_fn function, void *data) {
    int status = function(transaction, data);
    CHECK_NOT_FORKED(transaction->session->pool);
    if (status >= DBPOOL_OK) {
        int released = release(transaction);
        status = released == DBPOOL_OK ? status : released;
    }
    return status < DBPOOL_OK ? go_back(transaction, status) : status;
}

/* Behind the outermost one without a transaction begins something else. */
static void leave(struct dbpool_transaction *transaction) {
    transaction->savepoints--;
    if (!transaction->whole && transaction->savepoints == 0) {
        dbpool__error_clear(&transaction->fatal);
    }
}

int dbpool_savepoint(struct dbpool_transaction *transaction,
                     dbpool_interaction_fn function, void *data) {
    CHECK(dbpool__activity_now.session == transaction->session,
          "called on a thread that is not the interaction's");
    dbpool__error_clear(&transaction->error);
    if (dbpool__pool_is_forked(transaction->session->pool)) {
        return dbpool__error_plain(&transaction->error, DBPOOL_EFORKED);
    }
    if (function == NULL) {
        return dbpool__error_set(&transaction->error, DBPOOL_EINVAL, 0, "%s",
                                 "the function is NULL");
    }
    /* One that begins behind the transaction's end would be another. */
    if (transaction->fatal.status != DBPOOL_OK) {
        transaction->error = transaction->fatal;
        return transaction->fatal.status;
    }
    struct dbpool__guard *guard = &transaction->session->guard;
    if (dbpool__guard_stops(guard)) {
        return dbpool__guard_explain(guard, DBPOOL_ECANCELED,
                                     &transaction->error);
    }
    int status = dbpool__transaction_stay_whole(transaction, DBPOOL_OK);
    if (status == DBPOOL_OK) {
        status =
            step(transaction, DBPOOL__SAVEPOINT_BEGIN, &transaction->error);
    }
    if (status != DBPOOL_OK) {
        return status;
    }
    transaction->savepoints++;
    status = run_inside(transaction, function, data);
    leave(transaction);
    return status;
}
