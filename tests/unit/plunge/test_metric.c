/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <math.h>

#include "base/arena.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "support/judged.h"

/* ---- Metrics ------------------------------------------------------------- */

/* Every metric of numbers, with its value in a cell that spoil_all() made. */
static const struct {
    enum expectation_metric metric;
    enum expectation_statistic statistic;
    bool per_cycle;
    bool kind_given;
    double value;
    const char *measured;
} metrics[] = {
    {EXPECTATION_THROUGHPUT, 0, false, false, 10000, "10,000/s"},
    {EXPECTATION_LATENCY, EXPECTATION_P50, false, false, 2e6, "p50 2.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_P90, false, false, 3e6, "p90 3.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_P99, false, false, 4e6, "p99 4.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_P99_9, false, false, 5e6,
     "p99.9 5.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_P99_99, false, false, 6e6,
     "p99.99 6.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_MAX, false, false, 7e6, "max 7.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_MIN, false, false, 1e6, "min 1.00 ms"},
    {EXPECTATION_LATENCY, EXPECTATION_MEAN, false, false, 2.5e6,
     "mean 2.50 ms"},
    {EXPECTATION_SERVICE, EXPECTATION_P99, false, false, 2e6,
     "service.p99 2.00 ms"},
    {EXPECTATION_ERRORS, 0, false, false, 20, "20 errors"},
    {EXPECTATION_WRONG, 0, false, false, 1, "1 wrong"},
    {EXPECTATION_REJECTED, 0, false, false, 30, "30 rejected"},
    {EXPECTATION_COMPLETED, 0, false, false, 99900, "99,900 completed"},
    {EXPECTATION_LEFT_BEHIND, 0, false, false, 4, "1 pool, 3 threads"},
    {EXPECTATION_LEFT_BEHIND, 0, false, true, 3, "3 threads"},
    {EXPECTATION_THREADS, 0, false, false, 6, "6 threads"},
    {EXPECTATION_THREADS, 0, true, false, 3, "3 threads per cycle"},
    {EXPECTATION_FDS, 0, false, false, 19, "19 fds"},
    {EXPECTATION_FDS, 0, true, false, 9, "9 fds per cycle"},
    {EXPECTATION_RSS, 0, false, false, 8388608, "rss 8.00 MiB"},
    {EXPECTATION_RSS, 0, true, false, 4096, "rss 4.00 KiB per cycle"},
    {EXPECTATION_HEAP, 0, false, false, 1048576, "heap 1.00 MiB"},
    {EXPECTATION_HEAP, 0, true, false, 512, "heap 512 B per cycle"},
    {EXPECTATION_DURATION, 0, false, false, 1e10, "10.0 s"},
    {EXPECTATION_INSTRUCTIONS, 0, false, false, 5000,
     "5,000 instructions per lookup"},
    {EXPECTATION_ALLOCATIONS, 0, false, false, 1, "1 allocation per lookup"},
    {EXPECTATION_SYSCALLS, 0, false, false, 0.25, "0.25 syscalls per lookup"},
    {EXPECTATION_CONTEXT_SWITCHES, 0, false, false, 0.5,
     "0.5 context switches per lookup"},
};
#define METRICS_COUNT (sizeof metrics / sizeof metrics[0])

static void fill_every_metric(struct sample *sample) {
    struct result_cell *cell = &sample->result.cells[0];
    struct result_phase *phase = &cell->phases[0];
    phase->completed = 99900;
    phase->failed = 20;
    phase->rejected = 30;
    phase->cancelled = 50;
    phase->wrong = 1;
    cell->cycles.planned = 10;
    cell->cycles.completed = 10;
    cell->resources.peak = (struct result_usage){
        .threads = 6,
        .fds = 19,
        .rss_bytes = 8388608,
        .heap_bytes = 1048576,
    };
    cell->cost = (struct result_cost){5000, 1, 0.25, 0.5};
    sample_add_leftover(sample, cell, RESULT_THREAD, 3);
    sample_add_leftover(sample, cell, RESULT_POOL, 1);
    sample_add_slope(sample, cell, "threads", 3);
    sample_add_slope(sample, cell, "fds", 9);
    sample_add_slope(sample, cell, "rss", 4096);
    sample_add_slope(sample, cell, "heap", 512);
}

static struct expectation
about_metric(size_t index, enum expectation_operator op, double value) {
    return (struct expectation){
        .metric = metrics[index].metric,
        .statistic = metrics[index].statistic,
        .per_cycle = metrics[index].per_cycle,
        .kind_given = metrics[index].kind_given,
        .kind = RESULT_THREAD,
        .op = op,
        .operand = EXPECTATION_VALUE,
        .value = value,
    };
}

