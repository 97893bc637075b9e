/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* By every means that the machine offers: what was said beforehand is what
 * happens, and afterwards the program recovers. */

#define NOBODY 65534

/* Whether the machine has it; shows why not. */
static bool is_offered(struct program *program, const char *by) {
    char setting[64];
    (void)snprintf(setting, sizeof setting, "limits.by=%s", by);
    program_run(program, "run", "-q", "-o", program->folder, "-s", setting,
                "scenarios/missing-shutdown.yaml", NULL);
    if (program->status == 3) {
        program_expect_words(&program->err, "limits.by: ");
        print_message("%s", program->err.bytes);
        return false;
    }
    return true;
}

static void expect_recovered(const json_t *cell, json_int_t pools,
                             bool went_on) {
    const json_t *recovery = json_at(cell, "cycles/recovery");
    if (!json_is_true(json_at(recovery, "ok"))) {
        fail_msg("not recovered: %s", json_text_at(recovery, "why"));
    }
    assert_int_equal(json_int_at(recovery, "pools"), pools);
    assert_int_equal(json_int_at(recovery, "closed"), pools / 2);
    assert_int_equal(json_int_at(recovery, "left_behind"), 0);
    assert_true(went_on ? json_is_true(json_at(recovery, "went_on"))
                        : json_is_null(json_at(recovery, "went_on")));
}

/* Of a pool of three, under @limit, the main thread being one. */
static void expect_as_said(const json_t *cell, const char *by, int limit) {
    const json_t *predicted = json_at(cell, "cycles/predicted");
    const json_t *exhausted = json_at(cell, "cycles/exhausted");
    json_int_t pool = (limit - 1) / 3 + 1;
    json_int_t number = (limit - 1) % 3 + 1;
    assert_string_equal(json_text_at(predicted, "mechanism"), by);
    assert_string_equal(json_text_at(exhausted, "mechanism"), by);
    assert_int_equal(json_int_at(predicted, "base"), 1);
    assert_int_equal(json_int_at(predicted, "per_pool"), 3);
    assert_int_equal(json_int_at(predicted, "limit"), limit);
    assert_int_equal(json_int_at(predicted, "pool"), pool);
    assert_int_equal(json_int_at(predicted, "number"), number);
    assert_int_equal(json_int_at(exhausted, "at_cycle"), pool);
    assert_int_equal(json_int_at(exhausted, "number"), number);
    assert_int_equal(json_int_at(exhausted, "errno"), EAGAIN);
    assert_string_equal(json_text_at(exhausted, "error"),
                        "can't start new thread");
    assert_int_equal(json_left(cell, "thread"), limit - 1);
}

static void expect_of_means(struct program *program, const char *by,
                            bool went_on) {
    if (!is_offered(program, by)) {
        skip();
    }
    for (int limit = 8; limit <= 66; limit += 29) {
        char by_setting[64];
        char threads[64];
        (void)snprintf(by_setting, sizeof by_setting, "limits.by=%s", by);
        (void)snprintf(threads, sizeof threads, "limits.threads=%d", limit);
        program_run(program, "run", "-q", "-o", program->folder, "-s",
                    by_setting, "-s", threads,
                    "scenarios/missing-shutdown.yaml", NULL);
        program_expect(program, 0);
        json_t *result = program_json(program, "result.json");
        const json_t *cell = json_at(result, "cells/0");
        expect_as_said(cell, by, limit);
        expect_recovered(cell, (limit - 1) / 3 + 1, went_on);
        json_decref(result);
    }
    program_validate(program, "result.json");
}

static void the_budget_is_as_said(void **state) {
    expect_of_means(*state, "budget", true);
}

static void nproc_is_as_said(void **state) {
    expect_of_means(*state, "nproc", true);
}

static void pids_are_as_said(void **state) {
    expect_of_means(*state, "pids", true);
}

/* The filter can never be lifted: no new pool is tried. */
static void seccomp_is_as_said(void **state) {
    expect_of_means(*state, "seccomp", false);
}

/* ---- Closed again --------------------------------------------------------*/

/* One pool, and one that has no thread; or two thirds of one. */
static void the_smallest_limits_are_recovered_from(void **state) {
    struct program *program = *state;
    for (int limit = 2; limit <= 7; limit++) {
        char threads[64];
        (void)snprintf(threads, sizeof threads, "limits.threads=%d", limit);
        program_run(program, "run", "-q", "-o", program->folder, "-s", threads,
                    "scenarios/missing-shutdown.yaml", NULL);
        json_t *result = program_json(program, "result.json");
        json_int_t pools = (limit - 1) / 3 + 1;
        expect_recovered(json_at(result, "cells/0"), pools, pools > 1);
        json_decref(result);
    }
}

