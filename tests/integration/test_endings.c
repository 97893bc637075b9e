/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* How a run ends: its exit status, what it says, and what it leaves. */

#define SMALL                                                                  \
    "title: Small\n"                                                           \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 30}\n"

#define LONG                                                                   \
    "title: Long\n"                                                            \
    "database: {users: 1k}\n"                                                  \
    "load: {in_flight: 100, for: 100s}\n"

#define LONG_SHOWN                                                             \
    "title: Long\n"                                                            \
    "database: {users: 1k}\n"                                                  \
    "load: {in_flight: 100, for: 100s, show: answers}\n"

static void run_text(struct program *program, const char *text) {
    const char *path = program_write(program, "scenario.yaml", text);
    char *copy = strdup(path);
    program_run(program, "run", "-o", program->folder, copy, NULL);
    free(copy);
}

static const char *verdict_of(const json_t *result) {
    return json_string_value(json_object_get(result, "verdict"));
}

static const json_t *first_cell(const json_t *result) {
    return json_array_get(json_object_get(result, "cells"), 0);
}

static const char *state_of(const json_t *result) {
    return json_string_value(json_object_get(
        json_object_get(first_cell(result), "outcome"), "state"));
}

static void an_expectation_that_fails_is_1(void **state) {
    struct program *program = *state;
    run_text(program, SMALL "expect:\n  - completed == 31\n");
    program_expect(program, 1);
    program_expect_words(&program->out, "✘ completed == 31");
    json_t *result = program_json(program, "result.json");
    assert_string_equal(verdict_of(result), "fail");
    json_decref(result);
    program_validate(program, "result.json");
}

static void what_cannot_be_decided_is_4(void **state) {
    struct program *program = *state;
    run_text(program, SMALL "expect:\n  - instructions < 5000\n");
    program_expect(program, 4);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(verdict_of(result), "undecided");
    assert_true(json_is_null(json_object_get(
        json_array_get(json_object_get(result, "expectations"), 0), "held")));
    json_decref(result);
    program_validate(program, "result.json");
}

/* The implied expectation, too: nothing of it is written in the scenario. */
static void a_leak_that_nobody_expects_is_1(void **state) {
    struct program *program = *state;
    run_text(program, SMALL "pool: {shutdown: missing}\n"
                            "expect:\n  - left_behind == nothing\n");
    program_expect(program, 1);
    program_expect_words(&program->out, "1 pool, 3 threads");
}

static void a_wrong_scenario_is_2_and_nothing_runs(void **state) {
    struct program *program = *state;
    run_text(program, "title: Wrong\n"
                      "database: {users: many}\n"
                      "load: {in_flight: 3, lookups: 3, for: 1s}\n"
                      "pools: {max: 3}\n");
    program_expect(program, 2);
    assert_int_equal(program->out.size, 0);
    program_expect_words(&program->err, "scenario.yaml:2:19: database.users: ");
    program_expect_words(&program->err, "got \"many\"");
    program_expect_words(&program->err, "scenario.yaml:4:1: ");
    program_expect_words(&program->err, "did you mean");
    assert_int_not_equal(access(program_path(program, "result.json"), F_OK), 0);
}

static void one_wrong_scenario_keeps_all_from_running(void **state) {
    struct program *program = *state;
    char *path = strdup(program_write(program, "wrong.yaml", "title: 3\n"));
    program_run(program, "run", "-o", program->folder,
                "scenarios/tutorial.yaml", path, NULL);
    free(path);
    program_expect(program, 2);
    assert_int_equal(program->out.size, 0);
}

static void a_scenario_that_is_not_there_is_3(void **state) {
    struct program *program = *state;
    program_run(program, "run", "scenarios/nowhere.yaml", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err,
                         "scenarios/nowhere.yaml: No such file or directory");
    program_run(program, "check", "scenarios", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, "scenarios: Is a directory");
}