static void every_metric_has_its_value_and_its_words(void **state) {
    struct sample *sample = *state;
    fill_every_metric(sample);
    for (size_t i = 0; i < METRICS_COUNT; i++) {
        const struct result_expectation *decided =
            judge(sample, about_metric(i, EXPECTATION_EQ, metrics[i].value));
        assert_string_equal(decided->measured, metrics[i].measured);
        assert_int_equal(decided->held, RESULT_HELD_YES);
    }
}

static void every_operator_decides_every_metric(void **state) {
    struct sample *sample = *state;
    /* Of a value below, at and above the limit. */
    static const struct {
        enum expectation_operator op;
        bool holds[3];
    } operators[] = {
        {EXPECTATION_EQ, {false, true, false}},
        {EXPECTATION_NE, {true, false, true}},
        {EXPECTATION_LT, {true, false, false}},
        {EXPECTATION_LE, {true, true, false}},
        {EXPECTATION_GT, {false, false, true}},
        {EXPECTATION_GE, {false, true, true}},
    };
    fill_every_metric(sample);
    for (size_t i = 0; i < METRICS_COUNT; i++) {
        const double limits[] = {metrics[i].value * 1.5, metrics[i].value,
                                 metrics[i].value * 0.5};
        for (size_t j = 0; j < sizeof operators / sizeof operators[0]; j++) {
            for (size_t k = 0; k < 3; k++) {
                struct expectation expectation =
                    about_metric(i, operators[j].op, limits[k]);
                assert_int_equal(held(sample, expectation),
                                 operators[j].holds[k] ? RESULT_HELD_YES
                                                       : RESULT_HELD_NO);
            }
        }
    }
}

static void what_was_not_measured_is_left_open(void **state) {
    struct sample *sample = *state;
    struct result_phase *phase = &sample->result.cells[0].phases[0];
    phase->failed = 0;
    phase->latency.p99_99 = RESULT_UNKNOWN;
    phase->latency.mean = NAN;
    phase->throughput_per_s = NAN;
    phase->duration_s = NAN;
    static const struct {
        enum expectation_metric metric;
        enum expectation_statistic statistic;
        bool per_cycle;
        const char *why;
    } unmeasured[] = {
        {EXPECTATION_LATENCY, EXPECTATION_P99_99, false,
         "not measured: p99.99"},
        {EXPECTATION_LATENCY, EXPECTATION_MEAN, false, "not measured: mean"},
        {EXPECTATION_LATENCY, EXPECTATION_P99, true, "no slope of a time"},
        {EXPECTATION_THROUGHPUT, 0, false, "not measured: throughput"},
        {EXPECTATION_DURATION, 0, false, "not measured: duration"},
        {EXPECTATION_THREADS, 0, false, "not measured: threads"},
        {EXPECTATION_FDS, 0, false, "not measured: fds"},
        {EXPECTATION_RSS, 0, false, "not measured: rss"},
        {EXPECTATION_HEAP, 0, false, "not measured: heap"},
        {EXPECTATION_HEAP, 0, true, "a slope of heap needs two cycles"},
        {EXPECTATION_INSTRUCTIONS, 0, false, "not measured: instructions"},
        {EXPECTATION_ALLOCATIONS, 0, false, "not measured: allocations"},
        {EXPECTATION_SYSCALLS, 0, false, "not measured: syscalls"},
        {EXPECTATION_CONTEXT_SWITCHES, 0, false,
         "not measured: context_switches"},
    };
    for (size_t i = 0; i < sizeof unmeasured / sizeof unmeasured[0]; i++) {
        struct expectation expectation = {
            .metric = unmeasured[i].metric,
            .statistic = unmeasured[i].statistic,
            .per_cycle = unmeasured[i].per_cycle,
            .op = EXPECTATION_LT,
            .operand = EXPECTATION_VALUE,
            .value = 1e12,
        };
        const struct result_expectation *decided = judge(sample, expectation);
        assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
        assert_contains(decided->why, unmeasured[i].why);
        assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    }
}

static void a_baseline_that_was_not_given_leaves_it_open(void **state) {
    struct expectation expectation = {
        .metric = EXPECTATION_THROUGHPUT,
        .operand = EXPECTATION_BASELINE,
        .value = 0.05,
    };
    const struct result_expectation *decided = judge(*state, expectation);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "no baseline");
}

