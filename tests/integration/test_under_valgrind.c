/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* The whole way under memcheck, supervisor and cells: no bad memory, and
 * nothing is lost, not even of pools that a scenario leaves open. ci/test's
 * own valgrind would see the test, and not the program that it runs. */

enum { UNDER_SIZE = 8 };

struct fixture {
    char log_file[2 * PROGRAM_FOLDER_SIZE];
    char *under[UNDER_SIZE];
};

static struct fixture fixture;

static int set_up(void **state) {
    static char *const words[UNDER_SIZE] = {
        "valgrind",
        "--trace-children=yes",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect",
        "--errors-for-leak-kinds=definite,indirect",
        "--error-exitcode=9",
    };
    (void)program_setup(state);
    struct program *program = *state;
    (void)snprintf(fixture.log_file, sizeof fixture.log_file,
                   "--log-file=%s/valgrind.%%p", program->folder);
    (void)memcpy((void *)fixture.under, (const void *)words, sizeof words);
    fixture.under[UNDER_SIZE - 2] = fixture.log_file;
    program->under = fixture.under;
    return 0;
}

static void skip_without_valgrind(struct program *program) {
    program_run(program, "--version", NULL);
    if (program->status == 127) {
        print_message("valgrind is not there\n");
        skip();
    }
    program_expect(program, 0);
}

static void expect_clean(const char *path) {
    struct text log;
    text_init(&log);
    assert_int_equal(file_read(path, (size_t)1 << 24, &log), 0);
    bool clean = strstr(log.bytes, "ERROR SUMMARY: 0 errors") != NULL;
    if (!clean) {
        fail_msg("%s:\n%s", path, log.bytes);
    }
    text_fini(&log);
}

/* One log a process: --version, the supervisor, and its cells. */
static void expect_all_clean(const struct program *program, size_t cells) {
    struct program_file logs = program_file(program, "valgrind.*");
    glob_t found;
    assert_int_equal(glob(logs.path, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 2 + cells);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        expect_clean(found.gl_pathv[i]);
    }
    globfree(&found);
}

static void the_tutorial_is_clean(void **state) {
    struct program *program = *state;
    skip_without_valgrind(program);
    program_run(program, "run", "-o", program->folder,
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 0);
    program_expect_words(&program->out, "is connected under 'yoen'");
    expect_all_clean(program, 1);
}

static void a_shutdown_leaves_nothing_cycle_after_cycle(void **state) {
    struct program *program = *state;
    skip_without_valgrind(program);
    program_run(program, "run", "-q", "-o", program->folder, "-s", "cycles=3",
                "scenarios/clean-shutdown.yaml", NULL);
    program_expect(program, 0);
    expect_all_clean(program, 1);
}

static void pools_that_stay_open_are_not_lost(void **state) {
    struct program *program = *state;
    skip_without_valgrind(program);
    program_run(program, "run", "-q", "-o", program->folder, "-s",
                "limits.threads=10", "scenarios/missing-shutdown.yaml", NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *cell = json_at(result, "cells/0");
    assert_string_equal(json_text_at(cell, "cycles/exhausted/mechanism"),
                        "budget (simulated)");
    assert_int_equal(json_int_at(cell, "cycles/exhausted/at_cycle"), 4);
    assert_int_equal(json_int_at(cell, "cycles/predicted_cycle"), 4);
    assert_string_equal(json_text_at(cell, "cycles/exhausted/error"),
                        "can't start new thread");
    assert_int_equal(json_left(cell, "thread"), 9);
    json_decref(result);
    expect_all_clean(program, 1);
}

static void a_comparison_is_clean_in_every_cell(void **state) {
    struct program *program = *state;
    skip_without_valgrind(program);
    struct program_file path = program_file(program, "compared.yaml");
    (void)program_write(program, "compared.yaml",
                        "title: Compared\n"
                        "database: {users: 100}\n"
                        "pool: {shutdown: twice}\n"
                        "load:\n"
                        "  - {phase: warm, in_flight: 5, lookups: 50}\n"
                        "  - {phase: steady, in_flight: 20, lookups: 300}\n"
                        "expect:\n"
                        "  - throughput in steady >= 0.000001 * direct\n");
    program_run(program, "run", "-q", "-o", program->folder, path.path, NULL);
    /* Slowed down as it is, what others take of the machine may leave the times
     * open. */
    if (program->status != 4) {
        program_expect(program, 0);
    }
    expect_all_clean(program, 2);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_tutorial_is_clean),
        TEST(a_shutdown_leaves_nothing_cycle_after_cycle),
        TEST(pools_that_stay_open_are_not_lost),
        TEST(a_comparison_is_clean_in_every_cell),
    };
    return SUITE_RUN(tests, argc, argv);
}
