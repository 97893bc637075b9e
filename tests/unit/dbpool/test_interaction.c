/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

#define USERS "SELECT count(*) FROM users"

static int execute(struct dbpool_transaction *transaction, const char *sql,
                   struct dbpool_result *result) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, result);
}

typedef int (*submit_fn)(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request,
                         dbpool_interaction_fn function, dbpool_request_cb cb);

static int run(struct pool_fixture *fixture, struct dbpool_request *request,
               submit_fn submit, dbpool_interaction_fn function) {
    assert_int_equal(
        submit(DBPOOL_HERE, fixture->pool, request, function, fixture_count),
        DBPOOL_OK);
    int before = fixture->answered;
    fixture_run(fixture);
    assert_int_equal(fixture->answered, before + 1);
    return request->status;
}

static int delete_two(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status =
        execute(transaction, "DELETE FROM users WHERE login = 'yoen'", NULL);
    return status != DBPOOL_OK
               ? status
               : execute(transaction,
                         "DELETE FROM users WHERE login = 'mohamed'", NULL);
}

static void an_interaction_commits_as_a_whole(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, delete_two),
        DBPOOL_OK);
    assert_int_equal(fixture_ask(fixture, USERS), 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int delete_then_fail(struct dbpool_transaction *transaction,
                            void *data) {
    (void)data;
    int status = execute(transaction, "DELETE FROM users", NULL);
    return status != DBPOOL_OK
               ? status
               : execute(transaction, "SELECT * FROM nowhere", NULL);
}

static void a_failing_interaction_rolls_back_with_its_error(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, delete_then_fail),
        DBPOOL_ESQL);
    assert_string_equal(dbpool_request_message(&request),
                        "no such table: nowhere");
    assert_int_equal(fixture_ask(fixture, USERS), 3);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.rollbacks, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int delete_then_give_up(struct dbpool_transaction *transaction,
                               void *data) {
    (void)data;
    int status = execute(transaction, "DELETE FROM users", NULL);
    return status != DBPOOL_OK ? status : DBPOOL_EABORT;
}

