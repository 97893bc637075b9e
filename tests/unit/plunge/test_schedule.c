/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/schedule.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "support/suite.h"

/* Times are in ns from the phase's start. What a rate's integral is, is written
 * down here a second time, as the language defines it. */

#define TEN_S (10 * CLOCK_NS_PER_S)
#define TURN 6.283185307179586

static const struct scenario_rate constant = {.kind = SCENARIO_RATE_CONSTANT,
                                              .base_per_s = 1000};
static const struct scenario_rate ramp = {
    .kind = SCENARIO_RATE_RAMP, .base_per_s = 0, .other_per_s = 2000};
static const struct scenario_rate down = {
    .kind = SCENARIO_RATE_RAMP, .base_per_s = 1900, .other_per_s = 100};
static const struct scenario_rate stairs = {.kind = SCENARIO_RATE_STAIRS,
                                            .base_per_s = 400,
                                            .other_per_s = 1600,
                                            .steps = 5};
static const struct scenario_rate spike = {.kind = SCENARIO_RATE_SPIKE,
                                           .base_per_s = 500,
                                           .other_per_s = 5500,
                                           .at_ns = 4 * CLOCK_NS_PER_S,
                                           .length_ns = CLOCK_NS_PER_S};
static const struct scenario_rate silence = {.kind = SCENARIO_RATE_SPIKE,
                                             .base_per_s = 2000,
                                             .other_per_s = 0,
                                             .at_ns = 2 * CLOCK_NS_PER_S,
                                             .length_ns = 5 * CLOCK_NS_PER_S};
static const struct scenario_rate sine = {.kind = SCENARIO_RATE_SINE,
                                          .base_per_s = 1000,
                                          .other_per_s = 1000,
                                          .length_ns = 4 * CLOCK_NS_PER_S};

static double stairs_integral(const struct scenario_rate *rate, double t) {
    const double step_s = 10.0 / (double)rate->steps;
    double sum = 0;
    for (uint64_t i = 0; i < rate->steps; i++) {
        const double part = fmin(step_s, t - (double)i * step_s);
        const double height =
            ((double)rate->other_per_s - (double)rate->base_per_s) * (double)i /
            (double)(rate->steps - 1);
        sum += part > 0 ? part * ((double)rate->base_per_s + height) : 0;
    }
    return sum;
}

/* How many lookups have come by then, on average, of a phase of ten seconds. */
static double integral(const struct scenario_rate *rate, uint64_t ns) {
    const double t = (double)ns / 1e9;
    const double base = (double)rate->base_per_s;
    const double other = (double)rate->other_per_s;
    const double at = (double)rate->at_ns / 1e9;
    const double length = (double)rate->length_ns / 1e9;
    switch (rate->kind) {
    case SCENARIO_RATE_RAMP:
        return base * t + (other - base) * t * t / 20;
    case SCENARIO_RATE_STAIRS:
        return stairs_integral(rate, t);
    case SCENARIO_RATE_SPIKE:
        return base * t + (other - base) * fmax(0, fmin(length, t - at));
    case SCENARIO_RATE_SINE:
        return base * t + other * length / TURN * (1 - cos(TURN * t / length));
    default:
        return base * t;
    }
}

static struct schedule begin(const struct scenario_rate *rate,
                             enum scenario_arrival arrival, uint64_t seed,
                             uint64_t cycle) {
    struct schedule schedule;
    schedule_begin(&schedule, &(struct schedule_options){
                                  .rate = rate,
                                  .arrival = arrival,
                                  .for_ns = TEN_S,
                                  .stream = schedule_stream(seed, cycle),
                              });
    return schedule;
}

/* ---- Evenly --------------------------------------------------------------*/

static void uniform_lookups_are_exactly_even(void **state) {
    (void)state;
    static const uint64_t rates[] = {1, 3, 7, 1000, 50000, 999983, 10000000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const struct scenario_rate rate = {.kind = SCENARIO_RATE_CONSTANT,
                                           .base_per_s = rates[i]};
        struct schedule schedule = begin(&rate, SCENARIO_UNIFORM, 1, 1);
        for (uint64_t k = 0; k < 10000; k++) {
            const uint64_t exact =
                (2 * k + 1) * CLOCK_NS_PER_S / (2 * rates[i]);
            const uint64_t ns = schedule_next(&schedule);
            /* The whole ns below, whatever the rate divides. */
            assert_in_range(ns, exact - (exact != 0), exact);
        }
    }
}

/* No error adds up: after three days they are as even as at first. */
static void uniform_lookups_stay_even(void **state) {
    (void)state;
    struct schedule schedule = begin(&constant, SCENARIO_UNIFORM, 1, 1);
    schedule.k = UINT64_C(259200000);
    assert_int_equal(schedule_next(&schedule), UINT64_C(259200000500000));
    assert_int_equal(schedule_next(&schedule), UINT64_C(259200001500000));
}

static void assert_follows(const struct scenario_rate *rate) {
    struct schedule schedule = begin(rate, SCENARIO_UNIFORM, 1, 1);
    const uint64_t all = (uint64_t)(integral(rate, TEN_S) + 0.5);
    assert_true(all > 4999);
    for (uint64_t k = 0; k < all; k++) {
        const uint64_t ns = schedule_next(&schedule);
        assert_true(ns < TEN_S);
        /* A ns is at most so many lookups: peak / 10^9. */
        const double come = integral(rate, ns);
        assert_true(fabs(come - ((double)k + 0.5)) < 2e-5);
    }
    assert_true(schedule_next(&schedule) >= TEN_S);
}

