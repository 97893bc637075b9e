/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <stdio.h>
#include <string.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* `find`, through `plunge run`. What is looked for is counted, not timed: a
 * pool has as many threads as it may, where that many lookups are unanswered,
 * and the main one is one more. */

static void run_find(struct program *program, const char *find,
                     const char *more) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "title: How many threads there may be\n"
                   "database: {users: 3}\n"
                   "load: {in_flight: 20, lookups: 40}\n"
                   "find: {%s}\n%s",
                   find, more);
    struct program_file file = program_file(program, "find.yaml");
    (void)program_write(program, "find.yaml", text);
    program_run(program, "run", "-o", program->folder, file.path, NULL);
}

static json_t *result_of(const struct program *program) {
    program_validate(program, "result.json");
    return program_json(program, "result.json");
}

static void the_largest_value_is_found_and_confirmed(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 1k, holds: threads <= 9}",
             "blocks: 2\nexpect: [errors == 0]\n");
    program_expect(program, 0);
    program_expect_words(&program->out, "pool.max with which threads <= 9\n");
    program_expect_words(&program->out, "8; with 9 it does not hold\n");
    json_t *result = result_of(program);
    const json_t *questions = json_at(result, "find/questions");
    const json_t *cells = json_at(result, "cells");
    const size_t last = json_array_size(questions) - 1;
    assert_string_equal(json_text_at(result, "verdict"), "pass");
    assert_string_equal(json_text_at(result, "find/state"), "found");
    assert_true(json_number_value(json_at(result, "find/value")) == 8);
    assert_true(json_number_value(json_at(result, "find/above")) == 9);
    assert_true(json_is_true(
        json_object_get(json_array_get(questions, last), "confirming")));
    assert_int_equal(json_array_size(cells), 2 * (last + 1));
    const json_t *confirmed = json_array_get(cells, 2 * last);
    assert_int_equal(json_int_at(confirmed, "parameters/pool.max"), 8);
    assert_int_equal(json_int_at(confirmed, "phases/0/completed"), 120);
    assert_int_equal(json_int_at(cells, "0/parameters/pool.max"), 1);
    assert_int_equal(json_int_at(cells, "0/phases/0/completed"), 40);
    json_decref(result);
}

static void what_was_read_from_includes_is_asked_for_too(void **state) {
    struct program *program = *state;
    (void)program_write(program, "common.yaml", "let: {most: 5}\n");
    run_find(program,
             "pool.max: {from: 1, to: $(top), holds: threads <= $(most)}",
             "include: common.yaml\nlet: {top: 100}\n");
    program_expect(program, 0);
    program_expect_words(&program->out, "4; with 5 it does not hold\n");
}

static void where_all_holds_the_end_is_found(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 6, holds: threads <= 9}", "");
    program_expect(program, 0);
    program_expect_words(&program->out, "6, the largest that was asked for\n");
    json_t *result = result_of(program);
    assert_true(json_is_null(json_at(result, "find/above")));
    json_decref(result);
}

static void what_does_not_even_hold_at_first_is_1(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 9, to: 20, holds: threads <= 9}", "");
    program_expect(program, 1);
    program_expect_words(&program->out, "it does not even hold with 9\n");
    json_t *result = result_of(program);
    assert_string_equal(json_text_at(result, "find/state"), "not found");
    assert_true(json_is_null(json_at(result, "find/value")));
    json_decref(result);
}

static void what_cannot_be_said_is_4(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 9, holds: instructions < 5}",
             "");
    program_expect(program, 4);
    program_expect_words(&program->out, "not to be said with 1\n");
}

static void what_fails_beside_it_is_1(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 9, holds: instructions < 5}",
             "expect: [threads <= 1]\n");
    program_expect(program, 1);
    program_expect_words(&program->out, "not to be said with 1\n");
    json_t *result = result_of(program);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    assert_string_equal(json_text_at(result, "find/state"), "undecided");
    json_decref(result);
}

