/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "scenario/prediction.h"

#include <string.h>

#include "base/arena.h"
#include "base/result.h"
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

static struct result_cycles predict(const struct scenario_settings *settings,
                                    uint64_t base_threads) {
    const struct prediction_basis basis = {.threads = base_threads};
    struct result_cycles cycles = {0};
    prediction_make(settings, &basis, &cycles);
    return cycles;
}

static uint64_t exhausted_at(const struct scenario_settings *settings,
                             uint64_t base_threads) {
    return predict(settings, base_threads).predicted_cycle;
}

static void threads_lie_between_min_and_max(void **state) {
    (void)state;
    assert_int_equal(threads_of(1, 100), 3);
    assert_int_equal(threads_of(4, 100), 4);
    assert_int_equal(threads_of(100, 100), 5);
    assert_int_equal(threads_of(100, 4), 4); /* no more lookups than that */
    assert_int_equal(threads_of(100, 0), 5); /* by the clock */
}

/* How many are in flight at once is the subject's doing, and with it how many
 * threads it starts. */
static void of_an_open_loop_only_a_fixed_number_is_known(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 1000, 100);
    phase.rate = (struct scenario_rate){.kind = SCENARIO_RATE_CONSTANT,
                                        .base_per_s = 1000};
    assert_int_equal(prediction_threads_per_cycle(&settings), 0);
    assert_false(predict(&settings, 1).is_predicted);
    settings.pool.min = 5;
    assert_int_equal(prediction_threads_per_cycle(&settings), 5);
    assert_int_equal(exhausted_at(&settings, 1), 13);
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
        SCENARIO_CLEAN,        SCENARIO_MISSING, SCENARIO_UNCALLED,
        SCENARIO_TWICE,        SCENARIO_ABORT,   SCENARIO_IN_FLIGHT,
        SCENARIO_FROM_CALLBACK};
    for (uint64_t limit = 2; limit < 40; limit++) {
        for (uint64_t base = 1; base < 8; base++) {
            for (uint64_t cycles = 1; cycles < 12; cycles++) {
                for (size_t i = 0; i < sizeof shutdowns / sizeof *shutdowns;
                     i++) {
                    struct scenario_settings settings = leaky(&phase, 3, 3);
                    settings.limits.threads = limit;
                    settings.cycles = cycles;
                    settings.pool.shutdown = shutdowns[i];
                    assert_int_equal(
                        exhausted_at(&settings, base),
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
    assert_int_equal(exhausted_at(&settings, 1), 22);
}

static void without_a_limit_or_threads_nothing_is_predicted(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    settings.limits.threads = 0;
    assert_int_equal(exhausted_at(&settings, 1), 0);
    settings.limits.threads = 2;
    settings.pool.subject = SCENARIO_NULL;
    assert_int_equal(prediction_threads_per_cycle(&settings), 0);
    assert_int_equal(exhausted_at(&settings, 1), 0);
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
    assert_int_equal(exhausted_at(&settings, 1), 0);
    settings.limits.threads = 1;
    assert_int_equal(exhausted_at(&settings, 1), 1);
}

static void large_numbers_do_not_wrap(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    settings.cycles = 1000000000;
    settings.limits.threads = UINT64_MAX;
    assert_int_equal(exhausted_at(&settings, 1), 0);
    settings.limits.threads = 2;
    assert_int_equal(exhausted_at(&settings, UINT64_MAX), 1);
}

/* Every pair of min and max, and every limit: thread by thread, the pool and
 * which of its threads cannot be had. */
static void pool_and_thread_are_those_of_the_count(void **state) {
    (void)state;
    struct scenario_phase phase;
    uint64_t compared = 0;
    for (unsigned max = 1; max <= 8; max++) {
        for (unsigned min = 0; min <= max; min++) {
            for (uint64_t limit = 16; limit <= 256; limit++) {
                struct scenario_settings settings = leaky(&phase, 3, 3);
                settings.pool.min = min;
                settings.pool.max = max;
                settings.limits.threads = limit;
                const struct result_cycles cycles = predict(&settings, 1);
                uint64_t threads = prediction_threads_per_cycle(&settings);
                uint64_t live = 1;
                uint64_t pool = 1;
                uint64_t number = 1;
                while (live < limit) {
                    live++;
                    pool += number == threads;
                    number = number == threads ? 1 : number + 1;
                }
                assert_true(cycles.is_predicted);
                assert_string_equal(cycles.predicted.resource, "threads");
                assert_int_equal(cycles.predicted.pool, pool);
                assert_int_equal(cycles.predicted_cycle, pool);
                assert_int_equal(cycles.predicted.number, number);
                compared++;
            }
        }
    }
    assert_int_equal(compared, (1 + 8) * 8 / 2 * 241 + 8 * 241);
}

static struct result_cycles predict_fds(uint64_t limit, uint64_t base,
                                        struct scenario_settings *settings) {
    const struct prediction_basis basis = {
        .threads = 1,
        .fds = base,
        .fds_per_connection = 2,
        .fds_shared = 1,
    };
    struct result_cycles cycles = {0};
    settings->limits.fds = limit;
    prediction_make(settings, &basis, &cycles);
    return cycles;
}

/* The first connection opens three descriptors, each further one two. */
static void descriptors_are_counted_one_by_one(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 1, 1);
    settings.pool.min = 1;
    settings.pool.max = 1;
    settings.limits.threads = 0;
    for (uint64_t limit = 16; limit <= 256; limit++) {
        for (uint64_t base = 3; base < 20; base++) {
            const struct result_cycles cycles =
                predict_fds(limit, base, &settings);
            uint64_t open = base;
            uint64_t pool = 1;
            uint64_t number = 1;
            while (open < limit) {
                open++;
                bool is_last = number == (pool == 1 ? 3 : 2);
                pool += is_last;
                number = is_last ? 1 : number + 1;
            }
            assert_string_equal(cycles.predicted.resource, "fds");
            assert_int_equal(cycles.predicted.pool, pool);
            assert_int_equal(cycles.predicted.number, number);
        }
    }
}

/* Which of several threads opens a connection is not known. */
static void descriptors_of_several_threads_are_not_predicted(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 2, 2);
    settings.limits.threads = 0;
    settings.pool.min = 1;
    assert_false(prediction_knows_connections(&settings));
    assert_false(predict_fds(64, 10, &settings).is_predicted);
    settings.pool.max = 1;
    assert_true(prediction_knows_connections(&settings));
    assert_true(predict_fds(64, 10, &settings).is_predicted);
}

static void of_two_limits_the_first_to_be_met_is_predicted(void **state) {
    (void)state;
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 1, 1);
    settings.pool.min = 1;
    settings.pool.max = 1;
    settings.limits.threads = 10; /* pool 10 */
    assert_string_equal(predict_fds(256, 10, &settings).predicted.resource,
                        "threads");
    assert_string_equal(predict_fds(16, 10, &settings).predicted.resource,
                        "fds"); /* pool 3 */
    /* In the same pool the thread comes first. */
    const struct result_cycles both = predict_fds(29, 10, &settings);
    assert_int_equal(both.predicted_cycle, 10);
    assert_string_equal(both.predicted.resource, "threads");
}

static void the_statement_names_cycle_pool_and_thread(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    struct scenario_phase phase;
    struct scenario_settings settings = leaky(&phase, 3, 3);
    struct result_cycles cycles = predict(&settings, 1);
    assert_string_equal(prediction_statement(&cycles, arena),
                        "will fail at cycle 22: pool 22, its 1st thread (limit "
                        "64, 1 held at the start, 3 a pool)");
    settings.pool.min = 1;
    settings.pool.max = 1;
    settings.limits.threads = 0;
    cycles = predict_fds(64, 10, &settings);
    assert_string_equal(
        prediction_statement(&cycles, arena),
        "will fail at cycle 27: pool 27, its 2nd descriptor (limit 64, 10 held "
        "at the start, 1 shared, 2 a pool)");
    static const struct {
        uint64_t number;
        const char *word;
    } ordinals[] = {{3, "3rd"},   {4, "4th"},   {10, "10th"}, {11, "11th"},
                    {12, "12th"}, {13, "13th"}, {21, "21st"}, {112, "112th"}};
    for (size_t i = 0; i < sizeof ordinals / sizeof *ordinals; i++) {
        cycles.predicted.number = ordinals[i].number;
        assert_non_null(
            strstr(prediction_statement(&cycles, arena), ordinals[i].word));
    }
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lie_between_min_and_max),
        cmocka_unit_test(of_an_open_loop_only_a_fixed_number_is_known),
        cmocka_unit_test(the_widest_phase_decides),
        cmocka_unit_test(what_a_phase_by_the_clock_hands_on_comes_on_top),
        cmocka_unit_test(the_formula_is_the_count),
        cmocka_unit_test(the_shipped_scenario_fails_in_cycle_22),
        cmocka_unit_test(without_a_limit_or_threads_nothing_is_predicted),
        cmocka_unit_test(a_reference_has_room_for_its_lanes_or_fails_at_once),
        cmocka_unit_test(large_numbers_do_not_wrap),
        cmocka_unit_test(pool_and_thread_are_those_of_the_count),
        cmocka_unit_test(descriptors_are_counted_one_by_one),
        cmocka_unit_test(descriptors_of_several_threads_are_not_predicted),
        cmocka_unit_test(of_two_limits_the_first_to_be_met_is_predicted),
        cmocka_unit_test(the_statement_names_cycle_pool_and_thread),
    };
    return SUITE_RUN(tests, argc, argv);
}