static void every_shape_follows_its_integral(void **state) {
    (void)state;
    assert_follows(&constant);
    assert_follows(&ramp);
    assert_follows(&down);
    assert_follows(&stairs);
    assert_follows(&spike);
    assert_follows(&silence);
    assert_follows(&sine);
}

/* ---- At random -----------------------------------------------------------*/

static int compare(const void *one, const void *other) {
    const double a = *(const double *)one;
    const double b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Kolmogorov-Smirnov: the largest distance between how the gaps are spread, in
 * lookups, and the exponential distribution; times the root of their number. */
static double distance(const struct scenario_rate *rate,
                       enum scenario_arrival arrival, uint64_t seed) {
    enum { GAPS_MAX = 20000 };
    double *gaps = calloc(GAPS_MAX, sizeof *gaps);
    assert_non_null(gaps);
    struct schedule schedule = begin(rate, arrival, seed, 1);
    double before = 0;
    size_t count = 0;
    for (uint64_t ns = schedule_next(&schedule); ns < TEN_S;
         ns = schedule_next(&schedule)) {
        const double come = integral(rate, ns);
        assert_true(count < GAPS_MAX);
        gaps[count++] = come - before;
        before = come;
    }
    /* The number of lookups is Poisson distributed: five deviations. */
    const double mean = integral(rate, TEN_S);
    assert_true(arrival == SCENARIO_UNIFORM ||
                fabs((double)count - mean) < 5 * sqrt(mean));
    qsort(gaps, count, sizeof *gaps, compare);
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        const double expected = 1 - exp(-gaps[i]);
        largest = fmax(largest, fabs(expected - (double)i / (double)count));
        largest =
            fmax(largest, fabs(expected - (double)(i + 1) / (double)count));
    }
    free(gaps);
    return largest * sqrt((double)count);
}

#define DISTANCE_MAX 1.95 /* one in a thousand is further away */

static void poisson_gaps_are_exponential(void **state) {
    (void)state;
    const struct scenario_rate *const rates[] = {
        &constant, &ramp, &down, &stairs, &spike, &silence, &sine};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            assert_true(distance(rates[i], SCENARIO_POISSON, seed) <
                        DISTANCE_MAX);
        }
    }
    /* What the test is worth: others are far away. */
    assert_true(distance(&constant, SCENARIO_UNIFORM, 1) > 10 * DISTANCE_MAX);
}

/* ---- Fixed before the run ------------------------------------------------*/

static void the_same_seed_gives_the_same_schedule(void **state) {
    (void)state;
    struct schedule one = begin(&sine, SCENARIO_POISSON, 7, 3);
    struct schedule other = begin(&sine, SCENARIO_POISSON, 7, 3);
    for (unsigned k = 0; k < 1000; k++) {
        assert_int_equal(schedule_next(&one), schedule_next(&other));
    }
}

static void seeds_and_cycles_have_schedules_of_their_own(void **state) {
    (void)state;
    struct schedule one = begin(&constant, SCENARIO_POISSON, 7, 3);
    struct schedule seed = begin(&constant, SCENARIO_POISSON, 8, 3);
    struct schedule cycle = begin(&constant, SCENARIO_POISSON, 7, 4);
    unsigned same = 0;
    for (unsigned k = 0; k < 1000; k++) {
        const uint64_t ns = schedule_next(&one);
        same += ns == schedule_next(&seed);
        same += ns == schedule_next(&cycle);
    }
    assert_true(same < 5);
}

static void times_never_go_back(void **state) {
    (void)state;
    const struct scenario_rate *const rates[] = {&constant, &ramp,  &down,
                                                 &stairs,   &spike, &sine};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct schedule schedule = begin(rates[i], SCENARIO_POISSON, 11, 1);
        uint64_t before = 0;
        for (unsigned k = 0; k < 20000; k++) {
            const uint64_t ns = schedule_next(&schedule);
            assert_true(ns >= before);
            before = ns;
        }
    }
}

static void behind_a_ramp_to_nothing_no_lookup_comes(void **state) {
    (void)state;
    const struct scenario_rate rate = {
        .kind = SCENARIO_RATE_RAMP, .base_per_s = 1, .other_per_s = 0};
    struct schedule schedule = begin(&rate, SCENARIO_UNIFORM, 1, 1);
    for (unsigned k = 0; k < 5; k++) {
        assert_true(schedule_next(&schedule) < TEN_S);
    }
    assert_true(schedule_next(&schedule) == UINT64_MAX);
    assert_true(schedule_next(&schedule) == UINT64_MAX);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_lookups_are_exactly_even),
        cmocka_unit_test(uniform_lookups_stay_even),
        cmocka_unit_test(every_shape_follows_its_integral),
        cmocka_unit_test(poisson_gaps_are_exponential),
        cmocka_unit_test(the_same_seed_gives_the_same_schedule),
        cmocka_unit_test(seeds_and_cycles_have_schedules_of_their_own),
        cmocka_unit_test(times_never_go_back),
        cmocka_unit_test(behind_a_ramp_to_nothing_no_lookup_comes),
    };
    return SUITE_RUN(tests, argc, argv);
}
