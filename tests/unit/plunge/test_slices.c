/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "cell/slices.h"

#include <math.h>

#include "base/arena.h"
#include "base/result.h"
#include "scenario/scenario.h"
#include "support/suite.h"

#define SEED UINT64_C(7)
#define QUADRUPLES UINT64_C(200)

static int arrange(void **state) {
    *state = arena_new();
    return 0;
}

static int put_away(void **state) {
    arena_free(*state);
    return 0;
}

/* ---- Turns ---------------------------------------------------------------*/

static void each_quadruple_is_abba_or_baab(void **state) {
    (void)state;
    for (uint64_t first = 0; first < QUADRUPLES * 4; first += 4) {
        const enum slices_side outer = slices_turn(SEED, first);
        assert_int_equal(slices_turn(SEED, first + 3), outer);
        assert_int_not_equal(slices_turn(SEED, first + 1), outer);
        assert_int_not_equal(slices_turn(SEED, first + 2), outer);
    }
}

static size_t begun_by_this(uint64_t seed) {
    size_t count = 0;
    for (uint64_t first = 0; first < QUADRUPLES * 4; first += 4) {
        count += slices_turn(seed, first) == SLICES_THIS;
    }
    return count;
}

static void who_begins_is_drawn_and_the_seed_says_who(void **state) {
    (void)state;
    /* Six standard deviations from half of 200. */
    assert_true(begun_by_this(SEED) > 57 && begun_by_this(SEED) < 143);
    size_t differ = 0;
    for (uint64_t index = 0; index < QUADRUPLES * 4; index += 4) {
        assert_int_equal(slices_turn(SEED, index), slices_turn(SEED, index));
        differ += slices_turn(SEED, index) != slices_turn(SEED + 1, index);
    }
    assert_true(differ > 57 && differ < 143);
}

static void expect_near(double value, double wanted, double by) {
    assert_true(fabs(value - wanted) <= by);
}

/* ---- Figures -------------------------------------------------------------*/

/* Where this build has @speed times the other's, while the machine gets faster
 * by @drift of its speed with each slice. */
static struct result_slices measure(struct arena *arena, double speed,
                                    double drift) {
    struct slices slices;
    slices_init(&slices, arena);
    for (uint64_t i = 0; i < QUADRUPLES * 4; i++) {
        const enum slices_side side = slices_turn(SEED, i);
        const double own = side == SLICES_THIS ? speed : 1;
        const struct slice slice = {
            .answered = (uint64_t)(1e7 * own * (1 + drift * (double)i)),
            .wall_ns = SLICE_NS,
            .cpu_ns = 2 * SLICE_NS,
        };
        slices_add(&slices, side, &slice);
    }
    struct result_slices result = {0};
    slices_result(&slices, &result);
    return result;
}

static void what_is_slower_by_three_percent_is_so(void **state) {
    const struct result_slices result = measure(*state, 0.97, 0);
    assert_int_equal(result.quadruples, QUADRUPLES);
    expect_near(result.throughput_ratio, 0.97, 1e-5);
    expect_near(result.cpu_ratio, 1 / 0.97, 1e-5);
    expect_near(result.throughput_per_s / result.other_throughput_per_s, 0.97,
                1e-5);
    expect_near(result.other_throughput_per_s, 1e7 / 0.025, 1);
    expect_near(result.other_cpu_ns, 5, 1e-5);
}

/* With ABAB, each would be off by the drift of one slice: 1 %. */
static void a_drift_is_taken_off_both_alike(void **state) {
    const struct result_slices result = measure(*state, 1, 0.01);
    expect_near(result.throughput_ratio, 1, 1e-3);
}

