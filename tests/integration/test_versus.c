/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "run/plan.h"
#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* plunge run --vs PROGRAM: another build beside this one. */

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

#define SMALL                                                                  \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"

#define STEADY                                                                 \
    "title: Steady\n"                                                          \
    "database: {users: 1k}\n"                                                  \
    "pool: {min: 1, max: 1}\n"                                                 \
    "load:\n"                                                                  \
    "  - {phase: warm, in_flight: 10, for: 10ms, measure: no}\n"               \
    "  - {phase: steady, in_flight: 10, for: 1s}\n"

#define LONG                                                                   \
    "title: Long\n"                                                            \
    "database: {users: 1k}\n"                                                  \
    "load: {in_flight: 100, for: 100s}\n"

static struct program_file scenario(const struct program *program,
                                    const char *text) {
    (void)program_write(program, "scenario.yaml", text);
    return program_file(program, "scenario.yaml");
}

/* The program that these tests run, which is a build like any other. */
static const char *own_build(void) {
    static char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    assert_true(size > 0);
    path[size] = '\0';
    *strrchr(path, '/') = '\0';
    (void)snprintf(strrchr(path, '/'), 16, "/plunge");
    return path;
}

static const char *own_build_asked(void) {
    static char words[PATH_MAX + 32];
    (void)snprintf(words, sizeof words, "%s --cell-protocol", own_build());
    return words;
}

/* A program that answers as this build does, or says @answer instead, and runs
 * @cell where it is to run one. */
static struct program_file a_build(const struct program *program,
                                   const char *answer, const char *cell) {
    char script[2 * PATH_MAX];
    (void)snprintf(script, sizeof script,
                   "#!/bin/sh\n"
                   "if [ $1 = --cell-protocol ]; then\n"
                   "    %s %s\n"
                   "fi\n"
                   "%s\n",
                   answer == NULL ? "exec" : answer,
                   answer == NULL ? own_build_asked() : "", cell);
    struct program_file file = program_file(program, "other-build");
    (void)program_write(program, "other-build", script);
    assert_int_equal(chmod(file.path, 0755), 0);
    return file;
}

static bool has_result(const struct program *program) {
    return access(program_path(program, "result.json"), F_OK) == 0;
}

/* ---- Beside itself -------------------------------------------------------*/

static void what_is_counted_is_the_same_in_both(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--metrics", "errors,wrong", path.path, NULL);
    program_expect(program, 0);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    const json_t *comparison = json_at(result, "comparison");
    assert_string_equal(json_text_at(comparison, "answer"), "same");
    assert_string_equal(json_text_at(comparison, "base/path"), own_build());
    assert_string_equal(json_text_at(comparison, "base/version"),
                        json_text_at(comparison, "new/version"));
    assert_int_equal(json_array_size(json_at(comparison, "figures")), 2);
    json_decref(result);
}

static void cells_of_the_other_build_are_marked_and_not_judged(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL "blocks: 2\n");
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--metrics", "errors", path.path, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "cells")), 4);
    for (int i = 0; i < 4; i++) {
        char place[32];
        (void)snprintf(place, sizeof place, "cells/%d", i);
        const json_t *cell = json_at(result, place);
        assert_int_equal(json_int_at(cell, "block"), i / 2);
        assert_int_equal(json_is_true(json_at(cell, "reference")), i % 2);
        if (i % 2 == 0) {
            assert_true(json_is_null(json_at(cell, "build")));
        } else {
            assert_string_equal(json_text_at(cell, "build"), "other");
        }
    }
    json_decref(result);
    program_expect_words(&program->out, "dbpool (other build)");
}