static void what_nobody_wrote_ends_the_search(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 20, holds: completed >= 1}",
             "limits: {threads: 6}\n");
    program_expect(program, 1);
    program_expect_words(&program->out,
                         "broken off with 8, for what failed there\n");
    json_t *result = result_of(program);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    json_decref(result);
}

static void what_is_expected_is_asked_of_what_was_found(void **state) {
    struct program *program = *state;
    run_find(program, "pool.max: {from: 1, to: 20, holds: threads <= 9}",
             "expect: [threads <= 5]\n");
    program_expect(program, 1);
    program_expect_words(&program->out, "8; with 9 it does not hold\n");
    program_expect_words(&program->out, "✘ threads <= 5");
}

static void a_number_of_lookups_is_confirmed_as_it_is(void **state) {
    struct program *program = *state;
    run_find(program,
             "load.lookups: {from: 10, to: 1k, holds: completed <= 300}", "");
    program_expect(program, 0);
    json_t *result = result_of(program);
    const double value = json_number_value(json_at(result, "find/value"));
    assert_true(value > 285 && value <= 300);
    json_decref(result);
}

static void what_is_set_is_not_found(void **state) {
    struct program *program = *state;
    const char *path = program_write(
        program, "find.yaml",
        "title: t\ndatabase: {users: 3}\nload: {in_flight: 3, lookups: 3}\n"
        "find: {pool.max: {from: 1, to: 9, holds: errors == 0}}\n");
    program_run(program, "check", "-s", "pool.max=3", path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "find.yaml:4:8: find: pool.max is set "
                                        "on the command line\n");
    program_run(program, "check", "-s",
                "find={pool.max: {from: 1, to: 5, holds: errors == 0}}", path,
                NULL);
    program_expect(program, 0);
}

/* What has no line in the file is no implied expectation for that. */
static void what_is_looked_for_on_the_command_line_may_fail(void **state) {
    struct program *program = *state;
    struct program_file file = program_file(program, "find.yaml");
    (void)program_write(program, "find.yaml",
                        "title: t\ndatabase: {users: 3}\n"
                        "load: {in_flight: 20, lookups: 40}\n");
    program_run(program, "run", "-o", program->folder, "-s",
                "find={pool.max: {from: 1, to: 1k, holds: threads <= 9}}",
                file.path, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "8; with 9 it does not hold\n");
}

/* There are no more descriptors than 200 for a cell that is to have 256. */
static void what_was_measured_outlives_an_error(void **state) {
    static char *const under[] = {"prlimit", "--nofile=200:200", NULL};
    struct program *program = *state;
    program->under = under;
    run_find(program, "limits.fds: {from: 64, to: 1k, holds: completed >= 1}",
             "");
    program_expect(program, 3);
    program_expect_words(&program->out,
                         "broken off with 256: limits.fds: 256 is more than");
    json_t *result = result_of(program);
    assert_string_equal(json_text_at(result, "verdict"), "error");
    assert_string_equal(json_text_at(result, "find/state"), "undecided");
    assert_true(json_number_value(json_at(result, "find/value")) == 128);
    assert_int_equal(json_array_size(json_at(result, "cells")), 2);
    json_decref(result);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_largest_value_is_found_and_confirmed),
        TEST(what_was_read_from_includes_is_asked_for_too),
        TEST(where_all_holds_the_end_is_found),
        TEST(what_does_not_even_hold_at_first_is_1),
        TEST(what_cannot_be_said_is_4),
        TEST(what_fails_beside_it_is_1),
        TEST(what_nobody_wrote_ends_the_search),
        TEST(what_is_expected_is_asked_of_what_was_found),
        TEST(a_number_of_lookups_is_confirmed_as_it_is),
        TEST(what_is_set_is_not_found),
        TEST(what_is_looked_for_on_the_command_line_may_fail),
        TEST(what_was_measured_outlives_an_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
