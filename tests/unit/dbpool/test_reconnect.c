/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* The pool has one thread, so one connection, whose on_connect does this. The
 * thread is idle whenever the test looks. */
static struct {
    int calls;
    int fails_at; /* the call that fails; 0: none */
} connects;

/* SELECT broken(): fails as a disk does. */
static void broken(sqlite3_context *context, int count,
                   sqlite3_value **values) {
    (void)count;
    (void)values;
    sqlite3_result_error_code(context, SQLITE_IOERR_READ);
}

static int on_connect(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    (void)data;
    connects.calls++;
    if (connects.calls == connects.fails_at) {
        return DBPOOL_EABORT;
    }
    int code = sqlite3_create_function(fixture_only_connection(), "broken", 0,
                                       SQLITE_UTF8, NULL, broken, NULL, NULL);
    return code == SQLITE_OK ? DBPOOL_OK : DBPOOL_EABORT;
}

static int setup(void **state) {
    int status = fixture_setup(state);
    struct pool_fixture *fixture = *state;
    connects.calls = connects.fails_at = 0;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.reconnect = true;
    fixture->options.on_connect = on_connect;
    return status;
}

/* One query on its own: its status. */
static int query(struct pool_fixture *fixture, const char *sql,
                 int *cleanup_out, size_t *rows_out) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    int status = fixture_query(fixture, &request, sql);
    *cleanup_out = request.cleanup_status;
    *rows_out = request.result.rows_count;
    dbpool_request_fini(&request);
    return status;
}

static void expect(struct pool_fixture *fixture, const char *sql, int status,
                   int cleanup_status) {
    int cleanup;
    size_t rows;
    assert_int_equal(query(fixture, sql, &cleanup, &rows), status);
    assert_int_equal(cleanup, cleanup_status);
}

static void expect_lost(struct pool_fixture *fixture, uint64_t lost,
                        int connected) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connections_lost, lost);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_LOST],
                     lost + stats.rollbacks_failed);
    assert_int_equal(connects.calls, connected);
}

static void path_beside(const struct pool_fixture *fixture, char *path,
                        size_t size) {
    (void)snprintf(path, size, "%.200s/other.db", fixture->folder);
}

/* Another database, with one user, in the place of the fixture's. */
static void replace_file(const struct pool_fixture *fixture) {
    char path[FIXTURE_PATH_SIZE];
    path_beside(fixture, path, sizeof path);
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(handle,
                     "CREATE TABLE users (login, name, forname);"
                     "INSERT INTO users VALUES ('anna', 'Ito', 'Anna')",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_int_equal(rename(path, fixture->path), 0);
}

static void
a_replaced_file_is_connected_to_before_the_next_batch(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    int cleanup;
    size_t rows;
    assert_int_equal(query(fixture, "SELECT * FROM users", &cleanup, &rows),
                     DBPOOL_OK);
    assert_int_equal(rows, 3);
    replace_file(fixture);
    assert_int_equal(query(fixture, "SELECT * FROM users", &cleanup, &rows),
                     DBPOOL_OK);
    assert_int_equal(rows, 1);
    expect_lost(fixture, 1, 2);
    fixture_close_and_run(fixture);
}

static void without_reconnect_a_connection_stays_with_its_file(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.reconnect = false;
    fixture_open(fixture);
    int cleanup;
    size_t rows;
    assert_int_equal(query(fixture, "SELECT * FROM users", &cleanup, &rows),
                     DBPOOL_OK);
    replace_file(fixture);
    assert_int_equal(query(fixture, "SELECT * FROM users", &cleanup, &rows),
                     DBPOOL_OK);
    assert_int_equal(rows, 3);
    expect(fixture, "DELETE FROM users", DBPOOL_EREADONLY, DBPOOL_OK);
    expect_lost(fixture, 0, 1);
    fixture_close_and_run(fixture);
}

static int lose_the_file(struct dbpool_transaction *transaction, void *data) {
    const struct pool_fixture *fixture = data;
    replace_file(fixture);
    struct dbpool_statement statement = {.sql = "DELETE FROM users"};
    return dbpool_execute(transaction, &statement, NULL);
}

static void a_lost_connection_leaves_the_request_its_own_error(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &request,
                                                lose_the_file, fixture_count),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_EREADONLY);
    assert_int_equal(request.code, SQLITE_READONLY_DBMOVED);
    assert_int_equal(request.cleanup_status, DBPOOL_ELOST);
    assert_non_null(strstr(dbpool_request_message(&request),
                           "readonly database (and the connection was lost: "));
    dbpool_request_fini(&request);
    expect(fixture, "DELETE FROM users", DBPOOL_OK, DBPOOL_OK);
    expect_lost(fixture, 1, 2);
    fixture_close_and_run(fixture);
}