/* The third and the sixth of this build's eight, by half. */
static void slices_that_are_lost_are_of_no_account(void **state) {
    struct slices slices;
    struct result_slices result = {0};
    size_t own = 0;
    slices_init(&slices, *state);
    for (uint64_t i = 0; i < 16; i++) {
        const enum slices_side side = slices_turn(SEED, i);
        own += side == SLICES_THIS ? 1 : 0;
        const bool is_lost = side == SLICES_THIS && (own == 3 || own == 6);
        const struct slice slice = {
            .answered = is_lost ? 20000 : 40000 + i,
            .wall_ns = SLICE_NS,
            .cpu_ns = SLICE_NS,
        };
        slices_add(&slices, side, &slice);
    }
    slices_result(&slices, &result);
    assert_true(result.throughput_per_s < 0.9 * result.other_throughput_per_s);
    expect_near(result.throughput_ratio, 1, 1e-3);
    expect_near(result.cpu_ratio, 1, 1e-3);
}

/* Of one quadruple. */
static double
ratio_of(struct arena *arena,
         const uint64_t answered[SLICES_SIDES_COUNT][SLICES_OF_SIDE]) {
    struct slices slices;
    struct result_slices result = {0};
    slices_init(&slices, arena);
    for (size_t i = 0; i < SLICES_OF_SIDE; i++) {
        for (size_t side = 0; side < SLICES_SIDES_COUNT; side++) {
            const struct slice slice = {answered[side][i], SLICE_NS, SLICE_NS};
            slices_add(&slices, (enum slices_side)side, &slice);
        }
    }
    slices_result(&slices, &result);
    assert_int_equal(result.quadruples, 1);
    return result.throughput_ratio;
}

/* Four ratios have no one in the middle. */
static void neither_side_is_leaned_to(void **state) {
    const uint64_t one[][SLICES_OF_SIDE] = {{1000, 1100}, {1030, 1310}};
    const uint64_t other[][SLICES_OF_SIDE] = {{1030, 1310}, {1000, 1100}};
    expect_near(ratio_of(*state, one) * ratio_of(*state, other), 1, 1e-9);
    expect_near(ratio_of(*state, one), sqrt(1000. / 1030 * 1100 / 1310), 1e-9);
}

/* 4, 7, 9 and 6: 13 and 13. One by one they would be 4/7 and the like. */
static void few_answers_are_held_against_each_other_in_sum(void **state) {
    const uint64_t answered[][SLICES_OF_SIDE] = {{4, 9}, {7, 6}};
    expect_near(ratio_of(*state, answered), 1, 1e-9);
}

static void add(struct slices *slices, uint64_t index, uint64_t answered) {
    const struct slice slice = {answered, SLICE_NS, SLICE_NS};
    slices_add(slices, slices_turn(SEED, index), &slice);
}

static void a_quadruple_that_is_not_whole_is_nothing(void **state) {
    struct slices slices;
    struct result_slices result = {0};
    slices_init(&slices, *state);
    for (uint64_t i = 0; i < 3; i++) {
        add(&slices, i, 1000000);
    }
    slices_drop(&slices);
    for (uint64_t i = 4; i < 8; i++) {
        add(&slices, i, 1000);
    }
    slices_result(&slices, &result);
    assert_int_equal(result.quadruples, 1);
    expect_near(result.throughput_per_s, 40000, 1e-6);
    expect_near(result.throughput_ratio, 1, 1e-9);
}

static void who_was_not_answered_at_all_is_no_ratio(void **state) {
    struct slices slices;
    struct result_slices result = {0};
    slices_init(&slices, *state);
    for (uint64_t i = 0; i < 4; i++) {
        add(&slices, i, slices_turn(SEED, i) == SLICES_THIS ? 1000 : 0);
    }
    slices_result(&slices, &result);
    assert_int_equal(result.quadruples, 0);
    assert_true(isnan(result.throughput_per_s));
    assert_true(isnan(result.throughput_ratio));
    assert_true(isnan(result.other_cpu_ns));
}

/* ---- What there can be slices of -----------------------------------------*/

