/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_POOL_FIXTURE_H
#define TESTS_SUPPORT_DBPOOL_POOL_FIXTURE_H

#include <stdbool.h>
#include <uv.h>

#include "dbpool.h"

/* A loop, a database in a folder of its own with the tutorial's three users,
 * and a proof of emptiness at the end.
 *
 * Use: setup and teardown of a cmocka test; *state is the fixture. */
#define FIXTURE_PATH_SIZE 256

struct pool_fixture {
    uv_loop_t loop;
    char folder[FIXTURE_PATH_SIZE];
    char path[FIXTURE_PATH_SIZE];
    char url[FIXTURE_PATH_SIZE];
    struct dbpool_options options;
    struct dbpool *pool;       /* NULL: not open */
    int64_t blocks_before;     /* of SQLite */
    int64_t own_blocks_before; /* of dbpool, libuv and the test */
    int locks_before;
    int answered; /* by fixture_count() */
    int closed;   /* by fixture_close() */
};

int fixture_setup(void **state);

/* The same on a database in WAL mode. */
int fixture_setup_wal(void **state);

/* Fails the test unless: the loop is empty and closes, no thread and no lock is
 * outstanding, neither dbpool nor the test nor SQLite holds a block, the census
 * is empty, and nothing but the database itself is in the folder. What is left
 * is named, a line each. */
int fixture_teardown(void **state);

/* Opens the pool with fixture->options. */
void fixture_open(struct pool_fixture *fixture);

/* Starts closing, counted in fixture->closed. */
void fixture_close(struct pool_fixture *fixture);

/* Closes, runs the loop dry, and checks that the callback came. */
void fixture_close_and_run(struct pool_fixture *fixture);

/* Runs the loop until nothing keeps it alive. */
void fixture_run(struct pool_fixture *fixture);

/* A request callback that counts in fixture->answered; request->data is the
 * fixture. */
void fixture_count(struct dbpool_request *request);

/* The library's own handle of the one connection that there is, or NULL.
 * Thread: any, while that connection is idle, or the connection's. */
struct sqlite3 *fixture_only_connection(void);

/* Submits one query, runs the loop, and returns its status. */
int fixture_query(struct pool_fixture *fixture, struct dbpool_request *request,
                  const char *sql);

/* The integer that @sql says, through the pool; the loop is run dry. */
int64_t fixture_ask(struct pool_fixture *fixture, const char *sql);

/* Submits one query in @request, which it initializes, and leaves the loop
 * alone. Counted by fixture_count(). */
void fixture_submit(struct pool_fixture *fixture,
                    struct dbpool_request *request, const char *sql);

#endif
