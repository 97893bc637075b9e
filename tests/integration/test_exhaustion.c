/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/suite.h"

/* A pool that is never shut down exhausts threads, and the cycle is known
 * beforehand: here it is computed a third time, from the scenario's words. */

#define NOBODY 65534 /* who has no privilege to be refused less */

/* The main thread is there already; each cycle adds @per_cycle. */
static json_int_t exhausted_at(json_int_t limit, json_int_t per_cycle) {
    return (limit - 1) / per_cycle + 1;
}

static void expect_exhausted(const json_t *cell, json_int_t limit,
                             json_int_t at) {
    if (json_int_at(cell, "cycles/exhausted/at_cycle") != at ||
        json_int_at(cell, "cycles/predicted_cycle") != at ||
        json_int_at(cell, "cycles/completed") != at - 1) {
        fail_msg("of %d threads: predicted in cycle %d, exhausted in %d, %d "
                 "completed, expected %d",
                 (int)limit, (int)json_int_at(cell, "cycles/predicted_cycle"),
                 (int)json_int_at(cell, "cycles/exhausted/at_cycle"),
                 (int)json_int_at(cell, "cycles/completed"), (int)at);
    }
    assert_string_equal(json_text_at(cell, "outcome/state"), "completed");
    assert_string_equal(json_text_at(cell, "cycles/exhausted/resource"),
                        "threads");
    assert_string_equal(json_text_at(cell, "cycles/exhausted/mechanism"),
                        "budget");
    assert_string_equal(json_text_at(cell, "cycles/exhausted/error"),
                        "can't start new thread");
    assert_int_equal(json_int_at(cell, "cycles/exhausted/errno"), EAGAIN);
    assert_int_equal(json_int_at(cell, "cycles/exhausted/predicted_cycle"), at);
    assert_int_equal(json_int_at(cell, "phases/0/failed"), 1);
}

/* After each cycle its pool's threads are there beside those before, and after
 * the last all that the limit leaves room for. */
static void expect_staircase(const json_t *cell, json_int_t limit,
                             json_int_t per_cycle) {
    const json_t *steps = json_at(cell, "cycles/series");
    const json_int_t at = json_int_at(cell, "cycles/exhausted/at_cycle");
    size_t index;
    json_t *step;
    assert_int_equal(json_array_size(steps), at);
    json_array_foreach(steps, index, step) {
        const json_int_t cycle = json_int_at(step, "cycle");
        assert_int_equal(cycle, index + 1);
        assert_int_equal(json_int_at(step, "threads"),
                         cycle < at ? 1 + cycle * per_cycle : limit);
        assert_true(json_int_at(step, "rss_bytes") > 0);
    }
}

static void expect_held(const json_t *result, const char *text) {
    size_t index;
    json_t *line;
    json_array_foreach(json_at(result, "expectations"), index, line) {
        if (strcmp(json_text_at(line, "text"), text) == 0) {
            if (!json_is_true(json_at(line, "held"))) {
                fail_msg("%s: %s", text, json_text_at(line, "why"));
            }
            return;
        }
    }
    fail_msg("%s is not among the expectations", text);
}

/* The shipped scenario, to be taken away from json_decref(). */
static json_t *run_with_limit(struct program *program, int limit) {
    char setting[64];
    (void)snprintf(setting, sizeof setting, "limits.threads=%d", limit);
    program_run(program, "run", "-q", "-o", program->folder, "-s", setting,
                "scenarios/missing-shutdown.yaml", NULL);
    /* A slope needs two cycles that went through. */
    program_expect(program, exhausted_at(limit, 3) > 2 ? 0 : 4);
    json_t *result = program_json(program, "result.json");
    expect_exhausted(json_at(result, "cells/0"), limit, exhausted_at(limit, 3));
    expect_staircase(json_at(result, "cells/0"), limit, 3);
    expect_held(result, "exhausted == threads");
    expect_held(result, "exhausted_at == predicted");
    expect_held(result, "error == \"can't start new thread\"");
    /* All that the limit leaves room for, but for the main thread. */
    assert_int_equal(json_left(json_at(result, "cells/0"), "thread"),
                     limit - 1);
    assert_int_equal(json_left(json_at(result, "cells/0"), "pool"),
                     exhausted_at(limit, 3));
    return result;
}

static void every_limit_is_met_in_the_predicted_cycle(void **state) {
    struct program *program = *state;
    for (int limit = 4; limit <= 70; limit += limit < 16 ? 1 : 9) {
        json_decref(run_with_limit(program, limit));
    }
}