/* One pair decides nothing, however far apart they are. */
static void turns_are_taken_and_compared(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, STEADY);
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--metrics", "throughput,cpu", path.path, NULL);
    program_expect(program, 4);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "slices")), 1);
    const json_t *slices = json_at(result, "slices/0");
    assert_string_equal(json_text_at(slices, "phase"), "steady");
    assert_string_equal(json_text_at(slices, "state"), "completed");
    assert_true(json_is_null(json_at(slices, "why")));
    assert_in_range(json_int_at(slices, "quadruples"), 1, 10);
    const json_t *comparison = json_at(result, "comparison");
    assert_string_equal(json_text_at(comparison, "method"), "paired slices");
    /* Of the other build nothing is asked by itself. */
    assert_int_equal(json_array_size(json_at(result, "cells")), 1);
    assert_true(json_is_null(json_at(result, "cells/0/build")));
    assert_string_equal(json_text_at(comparison, "answer"), "not decided");
    assert_int_equal(json_int_at(comparison, "figures/0/samples"), 1);
    json_decref(result);
    program_expect_words(&program->out, "not decided");
    program_run(program, "report", "--expect", "errors == 0", program->folder,
                NULL);
    program_expect(program, 4);
}

/* Its shell would be stopped, and its cell go on in both turns. */
static void a_script_that_only_starts_a_build_takes_no_turns(void **state) {
    struct program *program = *state;
    char cell[PATH_MAX + 32];
    (void)snprintf(cell, sizeof cell, "%s \"$@\"\nexit $?", own_build());
    struct program_file other = a_build(program, NULL, cell);
    struct program_file path = scenario(program, STEADY);
    program_run(program, "run", "-q", "-o", program->folder, "--vs", other.path,
                "--metrics", "throughput,cpu", path.path, NULL);
    program_expect(program, 4);
    json_t *result = program_json(program, "result.json");
    assert_non_null(strstr(json_text_at(result, "slices/0/why"),
                           "a script that runs plunge has to exec it"));
    assert_int_equal(json_int_at(result, "slices/0/quadruples"), 0);
    json_decref(result);
}

/* Where no pair is long enough for turns, throughput is one of the blocks. */
static void what_is_too_short_for_turns_is_compared_by_blocks(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    program_run(program, "run", "-q", "-o", program->folder, "--vs",
                own_build(), "--blocks", "2", "--metrics", "throughput",
                path.path, NULL);
    program_expect(program, 4);
    json_t *result = program_json(program, "result.json");
    const json_t *figure = json_at(result, "comparison/figures/0");
    assert_string_equal(json_text_at(figure, "metric"), "throughput");
    assert_int_equal(json_int_at(figure, "samples"), 2);
    json_decref(result);
}

static void what_cannot_be_had_is_not_decided(void **state) {
    struct program *program = *state;
    static const char *const texts[][2] = {
        {SMALL, "no such figure in turns: both were never in it"},
        {"title: Short\ndatabase: {users: 3}\n"
         "load: {in_flight: 3, for: 150ms}\n",
         "no such figure but in turns: no phase is a closed loop of 200 ms"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct program_file path = scenario(program, texts[i][0]);
        program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                    "--metrics", "cpu,errors", path.path, NULL);
        program_expect(program, 4);
        program_validate(program, "result.json");
        program_expect_words(&program->out, texts[i][1]);
    }
}

/* Counts are decided at the first look, which is after thirteen blocks. */
static void blocks_are_added_until_all_is_decided(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--metrics", "errors", "--for", "10m", path.path, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_array_size(json_at(result, "cells")), 2 * 13);
    json_decref(result);
}

static void a_failed_expectation_counts_all_the_same(void **state) {
    struct program *program = *state;
    struct program_file path =
        scenario(program, SMALL "expect:\n  - completed == 31\n");
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--metrics", "errors", path.path, NULL);
    program_expect(program, 1);
    program_expect_words(&program->out, "✘ completed == 31");
}

/* ---- Beside something else -----------------------------------------------*/

static void expect_refused(struct program *program, const char *other,
                           const char *words) {
    struct program_file path = scenario(program, SMALL);
    program_run(program, "run", "-o", program->folder, "--vs", other, path.path,
                NULL);
    program_expect(program, 2);
    program_expect_words(&program->err, words);
    program_expect_words(&program->err, other);
    assert_ptr_equal(strchr(program->err.bytes, '\n'),
                     program->err.bytes + program->err.size - 1);
    assert_false(has_result(program));
}

