/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Connections on which not even a rollback works: SQLite is told to allow no
 * end of a transaction any more. */
struct losing {
    struct pool_fixture *fixture;
    atomic_bool denies;
    atomic_int lost; /* connections, as the hook was told */
    atomic_int others;
    atomic_int last_cause;
    int refused; /* on the pool's only thread */
};

static int allow(void *data, int action, const char *what, const char *unused,
                 const char *database, const char *trigger) {
    struct losing *losing = data;
    (void)unused;
    (void)database;
    (void)trigger;
    return atomic_load(&losing->denies) && action == SQLITE_TRANSACTION &&
                   strcmp(what, "BEGIN") != 0
               ? SQLITE_DENY
               : SQLITE_OK;
}

/* There is one connection, and this is its thread. SQLite compiles all
 * statements anew when its authorizer is set. */
static int deny_ends(struct losing *losing) {
    sqlite3 *handle = fixture_only_connection();
    if (handle == NULL) {
        return DBPOOL_EINVAL;
    }
    atomic_store(&losing->denies, true);
    (void)sqlite3_set_authorizer(handle, allow, losing);
    return DBPOOL_OK;
}

static void note_disconnect(const struct dbpool *pool, enum dbpool_closed cause,
                            void *data) {
    struct losing *losing = data;
    (void)pool;
    atomic_store(&losing->last_cause, (int)cause);
    (void)atomic_fetch_add(
        cause == DBPOOL_CLOSED_LOST ? &losing->lost : &losing->others, 1);
}

static void open_one(struct losing *losing, struct pool_fixture *fixture) {
    *losing = (struct losing){.fixture = fixture};
    fixture->options.min = fixture->options.max = 1;
    fixture->options.hooks.data = losing;
    fixture->options.hooks.on_disconnect = note_disconnect;
    fixture_open(fixture);
}

static void expect_lost(struct losing *losing, int lost) {
    struct dbpool_stats stats;
    struct dbpool_request request;
    struct pool_fixture *fixture = losing->fixture;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_LOST], lost);
    assert_int_equal(stats.connections, 0);
    assert_int_equal(losing->lost, lost);
    /* The next request opens another one, where all is as it was. */
    atomic_store(&losing->denies, false);
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request,
                                   "SELECT count(*) FROM users "
                                   "WHERE name != 'x'"),
                     DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 3);
    dbpool_request_fini(&request);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connects, lost + 1);
    assert_int_equal(stats.connections, 1);
    fixture_close_and_run(fixture);
    assert_int_equal(losing->lost, lost);
    assert_int_equal(losing->others, 1);
}