static void a_limit_too_small_for_one_pool_is_met_in_the_first(void **state) {
    struct program *program = *state;
    for (int limit = 2; limit <= 3; limit++) {
        json_t *result = run_with_limit(program, limit);
        assert_int_equal(
            json_int_at(result, "cells/0/cycles/exhausted/at_cycle"), 1);
        assert_int_equal(json_int_at(result, "cells/0/phases/0/submitted"), 1);
        json_decref(result);
    }
    program_validate(program, "result.json");
}

/* ---- Other pools ---------------------------------------------------------*/

#define SWEEP                                                                  \
    "title: Pools that are never shut down\n"                                  \
    "database: {users: 3}\n"                                                   \
    "pool: {min: %d, max: %d, shutdown: %s}\n"                                 \
    "load: {in_flight: 1, lookups: 1}\n"                                       \
    "cycles: 100\n"                                                            \
    "limits: {threads: 64}\n"                                                  \
    "sweep:\n"                                                                 \
    "  load.in_flight: [1, 2, 3, 4, 5, 6, 7, 8]\n"                             \
    "  load.lookups: [2, 20]\n"                                                \
    "  limits.threads: [2, 6, 31]\n"                                           \
    "expect:\n"                                                                \
    "  - exhausted == threads\n"                                               \
    "  - exhausted_at == predicted\n"

static json_int_t least(json_int_t one, json_int_t other) {
    return one < other ? one : other;
}

static void expect_of_cell(const json_t *cell, int min, int max) {
    json_int_t wanted = least(json_int_at(cell, "parameters/load.in_flight"),
                              json_int_at(cell, "parameters/load.lookups"));
    json_int_t threads = least(max, wanted < min ? min : wanted);
    json_int_t limit = json_int_at(cell, "parameters/limits.threads");
    expect_exhausted(cell, limit, exhausted_at(limit, threads));
    assert_int_equal(json_left(cell, "thread"), limit - 1);
}

static void expect_of_pool(struct program *program, int min, int max) {
    char text[1024];
    (void)snprintf(text, sizeof text, SWEEP, min, max, "missing");
    char *path = strdup(program_write(program, "sweep.yaml", text));
    program_run(program, "run", "-q", "-o", program->folder, path, NULL);
    free(path);
    program_expect(program, 0);
    json_t *result = program_json(program, "result.json");
    const json_t *cells = json_at(result, "cells");
    assert_int_equal(json_array_size(cells), 8 * 2 * 3);
    size_t index;
    json_t *cell;
    json_array_foreach(cells, index, cell) {
        expect_of_cell(cell, min, max);
    }
    json_decref(result);
}

static void threads_are_counted_for_pools_of_one_size(void **state) {
    expect_of_pool(*state, 1, 1);
    expect_of_pool(*state, 4, 4);
}

static void threads_are_counted_for_pools_that_grow(void **state) {
    expect_of_pool(*state, 1, 5);
    expect_of_pool(*state, 2, 3);
}

static void threads_are_counted_for_pools_larger_than_their_load(void **state) {
    expect_of_pool(*state, 6, 12);
}

/* ---- Nothing is exhausted ------------------------------------------------*/

#define TEXT                                                                   \
    "title: A pool, so many cycles, and a limit\n"                             \
    "database: {users: 3, temporary: removed}\n"                               \
    "pool: {min: 1, max: 5, shutdown: %s}\n"                                   \
    "load: {in_flight: 5, lookups: 20}\n"                                      \
    "cycles: %d\n"                                                             \
    "limits: {threads: %d}\n"                                                  \
    "expect:\n"                                                                \
    "  - exhausted_at == predicted\n"                                          \
    "%s"

struct plan {
    const char *shutdown;
    int cycles;
    int limit;
    const char *expect;
};

/* Its result, for json_decref(). */
static json_t *run_plan(struct program *program, const struct plan *plan,
                        int status) {
    char text[1024];
    (void)snprintf(text, sizeof text, TEXT, plan->shutdown, plan->cycles,
                   plan->limit, plan->expect);
    char *path = strdup(program_write(program, "plan.yaml", text));
    program_run(program, "run", "-q", "-o", program->folder, path, NULL);
    free(path);
    program_expect(program, status);
    json_t *result = program_json(program, "result.json");
    expect_held(result, "exhausted_at == predicted");
    return result;
}

static void expect_nothing_exhausted(const json_t *result, int cycles) {
    const json_t *cell = json_at(result, "cells/0");
    assert_true(json_is_null(json_at(cell, "cycles/exhausted")));
    assert_true(json_is_null(json_at(cell, "cycles/predicted_cycle")));
    assert_int_equal(json_int_at(cell, "cycles/completed"), cycles);
    expect_held(result, "exhausted == nothing");
}

