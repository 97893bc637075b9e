/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/slope.h"

enum { THREADS, FDS, RSS, HEAP, METRICS };

struct fixture {
    struct arena *arena;
    struct slope slope;
    struct result_slope *results;
    size_t count;
    uint64_t noise;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new();
    f->noise = 1;
    slope_init(&f->slope);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    free(f);
    return 0;
}

/* 0 to 1023, the same on every machine. */
static uint64_t noise(struct fixture *f) {
    f->noise = f->noise * UINT64_C(6364136223846793005) + 1442695040888963407;
    return f->noise >> 54;
}

static void sample(struct fixture *f, uint64_t cycle, uint64_t heap) {
    struct result_usage usage = {
        .threads = 1 + 3 * cycle,
        .fds = 8,
        .rss_bytes = heap,
        .heap_bytes = heap,
    };
    slope_sample(&f->slope, cycle, &usage);
}

static void judge(struct fixture *f) {
    f->results = slope_results(&f->slope, f->arena, &f->count);
}

static void fewer_than_two_samples_have_no_slope(void **state) {
    struct fixture *f = *state;
    judge(f);
    assert_null(f->results);
    assert_int_equal(f->count, 0);
    sample(f, 1, 1000);
    judge(f);
    assert_null(f->results);
    assert_int_equal(f->count, 0);
}

static void the_metrics_are_named_as_in_the_schema(void **state) {
    static const char *const names[METRICS] = {"threads", "fds", "rss", "heap"};
    struct fixture *f = *state;
    sample(f, 1, 1000);
    sample(f, 2, 1000);
    judge(f);
    assert_int_equal(f->count, METRICS);
    for (size_t i = 0; i < METRICS; i++) {
        assert_string_equal(f->results[i].metric, names[i]);
    }
}

static void what_never_changes_is_constant(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 5; cycle++) {
        sample(f, cycle, 1000);
    }
    judge(f);
    assert_string_equal(f->results[FDS].verdict, "constant");
    assert_true(f->results[FDS].per_cycle == 0);
    assert_true(f->results[FDS].upper_bound == 0);
}

static void an_exact_leak_is_exact_from_two_cycles_on(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 20; cycle++) {
        sample(f, cycle, 1000);
        judge(f);
        if (cycle >= 2) {
            assert_string_equal(f->results[THREADS].verdict, "grows");
            assert_true(f->results[THREADS].per_cycle == 3);
            assert_true(f->results[THREADS].upper_bound == 3);
        }
    }
}

static void what_is_unknown_is_undecided(void **state) {
    struct fixture *f = *state;
    sample(f, 1, 1000);
    sample(f, 2, RESULT_UNKNOWN);
    judge(f);
    assert_string_equal(f->results[HEAP].verdict, "undecided");
    assert_true(isnan(f->results[HEAP].per_cycle));
    assert_true(isnan(f->results[HEAP].upper_bound));
}

static void too_few_noisy_samples_have_no_bound(void **state) {
    struct fixture *f = *state;
    sample(f, 1, 1000);
    sample(f, 2, 1010);
    sample(f, 3, 1030);
    judge(f);
    assert_true(f->results[HEAP].per_cycle == 15);
    assert_true(isnan(f->results[HEAP].upper_bound));
    assert_string_equal(f->results[HEAP].verdict, "undecided");
}

static void noise_alone_does_not_grow(void **state) {
    struct fixture *f = *state;
    size_t alarms = 0;
    size_t misses = 0;
    for (size_t run = 0; run < 1000; run++) {
        slope_init(&f->slope);
        for (uint64_t cycle = 1; cycle <= 30; cycle++) {
            sample(f, cycle, 1000000 + noise(f));
        }
        judge(f);
        alarms += strcmp(f->results[HEAP].verdict, "grows") == 0;
        misses += !(f->results[HEAP].upper_bound >= 0);
    }
    /* One in 1,000 is allowed on each side; with this seed it is so. */
    assert_in_range(alarms, 0, 3);
    assert_in_range(misses, 0, 3);
}