static void a_program_that_is_no_plunge_is_refused(void **state) {
    expect_refused(*state, "/bin/ls", "is not a plunge that knows of --vs");
}

static void a_program_that_is_not_there_is_refused(void **state) {
    expect_refused(*state, "/nowhere/plunge", "No such file or directory");
}

static void another_protocol_is_refused(void **state) {
    struct program *program = *state;
    struct program_file other = a_build(
        program, "echo 'plunge-cell 77 8'; echo '9.9.9 (release)'; exit", "");
    expect_refused(program, other.path,
                   "plunge 9.9.9, whose cells speak protocol 77/8");
}

static void a_build_that_crashes_is_an_error(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    struct program_file other = a_build(program, NULL, "kill -SEGV $$");
    program_run(program, "run", "-o", program->folder, "--vs", other.path,
                path.path, NULL);
    program_expect(program, 3);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "verdict"), "error");
    assert_string_equal(json_text_at(result, "cells/0/outcome/state"),
                        "completed");
    assert_string_equal(json_text_at(result, "cells/1/build"), "other");
    assert_string_equal(json_text_at(result, "cells/1/outcome/state"),
                        "crashed");
    assert_string_equal(json_text_at(result, "slices/0/state"), "crashed");
    assert_non_null(strstr(json_text_at(result, "slices/0/why"),
                           "the other build crashed"));
    json_decref(result);
}

/* Its cells complete, but what they read is not what is in the order. */
static void a_build_that_cannot_read_the_scenario_is_an_error(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    char cell[PATH_MAX + 64];
    (void)snprintf(cell, sizeof cell, "exec 3</dev/null; exec %s \"$@\"",
                   own_build());
    struct program_file other = a_build(program, NULL, cell);
    program_run(program, "run", "-o", program->folder, "--vs", other.path,
                path.path, NULL);
    program_expect(program, 3);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "verdict"), "error");
    json_decref(result);
}

/* ---- What does not go together -------------------------------------------*/

static void expect_wrong(struct program *program, const char *words) {
    program_expect(program, 2);
    program_expect_words(&program->err, words);
    assert_false(has_result(program));
}

static void options_about_it_are_refused_without_it(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    program_run(program, "run", "-o", program->folder, "--for", "1s", path.path,
                NULL);
    expect_wrong(program, "--for: is about --vs PROGRAM");
    program_run(program, "run", "-o", program->folder, "--metrics", "p99",
                path.path, NULL);
    expect_wrong(program, "--metrics: is about --vs PROGRAM");
}

static void wrong_values_say_what_is_right(void **state) {
    struct program *program = *state;
    struct program_file path = scenario(program, SMALL);
    static const char *const wrong[][3] = {
        {"--for", "soon", "--for soon: expected a time such as 30s"},
        {"--for", "0s", "--for 0s: expected a time such as 30s"},
        {"--tolerance", "2", "--tolerance 2: expected a share"},
        {"--metrics", "p99,speed",
         "--metrics speed: expected what is measured"},
        {"--metrics", "p99,max", "--metrics max: expected what is measured"},
        {"--metrics", "p99 in main", "--metrics p99 in main: expected what is"},
        {"--metrics", "", "--metrics '': expected what is measured"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                    wrong[i][0], wrong[i][1], path.path, NULL);
        expect_wrong(program, wrong[i][2]);
    }
}

static void what_another_build_does_not_change_is_refused(void **state) {
    struct program *program = *state;
    struct program_file path =
        scenario(program, "title: Mine\ndatabase: {users: 3}\n"
                          "pool: {subject: {command: [/bin/true]}}\n");
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                path.path, NULL);
    expect_wrong(program, "is the same beside either build");
    path = scenario(program, SMALL);
    if (!IS_SANITIZED) { /* else it is refused for that */
        program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                    "--under", "massif", path.path, NULL);
        expect_wrong(program, "--under and --vs: one after the other");
    }
    program_run(program, "run", "-o", program->folder, "--vs", own_build(),
                "--baseline", "/nowhere", path.path, NULL);
    expect_wrong(program, "--baseline and --vs: one after the other");
}

