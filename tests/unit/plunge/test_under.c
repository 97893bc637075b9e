/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/under.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "cell/instrument.h"
#include "cell/scaling.h"
#include "cell/spawn.h"
#include "scenario/prediction.h"
#include "scenario/scenario.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct scenario_phase phases[2];
    struct scenario_settings settings;
    struct scenario_cell cells[2];
    struct scenario scenario;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){
        .arena = arena_new(),
        .phases = {{.name = "warm", .in_flight = 50, .for_ns = 100},
                   {.name = "steady", .in_flight = 10000, .lookups = 1000000}},
        .settings = {.pool = {.min = 3, .max = 5, .line = 7},
                     .phases_count = 2,
                     .cycles = 1,
                     .limits = {.time_ns = 60 * CLOCK_NS_PER_S,
                                .stall_ns = 10 * CLOCK_NS_PER_S}},
        .scenario = {.path = "x.yaml", .cells_count = 2},
    };
    f.settings.phases = f.phases;
    f.cells[0] = (struct scenario_cell){.settings = f.settings, .label = ""};
    f.cells[1] = f.cells[0];
    f.cells[1].reference = true;
    f.scenario.cells = f.cells;
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

/* ---- How the load becomes smaller ----------------------------------------*/

static void a_load_is_divided_and_its_limits_are_multiplied(void **state) {
    struct fixture *f = *state;
    struct scenario_settings *settings = &f->settings;
    f->phases[0].for_ns = 100 * CLOCK_NS_PER_S;
    settings->cycles = 1000;
    settings->limits.memory_bytes = 1 << 20;
    const char *words = scaling_apply(settings, 20, f->arena);
    assert_int_equal(settings->phases[0].in_flight, 50);
    assert_int_equal(settings->phases[0].for_ns, 5 * CLOCK_NS_PER_S);
    assert_int_equal(settings->phases[0].lookups, 0);
    assert_int_equal(settings->phases[1].in_flight, 500);
    assert_int_equal(settings->phases[1].lookups, 50000);
    assert_int_equal(settings->phases[1].for_ns, 0);
    assert_int_equal(settings->cycles, 50);
    assert_int_equal(settings->limits.time_ns, 1200 * CLOCK_NS_PER_S);
    assert_int_equal(settings->limits.stall_ns, 200 * CLOCK_NS_PER_S);
    assert_int_equal(settings->limits.memory_bytes, 0);
    assert_string_equal(words, "load.warm.for 100 s -> 5.00 s, "
                               "load.steady.in_flight 10,000 -> 500, "
                               "load.steady.lookups 1,000,000 -> 50,000, "
                               "cycles 1,000 -> 50");
    /* Cells may share their phases. */
    assert_int_equal(f->phases[1].in_flight, 10000);
}

/* An open loop keeps its form, and its room. */
static void a_rate_is_divided_with_the_times_of_its_shape(void **state) {
    struct fixture *f = *state;
    struct scenario_settings *settings = &f->settings;
    f->phases[0].for_ns = 100 * CLOCK_NS_PER_S;
    f->phases[0].in_flight = 10000;
    f->phases[0].rate = (struct scenario_rate){
        .kind = SCENARIO_RATE_SPIKE,
        .base_per_s = 50,
        .other_per_s = 50000,
        .at_ns = 40 * CLOCK_NS_PER_S,
        .length_ns = 20 * CLOCK_NS_PER_S - 20,
    };
    settings->phases_count = 1;
    const char *words = scaling_apply(settings, 20, f->arena);
    const struct scenario_phase *phase = &settings->phases[0];
    assert_int_equal(phase->in_flight, 10000);
    assert_int_equal(phase->rate.base_per_s, 50);
    assert_int_equal(phase->rate.other_per_s, 2500);
    assert_int_equal(phase->for_ns, 5 * CLOCK_NS_PER_S);
    assert_int_equal(phase->rate.at_ns, 2 * CLOCK_NS_PER_S);
    assert_int_equal(phase->rate.length_ns, CLOCK_NS_PER_S);
    assert_string_equal(words, "load.warm.rate 50,000/s -> 2,500/s, "
                               "load.warm.for 100 s -> 5.00 s");
}

static void what_is_small_stays_as_it_is(void **state) {
    struct fixture *f = *state;
    struct scenario_settings *settings = &f->settings;
    f->phases[1].in_flight = 100;
    f->phases[1].lookups = 1000;
    settings->cycles = 20;
    assert_null(scaling_apply(settings, 50, f->arena));
    assert_int_equal(settings->phases[0].in_flight, 50);
    assert_int_equal(settings->phases[0].for_ns, 100);
    assert_int_equal(settings->phases[1].in_flight, 100);
    assert_int_equal(settings->phases[1].lookups, 1000);
    assert_int_equal(settings->cycles, 20);
}