static struct scenario_phase a_phase(void) {
    return (struct scenario_phase){
        .name = "steady",
        .in_flight = 10,
        .for_ns = SLICES_PHASE_NS,
        .measure = true,
    };
}

static void phases_that_ask_whenever_they_are_let_fit(void **state) {
    (void)state;
    struct scenario_phase phase = a_phase();
    assert_true(slices_phase_fits(&phase));
    phase.for_ns = 0;
    phase.lookups = 1000000;
    assert_true(slices_phase_fits(&phase));
}

static void phases_with_times_of_their_own_do_not(void **state) {
    (void)state;
    struct scenario_phase phase = a_phase();
    phase.for_ns = SLICES_PHASE_NS - 1;
    assert_false(slices_phase_fits(&phase));
    phase = a_phase();
    phase.measure = false;
    assert_false(slices_phase_fits(&phase));
    phase = a_phase();
    phase.rate.kind = SCENARIO_RATE_CONSTANT;
    assert_false(slices_phase_fits(&phase));
    phase = a_phase();
    phase.think.kind = SCENARIO_THINK_EXPONENTIAL;
    assert_false(slices_phase_fits(&phase));
}

static void what_is_measured_otherwise_is_not_covered(void **state) {
    (void)state;
    struct scenario_phase phases[] = {a_phase(), a_phase()};
    struct scenario_settings settings = {
        .phases = phases, .phases_count = 2, .cycles = 1};
    assert_true(slices_cover(&settings));
    phases[1].for_ns = SLICES_PHASE_NS - 1;
    assert_false(slices_cover(&settings));
    assert_null(slices_objection(&settings));
    phases[1].measure = false;
    assert_true(slices_cover(&settings));
    phases[0].for_ns = 0;
    phases[0].lookups = 1000000;
    assert_null(slices_objection(&settings));
    assert_false(slices_cover(&settings));
    phases[0] = a_phase();
    settings.cycles = 2;
    assert_false(slices_cover(&settings));
}

static void why_a_cell_has_no_turns_is_said(void **state) {
    (void)state;
    struct scenario_phase phase = a_phase();
    struct scenario_settings settings = {
        .phases = &phase, .phases_count = 1, .cycles = 1};
    assert_null(slices_objection(&settings));
    settings.cycles = 2;
    assert_string_equal(slices_objection(&settings),
                        "its cycles are too short for turns");
    settings.cycles = 1;
    phase.show_answers = true;
    assert_string_equal(slices_objection(&settings),
                        "its answers are shown, once");
    phase.show_answers = false;
    phase.for_ns = 1;
    assert_string_equal(slices_objection(&settings),
                        "no phase is a closed loop of 200 ms or longer");
    phase.for_ns = SLICES_PHASE_NS;
    settings.limits.threads = 64;
    assert_string_equal(slices_objection(&settings), "it is about its limits");
    settings.limits.threads = 0;
    settings.pool.subject = SCENARIO_COMMAND;
    assert_string_equal(slices_objection(&settings),
                        "a program of the user's is the same beside either "
                        "build");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_quadruple_is_abba_or_baab),
        cmocka_unit_test(who_begins_is_drawn_and_the_seed_says_who),
        TEST(what_is_slower_by_three_percent_is_so),
        TEST(a_drift_is_taken_off_both_alike),
        TEST(slices_that_are_lost_are_of_no_account),
        TEST(neither_side_is_leaned_to),
        TEST(few_answers_are_held_against_each_other_in_sum),
        TEST(a_quadruple_that_is_not_whole_is_nothing),
        TEST(who_was_not_answered_at_all_is_no_ratio),
        cmocka_unit_test(phases_that_ask_whenever_they_are_let_fit),
        cmocka_unit_test(phases_with_times_of_their_own_do_not),
        cmocka_unit_test(what_is_measured_otherwise_is_not_covered),
        cmocka_unit_test(why_a_cell_has_no_turns_is_said),
    };
    return SUITE_RUN(tests, argc, argv);
}
