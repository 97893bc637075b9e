/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdlib.h>
#include <string.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

static const char *const checks[] = {
    "processors",
    "governor",
    "turbo",
    "virtualisation",
    "clock source",
    "memory",
    "swap",
    "load average",
    "timer",
    "time lost",
    "same work twice",
    "steal",
    "other processes",
    "pressure",
    "open files",
    "processes",
    "cgroup cpu",
    "cgroup memory",
    "cgroup pids",
    "disk room",
    "disk sync",
    "kernel",
    "SQLite",
    "libuv",
    "build",
    "valgrind",
    "libdw",
    "addr2line",
    "setarch",
};

#define CHECKS_COUNT (sizeof checks / sizeof checks[0])

static json_t *read_json(const struct program *program) {
    json_error_t error;
    json_t *result = json_loads(program->out.bytes, 0, &error);
    if (result == NULL) {
        fail_msg("line %d: %s", error.line, error.text);
    }
    return result;
}

static void every_check_is_told_as_json(void **state) {
    struct program *program = *state;
    program_run(program, "doctor", "--json", NULL);
    program_expect(program, 0);
    json_t *result = read_json(program);
    assert_string_equal(json_text_at(result, "schema"), "plunge-doctor/1");
    const char *grade = json_text_at(result, "grade");
    assert_true(strcmp(grade, "quiet") == 0 || strcmp(grade, "usable") == 0 ||
                strcmp(grade, "noisy") == 0);
    assert_true(json_number_value(json_at(result, "smallest_difference")) >= 0);
    assert_true(json_is_false(json_at(result, "missing")));
    const json_t *list = json_at(result, "checks");
    assert_int_equal(json_array_size(list), CHECKS_COUNT);
    for (size_t i = 0; i < CHECKS_COUNT; i++) {
        const json_t *item = json_array_get(list, i);
        assert_string_equal(json_text_at(item, "check"), checks[i]);
        assert_string_not_equal(json_text_at(item, "value"), "");
        assert_string_not_equal(json_text_at(item, "level"), "missing");
    }
    json_decref(result);
}

static void people_get_a_verdict(void **state) {
    struct program *program = *state;
    program_run(program, "doctor", NULL);
    program_expect(program, 0);
    for (size_t i = 0; i < CHECKS_COUNT; i++) {
        program_expect_words(&program->out, checks[i]);
    }
    program_expect_words(&program->out,
                         "machine: clocks show no difference below ");
}

static void without_room_for_databases_nothing_can_be_run(void **state) {
    struct program *program = *state;
    assert_int_equal(setenv("PLUNGE_CACHE", "/dev/null/here", 1), 0);
    program_run(program, "doctor", NULL);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    program_expect(program, 3);
    program_expect_words(&program->out, "✘ disk room");
    program_expect_words(&program->out, "/dev/null/here");
    program_expect_words(&program->out, "something is missing");
}

static void what_it_does_not_know_is_refused(void **state) {
    struct program *program = *state;
    program_run(program, "doctor", "--jsn", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "plunge: doctor: see plunge doctor "
                                        "--help");
    program_run(program, "doctor", "rush.yaml", NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, "takes no argument, got rush.yaml");
    assert_int_equal(program->out.size, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)
        TEST(every_check_is_told_as_json),
        TEST(people_get_a_verdict),
        TEST(without_room_for_databases_nothing_can_be_run),
        TEST(what_it_does_not_know_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
