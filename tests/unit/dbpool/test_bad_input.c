/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* What is wrong from outside: each has its status and its words, and the pool
 * goes on. */

static void open_one(struct pool_fixture *fixture,
                     struct dbpool_request *request) {
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    dbpool_request_init(request, fixture);
}

static int query(struct pool_fixture *fixture, struct dbpool_request *request,
                 const char *sql, const struct dbpool_value *param) {
    request->params = param;
    request->params_count = param != NULL;
    return fixture_query(fixture, request, sql);
}

static void expect_words(const struct dbpool_request *request,
                         const char *words) {
    const char *message = dbpool_request_message(request);
    if (strstr(message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", message, words);
    }
}

static void expect_all_well_and_close(struct pool_fixture *fixture,
                                      struct dbpool_request *request) {
    assert_int_equal(query(fixture, request, "SELECT 1", NULL), DBPOOL_OK);
    dbpool_request_fini(request);
    fixture_close_and_run(fixture);
}

/* Its size is looked at before its bytes, which are not there. */
static void a_parameter_too_long_for_the_database_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    static const size_t sizes[] = {(size_t)1000 * 1000 * 1000 + 1,
                                   (size_t)INT32_MAX + 1,
                                   (size_t)UINT32_MAX + 1, SIZE_MAX};
    open_one(fixture, &request);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct dbpool_value text = dbpool_text_n("", sizes[i]);
        struct dbpool_value blob = dbpool_blob("", sizes[i]);
        assert_int_equal(query(fixture, &request, "SELECT ?", &text),
                         DBPOOL_ETOOBIG);
        expect_words(&request, "string or blob too big");
        assert_int_equal(query(fixture, &request, "SELECT ?", &blob),
                         DBPOOL_ETOOBIG);
        assert_int_equal(request.code, SQLITE_TOOBIG);
    }
    expect_all_well_and_close(fixture, &request);
}

static void a_result_too_long_for_the_database_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    open_one(fixture, &request);
    assert_int_equal(query(fixture, &request,
                           "SELECT zeroblob(1000000001), 1 FROM users", NULL),
                     DBPOOL_ETOOBIG);
    expect_words(&request, "string or blob too big");
    assert_int_equal(request.result.rows_count, 0);
    expect_all_well_and_close(fixture, &request);
}

/* Nobody changes, cuts or refuses them: stored, found again, and handed back.
 */
static void text_that_is_no_utf8_comes_back_byte_by_byte(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    static const char *const texts[] = {
        "\xff\xfe\xfd",         "a\x80z",  "\xc3", "\xed\xa0\x80",
        "\xf8\x88\x80\x80\x80", "\xc0\xaf"};
    open_one(fixture, &request);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct dbpool_value text = dbpool_text(texts[i]);
        assert_int_equal(query(fixture, &request,
                               "UPDATE users SET name = ? WHERE login = 'yoen'",
                               &text),
                         DBPOOL_OK);
        assert_int_equal(query(fixture, &request,
                               "SELECT name FROM users WHERE name = ?", &text),
                         DBPOOL_OK);
        assert_int_equal(request.result.rows_count, 1);
        struct dbpool_value back = dbpool_value(&request.result, 0, 0);
        assert_int_equal(back.type, DBPOOL_TEXT);
        assert_string_equal(back.as.text, texts[i]);
    }
    expect_all_well_and_close(fixture, &request);
}

static void a_nul_inside_a_text_is_a_byte_of_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    static const char bytes[] = "one\0two";
    struct dbpool_value text = dbpool_text_n(bytes, sizeof bytes - 1);
    open_one(fixture, &request);
    assert_int_equal(query(fixture, &request,
                           "UPDATE users SET name = ? WHERE login = 'yoen'",
                           &text),
                     DBPOOL_OK);
    assert_int_equal(query(fixture, &request,
                           "SELECT name FROM users WHERE name = ?", &text),
                     DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 1);
    struct dbpool_value back = dbpool_value(&request.result, 0, 0);
    assert_int_equal(back.size, sizeof bytes - 1);
    assert_memory_equal(back.as.text, bytes, sizeof bytes);
    expect_all_well_and_close(fixture, &request);
}

static void an_sql_error_names_its_place_in_the_sql(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    if (sqlite3_libversion_number() < 3038000) {
        skip(); /* SQLite does not tell it */
    }
    open_one(fixture, &request);
    assert_int_equal(
        query(fixture, &request, "SELECT login,, name FROM users", NULL),
        DBPOOL_ESQL);
    expect_words(&request, "near \",\": syntax error (at byte 13: \", name "
                           "FROM users\")");
    assert_int_equal(
        query(fixture, &request, "SELECT login, nonsense FROM users", NULL),
        DBPOOL_ESQL);
    expect_words(&request, "no such column: nonsense (at byte 14: \"nonsense "
                           "FROM users\")");
    expect_all_well_and_close(fixture, &request);
}

static void a_folder_is_no_database(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    char url[2 * FIXTURE_PATH_SIZE];
    (void)snprintf(url, sizeof url, "sqlite:%s", fixture->folder);
    assert_int_equal(
        dbpool_open(&fixture->loop, url, &fixture->options, &fixture->pool),
        DBPOOL_OK);
    dbpool_request_init(&request, fixture);
    assert_int_equal(query(fixture, &request, "SELECT 1", NULL),
                     DBPOOL_ECONNECT);
    expect_words(&request, fixture->folder);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* The first page is well: it is found when it is read. */
static void
a_database_damaged_in_the_middle_is_the_requests_error(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    FILE *file = fopen(fixture->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
    for (long i = 4096; i < size; i++) {
        assert_int_equal(fputc(0xff, file), 0xff);
    }
    assert_int_equal(fclose(file), 0);
    open_one(fixture, &request);
    assert_int_equal(query(fixture, &request, "SELECT * FROM users", NULL),
                     DBPOOL_ECORRUPT);
    expect_words(&request, "database disk image is malformed");
    assert_int_equal(request.code & 0xff, SQLITE_CORRUPT);
    expect_all_well_and_close(fixture, &request);
}

static int allow_no_page_more(struct dbpool_transaction *connection,
                              void *data) {
    (void)data;
    struct dbpool_statement statement = {.sql = "PRAGMA max_page_count = 1"};
    return dbpool_execute(connection, &statement, NULL);
}

static void a_full_database_is_the_requests_error(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    fixture->options.on_connect = allow_no_page_more;
    open_one(fixture, &request);
    assert_int_equal(query(fixture, &request,
                           "UPDATE users SET name = zeroblob(100000)", NULL),
                     DBPOOL_EFULL);
    expect_words(&request, "database or disk is full");
    assert_int_equal(query(fixture, &request,
                           "SELECT count(*) FROM users WHERE length(name) < 99",
                           NULL),
                     DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 3);
    expect_all_well_and_close(fixture, &request);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_parameter_too_long_for_the_database_is_refused),
        TEST(a_result_too_long_for_the_database_is_refused),
        TEST(text_that_is_no_utf8_comes_back_byte_by_byte),
        TEST(a_nul_inside_a_text_is_a_byte_of_it),
        TEST(an_sql_error_names_its_place_in_the_sql),
        TEST(a_folder_is_no_database),
        TEST(a_database_damaged_in_the_middle_is_the_requests_error),
        TEST(a_full_database_is_the_requests_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
