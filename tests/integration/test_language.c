/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <string.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* The language around the load, as a user meets it. */

static void what_is_included_and_let_is_run_and_kept(void **state) {
    struct program *program = *state;
    struct program_file file = program_file(program, "rush.yaml");
    (void)program_write(program, "common.yaml",
                        "let: {users: 5}\n"
                        "database: {users: $(users)}\n"
                        "pool: {min: 1, max: 1}\n");
    (void)program_write(program, "rush.yaml",
                        "title: $(users) users\n"
                        "include: common.yaml\n"
                        "let: {users: 7, lookups: 10}\n"
                        "load: {in_flight: 2, lookups: $(lookups)}\n"
                        "expect: [completed == $(lookups)]\n");
    program_run(program, "run", "-s", "let.lookups=20", "-o", program->folder,
                file.path, NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "scenario/title"), "7 users");
    assert_non_null(strstr(json_text_at(result, "scenario/includes/0/path"),
                           "/common.yaml"));
    assert_non_null(strstr(json_text_at(result, "scenario/includes/0/text"),
                           "let: {users: 5}\n"));
    assert_int_equal(json_int_at(result, "cells/0/database/users"), 7);
    assert_int_equal(json_int_at(result, "cells/0/phases/0/completed"), 20);
    json_decref(result);
}

static void a_file_that_is_not_there_is_2_with_the_line(void **state) {
    struct program *program = *state;
    const char *path =
        program_write(program, "rush.yaml",
                      "title: t\ninclude: nowhere.yaml\ndatabase: {users: 3}\n"
                      "load: {in_flight: 3, lookups: 3}\n");
    program_run(program, "check", path, NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "rush.yaml:2:10: include: ");
    program_expect_words(&program->err, "nowhere.yaml: No such file");
    program_expect_words(&program->err, "    2 | include: nowhere.yaml\n");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_included_and_let_is_run_and_kept),
        TEST(a_file_that_is_not_there_is_2_with_the_line),
    };
    return SUITE_RUN(tests, argc, argv);
}