static void no_samples_is_false_whatever_is_expected(void **state) {
    struct sample *sample = *state;
    struct result_phase *phase = &sample->result.cells[0].phases[0];
    phase->latency = (struct result_latency){0};
    phase->completed_in_window = 0;
    phase->throughput_per_s = 0;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_NO);
    struct expectation slow = {
        .metric = EXPECTATION_THROUGHPUT,
        .op = EXPECTATION_LT,
        .operand = EXPECTATION_VALUE,
        .value = 5,
    };
    const struct result_expectation *decided = judge(sample, slow);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "no samples");
    assert_int_equal(sample->result.verdict, RESULT_FAIL);
}

/* ---- Phases -------------------------------------------------------------- */

/* Two measured phases with 1,000 samples each, of 1 ms and of 9 ms. */
static void make_two_phases(struct sample *sample) {
    struct result_cell *cell = &sample->result.cells[0];
    sample_add_phase(sample, cell, "second");
    for (size_t i = 0; i < 2; i++) {
        struct histogram histogram;
        struct text text;
        histogram_init(&histogram);
        text_init(&text);
        for (unsigned j = 0; j < 1000; j++) {
            histogram_record(&histogram, i == 0 ? 1000000 : 9000000);
        }
        histogram_encode(&histogram, &text);
        histogram_summary(&histogram, &cell->phases[i].latency);
        cell->phases[i].histogram = arena_text(sample->arena, text.bytes);
        text_fini(&text);
        histogram_fini(&histogram);
    }
}

static void times_cover_the_measured_phases_together(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    struct result_phase *phases = sample->result.cells[0].phases;
    phases[1].duration_s = 30;
    phases[1].completed_in_window = 20000;
    struct expectation expectation = p99_below_5_ms;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.statistic = EXPECTATION_P50;
    assert_string_equal(judge(sample, expectation)->measured, "p50 1.00 ms");
    expectation.statistic = EXPECTATION_MEAN;
    assert_string_equal(judge(sample, expectation)->measured, "mean 5.00 ms");
    expectation.statistic = EXPECTATION_MIN;
    assert_string_equal(judge(sample, expectation)->measured, "min 1.00 ms");
    /* 120,000 in 40 s: no mean of 10,000/s and 667/s. */
    expectation.metric = EXPECTATION_THROUGHPUT;
    assert_string_equal(judge(sample, expectation)->measured, "3,000/s");
    expectation.metric = EXPECTATION_DURATION;
    assert_string_equal(judge(sample, expectation)->measured, "40.0 s");
}

static void a_phase_that_is_not_measured_has_counts_only(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    struct result_phase *phases = sample->result.cells[0].phases;
    phases[1].measured = false;
    phases[1].failed = 5;
    phases[1].completed -= 5;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_NO);
}

static void a_named_phase_is_judged_alone(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    sample->result.cells[0].phases[1].measured = false;
    struct expectation expectation = p99_below_5_ms;
    expectation.phase = "main";
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    expectation.phase = "second";
    assert_string_equal(judge(sample, expectation)->measured, "p99 9.00 ms");
    expectation.phase = "third";
    assert_int_equal(held(sample, expectation), RESULT_HELD_UNDECIDED);
}

static void phases_without_histograms_leave_percentiles_open(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    sample->result.cells[0].phases[1].histogram = NULL;
    struct expectation expectation = p99_below_5_ms;
    assert_int_equal(held(sample, expectation), RESULT_HELD_UNDECIDED);
    expectation.statistic = EXPECTATION_MAX;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

static void a_cell_of_which_no_phase_is_measured_has_no_samples(void **state) {
    struct sample *sample = *state;
    sample->result.cells[0].phases[0].measured = false;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_NO);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        JUDGED_TEST(every_metric_has_its_value_and_its_words),
        JUDGED_TEST(every_operator_decides_every_metric),
        JUDGED_TEST(what_was_not_measured_is_left_open),
        JUDGED_TEST(a_baseline_that_was_not_given_leaves_it_open),
        JUDGED_TEST(no_samples_is_false_whatever_is_expected),
        JUDGED_TEST(times_cover_the_measured_phases_together),
        JUDGED_TEST(a_phase_that_is_not_measured_has_counts_only),
        JUDGED_TEST(a_named_phase_is_judged_alone),
        JUDGED_TEST(phases_without_histograms_leave_percentiles_open),
        JUDGED_TEST(a_cell_of_which_no_phase_is_measured_has_no_samples),
    };
    return SUITE_RUN(tests, argc, argv);
}
