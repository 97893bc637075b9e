/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

enum { ROWS = 500, COLUMNS = 2 };

#define INSERT "INSERT INTO many VALUES (?, ?)"

static void open_with_table(struct pool_fixture *fixture,
                            struct dbpool_request *request) {
    fixture_open(fixture);
    dbpool_request_init(request, fixture);
    assert_int_equal(fixture_query(fixture, request,
                                   "CREATE TABLE many (number INTEGER PRIMARY "
                                   "KEY, word TEXT NOT NULL)"),
                     DBPOOL_OK);
}

static int run_many(struct pool_fixture *fixture,
                    struct dbpool_request *request, const char *sql,
                    struct dbpool_value *params, size_t rows_count) {
    int before = fixture->answered;
    request->params = params;
    request->params_count = COLUMNS;
    assert_int_equal(
        dbpool_run_many(fixture->pool, request, sql, rows_count, fixture_count),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, before + 1);
    request->params = NULL;
    request->params_count = 0;
    return request->status;
}

static void fill(struct dbpool_value *params) {
    for (size_t i = 0; i < ROWS; i++) {
        params[COLUMNS * i] = dbpool_integer((int64_t)i + 1);
        params[COLUMNS * i + 1] = dbpool_text("word");
    }
}

static int64_t count(struct pool_fixture *fixture,
                     struct dbpool_request *request) {
    assert_int_equal(
        fixture_query(fixture, request, "SELECT count(*) FROM many"),
        DBPOOL_OK);
    return dbpool_value(&request->result, 0, 0).as.integer;
}

static void many_rows_are_one_transaction_and_one_statement(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    fixture->options.min = fixture->options.max = 1;
    open_with_table(fixture, &request);
    struct dbpool_value params[ROWS * COLUMNS];
    fill(params);
    struct dbpool_stats before, after;
    dbpool_stats(fixture->pool, &before);
    assert_int_equal(run_many(fixture, &request, INSERT, params, ROWS),
                     DBPOOL_OK);
    assert_int_equal(request.result.changes, ROWS);
    assert_int_equal(request.result.last_insert_id, ROWS);
    dbpool_stats(fixture->pool, &after);
    assert_int_equal(after.statements_prepared, before.statements_prepared + 1);
    assert_int_equal(after.kinds[DBPOOL_REQUEST_MANY].succeeded, 1);
    assert_int_equal(count(fixture, &request), ROWS);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void one_bad_row_undoes_all_and_is_named(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_with_table(fixture, &request);
    struct dbpool_value params[ROWS * COLUMNS];
    fill(params);
    params[COLUMNS * 321 + 1] = dbpool_null();
    assert_int_equal(run_many(fixture, &request, INSERT, params, ROWS),
                     DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request),
                           "row 321: NOT NULL constraint failed"));
    assert_int_equal(request.result.changes, 0);
    assert_int_equal(count(fixture, &request), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void no_rows_are_no_changes(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_with_table(fixture, &request);
    struct dbpool_value params[COLUMNS] = {dbpool_null(), dbpool_null()};
    assert_int_equal(run_many(fixture, &request, INSERT, params, 0), DBPOOL_OK);
    assert_int_equal(request.result.changes, 0);
    assert_int_equal(count(fixture, &request), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_statement_without_parameters_is_run_once_a_row(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_with_table(fixture, &request);
    request.params = NULL;
    request.params_count = 0;
    assert_int_equal(dbpool_run_many(fixture->pool, &request,
                                     "INSERT INTO many VALUES (NULL, 'word')",
                                     3, fixture_count),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(request.result.changes, 3);
    assert_int_equal(count(fixture, &request), 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void the_wrong_number_of_parameters_changes_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_with_table(fixture, &request);
    struct dbpool_value params[ROWS * COLUMNS];
    fill(params);
    assert_int_equal(run_many(fixture, &request,
                              "INSERT INTO many VALUES (?, 'word')", params, 2),
                     DBPOOL_EPARAMS);
    assert_int_equal(run_many(fixture, &request, "INSERT many", params, 2),
                     DBPOOL_ESQL);
    assert_int_equal(count(fixture, &request), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_statement_that_ends_the_transaction_is_an_error(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_with_table(fixture, &request);
    assert_int_equal(
        dbpool_run_many(fixture->pool, &request, "COMMIT", 2, fixture_count),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_ESQL);
    assert_non_null(strstr(dbpool_request_message(&request),
                           "row 0: the statement ended the transaction"));
    assert_int_equal(count(fixture, &request), 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(many_rows_are_one_transaction_and_one_statement),
        TEST(one_bad_row_undoes_all_and_is_named),
        TEST(no_rows_are_no_changes),
        TEST(a_statement_without_parameters_is_run_once_a_row),
        TEST(the_wrong_number_of_parameters_changes_nothing),
        TEST(a_statement_that_ends_the_transaction_is_an_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
