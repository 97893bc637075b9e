/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "run/plan.h"

#include "base/arena.h"
#include "base/clock.h"
#include "cell/cell.h"
#include "scenario/scenario.h"
#include "support/suite.h"

#define CELLS 40
#define SEED UINT64_C(42)

static int arrange(void **state) {
    *state = arena_new();
    return 0;
}

static int put_away(void **state) {
    arena_free(*state);
    return 0;
}

static bool same_order(const size_t *a, const size_t *b) {
    for (size_t i = 0; i < CELLS; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static void every_block_runs_every_cell_once(void **state) {
    const struct scenario scenario = {.cells_count = CELLS};
    for (unsigned block = 0; block < 5; block++) {
        const size_t *order = plan_order(&scenario, SEED, block, *state);
        bool seen[CELLS] = {false};
        for (size_t i = 0; i < CELLS; i++) {
            assert_true(order[i] < CELLS);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

static void the_order_depends_on_seed_and_block_alone(void **state) {
    const struct scenario scenario = {.cells_count = CELLS};
    const size_t *order = plan_order(&scenario, SEED, 1, *state);
    assert_true(same_order(order, plan_order(&scenario, SEED, 1, *state)));
    assert_false(same_order(order, plan_order(&scenario, SEED, 2, *state)));
    assert_false(same_order(order, plan_order(&scenario, SEED + 1, 1, *state)));
}

static void seeds_of_blocks_differ_and_fit_into_json(void **state) {
    (void)state;
    for (unsigned block = 0; block < 100; block++) {
        uint64_t seed = plan_seed(SEED, block);
        assert_true(seed < UINT64_C(1) << 53);
        assert_int_equal(seed, plan_seed(SEED, block));
        assert_int_not_equal(seed, plan_seed(SEED, block + 1));
        assert_int_not_equal(seed, plan_seed(SEED + 1, block));
    }
}

static void a_cell_without_a_plan_has_a_weight(void **state) {
    (void)state;
    struct scenario_phase phase = {.lookups = 1};
    const struct scenario_settings settings = {
        .phases = &phase, .phases_count = 1, .cycles = 1};
    assert_true(plan_weight_s(&settings) > 0);
}

static void a_longer_cell_weighs_more(void **state) {
    (void)state;
    struct scenario_phase phases[] = {{.lookups = 1000}, {.lookups = 1000000}};
    struct scenario_settings settings = {
        .phases = phases, .phases_count = 1, .cycles = 1};
    double one_s = plan_weight_s(&settings);
    settings.cycles = 10;
    double ten_s = plan_weight_s(&settings);
    settings.phases_count = 2;
    assert_true(ten_s > one_s);
    assert_true(plan_weight_s(&settings) > ten_s);
}

static void a_timed_cell_is_done_when_its_time_is_up(void **state) {
    (void)state;
    struct scenario_phase phase = {.for_ns = 2 * CLOCK_NS_PER_S};
    const struct scenario_settings settings = {
        .phases = &phase, .phases_count = 1, .cycles = 1};
    struct cell_progress progress = {.planned_s = 2, .answered = 1000};
    assert_float_equal(plan_fraction(&settings, &progress), 0, 1e-9);
    progress.elapsed_s = 1;
    assert_float_equal(plan_fraction(&settings, &progress), 0.5, 1e-9);
    progress.elapsed_s = 3;
    assert_float_equal(plan_fraction(&settings, &progress), 1, 1e-9);
}

static void a_counted_cell_is_done_with_its_last_lookup(void **state) {
    (void)state;
    struct scenario_phase phase = {.lookups = 100};
    const struct scenario_settings settings = {
        .phases = &phase, .phases_count = 1, .cycles = 4};
    struct cell_progress progress = {.elapsed_s = 1000};
    assert_float_equal(plan_fraction(&settings, &progress), 0, 1e-9);
    progress.answered = 100;
    assert_float_equal(plan_fraction(&settings, &progress), 0.25, 1e-9);
    progress.answered = 401;
    assert_float_equal(plan_fraction(&settings, &progress), 1, 1e-9);
}

/* ---- Another build -------------------------------------------------------*/

static struct scenario_phase closed_phase = {
    .in_flight = 10, .lookups = 100, .measure = true};

/* One that can be had in turns, one that cannot, and a reference. */
static struct scenario_cell cells_beside[] = {
    {.settings = {.phases = &closed_phase, .phases_count = 1, .cycles = 1}},
    {.settings = {.phases = &closed_phase, .phases_count = 1, .cycles = 9}},
    {.settings = {.phases = &closed_phase, .phases_count = 1, .cycles = 1},
     .reference = true},
};

static const struct scenario beside = {.cells = cells_beside, .cells_count = 3};

static void without_another_build_a_block_is_its_cells(void **state) {
    size_t count = 0;
    const struct plan_step *steps = plan_steps(&beside, false, *state, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(steps[i].kind, PLAN_OWN);
        assert_int_equal(steps[i].cell, i);
    }
}

static void another_build_has_all_cells_but_references(void **state) {
    static const struct plan_step wanted[] = {
        {0, PLAN_OWN},   {1, PLAN_OWN},   {2, PLAN_OWN},
        {0, PLAN_OTHER}, {1, PLAN_OTHER}, {0, PLAN_TURNS},
    };
    size_t count = 0;
    const struct plan_step *steps = plan_steps(&beside, true, *state, &count);
    assert_int_equal(count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(steps[i].kind, wanted[i].kind);
        assert_int_equal(steps[i].cell, wanted[i].cell);
    }
}

static void turns_of_each_block_and_cell_are_drawn_anew(void **state) {
    (void)state;
    const uint64_t one = plan_turns_seed(SEED, 1, 2);
    assert_true(one == plan_turns_seed(SEED, 1, 2));
    assert_true(one != plan_turns_seed(SEED, 2, 2));
    assert_true(one != plan_turns_seed(SEED, 1, 3));
    assert_true(one != plan_turns_seed(SEED + 1, 1, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_block_runs_every_cell_once),
        TEST(the_order_depends_on_seed_and_block_alone),
        TEST(seeds_of_blocks_differ_and_fit_into_json),
        TEST(a_cell_without_a_plan_has_a_weight),
        TEST(a_longer_cell_weighs_more),
        TEST(a_timed_cell_is_done_when_its_time_is_up),
        TEST(a_counted_cell_is_done_with_its_last_lookup),
        TEST(without_another_build_a_block_is_its_cells),
        TEST(another_build_has_all_cells_but_references),
        TEST(turns_of_each_block_and_cell_are_drawn_anew),
    };
    return SUITE_RUN(tests, argc, argv);
}
