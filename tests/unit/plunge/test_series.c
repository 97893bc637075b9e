/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/series.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "load/tally.h"
#include "measure/histogram.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)
#define SECOND CLOCK_NS_PER_S

/* A phase's tally, and its series of 16 points at most. */
struct fixture {
    struct tally tally;
    struct series *series;
    struct arena *arena;
    uint64_t completed; /* in the window of the cycle */
    struct result_usage usage;
    struct result_series_point *points;
    size_t count;
};

static void begin(struct fixture *f, bool timed, bool from_steady) {
    const struct series_options options = {
        .points_max = SERIES_POINTS_MIN,
        .from_steady = from_steady,
    };
    tally_init(&f->tally, timed);
    f->series = series_new(&options, &f->tally);
}

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new();
    f->usage = (struct result_usage){
        .threads = 3, .fds = 9, .rss_bytes = 1 << 20, .heap_bytes = 0};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    series_free(f->series);
    tally_fini(&f->tally);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void answer(struct fixture *f, uint64_t latency_ns, unsigned times) {
    const struct tally_times when = {.answered_ns = latency_ns};
    for (unsigned i = 0; i < times; i++) {
        tally_complete(&f->tally, true, &when);
        f->completed++;
    }
}

static void look(struct fixture *f, uint64_t now_ns, uint64_t in_flight) {
    const struct series_look seen = {
        .now_ns = now_ns,
        .completed = f->completed,
        .in_flight = in_flight,
        .usage = &f->usage,
    };
    series_look(f->series, &seen);
}

static void stop(struct fixture *f, uint64_t now_ns) {
    series_stop(f->series, now_ns, f->completed);
    f->completed = 0;
}

static void finish(struct fixture *f) {
    series_finish(f->series);
    f->points = series_points(f->series, f->arena, &f->count);
}

static uint64_t sum_completed(const struct fixture *f) {
    uint64_t sum = 0;
    for (size_t i = 0; i < f->count; i++) {
        sum += f->points[i].completed;
    }
    return sum;
}

static void intervals_begin_and_end_with_the_phase(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    const uint64_t start = 77 * SECOND + 5;
    series_start(f->series, start);
    answer(f, 2 * MS, 10);
    look(f, start + SECOND - 1, 4); /* not yet a second */
    answer(f, 3 * MS, 5);
    look(f, start + SECOND + 20 * MS, 6);
    answer(f, 9 * MS, 7);
    stop(f, start + SECOND + 500 * MS);
    finish(f);
    assert_int_equal(f->count, 2);
    assert_true(f->points[0].t_s == 0);
    assert_true(fabs(f->points[0].duration_s - 1.02) < 1e-9);
    assert_true(fabs(f->points[1].t_s - 1.02) < 1e-9);
    assert_true(fabs(f->points[1].duration_s - 0.48) < 1e-9);
    assert_int_equal(f->points[0].completed, 15);
    assert_int_equal(f->points[1].completed, 7);
    assert_true(f->points[0].in_flight == 5);
    assert_true(isnan(f->points[1].in_flight));
    assert_int_equal(f->points[0].threads, 3);
    assert_int_equal(f->points[1].threads, RESULT_UNKNOWN);
}

static void expect_near(uint64_t value_ns, uint64_t expected_ns) {
    assert_in_range(value_ns, expected_ns, expected_ns + expected_ns / 60);
}

static void an_interval_has_the_latencies_of_its_own_time(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 0);
    answer(f, 1 * MS, 98);
    answer(f, 40 * MS, 2);
    look(f, SECOND, 1);
    answer(f, 7 * MS, 3);
    look(f, 2 * SECOND, 1);
    look(f, 3 * SECOND, 1);
    stop(f, 3 * SECOND);
    finish(f);
    assert_int_equal(f->count, 3);
    expect_near(f->points[0].p50_ns, 1 * MS);
    expect_near(f->points[0].p99_ns, 40 * MS);
    assert_int_equal(f->points[0].max_ns, 40 * MS);
    expect_near(f->points[1].p50_ns, 7 * MS);
    expect_near(f->points[1].max_ns, 7 * MS);
    /* Nothing was answered. */
    assert_int_equal(f->points[2].completed, 0);
    assert_int_equal(f->points[2].p50_ns, RESULT_UNKNOWN);
    assert_int_equal(f->points[2].max_ns, RESULT_UNKNOWN);
}