/* A good_sql that would fail is never asked. */
static void bad_sql_never_looks_like_a_lost_connection(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.good_sql = "SELECT * FROM nowhere";
    fixture_open(fixture);
    expect(fixture, "nonsense", DBPOOL_ESQL, DBPOOL_OK);
    expect(fixture, "SELECT * FROM nowhere", DBPOOL_ESQL, DBPOOL_OK);
    expect(fixture, "INSERT INTO users VALUES ('yoen', '', '')", DBPOOL_ESQL,
           DBPOOL_OK);
    expect(fixture, "SELECT ?", DBPOOL_EPARAMS, DBPOOL_OK);
    expect_lost(fixture, 0, 1);
    fixture_close_and_run(fixture);
}

static void a_probe_that_succeeds_keeps_the_connection(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    expect(fixture, "SELECT broken()", DBPOOL_EIO, DBPOOL_OK);
    expect(fixture, "ATTACH '/nowhere/at.all' AS other", DBPOOL_ECONNECT,
           DBPOOL_OK);
    expect_lost(fixture, 0, 1);
    fixture_close_and_run(fixture);
}

static void a_good_sql_that_fails_gives_the_connection_up(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.good_sql = "SELECT broken()";
    fixture_open(fixture);
    expect(fixture, "SELECT broken()", DBPOOL_EIO, DBPOOL_ELOST);
    expect(fixture, "SELECT 1", DBPOOL_OK, DBPOOL_OK);
    expect_lost(fixture, 1, 2);
    fixture_close_and_run(fixture);
}

static void a_probe_waits_for_nobody_s_lock(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = 0;
    fixture_open(fixture);
    expect(fixture, "SELECT broken()", DBPOOL_EIO, DBPOOL_OK);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    expect(fixture, "SELECT broken()", DBPOOL_EIO, DBPOOL_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    expect_lost(fixture, 0, 1);
    fixture_close_and_run(fixture);
}

static void overwrite_header(const struct pool_fixture *fixture, char *bytes,
                             bool restore) {
    static const char garbage[100] = "this is no database";
    int file = open(fixture->path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    if (!restore) {
        assert_int_equal(pread(file, bytes, 100, 0), 100);
    }
    assert_int_equal(pwrite(file, restore ? bytes : garbage, 100, 0), 100);
    assert_int_equal(close(file), 0);
}

static void a_damaged_file_is_lost_until_it_is_mended(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    expect(fixture, "SELECT * FROM users", DBPOOL_OK, DBPOOL_OK);
    char header[100];
    overwrite_header(fixture, header, false);
    expect(fixture, "SELECT * FROM users", DBPOOL_ECORRUPT, DBPOOL_ELOST);
    expect(fixture, "SELECT * FROM users", DBPOOL_ECORRUPT, DBPOOL_OK);
    overwrite_header(fixture, header, true);
    expect(fixture, "SELECT * FROM users", DBPOOL_OK, DBPOOL_OK);
    expect_lost(fixture, 1, 2);
    fixture_close_and_run(fixture);
}

static void a_failing_on_connect_of_a_reconnect_leaks_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.good_sql = "SELECT broken()";
    connects.fails_at = 2;
    fixture_open(fixture);
    expect(fixture, "SELECT broken()", DBPOOL_EIO, DBPOOL_ELOST);
    expect(fixture, "SELECT 1", DBPOOL_EABORT, DBPOOL_OK);
    assert_null(fixture_only_connection());
    expect(fixture, "SELECT 1", DBPOOL_OK, DBPOOL_OK);
    expect_lost(fixture, 1, 3);
    fixture_close_and_run(fixture);
}

static int wait_at_gate(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

/* In one batch: they share a transaction. */
static void query_at_once(struct pool_fixture *fixture, const char *const *sql,
                          struct dbpool_request *requests, int count) {
    struct gate gate;
    gate_init(&gate);
    struct dbpool_request holder;
    dbpool_request_init(&holder, &gate);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &holder, wait_at_gate, NULL),
        DBPOOL_OK);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_NOWAIT), 1);
    gate_wait(&gate);
    for (int i = 0; i < count; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i], sql[i],
                                          fixture_count),
                         DBPOOL_OK);
    }
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_NOWAIT), 1);
    gate_open(&gate);
    fixture_run(fixture);
    dbpool_request_fini(&holder);
    gate_fini(&gate);
}