static void a_pool_has_as_many_threads_as_without(void **state) {
    struct fixture *f = *state;
    struct scenario_settings *settings = &f->settings;
    settings->pool.max = 1024;
    f->phases[1].in_flight = 10000000;
    f->phases[1].lookups = 1025;
    const uint64_t before = prediction_threads_per_cycle(settings);
    (void)scaling_apply(settings, 1000000, f->arena);
    assert_int_equal(prediction_threads_per_cycle(settings), before);
    assert_int_equal(settings->phases[1].in_flight, 1024);
}

static uint64_t exhausted_at(const struct scenario_settings *settings) {
    const struct prediction_basis basis = {.threads = 1};
    struct result_cycles cycles = {0};
    prediction_make(settings, &basis, &cycles);
    return cycles.predicted_cycle;
}

/* In which of them threads are exhausted is what is asked. */
static void cycles_that_leave_their_pool_stay(void **state) {
    struct fixture *f = *state;
    f->settings.cycles = 1000;
    f->settings.limits.threads = 64;
    f->settings.pool.shutdown = SCENARIO_MISSING;
    const uint64_t before = exhausted_at(&f->settings);
    assert_int_equal(before, 13);
    (void)scaling_apply(&f->settings, 50, f->arena);
    assert_int_equal(f->settings.cycles, 1000);
    assert_int_equal(exhausted_at(&f->settings), before);
    /* A reference is closed whatever the scenario says. */
    f->settings.pool.subject = SCENARIO_DIRECT;
    (void)scaling_apply(&f->settings, 50, f->arena);
    assert_int_equal(f->settings.cycles, 20);
}

static void a_limit_may_be_as_long_as_it_likes(void **state) {
    struct fixture *f = *state;
    f->settings.limits.time_ns = UINT64_MAX / 4;
    (void)scaling_apply(&f->settings, 50, f->arena);
    assert_int_equal(f->settings.limits.time_ns, UINT64_MAX / 4);
}

/* ---- Threads -------------------------------------------------------------*/

static void threads_are_counted_before_the_run(void **state) {
    struct fixture *f = *state;
    struct scenario_settings *settings = &f->settings;
    assert_int_equal(under_threads(settings), 6);
    settings->pool.shutdown = SCENARIO_MISSING;
    settings->cycles = 100;
    assert_int_equal(under_threads(settings), 501);
    settings->limits.threads = 64;
    assert_int_equal(under_threads(settings), 64);
    settings->limits.threads = 0;
    settings->cycles = UINT64_MAX;
    assert_true(under_threads(settings) > UNDER_THREADS_MAX);
    settings->pool.subject = SCENARIO_UVWORK;
    settings->pool.max = 1024;
    assert_int_equal(under_threads(settings), 1025);
}

static void too_many_threads_are_refused_with_a_way_out(void **state) {
    struct fixture *f = *state;
    const struct under_tool *tool = under_find("memcheck");
    struct under_plan plan;
    const char *problem = NULL;
    assert_int_equal(under_plan(tool, &f->scenario, f->arena, &plan, &problem),
                     0);
    assert_ptr_not_equal(plan.scenario, &f->scenario);
    assert_int_equal(plan.scenario->cells[1].settings.phases[1].lookups, 50000);
    assert_non_null(plan.scaling[1]);
    f->cells[1].settings.pool.shutdown = SCENARIO_MISSING;
    f->cells[1].settings.cycles = 1000;
    assert_int_equal(under_plan(tool, &f->scenario, f->arena, &plan, &problem),
                     -1);
    assert_non_null(strstr(problem, "x.yaml:7: would have 5,001 threads"));
    assert_non_null(strstr(problem, "2,000 under memcheck"));
    assert_non_null(strstr(problem, "-s limits.threads=2000"));
}

/* ---- What does not go with them ------------------------------------------*/

static void expect_refused(struct fixture *f, const char *words) {
    struct under_plan plan;
    const char *problem = NULL;
    assert_int_equal(
        under_plan(under_find("drd"), &f->scenario, f->arena, &plan, &problem),
        -1);
    if (strstr(problem, words) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", words, problem);
    }
}

static void limits_that_the_tool_would_change_are_refused(void **state) {
    struct fixture *f = *state;
    struct scenario_limits *limits = &f->cells[1].settings.limits;
    limits->line = 9;
    limits->threads = 64;
    limits->by = SCENARIO_BY_PIDS;
    f->cells[1].label = "limits.by=pids";
    expect_refused(f, "x.yaml:9: limits.by=pids --under drd: limits.by: pids: "
                      "not under valgrind");
    limits->by = SCENARIO_BY_BUDGET;
    limits->fds = 64;
    expect_refused(f, "limits.fds: not under valgrind");
}

