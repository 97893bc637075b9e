/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* What the options of `plunge run` and `plunge check` promise. */

#define GREETINGS                                                              \
    "Mr 'Yoen Van der Veld' is connected under 'yoen'\n"                       \
    "Mr 'Estebán Garcia Marquez' is connected under 'esteban'\n"              \
    "Mr 'Mohamed Al Ghâlib' is connected under 'mohamed'\n"

#define SMALL                                                                  \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"

static struct program_file write_scenario(const struct program *program,
                                          const char *name, const char *text) {
    struct program_file file = program_file(program, name);
    (void)program_write(program, name, text);
    return file;
}

/* For free(). */
static char *read_whole(const char *path) {
    struct text text;
    text_init(&text);
    assert_int_equal(file_read(path, (size_t)1 << 24, &text), 0);
    char *copy = strdup(text.bytes);
    text_fini(&text);
    return copy;
}

static void expect_file(const char *path, const char *content) {
    char *bytes = read_whole(path);
    assert_string_equal(bytes, content);
    free(bytes);
}

/* ---- What is printed -----------------------------------------------------*/

static void quiet_prints_the_answers_alone(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "-o", program->folder,
                "scenarios/tutorial.yaml", "scenarios/tutorial-as-written.yaml",
                NULL);
    program_expect(program, 0);
    assert_string_equal(program->out.bytes, GREETINGS GREETINGS);
    assert_int_equal(program->err.size, 0);
    program_validate(program, "tutorial/result.json");
    program_validate(program, "tutorial-as-written/result.json");
}

static void the_summary_is_what_the_folder_has(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-o", program->folder,
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 0);
    assert_memory_equal(program->out.bytes, GREETINGS, strlen(GREETINGS));
    expect_file(program_path(program, "summary.txt"),
                program->out.bytes + strlen(GREETINGS));
    assert_int_equal(program->err.size, 0); /* progress is for terminals */
    assert_null(strchr(program->out.bytes, '\033'));
}

static void json_is_the_result_as_it_is_written(void **state) {
    struct program *program = *state;
    static char *const quiet[] = {"--json", "-q"};
    for (int i = 0; i < 2; i++) {
        program_run(program, "run", "--json", quiet[i], "-o", program->folder,
                    "scenarios/tutorial.yaml", NULL);
        program_expect(program, 0);
        json_t *printed =
            json_loadb(program->out.bytes, program->out.size, 0, NULL);
        json_t *written = program_json(program, "result.json");
        assert_non_null(printed);
        assert_true(json_equal(printed, written));
        json_decref(printed);
        json_decref(written);
        assert_string_equal(program->err.bytes, GREETINGS);
    }
}

static void json_of_a_failed_run_is_a_result_too(void **state) {
    struct program *program = *state;
    struct program_file path = write_scenario(
        program, "fails.yaml", SMALL "expect:\n  - completed == 31\n");
    program_run(program, "run", "--json", "-o", program->folder, path.path,
                NULL);
    program_expect(program, 1);
    json_t *result = json_loadb(program->out.bytes, program->out.size, 0, NULL);
    assert_string_equal(json_text_at(result, "verdict"), "fail");
    json_decref(result);
    assert_int_equal(program->err.size, 0);
}

/* ---- Where reports go ----------------------------------------------------*/

static void reports_of_one_are_in_the_folder_itself(void **state) {
    struct program *program = *state;
    struct program_file folder = program_file(program, "made/on/the/way");
    program_run(program, "run", "-q", "--out", folder.path,
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 0);
    program_validate(program, "made/on/the/way/result.json");
}

/* From another folder, so that reports/ is not the repository's. */
static void reports_go_to_their_name_unless_told(void **state) {
    struct program *program = *state;
    char root[PATH_MAX];
    char scenario[PATH_MAX + 64];
    struct program_file cache = program_file(program, "cache");
    assert_non_null(getcwd(root, sizeof root));
    (void)snprintf(scenario, sizeof scenario, "%s/scenarios/tutorial.yaml",
                   root);
    assert_int_equal(setenv("PLUNGE_CACHE", cache.path, 1), 0);
    assert_int_equal(chdir(program->folder), 0);
    program_run(program, "run", "-q", scenario, NULL);
    assert_int_equal(chdir(root), 0);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    program_expect(program, 0);
    program_validate(program, "reports/tutorial/result.json");
}

static void a_result_carries_its_scenario(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "--seed=77", "-o", program->folder,
                "scenarios/tutorial.yaml", NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    expect_file("scenarios/tutorial.yaml",
                json_text_at(result, "scenario/text"));
    assert_string_equal(json_text_at(result, "scenario/path"),
                        "scenarios/tutorial.yaml");
    assert_string_equal(json_text_at(result, "scenario/title"),
                        "Three avatars, and a shutdown that is called");
    assert_int_equal(strlen(json_text_at(result, "scenario/sha256")), 64);
    assert_int_equal(json_int_at(result, "seed"), 77);
    json_decref(result);
    program_run(program, "run", "--seed=77", "-o", program->folder,
                "scenarios/tutorial.yaml", NULL);
    program_expect_words(&program->out, "seed 77");
}

/* ---- -s ------------------------------------------------------------------*/