/* The second one loses the connection. */
static void lose_the_second_of(struct pool_fixture *fixture, int count) {
    static const char *const sql[] = {"SELECT * FROM users", "SELECT broken()",
                                      "SELECT * FROM users",
                                      "SELECT * FROM users"};
    struct dbpool_request requests[4];
    fixture->options.good_sql = "SELECT broken()";
    fixture_open(fixture);
    query_at_once(fixture, sql, requests, count);
    for (int i = 0; i < count; i++) {
        bool breaks = i == 1;
        assert_int_equal(requests[i].status, breaks ? DBPOOL_EIO : DBPOOL_OK);
        assert_int_equal(requests[i].cleanup_status,
                         breaks ? DBPOOL_ELOST : DBPOOL_OK);
        assert_int_equal(requests[i].result.rows_count, breaks ? 0 : 3);
        dbpool_request_fini(&requests[i]);
    }
}

static void the_rest_of_a_batch_connects_again(void **state) {
    struct pool_fixture *fixture = *state;
    lose_the_second_of(fixture, 4);
    expect_lost(fixture, 1, 2);
    fixture_close_and_run(fixture);
}

static void a_batch_may_end_without_its_connection(void **state) {
    struct pool_fixture *fixture = *state;
    lose_the_second_of(fixture, 2);
    expect_lost(fixture, 1, 1);
    expect(fixture, "SELECT * FROM users", DBPOOL_OK, DBPOOL_OK);
    fixture_close_and_run(fixture);
}

/* ---- A rollback that fails ---- */

static int deny_rollback(void *data, int action, const char *first,
                         const char *second, const char *third,
                         const char *fourth) {
    (void)data;
    (void)second;
    (void)third;
    (void)fourth;
    return action == SQLITE_TRANSACTION && strcmp(first, "ROLLBACK") == 0
               ? SQLITE_DENY
               : SQLITE_OK;
}

static int fail_without_a_way_back(struct dbpool_transaction *transaction,
                                   void *data) {
    (void)data;
    struct dbpool_statement all = {.sql = "DELETE FROM users"};
    struct dbpool_statement wrong = {.sql = "SELECT * FROM nowhere"};
    int status = dbpool_execute(transaction, &all, NULL);
    (void)sqlite3_set_authorizer(fixture_only_connection(), deny_rollback,
                                 NULL);
    return status != DBPOOL_OK ? status
                               : dbpool_execute(transaction, &wrong, NULL);
}

static void
a_failing_rollback_is_reported_beside_the_original_error(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.reconnect = false;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &request,
                                            fail_without_a_way_back,
                                            fixture_count),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_ESQL);
    assert_int_equal(request.cleanup_status, DBPOOL_ESQL);
    assert_string_equal(dbpool_request_message(&request),
                        "no such table: nowhere (and the rollback failed: not "
                        "authorized)");
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.rollbacks, 1);
    assert_int_equal(stats.rollbacks_failed, 1);
    assert_null(fixture_only_connection());
    dbpool_request_fini(&request);
    int cleanup;
    size_t rows;
    assert_int_equal(query(fixture, "SELECT * FROM users", &cleanup, &rows),
                     DBPOOL_OK);
    assert_int_equal(rows, 3);
    expect_lost(fixture, 0, 2);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_replaced_file_is_connected_to_before_the_next_batch),
        TEST(without_reconnect_a_connection_stays_with_its_file),
        TEST(a_lost_connection_leaves_the_request_its_own_error),
        TEST(bad_sql_never_looks_like_a_lost_connection),
        TEST(a_probe_that_succeeds_keeps_the_connection),
        TEST(a_good_sql_that_fails_gives_the_connection_up),
        TEST(a_probe_waits_for_nobody_s_lock),
        TEST(a_damaged_file_is_lost_until_it_is_mended),
        TEST(a_failing_on_connect_of_a_reconnect_leaks_nothing),
        TEST(the_rest_of_a_batch_connects_again),
        TEST(a_batch_may_end_without_its_connection),
        TEST(a_failing_rollback_is_reported_beside_the_original_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