static void a_wrong_command_line_is_2(void **state) {
    struct program *program = *state;
    static char *const lines[][4] = {
        {"run", NULL},
        {"swim", NULL},
        {"run", "--nonsense", "scenarios/tutorial.yaml", NULL},
        {"run", "--seed=9007199254740992", "scenarios/tutorial.yaml", NULL},
        {"run", "--seed=-1", "scenarios/tutorial.yaml", NULL},
        {"run", "--blocks=0", "scenarios/tutorial.yaml", NULL},
        {"run", "-spool.max", "scenarios/tutorial.yaml", NULL},
        {"run", "-spool.maxx=3", "scenarios/tutorial.yaml", NULL},
        {"run", "-spool.max=many", "scenarios/tutorial.yaml", NULL},
        {"run", "--out=", "scenarios/tutorial.yaml", NULL},
        {"run", "scenarios/tutorial.yaml", "./scenarios/tutorial.yaml", NULL},
        {"check", NULL},
        {"report", NULL},
        {"report", "--format=nonsense", "reports/million.json", NULL},
        {"generate", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        program_run(program, lines[i][0], lines[i][1], lines[i][2], NULL);
        if (program->status != 2 || program->err.size == 0) {
            fail_msg("%s %s: %d %s", lines[i][0],
                     lines[i][1] == NULL ? "" : lines[i][1], program->status,
                     program->err.bytes);
        }
        assert_int_equal(program->out.size, 0);
    }
    program_run(program, "run", "--nonsense", NULL);
    program_expect_words(&program->err, "plunge: run: unrecognized option");
    program_run(program, NULL);
    program_expect(program, 2);
}

static void help_and_version_are_on_standard_output(void **state) {
    struct program *program = *state;
    static char *const lines[][2] = {
        {"--help", NULL},    {"--version", NULL},    {"run", "--help"},
        {"check", "--help"}, {"generate", "--help"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        program_run(program, lines[i][0], lines[i][1], NULL);
        program_expect(program, 0);
        assert_true(program->out.size > 0);
        assert_int_equal(program->err.size, 0);
    }
    program_run(program, "--version", NULL);
    program_expect_words(&program->out, "SQLite 3.");
    program_expect_words(&program->out, "libuv 1.");
}

static void reports_that_cannot_be_written_are_3(void **state) {
    struct program *program = *state;
    char *file = strdup(program_write(program, "a-file", "in the way"));
    program_run(program, "run", "-o", file, "scenarios/tutorial.yaml", NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, file);
    program_expect_words(&program->err, "name another with -o");
    assert_int_equal(program->out.size, 0); /* known before anything ran */
    free(file);
}

static void where_nothing_was_run_no_folder_is_left(void **state) {
    struct program *program = *state;
    const struct program_file out = program_file(program, "out");
    const struct program_file scenario = program_file(program, "missing.yaml");
    (void)program_write(program, "missing.yaml",
                        "title: Missing\n"
                        "database: {file: nowhere.db, query: SELECT ?, "
                        "keys: SELECT 1}\n"
                        "load: {in_flight: 1, lookups: 1}\n");
    program_run(program, "run", "-o", out.path, scenario.path, NULL);
    program_expect(program, 3);
    assert_int_equal(access(out.path, F_OK), -1);
    /* Who made it before has it still. */
    assert_int_equal(mkdir(out.path, 0777), 0);
    program_run(program, "run", "-o", out.path, scenario.path, NULL);
    program_expect(program, 3);
    assert_int_equal(access(out.path, F_OK), 0);
}

static void a_cache_that_cannot_be_written_is_3(void **state) {
    struct program *program = *state;
    char *file = strdup(program_write(program, "a-file", "in the way"));
    assert_int_equal(setenv("PLUNGE_CACHE", file, 1), 0);
    run_text(program, SMALL);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    program_expect(program, 3);
    program_expect_words(&program->err, file);
    free(file);
}

static void a_cell_over_its_time_limit_is_1(void **state) {
    struct program *program = *state;
    run_text(program, LONG "limits: {time: 300ms}\n");
    program_expect(program, 1);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(verdict_of(result), "fail");
    assert_string_equal(state_of(result), "over_limit");
    json_decref(result);
    program_validate(program, "result.json");
}

/* Of the warm-up cycle no answer is shown: there is one when the load runs. */
static void await_answer(const struct program *program) {
    struct pollfd out = {.fd = program->out_fd, .events = POLLIN};
    assert_int_equal(poll(&out, 1, -1), 1);
}

static void expect_interrupted(struct program *program, int signal_number) {
    char *path = strdup(program_write(program, "scenario.yaml", LONG_SHOWN));
    program_start(program, "run", "-o", program->folder, path, NULL);
    free(path);
    pid_t cell = program_cell(program);
    await_answer(program);
    assert_int_equal(kill(program->pid, signal_number), 0);
    program_wait(program);
    program_expect(program, 128 + signal_number);
    assert_int_not_equal(kill(cell, 0), 0);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(verdict_of(result), "partial");
    assert_string_equal(state_of(result), "interrupted");
    const json_t *phase =
        json_array_get(json_object_get(first_cell(result), "phases"), 0);
    assert_true(json_integer_value(json_object_get(phase, "submitted")) > 0);
    json_decref(result);
    program_validate(program, "result.json");
}

static void an_interrupt_writes_what_was_measured(void **state) {
    expect_interrupted(*state, SIGINT);
}

static void a_termination_does_so_too(void **state) {
    expect_interrupted(*state, SIGTERM);
}

static void a_cell_that_dies_is_3(void **state) {
    struct program *program = *state;
    char *path = strdup(program_write(program, "scenario.yaml", LONG));
    program_start(program, "run", "-o", program->folder, path, NULL);
    free(path);
    assert_int_equal(kill(program_cell(program), SIGKILL), 0);
    program_wait(program);
    program_expect(program, 3);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(verdict_of(result), "error");
    assert_string_equal(state_of(result), "crashed");
    assert_int_equal(
        json_integer_value(json_object_get(
            json_object_get(first_cell(result), "outcome"), "signal")),
        SIGKILL);
    json_decref(result);
    program_validate(program, "result.json");
}

/* Stopped: no answer comes any more, and nobody says why. */
static void a_cell_that_hangs_is_3(void **state) {
    struct program *program = *state;
    char *path = strdup(
        program_write(program, "scenario.yaml", LONG "limits: {stall: 1s}\n"));
    program_start(program, "run", "-o", program->folder, path, NULL);
    free(path);
    pid_t cell = program_cell(program);
    assert_int_equal(kill(cell, SIGSTOP), 0);
    program_wait(program);
    program_expect(program, 3);
    assert_int_not_equal(kill(cell, 0), 0);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(state_of(result), "hung");
    const json_t *findings = json_at(result, "cells/0/findings");
    assert_true(json_array_size(findings) >= 3); /* the loop's, two at least */
    assert_string_equal(json_text_at(result, "cells/0/findings/0/kind"),
                        "hang");
    assert_non_null(
        strstr(json_text_at(result, "cells/0/findings/0/text"), " is stopped"));
    json_decref(result);
}

/* The private folders in $TMPDIR, each made to look @age_s old. */
static int private_folders(time_t age_s) {
    const char *given = getenv("TMPDIR");
    const char *parent = given == NULL ? "/tmp" : given;
    const struct timespec then = {.tv_sec = time(NULL) - age_s};
    DIR *stream = opendir(parent);
    assert_non_null(stream);
    int count = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL;
         entry = readdir(stream)) {
        if (strncmp(entry->d_name, "plunge-", 7) == 0 &&
            strlen(entry->d_name) == strlen("plunge-XXXXXX")) {
            assert_int_equal(utimensat(dirfd(stream), entry->d_name,
                                       (struct timespec[]){then, then}, 0),
                             0);
            count++;
        }
    }
    assert_int_equal(closedir(stream), 0);
    return count;
}

/* The cell dies with its parent, however that dies, and the next run removes
 * what they had. */
static void no_cell_outlives_its_supervisor(void **state) {
    struct program *program = *state;
    char *path = strdup(program_write(program, "scenario.yaml", LONG));
    program_start(program, "run", "-o", program->folder, "-s",
                  "database.temporary=kept", path, NULL);
    pid_t cell = program_cell(program);
    assert_int_equal(kill(program->pid, SIGKILL), 0);
    program_wait(program); /* until nobody holds its outputs: the cell, too */
    assert_int_equal(program->status, 128 + SIGKILL);
    for (int i = 0; i < 2000 && kill(cell, 0) == 0; i++) {
        (void)usleep(1000); /* until whoever adopted it has reaped it */
    }
    assert_true(private_folders(3600) > 0);
    program_run(program, "run", "-o", program->folder, "-s",
                "database.temporary=kept", "-s", "load.for=10ms", path, NULL);
    free(path);
    assert_int_equal(private_folders(0), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_expectation_that_fails_is_1),
        TEST(what_cannot_be_decided_is_4),
        TEST(a_leak_that_nobody_expects_is_1),
        TEST(a_wrong_scenario_is_2_and_nothing_runs),
        TEST(one_wrong_scenario_keeps_all_from_running),
        TEST(a_scenario_that_is_not_there_is_3),
        TEST(a_wrong_command_line_is_2),
        TEST(help_and_version_are_on_standard_output),
        TEST(reports_that_cannot_be_written_are_3),
        TEST(where_nothing_was_run_no_folder_is_left),
        TEST(a_cache_that_cannot_be_written_is_3),
        TEST(a_cell_over_its_time_limit_is_1),
        TEST(an_interrupt_writes_what_was_measured),
        TEST(a_termination_does_so_too),
        TEST(a_cell_that_dies_is_3),
        TEST(a_cell_that_hangs_is_3),
        TEST(no_cell_outlives_its_supervisor),
    };
    return SUITE_RUN(tests, argc, argv);
}
