/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/spent.h"

#include <math.h>

#include "base/result.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* What a lookup costs: what the process spent in measured phases, by the
 * lookups that were answered in them. */

static const struct load_spent nothing;

static void what_is_spent_is_added_up(void **state) {
    (void)state;
    struct load_spent sum = nothing;
    spent_add(&sum, &(struct load_spent){100, 10, 20, 30},
              &(struct load_spent){1100, 15, 22, 31});
    spent_add(&sum, &(struct load_spent){2000, 50, 30, 40},
              &(struct load_spent){2500, 55, 32, 44});
    struct result_cost cost = spent_per_lookup(&sum, 10);
    assert_true(cost.instructions == 150.0);
    assert_true(cost.allocations == 1.0);
    assert_true(cost.syscalls == 0.4);
    assert_true(cost.context_switches == 0.5);
}

static void what_nobody_counts_is_not_known(void **state) {
    (void)state;
    struct load_spent sum = nothing;
    spent_add(&sum, &(struct load_spent){RESULT_UNKNOWN, 0, 7, 0},
              &(struct load_spent){5, RESULT_UNKNOWN, 6, 1});
    spent_add(&sum, &nothing, &(struct load_spent){1, 1, 1, 1});
    struct result_cost cost = spent_per_lookup(&sum, 2);
    assert_true(isnan(cost.instructions));
    assert_true(isnan(cost.allocations));
    assert_true(isnan(cost.syscalls)); /* it went back */
    assert_true(cost.context_switches == 1.0);
}

static void without_a_lookup_nothing_is_known(void **state) {
    (void)state;
    struct result_cost cost =
        spent_per_lookup(&(struct load_spent){1, 2, 3, 4}, 0);
    assert_true(isnan(cost.instructions));
    assert_true(isnan(cost.context_switches));
}

/* ---- Of a load -----------------------------------------------------------*/

/* A process that spends 1,000 instructions while it is measured, and more while
 * it is not. */
static uint64_t spent_so_far;
static unsigned asked;

static void pretend_to_spend(bool begins, struct load_spent *spent_out) {
    assert_int_equal(begins, asked % 2 == 0);
    asked++;
    spent_so_far += begins ? 70000 : 1000;
    *spent_out = (struct load_spent){
        .instructions = spent_so_far,
        .allocations = RESULT_UNKNOWN,
    };
}

static void run_cycles(struct load_fixture *f, enum scenario_subject subject) {
    asked = 0;
    f->spent = pretend_to_spend;
    f->settings.pool.subject = subject;
    f->settings.phases_count = 3;
    f->settings.cycles = 2;
    f->phases[1] = f->phases[0];
    f->phases[2] = f->phases[0];
    f->phases[1].name = "aside";
    f->phases[1].measure = false;
    f->phases[2].name = "again";
    load_fixture_make_database(f);
    load_fixture_start(f, NULL);
    load_warm_up(f->load, &f->outcome);
    assert_int_equal(asked, 0);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(load_fixture_cycle(f, 2), LOAD_DONE);
    load_fixture_result(f);
}

/* Two phases of two cycles. */
static void expect_cost(const struct load_fixture *f) {
    const uint64_t completed = f->cell.phases[0].completed_in_window +
                               f->cell.phases[2].completed_in_window;
    assert_int_equal(asked, 8);
    assert_true(f->cell.cost.instructions == 4000.0 / (double)completed);
    assert_true(isnan(f->cell.cost.allocations));
    assert_true(f->cell.cost.context_switches == 0);
}

static void only_what_is_measured_costs(void **state) {
    struct load_fixture *f = *state;
    run_cycles(f, SCENARIO_NULL);
    expect_cost(f);
}

static void what_drives_itself_costs_the_same_way(void **state) {
    struct load_fixture *f = *state;
    run_cycles(f, SCENARIO_DIRECT);
    expect_cost(f);
}

static void nobody_asked_nobody_knows(void **state) {
    struct load_fixture *f = *state;
    load_fixture_start(f, NULL);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_fixture_result(f);
    assert_true(isnan(f->cell.cost.instructions));
    assert_true(isnan(f->cell.cost.context_switches));
}

#define LOAD(test)                                                             \
    cmocka_unit_test_setup_teardown(test, load_fixture_set_up,                 \
                                    load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_spent_is_added_up),
        cmocka_unit_test(what_nobody_counts_is_not_known),
        cmocka_unit_test(without_a_lookup_nothing_is_known),
        LOAD(only_what_is_measured_costs),
        LOAD(what_drives_itself_costs_the_same_way),
        LOAD(nobody_asked_nobody_knows),
    };
    return SUITE_RUN(tests, argc, argv);
}
