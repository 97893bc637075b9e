/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/steady.h"

#include <math.h>
#include <stdint.h>

#include "base/random.h"
#include "support/suite.h"

#define COUNT ((size_t)60)
#define TRIALS 200

/* Nearly normal, by a sum of twelve: mean 0, deviation 1. */
static double noise(struct random *random) {
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += (double)(random_next(random) >> 11) / 0x1p53;
    }
    return sum - 6;
}

static struct steady find(const double *values, size_t count) {
    const struct steady_series series = {
        .name = "rate", .values = values, .tolerance = 0.05};
    return steady_find(&series, 1, count);
}

/* How many of TRIALS series, each of another seed, were found to be steady from
 * @earliest to @latest on. */
static unsigned found_between(double (*value_of)(double t), double deviation,
                              size_t earliest, size_t latest) {
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= TRIALS; seed++) {
        struct random random;
        double values[COUNT];
        random_init(&random, seed);
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = value_of((double)i) * (1 + deviation * noise(&random));
        }
        const struct steady steady = find(values, COUNT);
        found += steady.answer == STEADY_FOUND && steady.start >= earliest &&
                         steady.start <= latest
                     ? 1
                     : 0;
    }
    return found;
}

static unsigned never(double (*value_of)(double t), double deviation) {
    return TRIALS - found_between(value_of, deviation, 0, COUNT);
}

static double level(double t) {
    (void)t;
    return 1000;
}

static double early_step(double t) {
    return t < 20 ? 700 : 1000;
}

static double late_step(double t) {
    return t < 50 ? 1000 : 1300;
}

static double middle_step(double t) {
    return t < 40 ? 1000 : 1100;
}

static double ramp(double t) {
    return 1000 + 10 * t;
}

static double fall(double t) {
    return 1000 - 5 * t;
}

/* 95 % of the way after 18 intervals. */
static double warm_up(double t) {
    return 1000 * (1 - exp(-t / 6));
}

static double cooling(double t) {
    return 1000 * (1 + 3 * exp(-t / 4));
}

/* As of a checkpoint now and then. */
static double waves(double t) {
    return 1000 + 200 * sin(t * 2 * 3.14159265358979 / 6);
}

static double dips(double t) {
    return fmod(t, 10) == 9 ? 500 : 1000;
}

static void a_level_is_steady_from_the_start(void **state) {
    (void)state;
    assert_int_equal(found_between(level, 0, 0, 0), TRIALS);
    assert_in_range(found_between(level, 0.02, 0, 0), TRIALS - 1, TRIALS);
}

static void noise_is_no_change_however_large(void **state) {
    (void)state;
    assert_in_range(found_between(level, 0.1, 0, 2), TRIALS * 97 / 100, TRIALS);
    assert_in_range(found_between(level, 0.3, 0, 2), TRIALS * 97 / 100, TRIALS);
    assert_int_equal(never(level, 0.3), 0);
}

static void after_a_step_it_is_steady_from_there(void **state) {
    (void)state;
    assert_int_equal(found_between(early_step, 0, 20, 20), TRIALS);
    assert_in_range(found_between(early_step, 0.02, 20, 21), TRIALS - 2,
                    TRIALS);
    assert_in_range(found_between(early_step, 0.05, 19, 22), TRIALS * 95 / 100,
                    TRIALS);
}

static void a_step_in_the_last_half_is_never_steady(void **state) {
    (void)state;
    assert_int_equal(never(late_step, 0.02), TRIALS);
    assert_int_equal(never(middle_step, 0.02), TRIALS);
    double values[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = middle_step((double)i);
    }
    const struct steady steady = find(values, COUNT);
    assert_int_equal(steady.answer, STEADY_STEP);
    assert_string_equal(steady.name, "rate");
    assert_true(steady.change > 0.09 && steady.change < 0.11);
}

static void a_ramp_is_never_steady(void **state) {
    (void)state;
    assert_int_equal(never(ramp, 0), TRIALS);
    assert_int_equal(never(ramp, 0.02), TRIALS);
    assert_int_equal(never(fall, 0.02), TRIALS);
    double values[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = fall((double)i);
    }
    const struct steady steady = find(values, COUNT);
    assert_int_equal(steady.answer, STEADY_SLOPE);
    assert_true(steady.change < -0.15);
}

static void a_warm_up_ends_where_it_is_within_the_tolerance(void **state) {
    (void)state;
    assert_in_range(found_between(warm_up, 0, 10, 20), TRIALS, TRIALS);
    assert_in_range(found_between(warm_up, 0.01, 8, 24), TRIALS * 97 / 100,
                    TRIALS);
    assert_in_range(found_between(cooling, 0.01, 8, 24), TRIALS * 97 / 100,
                    TRIALS);
}

static void what_comes_again_and_again_is_steady(void **state) {
    (void)state;
    assert_in_range(found_between(waves, 0.01, 0, 3), TRIALS, TRIALS);
    assert_in_range(found_between(dips, 0.01, 0, 3), TRIALS, TRIALS);
}

static void one_outlier_at_the_start_is_left_out(void **state) {
    (void)state;
    double values[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = 1000 + (double)(i % 3);
    }
    values[0] = 600;
    values[30] = 600; /* it stalled for an interval: that is its steady state */
    const struct steady steady = find(values, COUNT);
    assert_int_equal(steady.answer, STEADY_FOUND);
    assert_int_equal(steady.start, 1);
}

static void the_last_of_several_decides(void **state) {
    (void)state;
    double rate[COUNT];
    double p99[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        rate[i] = i < 5 ? 500 : 1000;
        p99[i] = i < 17 ? 9 : 4;
    }
    const struct steady_series series[] = {
        {.name = "rate", .values = rate, .tolerance = 0.05},
        {.name = "p99", .values = p99, .tolerance = 0.2},
    };
    const struct steady steady = steady_find(series, 2, COUNT);
    assert_int_equal(steady.answer, STEADY_FOUND);
    assert_int_equal(steady.start, 17);
}

static void few_intervals_tell_nothing(void **state) {
    (void)state;
    const double values[STEADY_INTERVALS_MIN] = {9, 9, 9, 9, 9, 9, 9, 9};
    assert_int_equal(find(values, STEADY_INTERVALS_MIN - 1).answer,
                     STEADY_SHORT);
    assert_int_equal(find(values, 0).answer, STEADY_SHORT);
    assert_int_equal(find(values, STEADY_INTERVALS_MIN).answer, STEADY_FOUND);
}

static void ten_intervals_tell_a_ramp(void **state) {
    (void)state;
    double values[10];
    for (size_t i = 0; i < 10; i++) {
        values[i] = 100 + 10 * (double)i;
    }
    assert_int_equal(find(values, 10).answer, STEADY_SLOPE);
    const double zeros[10] = {0};
    assert_int_equal(find(zeros, 10).answer, STEADY_FOUND);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_steady_from_the_start),
        cmocka_unit_test(noise_is_no_change_however_large),
        cmocka_unit_test(after_a_step_it_is_steady_from_there),
        cmocka_unit_test(a_step_in_the_last_half_is_never_steady),
        cmocka_unit_test(a_ramp_is_never_steady),
        cmocka_unit_test(a_warm_up_ends_where_it_is_within_the_tolerance),
        cmocka_unit_test(what_comes_again_and_again_is_steady),
        cmocka_unit_test(one_outlier_at_the_start_is_left_out),
        cmocka_unit_test(the_last_of_several_decides),
        cmocka_unit_test(few_intervals_tell_nothing),
        cmocka_unit_test(ten_intervals_tell_a_ramp),
    };
    return SUITE_RUN(tests, argc, argv);
}
