/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_ENDLESS_H
#define TESTS_SUPPORT_DBPOOL_ENDLESS_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"

/* What never ends by itself: requests whose end somebody else decides. */

/* A read that runs for ever. */
#define ENDLESS                                                                \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"          \
    " SELECT count(*) FROM n"

/* Of requests that pass a gate, and then run ENDLESS in an interaction that
 * has written before. data of the request. */
struct endless {
    struct pool_fixture *fixture;
    struct gate gate;
    int status;           /* of the ENDLESS */
    int returns;          /* what the function returns; 1: that status */
    _Atomic int executed; /* times that the function has come to its end */
    int answered;
};

void endless_init(struct endless *endless, struct pool_fixture *fixture);
void endless_fini(struct endless *endless);

/* The function, and the callback, which counts in endless->answered. */
int endless_run(struct dbpool_transaction *transaction, void *data);
void endless_count(struct dbpool_request *request);

/* Runs the loop until the pool's connections have prepared @count statements,
 * which are then running, or about to. */
void endless_wait_for_statements(struct pool_fixture *fixture, size_t count);

/* A connection that keeps all others out; unlock() ends it. */
sqlite3 *endless_lock(const struct pool_fixture *fixture);
void endless_unlock(sqlite3 *holder);

/* How many users there are, asked on a connection of our own. */
int endless_users(const struct pool_fixture *fixture);

#endif
