/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_TRANSACTION_H
#define DBPOOL_TRANSACTION_H

#include "dbpool.h"
#include "session.h"

/* What an interaction's function works on; it lives on the thread's stack
 * while the function runs. */
struct dbpool_transaction {
    struct dbpool__session *session;
    const struct dbpool_site *site;
    bool whole; /* all that the function does is to be one transaction */
    bool reads; /* nothing that it does may write */
    struct dbpool__error error; /* of the last dbpool_execute() */
    struct dbpool__error fatal; /* that ended the transaction, or the outermost
                                   savepoint without one, before its time */
    unsigned savepoints; /* open: each is undone or kept as a whole, too */
    bool broken;         /* a savepoint could not be undone: must not commit */
};

/* Runs an interaction or a with_connection to its commit or rollback. Returns
 * its status; session->error says more. */
int dbpool__transaction_run(struct dbpool__session *session,
                            struct dbpool_request *request);

/* Commits, or on an error rolls back, what is open. Returns @status, or that of
 * the commit. */
int dbpool__transaction_end(struct dbpool__session *session, int status);

/* Looks whether what is to be a whole is still inside of its transaction. If it
 * is not, that is an error: @status, where that is one already. From then on
 * all that is done with @transaction fails. Else @status. */
int dbpool__transaction_stay_whole(struct dbpool_transaction *transaction,
                                   int status);

/* A function of the caller's goes on, for all that it may do without asking: in
 * a transaction it may hold a lock, else it holds none. */
void dbpool__transaction_rest(struct dbpool__session *session);

/* options.on_connect on a connection that was just opened for @site. */
int dbpool__transaction_on_connect(struct dbpool__session *session,
                                   const struct dbpool_site *site);

#endif
