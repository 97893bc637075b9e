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

/* An error; not the end of the process. */
static void a_small_stack_refuses_deep_statements(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.stack_size = (size_t)64 * 1024;
    expect_of_deep_statements(fixture, DBPOOL_ESQL);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_statement_as_deep_as_sqlite_allows_runs),
        TEST(a_small_stack_refuses_deep_statements),
    };
    return SUITE_RUN(tests, argc, argv);
}