static void an_interaction_may_give_up(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, delete_then_give_up),
        DBPOOL_EABORT);
    assert_string_equal(dbpool_request_message(&request),
                        dbpool_strerror(DBPOOL_EABORT));
    assert_int_equal(fixture_ask(fixture, USERS), 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* The foreign key is only looked at by the commit. */
static int break_deferred_key(struct dbpool_transaction *transaction,
                              void *data) {
    (void)data;
    return execute(transaction, "INSERT INTO guests VALUES ('nobody')", NULL);
}

static int enforce_keys(struct dbpool_transaction *connection, void *data) {
    (void)data;
    return execute(connection, "PRAGMA foreign_keys = ON", NULL);
}

static void a_failing_commit_rolls_back_and_is_reported(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.on_connect = enforce_keys;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_operation(fixture->pool, &request,
                             "CREATE TABLE guests (login TEXT REFERENCES "
                             "users DEFERRABLE INITIALLY DEFERRED)",
                             fixture_count),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, break_deferred_key),
        DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request), "FOREIGN KEY"));
    assert_int_equal(
        fixture_query(fixture, &request, "SELECT count(*) FROM guests"),
        DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int read_into(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    struct dbpool_result result;
    dbpool_result_init(&result);
    struct dbpool_value login = dbpool_text("esteban");
    struct dbpool_statement statement = {
        .sql = "SELECT name FROM users WHERE login = ?",
        .params = &login,
        .params_count = 1,
        .names = true,
    };
    int status = dbpool_execute(transaction, &statement, &result);
    bool good =
        status == DBPOOL_OK && result.rows_count == 1 &&
        strcmp(dbpool_value(&result, 0, 0).as.text, "Garcia Marquez") == 0 &&
        strcmp(dbpool_column_name(&result, 0), "name") == 0;
    dbpool_result_fini(&result);
    return good ? DBPOOL_OK : DBPOOL_EABORT;
}

static void an_interaction_reads_rows(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, read_into),
        DBPOOL_OK);
    assert_int_equal(
        run(fixture, &request, dbpool_run_with_connection_at, read_into),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int message_survives(struct dbpool_transaction *transaction,
                            void *data) {
    (void)data;
    struct dbpool_statement unbound = {.sql = "SELECT ?", .params_count = 1};
    if (execute(transaction, NULL, NULL) != DBPOOL_EINVAL ||
        dbpool_execute(transaction, &unbound, NULL) != DBPOOL_EINVAL ||
        execute(transaction, "nonsense", NULL) != DBPOOL_ESQL) {
        return DBPOOL_EABORT;
    }
    const char *message = dbpool_transaction_message(transaction);
    return strstr(message, "nonsense") != NULL ? DBPOOL_OK : DBPOOL_EABORT;
}

/* A handled error inside is not the interaction's. */
static void an_interaction_may_handle_an_error_itself(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, message_survives),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* In order: two rows, an error half way, an error before, what is incomplete.
 */
static int reuse_result(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    static const char *const sqls[] = {
        "SELECT 1 UNION ALL SELECT 2",
        "SELECT 1 UNION ALL SELECT abs(-9223372036854775807 - 1)",
        "SELECT 1 UNION ALL SELECT 2", "SELECT * FROM nowhere"};
    static const size_t rows[] = {2, 0, 2, 0};
    struct dbpool_result result;
    dbpool_result_init(&result);
    bool good = true;
    for (int i = 0; i < 4; i++) {
        int status = execute(transaction, sqls[i], &result);
        good = good && result.rows_count == rows[i] &&
               (status == DBPOOL_OK) == (rows[i] != 0);
    }
    struct dbpool_statement incomplete = {.sql = "SELECT ?", .params_count = 1};
    good =
        good && dbpool_execute(transaction, &incomplete, NULL) == DBPOOL_EINVAL;
    dbpool_result_fini(&result);
    return good ? DBPOOL_OK : DBPOOL_EABORT;
}

static void a_result_never_shows_rows_of_what_failed(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, reuse_result),
        DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* In order: no SQL, and some behind the transaction's end. */
static int fail_early(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    struct dbpool_statement none = {0};
    struct dbpool_result result;
    dbpool_result_init(&result);
    bool good = execute(transaction, "SELECT 1", &result) == DBPOOL_OK &&
                result.rows_count == 1 &&
                dbpool_execute(transaction, &none, &result) == DBPOOL_EINVAL &&
                result.rows_count == 0;
    good = good && execute(transaction, "SELECT 1", &result) == DBPOOL_OK &&
           execute(transaction,
                   "INSERT OR ROLLBACK INTO users VALUES ('yoen', '', '')",
                   NULL) == DBPOOL_ESQL &&
           result.rows_count == 1 &&
           execute(transaction, "SELECT 1", &result) == DBPOOL_ESQL &&
           result.rows_count == 0;
    dbpool_result_fini(&result);
    return good ? DBPOOL_EABORT : DBPOOL_EINVAL;
}

static void a_result_never_shows_rows_of_what_was_not_tried(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, fail_early),
        DBPOOL_EABORT);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int go_on_after_rollback(struct dbpool_transaction *transaction,
                                void *data) {
    (void)data;
    (void)execute(transaction, "DELETE FROM users WHERE login = 'yoen'", NULL);
    (void)execute(transaction,
                  "INSERT OR ROLLBACK INTO users VALUES ('mohamed', '', '')",
                  NULL);
    return execute(transaction, "DELETE FROM users WHERE login = 'esteban'",
                   NULL) == DBPOOL_OK
               ? DBPOOL_EABORT /* it must not be run */
               : DBPOOL_OK;
}

/* SQLite has ended the transaction: what comes next would stay without what
 * was before. With a connection by itself that is the function's affair. */
static void an_interaction_is_never_done_by_half(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        run(fixture, &request, dbpool_run_interaction_at, go_on_after_rollback),
        DBPOOL_ESQL);
    assert_string_equal(dbpool_request_message(&request),
                        "UNIQUE constraint failed: users.login");
    assert_int_equal(fixture_ask(fixture, USERS), 3);
    assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                         go_on_after_rollback),
                     DBPOOL_EABORT);
    assert_int_equal(fixture_ask(fixture, USERS), 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int begin_and_delete(struct dbpool_transaction *transaction,
                            void *data) {
    (void)data;
    int status = execute(transaction, "BEGIN", NULL);
    return status != DBPOOL_OK
               ? status
               : execute(transaction, "DELETE FROM users", NULL);
}

static int begin_delete_fail(struct dbpool_transaction *transaction,
                             void *data) {
    int status = begin_and_delete(transaction, data);
    return status != DBPOOL_OK ? status : DBPOOL_EABORT;
}

static void what_on_connect_leaves_open_is_ended(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.on_connect = begin_and_delete;
    fixture_open(fixture);
    assert_int_equal(fixture_ask(fixture, USERS), 0);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.left_open, 0); /* by that request */
    fixture_close_and_run(fixture);
}