static void a_swept_key_that_is_set_is_swept_no_more(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "-o", program->folder, "-s", "pool.max=7",
                "-s", "database.users=100", "-s", "load.for=5ms", "--blocks=2",
                "scenarios/pool-sizes.yaml", NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "cells")), 2);
    for (int i = 0; i < 2; i++) {
        char place[64];
        (void)snprintf(place, sizeof place, "cells/%d/pool/max", i);
        assert_int_equal(json_int_at(result, place), 7);
        (void)snprintf(place, sizeof place, "cells/%d/parameters", i);
        assert_int_equal(json_object_size(json_at(result, place)), 0);
        (void)snprintf(place, sizeof place, "cells/%d/block", i);
        assert_int_equal(json_int_at(result, place), i);
    }
    json_decref(result);
}

static void a_phase_is_set_by_its_name_and_all_without(void **state) {
    struct program *program = *state;
    struct program_file path =
        write_scenario(program, "phases.yaml",
                       "title: Phases\n"
                       "database: {users: 3}\n"
                       "load:\n"
                       "  - {phase: one, in_flight: 1, lookups: 10}\n"
                       "  - {phase: two, in_flight: 2, lookups: 20}\n"
                       "  - {phase: three, in_flight: 3, lookups: 30}\n");
    program_run(program, "run", "-q", "-o", program->folder, "-s",
                "load.lookups=44", "-s", "load.two.lookups=5", "-s",
                "load.two.in_flight=4", path.path, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    static const int lookups[] = {44, 5, 44};
    static const int peaks[] = {1, 4, 3};
    for (int i = 0; i < 3; i++) {
        char place[64];
        (void)snprintf(place, sizeof place, "cells/0/phases/%d/completed", i);
        assert_int_equal(json_int_at(result, place), lookups[i]);
        (void)snprintf(place, sizeof place, "cells/0/phases/%d/in_flight_peak",
                       i);
        assert_int_equal(json_int_at(result, place), peaks[i]);
    }
    json_decref(result);
}

static void a_key_that_is_not_there_is_refused_with_advice(void **state) {
    struct program *program = *state;
    static char *const commands[] = {"run", "check"};
    for (int i = 0; i < 2; i++) {
        program_run(program, commands[i], "-s", "pool.maks=3", "-s",
                    "load.steady.in_flight=3", "scenarios/tutorial.yaml", NULL);
        program_expect(program, 2);
        assert_int_equal(program->out.size, 0);
        program_expect_words(&program->err, "pool.maks");
        program_expect_words(&program->err, "did you mean");
        program_expect_words(&program->err, "steady");
    }
}

/* ---- Several -------------------------------------------------------------*/

static void the_worst_of_several_is_the_status(void **state) {
    struct program *program = *state;
    struct program_file fails = write_scenario(
        program, "fails.yaml", SMALL "expect:\n  - completed == 31\n");
    struct program_file undecided = write_scenario(
        program, "undecided.yaml", SMALL "expect:\n  - instructions < 5000\n");
    struct program_file passes = write_scenario(program, "passes.yaml", SMALL);
    struct program_file out = program_file(program, "out");
    program_run(program, "run", "-q", "-o", out.path, undecided.path,
                passes.path, NULL);
    program_expect(program, 4);
    program_run(program, "run", "-q", "-o", out.path, fails.path,
                undecided.path, passes.path, NULL);
    program_expect(program, 1);
    program_validate(program, "out/passes/result.json");
    (void)program_write(program, "in-the-way", "a file");
    struct program_file wrong = program_file(program, "in-the-way");
    program_run(program, "run", "-q", "-o", wrong.path, fails.path,
                undecided.path, NULL);
    program_expect(program, 3);
}

static void a_wrong_one_among_several_runs_none(void **state) {
    struct program *program = *state;
    struct program_file wrong =
        write_scenario(program, "wrong.yaml", "title: 3\n");
    struct program_file out = program_file(program, "out");
    program_run(program, "run", "-o", out.path, "scenarios/tutorial.yaml",
                "scenarios/nowhere.yaml", wrong.path, NULL);
    program_expect(program, 2);
    assert_int_equal(program->out.size, 0);
    assert_int_not_equal(access(out.path, F_OK), 0);
    program_expect_words(&program->err, "wrong.yaml:1:");
    program_expect_words(&program->err, "nowhere.yaml: No such file");
}

static void check_tells_of_all_and_leaves_nothing(void **state) {
    struct program *program = *state;
    struct program_file one = write_scenario(program, "one.yaml", "title: 3\n");
    struct program_file two = write_scenario(program, "two.yaml", "");
    struct program_file cache = program_file(program, "cache");
    assert_int_equal(setenv("PLUNGE_CACHE", cache.path, 1), 0);
    program_run(program, "check", one.path, "scenarios/tutorial.yaml", two.path,
                NULL);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    program_expect(program, 2);
    program_expect_words(&program->err, "one.yaml:1:");
    program_expect_words(&program->err, "two.yaml:1:1: ");
    program_expect_words(&program->out, "scenarios/tutorial.yaml: good");
    assert_null(strstr(program->out.bytes, "one.yaml"));
    assert_int_not_equal(access(cache.path, F_OK), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(quiet_prints_the_answers_alone),
        TEST(the_summary_is_what_the_folder_has),
        TEST(json_is_the_result_as_it_is_written),
        TEST(json_of_a_failed_run_is_a_result_too),
        TEST(reports_of_one_are_in_the_folder_itself),
        TEST(reports_go_to_their_name_unless_told),
        TEST(a_result_carries_its_scenario),
        TEST(a_swept_key_that_is_set_is_swept_no_more),
        TEST(a_phase_is_set_by_its_name_and_all_without),
        TEST(a_key_that_is_not_there_is_refused_with_advice),
        TEST(the_worst_of_several_is_the_status),
        TEST(a_wrong_one_among_several_runs_none),
        TEST(check_tells_of_all_and_leaves_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