static void a_leak_under_noise_grows_and_lies_below_its_bound(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 200; cycle++) {
        sample(f, cycle, 1000000 + 16 * cycle + noise(f));
    }
    judge(f);
    assert_string_equal(f->results[HEAP].verdict, "grows");
    assert_true(f->results[HEAP].upper_bound > 16);
    assert_true(f->results[HEAP].upper_bound < 20);
    assert_true(fabs(f->results[HEAP].per_cycle - 16) < 2);
}

/* Pages that are touched for the first time, now and then. */
static void rss_grows_only_by_more_than_its_grain(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 10001; cycle++) {
        sample(f, cycle, 5000000 + cycle / 1000 * 4096);
    }
    judge(f);
    assert_string_equal(f->results[RSS].verdict, "undecided");
    assert_true(f->results[RSS].per_cycle > 4);
    assert_string_equal(f->results[HEAP].verdict, "grows");
    slope_init(&f->slope);
    for (uint64_t cycle = 1; cycle <= 10001; cycle++) {
        sample(f, cycle, 5000000 + cycle / 500 * 4096);
    }
    judge(f);
    assert_string_equal(f->results[RSS].verdict, "grows");
}

static void one_outlier_does_not_move_it(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 50; cycle++) {
        sample(f, cycle, cycle == 25 ? 1000000000 : 1000);
    }
    judge(f);
    assert_true(f->results[HEAP].per_cycle == 0);
    assert_string_equal(f->results[HEAP].verdict, "undecided");
}

static void a_step_up_is_neither_constant_nor_growth(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 50; cycle++) {
        sample(f, cycle, cycle == 50 ? 1001 : 1000);
    }
    judge(f);
    assert_string_equal(f->results[HEAP].verdict, "undecided");
}

static void ties_narrow_the_bounds(void **state) {
    static const uint64_t values[] = {0, 0, 0, 0, 0, 1, 2, 4, 7, 11, 16, 22};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        sample(f, 1 + i, values[i]);
    }
    judge(f);
    /* Without Sen's correction the lower bound would be 0. */
    assert_string_equal(f->results[HEAP].verdict, "grows");
    assert_true(f->results[HEAP].upper_bound == 3.5);
}

static void many_cycles_fit_in_bounded_memory(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 100000; cycle++) {
        sample(f, cycle, 1000 + cycle);
        assert_true(f->slope.count <= SLOPE_SAMPLES_MAX);
    }
    assert_int_equal(f->slope.stride, 256);
    assert_true(f->slope.count > SLOPE_SAMPLES_MAX / 2);
    for (size_t i = 0; i < f->slope.count; i++) {
        assert_int_equal(f->slope.samples[i].cycle, 1 + i * f->slope.stride);
    }
    judge(f);
    assert_true(f->results[HEAP].per_cycle == 1);
}

static void the_last_cycle_is_always_part_of_it(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 1000; cycle++) {
        sample(f, cycle, cycle == 1000 ? 1001 : 1000);
    }
    assert_int_equal(f->slope.stride, 2);
    judge(f);
    assert_string_equal(f->results[HEAP].verdict, "undecided");
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(fewer_than_two_samples_have_no_slope),
        TEST(the_metrics_are_named_as_in_the_schema),
        TEST(what_never_changes_is_constant),
        TEST(an_exact_leak_is_exact_from_two_cycles_on),
        TEST(what_is_unknown_is_undecided),
        TEST(too_few_noisy_samples_have_no_bound),
        TEST(noise_alone_does_not_grow),
        TEST(a_leak_under_noise_grows_and_lies_below_its_bound),
        TEST(rss_grows_only_by_more_than_its_grain),
        TEST(one_outlier_does_not_move_it),
        TEST(a_step_up_is_neither_constant_nor_growth),
        TEST(ties_narrow_the_bounds),
        TEST(many_cycles_fit_in_bounded_memory),
        TEST(the_last_cycle_is_always_part_of_it),
    };
    return SUITE_RUN(tests, argc, argv);
}
