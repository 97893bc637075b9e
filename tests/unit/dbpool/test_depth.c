/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Statements so deep that compiling them takes most of a stack. helgrind and
 * DRD look at every word of it again for each level, which is minutes; the
 * threads do here what they do in test_query.c. */

/* "HEAD" and so many times "MORE". */
static char *repeat(const char *head, const char *more, int times) {
    size_t size = strlen(head) + (size_t)times * strlen(more) + 1;
    char *sql = malloc(size);
    assert_non_null(sql);
    size_t used = (size_t)snprintf(sql, size, "%s", head);
    for (int i = 0; i < times; i++) {
        used += (size_t)snprintf(sql + used, size - used, "%s", more);
    }
    return sql;
}

static const struct {
    const char *head;
    const char *more;
    int times;
} deep[] = {
    {"SELECT 1", " + 1", 990},
    {"SELECT 1 FROM users WHERE login", " BETWEEN name AND forname", 990},
    {"SELECT 1 FROM users WHERE login", " IN (SELECT name FROM users)", 990},
    {"SELECT login FROM users", " UNION SELECT name FROM users", 490},
};

enum { DEEP = sizeof deep / sizeof deep[0] };

static void expect_of_deep_statements(struct pool_fixture *fixture,
                                      int status) {
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    for (int i = 0; i < DEEP; i++) {
        char *sql = repeat(deep[i].head, deep[i].more, deep[i].times);
        assert_int_equal(fixture_query(fixture, &request, sql), status);
        free(sql);
    }
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1 + 1"),
                     DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_statement_as_deep_as_sqlite_allows_runs(void **state) {
    struct pool_fixture *fixture = *state;
#ifdef __SANITIZE_THREAD__
    fixture->options.stack_size *= 2; /* its runtime lives there, too */
#endif
    expect_of_deep_statements(fixture, DBPOOL_OK);
}

#define STACK_SIZE_MIN ((size_t)256 * 1024)

/* An error; not the end of the process. */
static void a_small_stack_refuses_deep_statements(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stack_size = STACK_SIZE_MIN;
    expect_of_deep_statements(fixture, DBPOOL_ESQL);
}

/* ---- Patterns ---- */

/* What lib/sqlite.c leaves a pattern of this stack. */
static int longest_pattern(size_t stack_size) {
    size_t size = (stack_size - (size_t)32 * 1024) / 128;
    return size < 50000 ? (int)size : 50000;
}

/* Asks for @sql with @wildcard, again and again, as a pattern of @size bytes,
 * which is even, or ends with a letter more. */
static int match(struct pool_fixture *fixture, struct dbpool_request *request,
                 const char *sql, const char *wildcard, int size) {
    char *pattern = repeat("", wildcard, size / 2);
    char *odd = repeat(pattern, "a", size % 2);
    char *text = repeat("", "a", size);
    struct dbpool_value params[] = {dbpool_text(text), dbpool_text(odd)};
    request->params = params;
    request->params_count = 2;
    int status = fixture_query(fixture, request, sql);
    request->params = NULL;
    request->params_count = 0;
    free(pattern);
    free(odd);
    free(text);
    return status;
}

static void expect_of_patterns(struct pool_fixture *fixture) {
    static const struct {
        const char *sql;
        const char *wildcard;
    } kinds[] = {{"SELECT ? LIKE ?", "%a"}, {"SELECT ? GLOB ?", "*a"}};
    const int longest = longest_pattern(fixture->options.stack_size);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    for (int i = 0; i < 2; i++) {
        const char *sql = kinds[i].sql;
        const char *wildcard = kinds[i].wildcard;
        assert_int_equal(match(fixture, &request, sql, wildcard, longest),
                         DBPOOL_OK);
        assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 1);
        assert_int_equal(match(fixture, &request, sql, wildcard, longest + 1),
                         DBPOOL_ESQL);
        assert_string_equal(dbpool_request_message(&request),
                            "LIKE or GLOB pattern too complex");
        assert_int_equal(match(fixture, &request, sql, wildcard, 50000),
                         longest == 50000 ? DBPOOL_OK : DBPOOL_ESQL);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_pattern_too_long_for_the_stack_is_an_error(void **state) {
    expect_of_patterns(*state);
}

static void a_small_stack_refuses_shorter_patterns(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stack_size = STACK_SIZE_MIN;
    expect_of_patterns(fixture);
}

static void a_large_stack_takes_what_sqlite_takes(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stack_size = (size_t)8 * 1024 * 1024;
    expect_of_patterns(fixture);
}

/* ---- What has no limit that could be lowered ---- */

static void a_smaller_stack_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stack_size = STACK_SIZE_MIN - 1;
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                 &fixture->options, &fixture->pool),
                     DBPOOL_EINVAL);
}

/* SQLite takes 2000 levels at most. */
static void the_smallest_stack_holds_the_deepest_json(void **state) {
    struct pool_fixture *fixture = *state;
    static const int depths[] = {1000, 1999, 2500, 100000};
    struct dbpool_request request;
    fixture->options.stack_size = STACK_SIZE_MIN;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    for (int i = 0; i < 4; i++) {
        char *opened = repeat("", "[", depths[i]);
        char *json = repeat(opened, "]", depths[i]);
        struct dbpool_value param = dbpool_text(json);
        request.params = &param;
        request.params_count = 1;
        assert_int_equal(
            fixture_query(fixture, &request, "SELECT json_valid(?)"),
            DBPOOL_OK);
        /* Between 1000 and 2000 it depends on SQLite's version. */
        if (i != 1) {
            assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer,
                             i == 0);
        }
        free(json);
        free(opened);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* @count views, each of the one before with @more added to it. */
static void expect_of_views(struct pool_fixture *fixture, const char *more,
                            int count) {
    struct dbpool_request request;
    char sql[256];
    fixture->options.stack_size = STACK_SIZE_MIN;
    dbpool_request_init(&request, fixture);
    fixture_open(fixture);
    assert_int_equal(
        fixture_query(fixture, &request,
                      "CREATE VIEW v0 AS SELECT length(login) AS a FROM users"),
        DBPOOL_OK);
    for (int i = 1; i <= count; i++) {
        (void)snprintf(sql, sizeof sql,
                       "CREATE VIEW v%d AS SELECT a%s AS a FROM v%d", i, more,
                       i - 1);
        assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    }
    (void)snprintf(sql, sizeof sql, "SELECT a FROM v%d", count);
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void the_smallest_stack_holds_a_chain_of_views(void **state) {
    expect_of_views(*state, "", 200);
}

static void the_smallest_stack_holds_views_put_together(void **state) {
    expect_of_views(*state, " + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1", 30);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_statement_as_deep_as_sqlite_allows_runs),
        TEST(a_small_stack_refuses_deep_statements),
        TEST(a_pattern_too_long_for_the_stack_is_an_error),
        TEST(a_small_stack_refuses_shorter_patterns),
        TEST(a_large_stack_takes_what_sqlite_takes),
        TEST(a_smaller_stack_is_refused),
        TEST(the_smallest_stack_holds_the_deepest_json),
        TEST(the_smallest_stack_holds_a_chain_of_views),
        TEST(the_smallest_stack_holds_views_put_together),
    };
    return SUITE_RUN(tests, argc, argv);
}
