/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

static int query(struct pool_fixture *fixture, struct dbpool_request *request,
                 const char *sql, const struct dbpool_value *params,
                 uint32_t params_count) {
    request->params = params;
    request->params_count = params_count;
    return fixture_query(fixture, request, sql);
}

static int operation(struct pool_fixture *fixture,
                     struct dbpool_request *request, const char *sql) {
    assert_int_equal(
        dbpool_run_operation(fixture->pool, request, sql, fixture_count),
        DBPOOL_OK);
    fixture_run(fixture);
    return request->status;
}

static void every_type_comes_back_as_it_was_bound(void **state) {
    struct pool_fixture *fixture = *state;
    static const char blob[] = {'a', '\0', 'b', '\xff'};
    static const char text[] = "Estebán\0behind a NUL";
    struct dbpool_value params[] = {
        dbpool_null(),
        dbpool_integer(INT64_MIN),
        dbpool_integer(INT64_MAX),
        dbpool_real(-1.5e300),
        dbpool_text_n(text, sizeof text - 1),
        dbpool_text(""),
        dbpool_blob(blob, sizeof blob),
        dbpool_blob(NULL, 0),
        dbpool_text(NULL),
    };
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        query(fixture, &request, "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?", params, 9),
        DBPOOL_OK);
    const struct dbpool_result *result = &request.result;
    assert_int_equal(result->columns_count, 9);
    assert_int_equal(dbpool_value(result, 0, 0).type, DBPOOL_NULL);
    assert_true(dbpool_value(result, 0, 1).as.integer == INT64_MIN);
    assert_true(dbpool_value(result, 0, 2).as.integer == INT64_MAX);
    assert_int_equal(dbpool_value(result, 0, 3).type, DBPOOL_REAL);
    assert_true(dbpool_value(result, 0, 3).as.real == -1.5e300);
    struct dbpool_value value = dbpool_value(result, 0, 4);
    assert_int_equal(value.size, sizeof text - 1);
    assert_memory_equal(value.as.text, text, sizeof text);
    assert_int_equal(dbpool_value(result, 0, 5).type, DBPOOL_TEXT);
    assert_int_equal(dbpool_value(result, 0, 5).size, 0);
    value = dbpool_value(result, 0, 6);
    assert_int_equal(value.type, DBPOOL_BLOB);
    assert_int_equal(value.size, sizeof blob);
    assert_memory_equal(value.as.blob, blob, sizeof blob);
    assert_int_equal(dbpool_value(result, 0, 7).type, DBPOOL_BLOB);
    assert_int_equal(dbpool_value(result, 0, 7).size, 0);
    assert_int_equal(dbpool_value(result, 0, 8).type, DBPOOL_NULL);
    assert_int_equal(dbpool_value(result, 1, 0).type, DBPOOL_NULL);
    assert_int_equal(dbpool_value(result, 0, 9).type, DBPOOL_NULL);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define COUNT_TO                                                               \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "          \
    "WHERE i < ?) SELECT i, 'row ' || i, zeroblob(i) FROM n"

