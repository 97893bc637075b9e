/* SPDX-License-Identifier: Apache-2.0 */
/* variants: asan ubsan tsan */
#include <stdlib.h>
#include <string.h>

#include "support/json_at.h"
#include "support/planted.h"
#include "support/program.h"
#include "support/suite.h"

/* What a sanitizer reports of a cell's process is a finding, with its stack,
 * and is not lost on standard error. */

static json_t *run_planted(struct program *program, const char *plant) {
    struct program_file path = program_file(program, "planted.yaml");
    (void)program_write(program, "planted.yaml", planted_scenario(plant));
    program->itself = true;
    program_run(program, "run", "-o", program->folder, path.path, NULL);
    program_validate(program, "result.json");
    return program_json(program, "result.json");
}

static void expect_finding(struct program *program, const char *plant,
                           const char *tool, const char *kind,
                           const char *function) {
    json_t *result = run_planted(program, plant);
    const json_t *cell = json_at(result, "cells/0");
    assert_string_equal(json_text_at(cell, "findings/0/tool"), tool);
    assert_string_equal(json_text_at(cell, "findings/0/kind"), kind);
    assert_non_null(strstr(json_text_at(cell, "findings/0/stack"), function));
    assert_true(json_is_null(json_at(cell, "under")));
    program_expect_words(&program->out, "✘ no findings");
    program_expect_words(&program->out, function);
    json_decref(result);
}

/* The process came to its end: the run failed, and nothing else. Undefined
 * behaviour always ends it. */
#if defined(__SANITIZE_ADDRESS__)
static void what_is_found_by_the_end_fails_the_run(void **state) {
    struct program *program = *state;
    expect_finding(program, "plant: leak", "LeakSanitizer", "Direct leak",
                   "plant_leak");
    program_expect(program, 1);
    program_expect_words(&program->out, "✔ completed == 4");
}
#elif defined(__SANITIZE_THREAD__)
static void what_is_found_by_the_end_fails_the_run(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("TSAN_OPTIONS", "halt_on_error=0", 1), 0);
    expect_finding(program, "plant: race", "ThreadSanitizer", "data race",
                   "plant_race");
    program_expect(program, 1);
    program_expect_words(&program->out, "✔ completed == 4");
}
#endif

/* The process is ended where it is found: a crash. */
static void what_ends_the_process_is_an_error_with_a_finding(void **state) {
    struct program *program = *state;
    if (strcmp(PLUNGE_VARIANT, "asan") == 0) {
        expect_finding(program, "plant: free", "AddressSanitizer",
                       "heap-use-after-free", "plant_free");
    } else if (strcmp(PLUNGE_VARIANT, "ubsan") == 0) {
        expect_finding(program, "plant: overflow", "UndefinedBehaviorSanitizer",
                       "runtime error", "plant_overflow");
    } else {
        assert_int_equal(setenv("TSAN_OPTIONS", "halt_on_error=1", 1), 0);
        expect_finding(program, "plant: race", "ThreadSanitizer", "data race",
                       "plant_race");
    }
    program_expect(program, 3);
}

static void without_a_report_nothing_is_said(void **state) {
    struct program *program = *state;
    json_t *result = run_planted(program, "no plant");
    program_expect(program, 0);
    assert_int_equal(json_array_size(json_at(result, "cells/0/findings")), 0);
    assert_null(strstr(program->out.bytes, "no findings"));
    json_decref(result);
}

static void a_sanitizer_and_valgrind_are_refused_together(void **state) {
    struct program *program = *state;
    program_run(program, "run", "--under", "memcheck",
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "sanitizer");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    if (planted_is_asked(argc, argv)) {
        return planted_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        TEST(what_is_found_by_the_end_fails_the_run),
#endif
        TEST(what_ends_the_process_is_an_error_with_a_finding),
        TEST(without_a_report_nothing_is_said),
        TEST(a_sanitizer_and_valgrind_are_refused_together),
    };
    return SUITE_RUN(tests, argc, argv);
}
