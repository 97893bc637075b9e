/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <math.h>
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "plant/plant.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "selftest/defect.h"
#include "selftest/trial.h"
#include "support/suite.h"

/* What a result says of a defect. */

struct fixture {
    struct arena *arena;
    struct result result;
    struct result_cell cell;
    struct result_leftover leftovers[4];
    struct result_slope slopes[2];
    struct result_phase phases[2];
    struct trial trial;
};

static int set_up(void **state) {
    static struct fixture f;
    f = (struct fixture){.arena = arena_new()};
    result_cell_init(&f.cell);
    f.result.cells = &f.cell;
    f.result.cells_count = 1;
    f.result.verdict = RESULT_FAIL;
    f.cell.leftovers = f.leftovers;
    f.cell.slopes = f.slopes;
    f.cell.phases = f.phases;
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static const struct defect *find(const char *name) {
    for (size_t i = 0; i < defects_count; i++) {
        if (strcmp(defects[i].name, name) == 0) {
            return &defects[i];
        }
    }
    fail_msg("no defect %s", name);
    return NULL;
}

static const struct trial *examine(struct fixture *f, const char *name) {
    f->trial = (struct trial){.state = TRIAL_DONE};
    trial_examine(find(name), &f->result, true, f->arena, &f->trial);
    return &f->trial;
}

static struct result_leftover *leave(struct fixture *f, enum result_kind kind,
                                     const char *stack) {
    struct result_leftover *leftover = &f->leftovers[f->cell.leftovers_count++];
    *leftover = (struct result_leftover){.kind = kind,
                                         .identity = "a thing",
                                         .cycle = 3,
                                         .count = 1,
                                         .stack = stack};
    return leftover;
}

static const char *stack_of(struct fixture *f, const char *name) {
    return arena_format(f->arena, "open\nplant %s\nmain main.c:3",
                        defect_site(find(name), f->arena));
}

/* ---- Leftovers -----------------------------------------------------------*/

static void kind_and_line_and_cycle_make_it_caught(void **state) {
    struct fixture *f = *state;
    (void)leave(f, RESULT_FD, stack_of(f, "fd"));
    const struct trial *trial = examine(f, "fd");
    assert_true(trial->caught && trial->kind_right && trial->site_right);
    assert_non_null(strstr(trial->site, "plant bench/plant/leftovers.c:"));
    assert_null(strchr(trial->site, '\n'));
}

static void another_kind_is_not_it(void **state) {
    struct fixture *f = *state;
    (void)leave(f, RESULT_SOCKET, stack_of(f, "fd"));
    const struct trial *trial = examine(f, "fd");
    assert_true(trial->caught);
    assert_false(trial->kind_right);
    assert_false(trial->site_right);
}

static void something_beside_it_is_a_wrong_kind(void **state) {
    struct fixture *f = *state;
    (void)leave(f, RESULT_FD, stack_of(f, "fd"));
    (void)leave(f, RESULT_THREAD, NULL);
    assert_false(examine(f, "fd")->kind_right);
    /* What a pool that is left has is no news. */
    f->cell.leftovers_count = 0;
    leave(f, RESULT_POOL, NULL)->site = defect_site(find("pool"), f->arena);
    (void)leave(f, RESULT_HANDLE, NULL);
    assert_true(examine(f, "pool")->kind_right);
    assert_true(f->trial.site_right);
}

static void what_was_only_late_is_not_there(void **state) {
    struct fixture *f = *state;
    leave(f, RESULT_FD, stack_of(f, "fd"))->late_ms = 3;
    assert_false(examine(f, "fd")->kind_right);
}

static void another_line_or_cycle_is_a_wrong_site(void **state) {
    struct fixture *f = *state;
    struct result_leftover *left = leave(f, RESULT_FD, "plant plant.c:1");
    assert_true(examine(f, "fd")->kind_right);
    assert_false(f->trial.site_right);
    left->stack = stack_of(f, "fd");
    left->cycle = 2;
    assert_false(examine(f, "fd")->site_right);
    left->cycle = 0; /* not known */
    assert_false(examine(f, "fd")->site_right);
    left->cycle = 3;
    assert_true(examine(f, "fd")->site_right);
}

static void without_names_of_lines_a_site_is_not_judged(void **state) {
    struct fixture *f = *state;
    (void)leave(f, RESULT_FD, "plunge+0x4711");
    trial_examine(find("fd"), &f->result, false, f->arena, &f->trial);
    assert_true(f->trial.kind_right);
    assert_false(f->trial.site_judged);
}

static void a_run_that_passes_has_caught_nothing(void **state) {
    struct fixture *f = *state;
    static const enum result_verdict silent[] = {RESULT_PASS, RESULT_UNDECIDED,
                                                 RESULT_PARTIAL};
    for (size_t i = 0; i < 3; i++) {
        f->result.verdict = silent[i];
        assert_false(examine(f, "fd")->caught);
    }
}

static void
a_slow_leak_is_a_metric_that_leaks_from_the_right_cycle(void **state) {
    struct fixture *f = *state;
    (void)leave(f, RESULT_FD, stack_of(f, "fd-per-hundred"));
    assert_false(examine(f, "fd-per-hundred")->kind_right);
    f->slopes[0] = (struct result_slope){
        .metric = "fds", .per_cycle = 0.01, .verdict = "leak"};
    f->cell.slopes_count = 1;
    assert_false(examine(f, "fd-per-hundred")->kind_right);
    f->slopes[0].first_cycle = 100;
    assert_true(examine(f, "fd-per-hundred")->kind_right);
    f->slopes[0].verdict = "undecided";
    assert_false(examine(f, "fd-per-hundred")->kind_right);
}

/* ---- Other signs ---------------------------------------------------------*/

static void an_ending_has_a_state_a_signal_words_and_a_cycle(void **state) {
    struct fixture *f = *state;
    f->result.verdict = RESULT_ERROR;
    f->cell.outcome = (struct result_outcome){
        .state = RESULT_CRASHED,
        .signal = SIGSEGV,
        .detail = "ended by signal 11 (Segmentation fault)"};
    f->cell.cycles.completed = 2;
    const struct trial *trial = examine(f, "crash");
    assert_true(trial->caught && trial->kind_right && trial->site_right);
    f->cell.outcome.signal = SIGABRT;
    assert_false(examine(f, "crash")->kind_right);
    f->cell.cycles.completed = 3;
    assert_false(examine(f, "crash")->site_right);
    assert_false(examine(f, "hang")->kind_right);
    assert_false(examine(f, "answered-twice")->kind_right);
}

static void a_wrong_answer_is_one_and_in_its_phase(void **state) {
    struct fixture *f = *state;
    f->cell.phases_count = 2;
    f->phases[0] = (struct result_phase){.name = "first", .wrong = 1};
    f->phases[1] = (struct result_phase){.name = "second"};
    assert_true(examine(f, "answered-wrongly")->kind_right);
    assert_true(f->trial.site_right);
    f->phases[1].wrong = 1;
    assert_false(examine(f, "answered-wrongly")->kind_right);
    f->phases[0].wrong = 0;
    assert_true(examine(f, "answered-wrongly")->kind_right);
    assert_false(f->trial.site_right);
}

static void times_differ_when_all_pairs_do(void **state) {
    struct trial_times pairs[] = {{1, 2}, {5, 5.1}, {3, 9}};
    (void)state;
    assert_true(trial_times_differ(pairs, 3));
    pairs[1].planted = 5;
    assert_false(trial_times_differ(pairs, 3));
    assert_false(trial_times_differ(pairs, 0));
}

/* ---- Silence -------------------------------------------------------------*/

static uint32_t alarms(struct fixture *f) {
    f->trial = (struct trial){.state = TRIAL_DONE};
    trial_examine_clean(&f->result, &f->trial);
    return f->trial.alarms;
}

static void nothing_said_is_no_alarm(void **state) {
    struct fixture *f = *state;
    f->result.verdict = RESULT_PASS;
    f->slopes[0] = (struct result_slope){
        .metric = "fds", .verdict = "clean", .confidence = 1};
    f->slopes[1] = (struct result_slope){
        .metric = "rss", .verdict = "undecided", .confidence = 0.999};
    f->cell.slopes_count = 2;
    assert_int_equal(alarms(f), 0);
}

static void each_thing_said_is_an_alarm_of_its_own(void **state) {
    struct fixture *f = *state;
    f->result.verdict = RESULT_PASS;
    (void)leave(f, RESULT_SHM, NULL);
    assert_int_equal(alarms(f), 1u << RESULT_SHM);
    f->cell.leftovers_count = 0;
    f->slopes[0] = (struct result_slope){
        .metric = "fds", .verdict = "undecided", .confidence = 1};
    f->cell.slopes_count = 1;
    assert_int_equal(alarms(f), 1u << TRIAL_ALARM_LEAK);
    f->cell.slopes_count = 0;
    f->cell.outcome.state = RESULT_HUNG;
    assert_int_equal(alarms(f), 1u << TRIAL_ALARM_ENDED);
    f->cell.outcome.state = RESULT_COMPLETED;
    f->cell.ledger_disputed = "two observers";
    assert_int_equal(alarms(f), 1u << TRIAL_ALARM_OTHER);
    f->cell.ledger_disputed = NULL;
    f->result.verdict = RESULT_UNDECIDED;
    assert_int_equal(alarms(f), 1u << TRIAL_ALARM_OTHER);
}

/* ---- The table -----------------------------------------------------------*/

static void every_defect_can_be_planted_and_has_a_scenario(void **state) {
    struct fixture *f = *state;
    unsigned kinds = 0;
    for (size_t i = 0; i < defects_count; i++) {
        const struct defect *defect = &defects[i];
        const struct scenario_source source = {
            .path = defect_path(defect->name, f->arena),
            .text = arena_format(f->arena, "title: %s\n%s", defect->title,
                                 defect->text),
        };
        struct problems problems = {0};
        struct scenario *scenario = NULL;
        int error_number = 0;
        assert_int_equal(scenario_read(&source, f->arena, &scenario, &problems,
                                       &error_number),
                         SCENARIO_OK);
        assert_non_null(plant_find(defect->plant));
        assert_true(defect->repeats > 0);
        kinds |= defect->sign == DEFECT_LEFT ? 1u << defect->kind : 0;
    }
    /* One of every kind. */
    assert_int_equal(kinds, (1u << RESULT_KINDS_COUNT) - 1);
    assert_null(plant_find("no such defect"));
}

static void clean_subjects_have_scenarios_too(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < cleans_count; i++) {
        const struct scenario_source source = {
            .path = "selftest/clean.yaml",
            .text = arena_format(f->arena, "title: %s\n%s", cleans[i].name,
                                 cleans[i].text),
        };
        struct problems problems = {0};
        struct scenario *scenario = NULL;
        int error_number = 0;
        assert_int_equal(scenario_read(&source, f->arena, &scenario, &problems,
                                       &error_number),
                         SCENARIO_OK);
        assert_true(cleans[i].plant == NULL ||
                    plant_find(cleans[i].plant) != NULL);
    }
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(kind_and_line_and_cycle_make_it_caught),
        TEST(another_kind_is_not_it),
        TEST(something_beside_it_is_a_wrong_kind),
        TEST(what_was_only_late_is_not_there),
        TEST(another_line_or_cycle_is_a_wrong_site),
        TEST(without_names_of_lines_a_site_is_not_judged),
        TEST(a_run_that_passes_has_caught_nothing),
        TEST(a_slow_leak_is_a_metric_that_leaks_from_the_right_cycle),
        TEST(an_ending_has_a_state_a_signal_words_and_a_cycle),
        TEST(a_wrong_answer_is_one_and_in_its_phase),
        TEST(times_differ_when_all_pairs_do),
        TEST(nothing_said_is_no_alarm),
        TEST(each_thing_said_is_an_alarm_of_its_own),
        TEST(every_defect_can_be_planted_and_has_a_scenario),
        TEST(clean_subjects_have_scenarios_too),
    };
    return SUITE_RUN(tests, argc, argv);
}