static void an_interval_says_how_its_latencies_are_spread(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 0);
    answer(f, 1 << 20, 98);
    answer(f, 3 << 20, 2);
    look(f, SECOND, 1);
    answer(f, 7 << 20, 3);
    look(f, 2 * SECOND, 1);
    look(f, 3 * SECOND, 1);
    stop(f, 3 * SECOND);
    finish(f);
    assert_int_equal(f->count, 3);
    assert_string_equal(f->points[0].spread, "80:98,,,,,,2");
    assert_string_equal(f->points[1].spread, "91:3");
    assert_null(f->points[2].spread);
}

static void the_clock_stands_still_between_cycles(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    for (uint64_t cycle = 0; cycle < 8; cycle++) {
        const uint64_t start = cycle * 100 * SECOND;
        series_start(f->series, start);
        answer(f, MS, 1);
        look(f, start + 200 * MS, 1);
        stop(f, start + 250 * MS);
    }
    finish(f);
    assert_int_equal(f->count, 2);
    assert_true(fabs(f->points[1].t_s + f->points[1].duration_s - 2) < 1e-9);
    assert_int_equal(sum_completed(f), 8);
}

static void what_the_drain_answers_is_the_last_intervals(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 0);
    answer(f, MS, 10);
    look(f, SECOND, 5);
    stop(f, SECOND);
    answer(f, 80 * MS, 5);
    finish(f);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->points[0].completed, 10);
    expect_near(f->points[0].max_ns, 80 * MS);
}

/* 99 of 100 take 1 ms in even seconds and 100 ms in odd ones, half as many: the
 * p50 of both together is 1 ms, and no mean of theirs. */
static void merged_intervals_add_their_histograms(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 0);
    for (uint64_t second = 0; second < 1000; second++) {
        const bool odd = second % 2 == 1;
        f->usage.threads = odd ? 3 : 5;
        answer(f, odd ? 100 * MS : MS, odd ? 50 : 100);
        look(f, (second + 1) * SECOND, second % 4);
    }
    stop(f, 1000 * SECOND);
    finish(f);
    assert_in_range(f->count, SERIES_POINTS_MIN / 2, SERIES_POINTS_MIN);
    assert_int_equal(sum_completed(f), 500 * 150);
    double end_s = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct result_series_point *point = &f->points[i];
        assert_true(fabs(point->t_s - end_s) < 1e-9);
        end_s = point->t_s + point->duration_s;
        expect_near(point->p50_ns, MS);
        expect_near(point->p99_ns, 100 * MS);
        assert_int_equal(point->threads, 5);
        assert_true(fabs(point->in_flight - 1.5) < 1e-9);
    }
    assert_true(fabs(end_s - 1000) < 1e-9);
}

static size_t bytes_held(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static size_t bytes_after(uint64_t seconds) {
    void *state = NULL;
    assert_int_equal(set_up(&state), 0);
    struct fixture *f = state;
    begin(f, true, false);
    const size_t before = bytes_held();
    series_start(f->series, 0);
    for (uint64_t second = 1; second <= seconds; second++) {
        answer(f, second * 1000, 10);
        look(f, second * SECOND, 1);
    }
    const size_t after = bytes_held();
    stop(f, seconds * SECOND);
    assert_int_equal(tear_down(&state), 0);
    return after - before;
}

static void a_longer_phase_takes_no_more_memory(void **state) {
    (void)state;
    assert_int_equal(bytes_after(100), 0);
    assert_int_equal(bytes_after(100000), 0);
}

static void an_unmeasured_phase_has_counts_and_no_latencies(void **state) {
    struct fixture *f = *state;
    begin(f, false, false);
    series_start(f->series, 0);
    answer(f, MS, 10);
    look(f, SECOND, 1);
    stop(f, SECOND);
    finish(f);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->points[0].completed, 10);
    assert_int_equal(f->points[0].p50_ns, RESULT_UNKNOWN);
}