static void who_is_exhausted_by_the_tutorials_bug_recovers(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "-o", program->folder, "-s",
                "pool.shutdown=uncalled", "scenarios/missing-shutdown.yaml",
                NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    expect_recovered(json_at(result, "cells/0"), 22, true);
    json_decref(result);
}

/* ---- Descriptors ---------------------------------------------------------*/

#define FDS "scenarios/missing-shutdown-descriptors.yaml"

/* The base is measured; what a pool holds is known here, for this database. */
static void expect_fds(const json_t *cell, int limit) {
    const json_t *predicted = json_at(cell, "cycles/predicted");
    const json_t *exhausted = json_at(cell, "cycles/exhausted");
    json_int_t base = json_int_at(cell, "resources/before/fds");
    json_int_t pool = (limit - base - 1) / 2 + 1;
    assert_int_equal(json_int_at(predicted, "base"), base);
    assert_int_equal(json_int_at(predicted, "shared"), 1);
    assert_int_equal(json_int_at(predicted, "per_pool"), 2);
    assert_int_equal(json_int_at(predicted, "pool"), pool);
    assert_int_equal(json_int_at(predicted, "number"),
                     (limit - base - 1) % 2 + 1);
    assert_int_equal(json_int_at(exhausted, "at_cycle"), pool);
    assert_int_equal(json_int_at(exhausted, "number"),
                     (limit - base - 1) % 2 + 1);
    assert_string_equal(json_text_at(exhausted, "resource"), "fds");
    assert_string_equal(json_text_at(exhausted, "mechanism"), "rlimit");
    assert_int_equal(json_int_at(exhausted, "errno"), EMFILE);
    const char *error = json_text_at(exhausted, "error");
    if (strstr(error, "unable to open database file") == NULL) {
        fail_msg("the user reads: %s", error);
    }
    assert_int_equal(json_int_at(cell, "cycles/completed"), pool - 1);
    expect_recovered(cell, pool, true);
}

static void descriptors_are_exhausted_as_said(void **state) {
    struct program *program = *state;
    for (int limit = 16; limit <= 100; limit += limit < 24 ? 1 : 19) {
        char setting[64];
        (void)snprintf(setting, sizeof setting, "limits.fds=%d", limit);
        program_run(program, "run", "-q", "-o", program->folder, "-s", setting,
                    FDS, NULL);
        json_t *result = program_json(program, "result.json");
        expect_fds(json_at(result, "cells/0"), limit);
        json_decref(result);
    }
    program_validate(program, "result.json");
}

/* How many of the threads open a connection is not known, but that they run
 * out in the end is. */
static void pools_of_several_threads_run_out_of_descriptors_too(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "-o", program->folder, "-s", "pool.max=4",
                "-s", "load.in_flight=4", "-s", "load.lookups=40", "-s",
                "expect=[exhausted == fds]", FDS, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *cell = json_at(result, "cells/0");
    assert_true(json_is_null(json_at(cell, "cycles/predicted")));
    assert_int_equal(json_int_at(cell, "cycles/exhausted/errno"), EMFILE);
    assert_true(json_is_true(json_at(cell, "cycles/recovery/ok")));
    json_decref(result);
}