static int write_and_give_up(struct dbpool_transaction *transaction,
                             void *data) {
    struct losing *losing = data;
    struct dbpool_statement write = {.sql = "UPDATE users SET name = 'x'"};
    int status = dbpool_execute(transaction, &write, NULL);
    if (status == DBPOOL_OK) {
        status = deny_ends(losing);
    }
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

static void
a_connection_that_cannot_roll_back_is_closed_and_counted(void **state) {
    struct losing losing;
    struct dbpool_request request;
    open_one(&losing, *state);
    dbpool_request_init(&request, &losing);
    assert_int_equal(dbpool_run_interaction(losing.fixture->pool, &request,
                                            write_and_give_up, NULL),
                     DBPOOL_OK);
    fixture_run(losing.fixture);
    assert_int_equal(request.status, DBPOOL_EABORT); /* not the rollback's */
    assert_int_equal(request.code, 0);
    assert_string_equal(dbpool_request_message(&request),
                        "the interaction was given up (and the rollback "
                        "failed: not authorized)");
    dbpool_request_fini(&request);
    expect_lost(&losing, 1);
}

static int write_and_lose(struct dbpool_transaction *transaction, void *data) {
    int status = write_and_give_up(transaction, data);
    return status == DBPOOL_EABORT ? DBPOOL_OK : status;
}

static void a_commit_that_fails_so_badly_is_the_error(void **state) {
    struct losing losing;
    struct dbpool_request request;
    open_one(&losing, *state);
    dbpool_request_init(&request, &losing);
    assert_int_equal(dbpool_run_interaction(losing.fixture->pool, &request,
                                            write_and_lose, NULL),
                     DBPOOL_OK);
    fixture_run(losing.fixture);
    assert_int_equal(request.status, DBPOOL_ESQL);
    assert_int_equal(request.code, SQLITE_AUTH);
    assert_string_equal(dbpool_request_message(&request),
                        "not authorized (and the rollback failed: not "
                        "authorized)");
    dbpool_request_fini(&request);
    expect_lost(&losing, 1);
}

static int deny(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    return deny_ends(data);
}

/* The rows of reads that share a transaction are there already when it cannot
 * be ended. */
static void reads_that_are_done_survive_their_connection(void **state) {
    enum { READS = 3 };
    struct losing losing;
    struct dbpool_request first, reads[READS];
    open_one(&losing, *state);
    struct pool_fixture *fixture = losing.fixture;
    dbpool_request_init(&first, &losing);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &first, deny, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(first.status, DBPOOL_OK);
    for (int i = 0; i < READS; i++) {
        dbpool_request_init(&reads[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &reads[i],
                                          "SELECT * FROM users", fixture_count),
                         DBPOOL_OK);
    }
    fixture_run(fixture);
    for (int i = 0; i < READS; i++) {
        assert_int_equal(reads[i].status, DBPOOL_OK);
        assert_int_equal(reads[i].result.rows_count, 3);
        dbpool_request_fini(&reads[i]);
    }
    dbpool_request_fini(&first);
    expect_lost(&losing, 1);
}

/* In one batch: the write is not run on a connection that is gone. */
static void a_request_behind_a_lost_connection_is_told(void **state) {
    struct losing losing;
    struct dbpool_request first, reads[2], write;
    struct pool_fixture *fixture = *state;
    fixture->options.symmetric = true;
    open_one(&losing, fixture);
    dbpool_request_init(&first, &losing);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &first, deny, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    for (int i = 0; i < 2; i++) {
        dbpool_request_init(&reads[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &reads[i],
                                          "SELECT * FROM users", fixture_count),
                         DBPOOL_OK);
    }
    dbpool_request_init(&write, fixture);
    assert_int_equal(dbpool_run_query(fixture->pool, &write,
                                      "UPDATE users SET name = 'x'",
                                      fixture_count),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(reads[0].status, DBPOOL_OK);
    assert_int_equal(reads[1].status, DBPOOL_OK);
    assert_int_equal(write.status, DBPOOL_ELOST);
    assert_string_equal(dbpool_request_message(&write),
                        "the connection was lost before the statement ran");
    dbpool_request_fini(&first);
    dbpool_request_fini(&reads[0]);
    dbpool_request_fini(&reads[1]);
    dbpool_request_fini(&write);
    expect_lost(&losing, 1);
}

/* ---- on_connect ---- */

static int begin_and_refuse(struct dbpool_transaction *connection, void *data) {
    struct losing *losing = data;
    struct dbpool_statement begin = {.sql = "BEGIN"};
    if (losing->refused++ != 0) {
        return DBPOOL_OK;
    }
    int status = dbpool_execute(connection, &begin, NULL);
    if (status == DBPOOL_OK) {
        status = deny_ends(losing);
    }
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

/* It has never been one of the pool's, so it is not lost, but refused: once. */
static void
a_refused_connection_that_cannot_roll_back_counts_once(void **state) {
    struct losing losing;
    struct dbpool_request request;
    struct dbpool_stats stats;
    struct pool_fixture *fixture = *state;
    fixture->options.on_connect = begin_and_refuse;
    fixture->options.on_connect_data = &losing;
    open_one(&losing, fixture);
    dbpool_request_init(&request, &losing);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"),
                     DBPOOL_EABORT);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connects, 0);
    assert_int_equal(stats.connects_failed, 1);
    assert_int_equal(stats.connections, 0);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_REFUSED], 1);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_LOST], 0);
    assert_int_equal(stats.rollbacks_failed, 1);
    assert_int_equal(losing.last_cause, DBPOOL_CLOSED_REFUSED);
    atomic_store(&losing.denies, false);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connections, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    assert_int_equal(losing.last_cause, DBPOOL_CLOSED_AT_END);
    assert_int_equal(losing.lost, 0);
    assert_int_equal(losing.others, 2);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_connection_that_cannot_roll_back_is_closed_and_counted),
        TEST(a_commit_that_fails_so_badly_is_the_error),
        TEST(reads_that_are_done_survive_their_connection),
        TEST(a_request_behind_a_lost_connection_is_told),
        TEST(a_refused_connection_that_cannot_roll_back_counts_once),
    };
    return SUITE_RUN(tests, argc, argv);
}