static void a_limit_beyond_the_planned_cycles_is_never_met(void **state) {
    struct program *program = *state;
    static const struct plan plans[] = {
        {"missing", 20, 1000, "  - left_behind.pool == 20\n"},
        {"missing", 20, 101, "  - left_behind.thread == 100\n"},
        {"uncalled", 20, 101, "  - left_behind.thread == 100\n"},
    };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        json_t *result = run_plan(program, &plans[i], 0);
        expect_nothing_exhausted(result, 20);
        assert_int_equal(json_left(json_at(result, "cells/0"), "thread"), 100);
        json_decref(result);
    }
    program_validate(program, "result.json");
}

static void the_very_last_cycle_may_be_the_one(void **state) {
    struct program *program = *state;
    const struct plan plan = {"missing", 20, 100, "  - exhausted == threads\n"};
    json_t *result = run_plan(program, &plan, 0);
    expect_exhausted(json_at(result, "cells/0"), 100, 20);
    json_decref(result);
}

static void a_limit_that_one_pool_fits_in_is_never_met(void **state) {
    struct program *program = *state;
    static const char *const shutdowns[] = {"clean", "twice"};
    for (size_t i = 0; i < 2; i++) {
        const struct plan plan = {shutdowns[i], 200, 6, ""};
        json_t *result = run_plan(program, &plan, 0);
        expect_nothing_exhausted(result, 200);
        expect_held(result, "left_behind == nothing");
        assert_int_equal(json_int_at(result, "cells/0/resources/peak/threads"),
                         6);
        json_decref(result);
    }
}

/* The pool has some of its threads, or none, when one cannot be started: it
 * answers what it accepted, and closes clean. */
static void a_pool_that_does_not_fit_closes_clean(void **state) {
    struct program *program = *state;
    static const char *const shutdowns[] = {"clean", "twice"};
    for (int limit = 2; limit <= 5; limit++) {
        const struct plan plan = {shutdowns[limit % 2], 20, limit,
                                  "  - exhausted == threads\n"};
        json_t *result = run_plan(program, &plan, 0);
        const json_t *cell = json_at(result, "cells/0");
        expect_exhausted(cell, limit, 1);
        expect_held(result, "left_behind == nothing");
        assert_int_equal(json_left(cell, NULL), 0);
        assert_int_equal(json_int_at(cell, "phases/0/completed"), limit - 1);
        assert_int_equal(json_int_at(cell, "phases/0/submitted"), limit);
        json_decref(result);
    }
}

/* ---- Without privileges --------------------------------------------------*/

/* ci/test's folder is its owner's alone: one that anybody can reach. */
static int set_up_reachable(void **state) {
    (void)program_setup(state);
    struct program *program = *state;
    assert_int_equal(rmdir(program->folder), 0);
    (void)snprintf(program->folder, sizeof program->folder, "%s",
                   "/tmp/program-XXXXXX");
    assert_non_null(mkdtemp(program->folder));
    return 0;
}

static void limits_hold_for_root_and_for_nobody_alike(void **state) {
    struct program *program = *state;
    if (geteuid() != 0) {
        print_message("not root, so nobody else can be\n");
        skip();
    }
    assert_int_equal(chown(program->folder, NOBODY, NOBODY), 0);
    program->user = NOBODY;
    program_run(program, "--version", NULL);
    if (program->status != 0) {
        print_message("nobody may not run what was built here\n");
        skip();
    }
    for (int limit = 2; limit <= 66; limit += 8) {
        json_decref(run_with_limit(program, limit));
    }
    struct stat info;
    assert_int_equal(stat(program_path(program, "result.json"), &info), 0);
    assert_int_equal(info.st_uid, NOBODY);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_limit_is_met_in_the_predicted_cycle),
        TEST(a_limit_too_small_for_one_pool_is_met_in_the_first),
        TEST(threads_are_counted_for_pools_of_one_size),
        TEST(threads_are_counted_for_pools_that_grow),
        TEST(threads_are_counted_for_pools_larger_than_their_load),
        TEST(a_limit_beyond_the_planned_cycles_is_never_met),
        TEST(the_very_last_cycle_may_be_the_one),
        TEST(a_limit_that_one_pool_fits_in_is_never_met),
        TEST(a_pool_that_does_not_fit_closes_clean),
        cmocka_unit_test_setup_teardown(
            limits_hold_for_root_and_for_nobody_alike, set_up_reachable,
            program_teardown),
    };
    return SUITE_RUN(tests, argc, argv);
}