static void what_came_since_a_moment_is_exact(void **state) {
    struct fixture *f = *state;
    begin(f, true, true);
    series_start(f->series, 0);
    for (uint64_t second = 0; second < 20; second++) {
        answer(f, second < 5 ? 500 * MS : 1234567, 10);
        look(f, (second + 1) * SECOND, 1);
    }
    stop(f, 20 * SECOND);
    answer(f, 7 * MS, 1); /* the drain */
    finish(f);
    struct histogram latency;
    struct histogram service;
    histogram_init(&latency);
    histogram_init(&service);
    const struct series_part part =
        series_since(f->series, 5 * SECOND, &latency, &service);
    assert_int_equal(part.from_ns, 5 * SECOND);
    assert_int_equal(part.length_ns, 15 * SECOND);
    assert_int_equal(part.completed, 150);
    assert_int_equal(latency.total, 151);
    assert_int_equal(service.total, 151);
    const uint64_t p50_ns = histogram_percentile(&latency, 50);
    assert_in_range(p50_ns, 1234567, 1234567 + 1235);
    histogram_fini(&latency);
    histogram_fini(&service);
}

/* Nobody said when it ended. */
static void
a_phase_that_is_broken_off_ends_with_its_last_interval(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 5 * SECOND);
    answer(f, MS, 10);
    look(f, 6 * SECOND, 1);
    answer(f, MS, 20);
    look(f, 7 * SECOND, 1);
    finish(f);
    assert_int_equal(f->count, 2);
    assert_true(f->points[1].duration_s == 1);
    assert_int_equal(sum_completed(f), 30);
}

static void a_mean_has_its_error(void **state) {
    struct fixture *f = *state;
    begin(f, true, false);
    series_start(f->series, 0);
    for (uint64_t i = 0; i < 16; i++) {
        look(f, i * MS, i % 2 == 0 ? 90 : 110);
    }
    stop(f, SECOND);
    finish(f);
    const struct series_mean found = series_in_flight(f->series, 0);
    assert_true(found.mean == 100);
    /* A variance of 1600 / 15, of 16 looks. */
    assert_true(fabs(found.error - sqrt(1600.0 / 15 / 16)) < 1e-9);
    assert_true(isnan(series_in_flight(f->series, SECOND).mean));
}

/* Of 1,000 s there are blocks of 16 s: never earlier than asked for. */
static void what_is_kept_exactly_is_bounded_too(void **state) {
    struct fixture *f = *state;
    begin(f, true, true);
    series_start(f->series, 0);
    for (uint64_t second = 0; second < 1000; second++) {
        answer(f, MS + second, 1);
        look(f, (second + 1) * SECOND, 1);
    }
    stop(f, 1000 * SECOND);
    finish(f);
    struct histogram latency;
    struct histogram service;
    histogram_init(&latency);
    histogram_init(&service);
    const struct series_part part =
        series_since(f->series, 301 * SECOND, &latency, &service);
    assert_in_range(part.from_ns, 301 * SECOND, 512 * SECOND);
    assert_int_equal(part.from_ns + part.length_ns, 1000 * SECOND);
    assert_int_equal(part.completed, part.length_ns / SECOND);
    assert_int_equal(latency.total, part.completed);
    histogram_fini(&latency);
    histogram_fini(&service);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(intervals_begin_and_end_with_the_phase),
        TEST(an_interval_has_the_latencies_of_its_own_time),
        TEST(an_interval_says_how_its_latencies_are_spread),
        TEST(the_clock_stands_still_between_cycles),
        TEST(what_the_drain_answers_is_the_last_intervals),
        TEST(merged_intervals_add_their_histograms),
        cmocka_unit_test(a_longer_phase_takes_no_more_memory),
        TEST(an_unmeasured_phase_has_counts_and_no_latencies),
        TEST(what_came_since_a_moment_is_exact),
        TEST(what_is_kept_exactly_is_bounded_too),
        TEST(a_phase_that_is_broken_off_ends_with_its_last_interval),
        TEST(a_mean_has_its_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