/* The block grows while rows are added; all that was in it must move along. */
static void a_result_grows_to_any_number_of_rows(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_value limit = dbpool_integer(1500);
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, COUNT_TO, &limit, 1), DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 1500);
    for (size_t row = 0; row < 1500; row++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "row %zu", row + 1);
        assert_int_equal(dbpool_value(&request.result, row, 0).as.integer,
                         row + 1);
        assert_string_equal(dbpool_value(&request.result, row, 1).as.text,
                            expected);
        assert_int_equal(dbpool_value(&request.result, row, 2).size, row + 1);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_row_is_its_values(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    fixture_open(fixture);
    dbpool_request_init(&request, fixture);
    for (int names = 0; names < 2; names++) {
        request.names = names;
        assert_int_equal(query(fixture, &request,
                               "SELECT login, name FROM users ORDER BY login",
                               NULL, 0),
                         DBPOOL_OK);
        const struct dbpool_result *result = &request.result;
        assert_string_equal(dbpool_row(result, 0)[0].as.text, "esteban");
        assert_string_equal(dbpool_row(result, 2)[0].as.text, "yoen");
        assert_string_equal(dbpool_row(result, 2)[1].as.text, "Van der Veld");
        assert_int_equal(dbpool_row(result, 2)[1].size, strlen("Van der Veld"));
        assert_null(dbpool_row(result, 3));
        assert_null(dbpool_row(result, SIZE_MAX));
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* All lengths at which a text is copied in another way, and a few more. */
static void texts_of_any_length_come_back(void **state) {
    struct pool_fixture *fixture = *state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct dbpool_request request;
    fixture_open(fixture);
    dbpool_request_init(&request, fixture);
    for (size_t size = 0; size < sizeof letters; size++) {
        struct dbpool_value params[] = {dbpool_text_n(letters, size),
                                        dbpool_blob(letters, size)};
        assert_int_equal(query(fixture, &request, "SELECT ?, ?", params, 2),
                         DBPOOL_OK);
        const struct dbpool_value *row = dbpool_row(&request.result, 0);
        assert_int_equal(row[0].size, size);
        assert_int_equal(row[1].size, size);
        assert_memory_equal(row[0].as.text, letters, size);
        assert_memory_equal(row[1].as.blob, letters, size);
        assert_int_equal(row[0].as.text[size], '\0');
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_request_used_again_keeps_its_memory(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT * FROM users", NULL, 0),
                     DBPOOL_OK);
    const void *block = request.result.values;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(
            query(fixture, &request, "SELECT * FROM users", NULL, 0),
            DBPOOL_OK);
        assert_ptr_equal(request.result.values, block);
        assert_int_equal(request.result.rows_count, 3);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void column_names_come_when_asked_for(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT * FROM users", NULL, 0),
                     DBPOOL_OK);
    assert_null(dbpool_column_name(&request.result, 0));
    request.names = true;
    assert_int_equal(query(fixture, &request,
                           "SELECT login, name AS surname FROM users "
                           "WHERE login = 'yoen'",
                           NULL, 0),
                     DBPOOL_OK);
    assert_string_equal(dbpool_column_name(&request.result, 0), "login");
    assert_string_equal(dbpool_column_name(&request.result, 1), "surname");
    assert_null(dbpool_column_name(&request.result, 2));
    assert_string_equal(dbpool_value(&request.result, 0, 1).as.text,
                        "Van der Veld");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void an_operation_tells_changes_and_last_id(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        operation(fixture, &request, "UPDATE users SET name = upper(name)"),
        DBPOOL_OK);
    assert_int_equal(request.result.changes, 3);
    assert_int_equal(operation(fixture, &request,
                               "INSERT INTO users VALUES ('a', 'b', 'c')"),
                     DBPOOL_OK);
    assert_int_equal(request.result.last_insert_id, 4);
    assert_int_equal(operation(fixture, &request, "SELECT * FROM users"),
                     DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 0);
    assert_int_equal(operation(fixture, &request, "CREATE TABLE more (x)"),
                     DBPOOL_OK);
    assert_int_equal(request.result.changes, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void errors_say_what_is_wrong(void **state) {
    struct pool_fixture *fixture = *state;
    static const struct {
        const char *sql;
        int status;
        const char *words;
    } cases[] = {
        {"SELEC * FROM users", DBPOOL_ESQL, "near \"SELEC\": syntax error"},
        {"SELECT * FROM nowhere", DBPOOL_ESQL, "no such table: nowhere"},
        {"SELECT ?", DBPOOL_EPARAMS, "1 parameters, 0 given"},
        {"", DBPOOL_ESQL, "no statement"},
        {" -- nothing", DBPOOL_ESQL, "no statement"},
        {"SELECT 1; SELECT 2", DBPOOL_ESQL, "one statement at a time"},
        {"INSERT INTO users VALUES ('yoen', '', '')", DBPOOL_ESQL,
         "UNIQUE constraint failed: users.login"},
        {"BEGIN", DBPOOL_ESQL, "a transaction was left open"},
    };
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(query(fixture, &request, cases[i].sql, NULL, 0),
                         cases[i].status);
        const char *message = dbpool_request_message(&request);
        if (strstr(message, cases[i].words) == NULL) {
            fail_msg("%s: \"%s\"", cases[i].sql, message);
        }
        assert_int_equal(request.result.rows_count, 0);
        assert_int_equal(query(fixture, &request, "SELECT 1;", NULL, 0),
                         DBPOOL_OK);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void incomplete_requests_are_refused(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, NULL, fixture_count),
        DBPOOL_EINVAL);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, NULL, fixture_count),
        DBPOOL_EINVAL);
    request.params_count = 1;
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT ?", fixture_count),
        DBPOOL_EINVAL);
    assert_int_equal(fixture->answered, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* Not those of the answer before. */
static void a_refused_call_has_words_of_its_own(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT * FROM nowhere", NULL, 0),
                     DBPOOL_ESQL);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, NULL, fixture_count),
        DBPOOL_EINVAL);
    assert_string_equal(dbpool_request_message(&request),
                        dbpool_strerror(DBPOOL_EINVAL));
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* A failing statement among those that share a transaction spoils none. */
static void an_error_in_a_batch_is_its_requests_own(void **state) {
    struct pool_fixture *fixture = *state;
    enum { BATCH = 60 };
    struct dbpool_request requests[BATCH];
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    for (int i = 0; i < BATCH; i++) {
        static const char *const sqls[] = {
            "SELECT login FROM users", "SELECT nothing FROM nowhere",
            "UPDATE users SET name = name || '!' WHERE login = 'yoen'",
            "SELECT abs(-9223372036854775807 - 1)"};
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          sqls[i % 4], fixture_count),
                         DBPOOL_OK);
    }
    fixture_run(fixture);
    assert_int_equal(fixture->answered, BATCH);
    for (int i = 0; i < BATCH; i++) {
        assert_int_equal(requests[i].status,
                         i % 4 == 1 || i % 4 == 3 ? DBPOOL_ESQL : DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    struct dbpool_request check;
    dbpool_request_init(&check, fixture);
    assert_int_equal(query(fixture, &check,
                           "SELECT length(name) FROM users "
                           "WHERE login = 'yoen'",
                           NULL, 0),
                     DBPOOL_OK);
    assert_int_equal(dbpool_value(&check.result, 0, 0).as.integer,
                     (int)strlen("Van der Veld") + BATCH / 4);
    dbpool_request_fini(&check);
    fixture_close_and_run(fixture);
}

static void a_missing_database_is_the_requests_error(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.must_exist = true;
    assert_int_equal(dbpool_open(&fixture->loop, "sqlite:/nowhere/users.db",
                                 &fixture->options, &fixture->pool),
                     DBPOOL_OK);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT 1", NULL, 0),
                     DBPOOL_ECONNECT);
    assert_string_equal(dbpool_request_message(&request),
                        "/nowhere/users.db: unable to open database file");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_file_that_is_no_database_is_the_requests_error(void **state) {
    struct pool_fixture *fixture = *state;
    FILE *file = fopen(fixture->path, "r+");
    assert_non_null(file);
    assert_true(fputs("this is a letter, not a database, and long", file) > 0);
    assert_int_equal(fclose(file), 0);
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT 1", NULL, 0),
                     DBPOOL_ECORRUPT);
    assert_non_null(
        strstr(dbpool_request_message(&request), "file is not a database"));
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connects_failed, 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_read_only_pool_refuses_writes(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.read_only = true;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(operation(fixture, &request, "DELETE FROM users"),
                     DBPOOL_EREADONLY);
    assert_int_equal(query(fixture, &request, "SELECT * FROM users", NULL, 0),
                     DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_lock_of_somebody_else_is_busy_in_the_end(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                     SQLITE_OK);
    fixture->options.busy_timeout_ms = 20;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(operation(fixture, &request, "DELETE FROM users"),
                     DBPOOL_EBUSY);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(operation(fixture, &request, "DELETE FROM users"),
                     DBPOOL_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void the_statement_cache_is_bounded_and_counts(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.statements_max = 4;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    char sql[8][32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            (void)snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
            assert_int_equal(query(fixture, &request, sql[i], NULL, 0),
                             DBPOOL_OK);
            assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, i);
        }
    }
    assert_int_equal(query(fixture, &request, sql[7], NULL, 0), DBPOOL_OK);
    assert_int_equal(query(fixture, &request, sql[5], NULL, 0), DBPOOL_OK);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.statements_prepared, 16);
    assert_int_equal(stats.statements_evicted, 12);
    assert_int_equal(stats.statements_hit, 2);
    struct dbpool_census_entry entries[32];
    size_t count = dbpool_census(entries, 32);
    size_t statements = 0;
    for (size_t i = 0; i < count; i++) {
        statements += entries[i].kind == DBPOOL_KIND_STATEMENT;
    }
    assert_int_equal(statements, 4);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void change_schema(const struct pool_fixture *fixture, const char *sql) {
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* SQLite compiles a cached statement anew by itself; its columns are then
 * others than they were. */
static void a_cached_statement_follows_the_schema(void **state) {
    struct pool_fixture *fixture = *state;
    static const struct {
        const char *change;
        const char *names[4];
        uint32_t columns;
    } cases[] = {
        {"SELECT 1", {"login", "name", "forname"}, 3},
        {"ALTER TABLE users ADD COLUMN age DEFAULT 7",
         {"login", "name", "forname", "age"},
         4},
        {"ALTER TABLE users DROP COLUMN name;"
         "ALTER TABLE users DROP COLUMN forname",
         {"login", "age"},
         2},
        {"DELETE FROM users; ALTER TABLE users DROP COLUMN age", {"login"}, 1},
    };
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    request.names = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        change_schema(fixture, cases[i].change);
        assert_int_equal(
            query(fixture, &request, "SELECT * FROM users", NULL, 0),
            DBPOOL_OK);
        assert_int_equal(request.result.columns_count, cases[i].columns);
        for (uint32_t column = 0; column < cases[i].columns; column++) {
            assert_string_equal(dbpool_column_name(&request.result, column),
                                cases[i].names[column]);
        }
        if (cases[i].columns == 4) {
            assert_int_equal(dbpool_value(&request.result, 2, 3).as.integer, 7);
        }
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_statement_is_cached_as_it_was_written(void **state) {
    struct pool_fixture *fixture = *state;
    static const char *const sqls[] = {"SELECT 1", "SELECT 1;", "SELECT 1;\n",
                                       " SELECT 1 ; "};
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(query(fixture, &request, sqls[i % 4], NULL, 0),
                         DBPOOL_OK);
    }
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.statements_prepared, 4);
    assert_int_equal(stats.statements_hit, 8);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void comments_may_stand_around_a_statement(void **state) {
    struct pool_fixture *fixture = *state;
    static const char *const sqls[] = {
        "-- before\nSELECT 1", "/* before */ SELECT 1; -- behind",
        "SELECT 1;; /* behind */;\n-- it", "SELECT 1 -- behind;"};
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(query(fixture, &request, sqls[i], NULL, 0), DBPOOL_OK);
    }
    assert_int_equal(query(fixture, &request, "SELECT 1; -- \n SELEC", NULL, 0),
                     DBPOOL_ESQL);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_single_connection_opens_with_the_pools_settings(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *connection = NULL;
    char message[128] = "";
    assert_int_equal(dbpool_sqlite_open(fixture->url, NULL, &connection,
                                        message, sizeof message),
                     DBPOOL_OK);
    assert_int_equal(sqlite3_close(connection), SQLITE_OK);
    struct dbpool_options options;
    dbpool_options_init(&options);
    options.must_exist = true;
    assert_int_equal(dbpool_sqlite_open("/nowhere/x.db", &options, &connection,
                                        message, sizeof message),
                     DBPOOL_ECONNECT);
    assert_non_null(strstr(message, "/nowhere/x.db"));
    assert_int_equal(dbpool_sqlite_open("oracle:x", NULL, &connection, message,
                                        sizeof message),
                     DBPOOL_EURL);
}

static void a_single_connection_refuses_options_out_of_range(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_options bad[4] = {{0}};
    for (int i = 1; i < 4; i++) {
        dbpool_options_init(&bad[i]);
    }
    bad[1].busy_timeout_ms = (unsigned)INT_MAX + 1;
    bad[2].stack_size = 1024;
    bad[3].cache_bytes = 0;
    for (int i = 0; i < 4; i++) {
        sqlite3 *connection = NULL;
        char message[128] = "";
        assert_int_equal(dbpool_sqlite_open(fixture->url, &bad[i], &connection,
                                            message, sizeof message),
                         DBPOOL_EINVAL);
        assert_null(connection);
        assert_non_null(strstr(message, "dbpool_options_init"));
    }
}

static void every_status_has_words_of_its_own(void **state) {
    (void)state;
    for (int status = DBPOOL_OK; status >= DBPOOL_ELOOP; status--) {
        assert_string_not_equal(dbpool_strerror(status), "unknown status");
        for (int other = DBPOOL_OK; other > status; other--) {
            assert_string_not_equal(dbpool_strerror(status),
                                    dbpool_strerror(other));
        }
    }
    assert_string_equal(dbpool_strerror(1), "unknown status");
    assert_string_equal(dbpool_strerror(DBPOOL_ETHREAD),
                        "can't start new thread");
    assert_string_not_equal(dbpool_version(), "");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_type_comes_back_as_it_was_bound),
        TEST(a_result_grows_to_any_number_of_rows),
        TEST(a_row_is_its_values),
        TEST(texts_of_any_length_come_back),
        TEST(a_request_used_again_keeps_its_memory),
        TEST(column_names_come_when_asked_for),
        TEST(an_operation_tells_changes_and_last_id),
        TEST(errors_say_what_is_wrong),
        TEST(incomplete_requests_are_refused),
        TEST(a_refused_call_has_words_of_its_own),
        TEST_WAL(an_error_in_a_batch_is_its_requests_own),
        TEST(an_error_in_a_batch_is_its_requests_own),
        TEST(a_missing_database_is_the_requests_error),
        TEST(a_file_that_is_no_database_is_the_requests_error),
        TEST(a_read_only_pool_refuses_writes),
        TEST_WAL(a_lock_of_somebody_else_is_busy_in_the_end),
        TEST(the_statement_cache_is_bounded_and_counts),
        TEST(a_cached_statement_follows_the_schema),
        TEST_WAL(a_cached_statement_follows_the_schema),
        TEST(a_statement_is_cached_as_it_was_written),
        TEST(comments_may_stand_around_a_statement),
        TEST(a_single_connection_opens_with_the_pools_settings),
        TEST(a_single_connection_refuses_options_out_of_range),
        TEST(every_status_has_words_of_its_own),
    };
    return SUITE_RUN(tests, argc, argv);
}