static void closed_pools_never_run_out_of_descriptors(void **state) {
    struct program *program = *state;
    program_run(program, "run", "-q", "-o", program->folder, "-s",
                "pool.shutdown=clean", "-s", "cycles=200", "-s",
                "limits.fds=16", "-s",
                "expect=[exhausted_at == predicted, left_behind == nothing]",
                FDS, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    assert_int_equal(json_int_at(result, "cells/0/cycles/completed"), 200);
    json_decref(result);
}

/* ---- Said ----------------------------------------------------------------*/

/* All of its descriptors are a terminal then. */
static void on_a_terminal_it_is_said_before_it_happens(void **state) {
    struct program *program = *state;
    static char *const terminal[] = {
        "/usr/bin/python3", "-c",
        "import os, pty, sys\n"
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
        NULL};
    program->under = terminal;
    program_run(program, "run", "--no-color", "-o", program->folder,
                "scenarios/missing-shutdown.yaml", NULL);
    program_expect(program, 0);
    const char *said = strstr(program->out.bytes,
                              "dbpool: will fail at cycle 22: pool 22, its 1st "
                              "thread (limit 64, 1 held at the start, 3 a "
                              "pool)");
    const char *happened =
        strstr(program->out.bytes, "threads in cycle 22 of 1,000");
    assert_non_null(said);
    assert_non_null(happened);
    assert_true(said < happened);
    assert_non_null(strstr(happened, "said before: will fail at cycle 22"));
    assert_non_null(strstr(happened, "recovered: 11 of 22 pools closed"));
}

/* ---- Memory --------------------------------------------------------------*/

/* Held by who looks on, so no cell ends by itself for want of it. */
static void a_cell_over_its_memory_fails(void **state) {
    struct program *program = *state;
    static const struct {
        const char *limit;
        int status;
        const char *state;
    } rows[] = {{"limits.memory=1MiB", 1, "over_limit"},
                {"limits.memory=16GiB", 0, "completed"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        program_run(program, "run", "-q", "-o", program->folder, "-s",
                    rows[i].limit, "scenarios/tutorial.yaml", NULL);
        program_expect(program, rows[i].status);
        json_t *result = program_json(program, "result.json");
        assert_string_equal(json_text_at(result, "cells/0/outcome/state"),
                            rows[i].state);
        json_decref(result);
    }
}

/* ---- Without privileges --------------------------------------------------*/

/* ci/test's folder is its owner's alone: one that anybody can reach. */
static int set_up_as_nobody(void **state) {
    (void)program_setup(state);
    struct program *program = *state;
    assert_int_equal(rmdir(program->folder), 0);
    (void)snprintf(program->folder, sizeof program->folder, "%s",
                   "/tmp/program-XXXXXX");
    assert_non_null(mkdtemp(program->folder));
    if (geteuid() == 0) {
        assert_int_equal(chown(program->folder, NOBODY, NOBODY), 0);
        program->user = NOBODY;
    }
    /* Where coverage is measured nobody may not write its files elsewhere. */
    assert_int_equal(setenv("GCOV_PREFIX", program->folder, 1), 0);
    return 0;
}

static int tear_down_as_nobody(void **state) {
    assert_int_equal(unsetenv("GCOV_PREFIX"), 0);
    return program_teardown(state);
}

/* In one line, and nothing is measured. */
static void what_is_not_offered_is_told_before_anything_runs(void **state) {
    struct program *program = *state;
    program_run(program, "--version", NULL);
    if (program->status != 0) {
        print_message("nobody may not run what was built here\n");
        skip();
    }
    program_run(program, "run", "-o", program->folder, "-s", "limits.by=nproc",
                "scenarios/missing-shutdown.yaml", NULL);
    program_expect(program, 3);
    assert_string_equal(program->err.bytes,
                        "plunge: scenarios/missing-shutdown.yaml: limits.by: "
                        "nproc needs root: it takes a user id that no process "
                        "has\n");
    assert_string_equal(program->out.bytes, "");
    assert_int_equal(access(program_path(program, "result.json"), F_OK), -1);
}

static void nobody_runs_out_by_budget_filter_and_descriptors(void **state) {
    struct program *program = *state;
    program_run(program, "--version", NULL);
    if (program->status != 0) {
        print_message("nobody may not run what was built here\n");
        skip();
    }
    static const char *const means[] = {"budget", "seccomp"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(is_offered(program, means[i]));
        program_expect(program, 0);
        json_t *result = program_json(program, "result.json");
        expect_as_said(json_at(result, "cells/0"), means[i], 64);
        expect_recovered(json_at(result, "cells/0"), 22, i == 0);
        json_decref(result);
    }
    program_run(program, "run", "-q", "-o", program->folder, FDS, NULL);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    expect_fds(json_at(result, "cells/0"), 64);
    json_decref(result);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)
#define TEST_AS_NOBODY(name)                                                   \
    cmocka_unit_test_setup_teardown(name, set_up_as_nobody, tear_down_as_nobody)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_budget_is_as_said),
        TEST(nproc_is_as_said),
        TEST(pids_are_as_said),
        TEST(seccomp_is_as_said),
        TEST(the_smallest_limits_are_recovered_from),
        TEST(who_is_exhausted_by_the_tutorials_bug_recovers),
        TEST(descriptors_are_exhausted_as_said),
        TEST(pools_of_several_threads_run_out_of_descriptors_too),
        TEST(closed_pools_never_run_out_of_descriptors),
        TEST(on_a_terminal_it_is_said_before_it_happens),
        TEST(a_cell_over_its_memory_fails),
        TEST_AS_NOBODY(what_is_not_offered_is_told_before_anything_runs),
        TEST_AS_NOBODY(nobody_runs_out_by_budget_filter_and_descriptors),
    };
    return SUITE_RUN(tests, argc, argv);
}
