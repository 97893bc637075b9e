/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "scenario/prediction.h"

#include "scenario/scenario.h"
#include "support/suite.h"

/* A pool of 3 to 5 threads that is never shut down, in 1,000 cycles, where 64
 * threads may live. */
static struct scenario_settings leaky(struct scenario_phase *phase,
                                      uint64_t in_flight, uint64_t lookups) {
    *phase =
        (struct scenario_phase){.in_flight = in_flight, .lookups = lookups};
    return (struct scenario_settings){
        .pool = {.subject = SCENARIO_DBPOOL,
                 .min = 3,
                 .max = 5,
                 .shutdown = SCENARIO_MISSING},
        .phases = phase,
        .phases_count = 1,
        .cycles = 1000,
        .limits = {.threads = 64},
    };
}

static uint64_t threads_of(uint64_t in_flight, uint64_t lookups) {
    struct scenario_phase phase;
    const struct scenario_settings settings = leaky(&phase, in_flight, lookups);
    return prediction_threads_per_cycle(&settings);
}

static void threads_lie_between_min_and_max(void **state) {
    (void)state;
    assert_int_equal(threads_of(1, 100), 3);
    assert_int_equal(threads_of(4, 100), 4);
    assert_int_equal(threads_of(100, 100), 5);
    assert_int_equal(threads_of(100, 4), 4); /* no more lookups than that */
    assert_int_equal(threads_of(100, 0), 5); /* by the clock */
}

static void the_widest_phase_decides(void **state) {
    (void)state;
    struct scenario_phase phases[] = {{.in_flight = 1, .for_ns = 1},
                                      {.in_flight = 4, .for_ns = 1},
                                      {.in_flight = 2, .for_ns = 1}};
    struct scenario_phase unused;
    struct scenario_settings settings = leaky(&unused, 1, 1);
    settings.phases = phases;
    settings.phases_count = 3;
    assert_int_equal(prediction_threads_per_cycle(&settings), 4);
}

static void what_a_phase_by_the_clock_hands_on_comes_on_top(void **state) {
    (void)state;
    struct scenario_phase phases[] = {{.in_flight = 2, .for_ns = 1},
                                      {.in_flight = 9, .lookups = 2},
                                      {.in_flight = 9, .lookups = 1}};
    struct scenario_phase unused;
    struct scenario_settings settings = leaky(&unused, 1, 1);
    settings.phases = phases;
    settings.phases_count = 2;
    assert_int_equal(prediction_threads_per_cycle(&settings), 4);
    /* One by lookups hands nothing on. */
    settings.phases = phases + 1;
    assert_int_equal(prediction_threads_per_cycle(&settings), 3);
}

/* Adds threads one by one, as a pool does, and sees which cycle fails. */
static uint64_t by_counting(uint64_t base, uint64_t threads, uint64_t limit,
                            uint64_t cycles, bool clean) {
    uint64_t live = base;
    for (uint64_t cycle = 1; cycle <= cycles; cycle++) {
        for (uint64_t i = 0; i < threads; i++) {
            if (live >= limit) {
                return cycle;
            }
            live++;
        }
        live = clean ? base : live;
    }
    return 0;
}

static void the_formula_is_the_count(void **state) {
    (void)state;
    struct scenario_phase phase;
    const enum scenario_shutdown shutdowns[] = {
        SCENARIO_CLEAN, SCENARIO_MISSING, SCENARIO_UNCALLED, SCENARIO_TWICE};
    for (uint64_t limit = 2; limit < 40; limit++) {
        for (uint64_t base = 1; base < 8; base++) {
            for (uint64_t cycles = 1; cycles < 12; cycles++) {
                for (size_t i = 0; i < 4; i++) {
                    struct scenario_settings settings = leaky(&phase, 3, 3);
                    settings.limits.threads = limit;
                    settings.cycles = cycles;
                    settings.pool.shutdown = shutdowns[i];
                    assert_int_equal(
                        prediction_exhausted_at(&settings, base),
                        by_counting(base, 3, limit, cycles,
                                    scenario_shutdown_is_clean(shutdowns[i])));
                }
            }
        }
    }
}

static void the_shipped_scenario_fails_in_cycle_22(void **state) {
    (void)state;
    struct scenario_phase phase;
    const struct scenario_settings settings = leaky(&phase, 3, 3);
    /* 1 + 21 * 3 = 64 live; the first thread of cycle 22 is one too many. */
    assert_int_equal(prediction_exhausted_at(&settings, 1), 22);
}

static void without_a_limit_or_threads_nothing_is_predicted(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    settings.limits.threads = 0;
    assert_int_equal(prediction_exhausted_at(&settings, 1), 0);
    settings.limits.threads = 2;
    settings.pool.subject = SCENARIO_NULL;
    assert_int_equal(prediction_threads_per_cycle(&settings), 0);
    assert_int_equal(prediction_exhausted_at(&settings, 1), 0);
}

/* Its lanes start with each phase and are joined at its end, whatever the
 * scenario's shutdown says. */
static void a_reference_has_room_for_its_lanes_or_fails_at_once(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    settings.pool.subject = SCENARIO_DIRECT;
    settings.pool.max = 1;
    assert_int_equal(prediction_threads_per_cycle(&settings), 1);
    settings.limits.threads = 2;
    assert_int_equal(prediction_exhausted_at(&settings, 1), 0);
    settings.limits.threads = 1;
    assert_int_equal(prediction_exhausted_at(&settings, 1), 1);
}

static void large_numbers_do_not_wrap(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    settings.cycles = 1000000000;
    settings.limits.threads = UINT64_MAX;
    assert_int_equal(prediction_exhausted_at(&settings, 1), 0);
    settings.limits.threads = 2;
    assert_int_equal(prediction_exhausted_at(&settings, UINT64_MAX), 1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lie_between_min_and_max),
        cmocka_unit_test(the_widest_phase_decides),
        cmocka_unit_test(what_a_phase_by_the_clock_hands_on_comes_on_top),
        cmocka_unit_test(the_formula_is_the_count),
        cmocka_unit_test(the_shipped_scenario_fails_in_cycle_22),
        cmocka_unit_test(without_a_limit_or_threads_nothing_is_predicted),
        cmocka_unit_test(a_reference_has_room_for_its_lanes_or_fails_at_once),
        cmocka_unit_test(large_numbers_do_not_wrap),
    };
    return SUITE_RUN(tests, argc, argv);
}