static void what_a_connection_leaves_open_is_ended(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(run(fixture, &request, dbpool_run_with_connection_at,
                         begin_delete_fail),
                     DBPOOL_EABORT);
    assert_int_equal(fixture_ask(fixture, USERS), 3);
    assert_int_equal(
        run(fixture, &request, dbpool_run_with_connection_at, begin_and_delete),
        DBPOOL_OK);
    assert_int_equal(fixture_ask(fixture, USERS), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int refuse(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    int *refusals = data;
    return (*refusals)-- > 0 ? DBPOOL_EABORT : DBPOOL_OK;
}

/* adbapi's openfun that raises leaks the connection; here nothing is left, and
 * the next request connects anew. */
static void a_failing_on_connect_leaks_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    int refusals = 1;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.on_connect = refuse;
    fixture->options.on_connect_data = &refusals;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"),
                     DBPOOL_EABORT);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connects, 1);
    assert_int_equal(stats.connects_failed, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int increment(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    struct dbpool_result result;
    dbpool_result_init(&result);
    int status = execute(transaction, "SELECT value FROM counter", &result);
    if (status == DBPOOL_OK) {
        struct dbpool_value next =
            dbpool_integer(dbpool_value(&result, 0, 0).as.integer + 1);
        struct dbpool_statement update = {
            .sql = "UPDATE counter SET value = ?",
            .params = &next,
            .params_count = 1,
        };
        status = dbpool_execute(transaction, &update, NULL);
    }
    dbpool_result_fini(&result);
    return status;
}

/* Read, then write: on all threads at once, with reads between. None is lost
 * and none is told that the database is locked. */
static void concurrent_interactions_lose_no_update(void **state) {
    struct pool_fixture *fixture = *state;
    enum { MANY = 120 };
    static struct dbpool_request requests[MANY];
    fixture->options.busy_timeout_ms = 60000;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request,
                                   "CREATE TABLE counter AS "
                                   "SELECT 0 AS value"),
                     DBPOOL_OK);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        int status =
            i % 2 == 0
                ? dbpool_run_interaction(fixture->pool, &requests[i], increment,
                                         fixture_count)
                : dbpool_run_query(fixture->pool, &requests[i],
                                   "SELECT value FROM counter", fixture_count);
        assert_int_equal(status, DBPOOL_OK);
    }
    fixture_run(fixture);
    for (int i = 0; i < MANY; i++) {
        if (requests[i].status != DBPOOL_OK) {
            fail_msg("%d: %s", i, dbpool_request_message(&requests[i]));
        }
        dbpool_request_fini(&requests[i]);
    }
    assert_int_equal(
        fixture_query(fixture, &request, "SELECT value FROM counter"),
        DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, MANY / 2);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* Whatever allocation fails inside it: all of it, or nothing and an error. */
static void every_point_of_an_interaction_may_fail(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    uint64_t nth = 0;
    bool fired;
    do {
        struct dbpool_request request;
        fixture->closed = 0;
        fixture_open(fixture);
        dbpool_request_init(&request, fixture);
        assert_int_equal(
            fixture_query(fixture, &request,
                          "INSERT OR IGNORE INTO users VALUES "
                          "('yoen', 'x', 'y'), ('mohamed', 'x', 'y')"),
            DBPOOL_OK);
        dbpool_request_fini(&request);
        int64_t before = fixture_ask(fixture, USERS);
        faults_arm(++nth, false);
        int status =
            run(fixture, &request, dbpool_run_interaction_at, delete_two);
        fired = faults_disarm();
        assert_true(status == DBPOOL_OK || fired);
        assert_int_equal(fixture_ask(fixture, USERS),
                         status == DBPOOL_OK ? before - 2 : before);
        dbpool_request_fini(&request);
        fixture_close_and_run(fixture);
    } while (fired);
    print_message("%d points survived inside an interaction\n", (int)nth - 1);
    assert_true(nth > 10);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_interaction_commits_as_a_whole),
        TEST(a_failing_interaction_rolls_back_with_its_error),
        TEST(an_interaction_may_give_up),
        TEST(a_failing_commit_rolls_back_and_is_reported),
        TEST(an_interaction_reads_rows),
        TEST(an_interaction_may_handle_an_error_itself),
        TEST(an_interaction_is_never_done_by_half),
        TEST(a_result_never_shows_rows_of_what_failed),
        TEST(a_result_never_shows_rows_of_what_was_not_tried),
        TEST(what_on_connect_leaves_open_is_ended),
        TEST(what_a_connection_leaves_open_is_ended),
        TEST(a_failing_on_connect_leaks_nothing),
        TEST_WAL(concurrent_interactions_lose_no_update),
        TEST_WAL(every_point_of_an_interaction_may_fail),
    };
    return SUITE_RUN(tests, argc, argv);
}
