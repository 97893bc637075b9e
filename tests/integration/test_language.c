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

/* What is printed can be run as it is, and is the same again. */
static void what_is_explained_is_a_scenario(void **state) {
    struct program *program = *state;
    program_run(program, "check", "--explain", "-s", "cycles=100",
                "scenarios/missing-shutdown.yaml", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "\ncycles: 100\n");
    program_expect_words(&program->out, "\n  batch: 100\n");
    program_expect_words(&program->out, "\n  time: 1m\n");
    program_expect_words(&program->out, "# 1 cell in 1 block: 1 run\n"
                                        "#   dbpool: 3 to 5 threads, shutdown "
                                        "missing\n");
    program_expect_words(&program->out, "#   - wrong == 0\n");
    program_expect_words(&program->out, "#   will fail at cycle 22: ");
    program_expect_words(&program->out, "#   time: ");
    program_expect_words(&program->out, "#   disk: ");
    program_expect_words(&program->out, "#   memory: ");
    struct program_file file = program_file(program, "again.yaml");
    (void)program_write(program, "again.yaml", program->out.bytes);
    struct text before = program->out;
    text_init(&program->out);
    program_run(program, "check", "--explain", file.path, NULL);
    program_expect(program, 0);
    assert_string_equal(strchr(program->out.bytes, '\n'),
                        strchr(before.bytes, '\n'));
    text_fini(&before);
}

static void references_are_among_the_cells(void **state) {
    struct program *program = *state;
    const char *path = program_write(
        program, "rush.yaml",
        "title: t\ndatabase: {users: 3}\nload: {in_flight: 3, lookups: 3}\n"
        "sweep: {pool.max: [1, 2]}\nblocks: 3\n"
        "expect: [throughput >= 0.5 * direct]\n");
    program_run(program, "check", "--explain", path, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "# 4 cells in 3 blocks: 12 runs\n");
    program_expect_words(&program->out,
                         "#   direct pool.max=2: 2 to 2 threads, shutdown "
                         "clean, only to be compared with\n");
}

static void what_has_to_be_generated_takes_time(void **state) {
    struct program *program = *state;
    program_run(program, "check", "--explain", "-s", "database.users=1G",
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out,
                         "63.8 GiB to be generated before that time begins, "
                         "2.85 min where a second writes 400 MB");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_included_and_let_is_run_and_kept),
        TEST(a_file_that_is_not_there_is_2_with_the_line),
        TEST(what_is_explained_is_a_scenario),
        TEST(references_are_among_the_cells),
        TEST(what_has_to_be_generated_takes_time),
    };
    return SUITE_RUN(tests, argc, argv);
}