static void a_command_is_refused(void **state) {
    struct fixture *f = *state;
    struct scenario_pool *pool = &f->cells[0].settings.pool;
    pool->subject = SCENARIO_COMMAND;
    pool->command.line = 5;
    expect_refused(f, "x.yaml:5: --under drd: pool.subject: ");
}

/* ---- The tools -----------------------------------------------------------*/

static void only_the_five_tools_are_there(void **state) {
    static const char *const names[] = {"memcheck", "helgrind", "drd", "massif",
                                        "callgrind"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(under_find(names[i])->name, names[i]);
        assert_non_null(strstr(under_names(), names[i]));
    }
    assert_null(under_find("cachegrind"));
    assert_null(under_find(""));
    assert_null(under_find("memchec"));
}

static void a_sanitizer_and_valgrind_do_not_go_together(void **state) {
    (void)state;
    const char *why = under_refuses(under_find("memcheck"));
    if (instrument_sanitizer() != NULL) {
        assert_non_null(strstr(why, "sanitizer"));
    } else {
        assert_null(why);
        assert_null(under_refuses(under_find("helgrind"))); /* a debug build */
    }
}

static void valgrind_is_found_as_a_shell_finds_it(void **state) {
    struct fixture *f = *state;
    char folder[] = "/tmp/plunge-under-XXXXXX";
    char path[128];
    const char *problem = NULL;
    const char *old = getenv("PATH");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(
        setenv("PATH", arena_format(f->arena, ":/no:%s", folder), 1), 0);
    assert_null(under_valgrind(f->arena, &problem));
    assert_non_null(strstr(problem, "install the package valgrind"));
    (void)snprintf(path, sizeof path, "%s/valgrind", folder);
    assert_int_equal(file_write(path, "", 0), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_null(under_valgrind(f->arena, &problem));
    assert_int_equal(chmod(path, 0700), 0);
    assert_string_equal(under_valgrind(f->arena, &problem), path);
    assert_int_equal(setenv("PATH", old == NULL ? "" : old, 1), 0);
    assert_int_equal(file_remove_tree(folder), 0);
}

/* ---- What the child is started with --------------------------------------*/

static bool has_word(char *const *words, const char *word) {
    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0) {
            return true;
        }
    }
    return false;
}

static void what_is_asked_of_memcheck_depends_on_the_shutdown(void **state) {
    struct fixture *f = *state;
    const struct cell_under under = {under_find("memcheck"),
                                     "/usr/bin/valgrind", NULL};
    struct instrument instrument = {
        .under = &under,
        .threads = 700,
        .arena = f->arena,
        .folder = "/tmp/100%p",
    };
    char *const *words = instrument_words(&instrument);
    assert_string_equal(words[0], "/usr/bin/valgrind");
    assert_true(has_word(words, "--tool=memcheck"));
    assert_true(has_word(words, "--command-line-only=yes"));
    assert_true(has_word(words, "--xml-file=/tmp/100%%p/findings.xml"));
    assert_true(has_word(words, "--max-threads=710"));
    assert_true(has_word(words, "--errors-for-leak-kinds="
                                "definite,indirect,possible"));
    instrument.open_pools = true;
    instrument.threads = 6;
    words = instrument_words(&instrument);
    assert_true(has_word(words, "--errors-for-leak-kinds=definite,indirect"));
    assert_true(has_word(words, "--max-threads=500"));
}

static void variables_come_behind_what_is_there(void **state) {
    struct fixture *f = *state;
    char *const environment[] = {"A=1", "ASAN_OPTIONS=x=1", "B=", NULL};
    char *const variables[] = {"ASAN_OPTIONS=y=2", "NEW=3", "B=4", NULL};
    char **copy = spawn_add_variables(environment, variables, f->arena);
    assert_string_equal(copy[0], "A=1");
    assert_string_equal(copy[1], "ASAN_OPTIONS=x=1:y=2");
    assert_string_equal(copy[2], "B=4");
    assert_string_equal(copy[3], "NEW=3");
    assert_null(copy[4]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_load_is_divided_and_its_limits_are_multiplied),
        TEST(a_rate_is_divided_with_the_times_of_its_shape),
        TEST(what_is_small_stays_as_it_is),
        TEST(a_pool_has_as_many_threads_as_without),
        TEST(cycles_that_leave_their_pool_stay),
        TEST(a_limit_may_be_as_long_as_it_likes),
        TEST(threads_are_counted_before_the_run),
        TEST(too_many_threads_are_refused_with_a_way_out),
        TEST(limits_that_the_tool_would_change_are_refused),
        TEST(a_command_is_refused),
        TEST(only_the_five_tools_are_there),
        TEST(a_sanitizer_and_valgrind_do_not_go_together),
        TEST(valgrind_is_found_as_a_shell_finds_it),
        TEST(what_is_asked_of_memcheck_depends_on_the_shutdown),
        TEST(variables_come_behind_what_is_there),
    };
    return SUITE_RUN(tests, argc, argv);
}