/* ---- Interrupts ----------------------------------------------------------*/

/* One with which the turns come first. */
static const char *turns_first(void) {
    static char text[32];
    struct arena *arena = arena_new();
    unsigned seed = 1;
    while (plan_order_of(3, seed, 0, arena)[0] != 2) {
        seed++;
    }
    arena_free(arena);
    (void)snprintf(text, sizeof text, "%u", seed);
    return text;
}

/* "4711 (plunge) T ..." */
static bool is_standing_still(long process) {
    char path[64];
    char name[64];
    char state = '?';
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        (void)fscanf(file, "%*d %63s %c", name, &state);
        (void)fclose(file);
    }
    return state == 'T';
}

static bool has_one_standing_still(const struct program *program) {
    char path[64];
    char text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children",
                   (int)program->pid, (int)program->pid);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        (void)fgets(text, sizeof text, file);
        (void)fclose(file);
    }
    char *rest = text;
    while (*rest != '\0') {
        char *end = rest;
        const long process = strtol(rest, &end, 10);
        if (end == rest) {
            return false;
        }
        if (is_standing_still(process)) {
            return true;
        }
        rest = end;
    }
    return false;
}

/* Returns while one of the two stands still. */
static void start_turns(struct program *program) {
    struct program_file path = scenario(program, LONG);
    const struct timespec pause = {.tv_nsec = 5000000};
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    program_start(program, "run", "-o", program->folder, "--seed",
                  turns_first(), "--vs", own_build(), path.path, NULL);
    while (!has_one_standing_still(program)) {
        (void)nanosleep(&pause, NULL);
    }
}

/* Those that nobody waited for would have come to us. */
static void expect_no_process(void) {
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void an_interrupt_keeps_what_there_is(void **state) {
    struct program *program = *state;
    start_turns(program);
    assert_int_equal(kill(program->pid, SIGINT), 0);
    program_wait(program);
    program_expect(program, 130);
    program_validate(program, "result.json");
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "verdict"), "partial");
    json_decref(result);
    expect_no_process();
}

/* Not even the one that stands still. A sanitizer's folder would, for there is
 * nobody left to remove it. */
#ifndef __SANITIZE_ADDRESS__
static void neither_outlives_its_supervisor(void **state) {
    struct program *program = *state;
    start_turns(program);
    assert_int_equal(kill(program->pid, SIGKILL), 0);
    program_wait(program);
    program_expect(program, 128 + SIGKILL);
    for (int i = 0; i < 2; i++) {
        int status = 0;
        assert_true(waitpid(-1, &status, 0) > 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    expect_no_process();
}
#endif

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_counted_is_the_same_in_both),
        TEST(cells_of_the_other_build_are_marked_and_not_judged),
        TEST(turns_are_taken_and_compared),
        TEST(a_script_that_only_starts_a_build_takes_no_turns),
        TEST(what_is_too_short_for_turns_is_compared_by_blocks),
        TEST(what_cannot_be_had_is_not_decided),
        TEST(blocks_are_added_until_all_is_decided),
        TEST(a_failed_expectation_counts_all_the_same),
        TEST(a_program_that_is_no_plunge_is_refused),
        TEST(a_program_that_is_not_there_is_refused),
        TEST(another_protocol_is_refused),
        TEST(a_build_that_crashes_is_an_error),
        TEST(a_build_that_cannot_read_the_scenario_is_an_error),
        TEST(options_about_it_are_refused_without_it),
        TEST(wrong_values_say_what_is_right),
        TEST(what_another_build_does_not_change_is_refused),
        TEST(an_interrupt_keeps_what_there_is),
#ifndef __SANITIZE_ADDRESS__
        TEST(neither_outlives_its_supervisor),
#endif
    };
    return SUITE_RUN(tests, argc, argv);
}
