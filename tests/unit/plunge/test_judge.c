/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "support/sample.h"
#include "verdict/judge.h"

static const size_t first = 0;

/* Judges one expectation over the sample and returns what was decided. */
static const struct result_expectation *judge(struct sample *sample,
                                              struct expectation expectation) {
    if (expectation.text == NULL) {
        expectation.text = "an expectation";
    }
    sample->scenario.expectations =
        arena_alloc(sample->arena, sizeof expectation);
    sample->scenario.expectations[0] = expectation;
    sample->scenario.expectations_count = 1;
    judge_result(&sample->scenario, sample->arena, &sample->result);
    assert_int_equal(sample->result.expectations_count, 1);
    const struct result_expectation *decided = &sample->result.expectations[0];
    /* Every decision says what was measured and why. */
    assert_non_null(decided->measured);
    assert_non_null(decided->why);
    assert_string_not_equal(decided->measured, "");
    assert_string_not_equal(decided->why, "");
    return decided;
}

static enum result_held held(struct sample *sample,
                             struct expectation expectation) {
    return judge(sample, expectation)->held;
}

static void assert_contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
}

static int begin(void **state) {
    static struct sample sample;
    sample_init(&sample);
    *state = &sample;
    return 0;
}

static int end(void **state) {
    sample_fini(*state);
    return 0;
}

static const struct expectation nothing_left = {
    .metric = EXPECTATION_LEFT_BEHIND,
    .op = EXPECTATION_EQ,
    .operand = EXPECTATION_NOTHING,
};

static const struct expectation no_errors = {
    .metric = EXPECTATION_ERRORS,
    .op = EXPECTATION_EQ,
    .operand = EXPECTATION_VALUE,
};

static const struct expectation p99_below_5_ms = {
    .text = "p99 < 5ms",
    .metric = EXPECTATION_LATENCY,
    .statistic = EXPECTATION_P99,
    .op = EXPECTATION_LT,
    .operand = EXPECTATION_VALUE,
    .value = 5e6,
};

static const struct expectation as_fast_as_direct = {
    .text = "throughput >= 0.8 * direct",
    .metric = EXPECTATION_THROUGHPUT,
    .op = EXPECTATION_GE,
    .operand = EXPECTATION_SUBJECT,
    .subject = SCENARIO_DIRECT,
    .value = 0.8,
};

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
    {EXPECTATION_ERRORS, 0, true, false, 2, "2 errors per cycle"},
    {EXPECTATION_WRONG, 0, false, false, 1, "1 wrong"},
    {EXPECTATION_REJECTED, 0, false, false, 30, "30 rejected"},
    {EXPECTATION_COMPLETED, 0, false, false, 99900, "99,900 completed"},
    {EXPECTATION_LEFT_BEHIND, 0, false, false, 4, "1 pool, 3 threads"},
    {EXPECTATION_LEFT_BEHIND, 0, false, true, 3, "3 threads"},
    {EXPECTATION_LEFT_BEHIND, 0, true, true, 0.3, "0.3 left behind per cycle"},
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
    struct result_cell *cell = &sample->result.cells[first];
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
    struct result_phase *phase = &sample->result.cells[first].phases[0];
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
    struct result_phase *phase = &sample->result.cells[first].phases[0];
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

static void nothing_per_cycle_is_told_from_no_cycle(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = no_errors;
    expectation.per_cycle = true;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample->result.cells[first].cycles.completed = 0;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

/* ---- Phases -------------------------------------------------------------- */

/* Two measured phases with 1,000 samples each, of 1 ms and of 9 ms. */
static void make_two_phases(struct sample *sample) {
    struct result_cell *cell = &sample->result.cells[first];
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
    struct result_phase *phases = sample->result.cells[first].phases;
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
    struct result_phase *phases = sample->result.cells[first].phases;
    phases[1].measured = false;
    phases[1].failed = 5;
    phases[1].completed -= 5;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_NO);
}

static void a_named_phase_is_judged_alone(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    sample->result.cells[first].phases[1].measured = false;
    struct expectation expectation = p99_below_5_ms;
    expectation.phase = "main";
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    expectation.phase = "second";
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.phase = "third";
    assert_int_equal(held(sample, expectation), RESULT_HELD_UNDECIDED);
}

static void phases_without_histograms_leave_percentiles_open(void **state) {
    struct sample *sample = *state;
    make_two_phases(sample);
    sample->result.cells[first].phases[1].histogram = NULL;
    struct expectation expectation = p99_below_5_ms;
    assert_int_equal(held(sample, expectation), RESULT_HELD_UNDECIDED);
    expectation.statistic = EXPECTATION_MAX;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

static void a_cell_of_which_no_phase_is_measured_has_no_samples(void **state) {
    struct sample *sample = *state;
    sample->result.cells[first].phases[0].measured = false;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_NO);
}

/* ---- Left behind --------------------------------------------------------- */

#define KINDS_MAX 4
static const struct {
    struct expectation_kind named[KINDS_MAX];
    size_t named_count;
    struct expectation_kind left[KINDS_MAX];
    size_t left_count;
    bool same;
    const char *why;
} maps[] = {
    {{{RESULT_POOL, 1}, {RESULT_THREAD, 3}},
     2,
     {{RESULT_POOL, 1}, {RESULT_THREAD, 3}},
     2,
     true,
     "what was named"},
    {{{RESULT_POOL, 1}, {RESULT_THREAD, 3}},
     2,
     {{RESULT_POOL, 1}, {RESULT_THREAD, 2}},
     2,
     false,
     "2 threads left behind, expected: 3"},
    {{{RESULT_POOL, 1}}, 1, {{0}}, 0, false, "0 pools left behind"},
    {{{RESULT_POOL, 1}},
     1,
     {{RESULT_POOL, 1}, {RESULT_THREAD, 3}},
     2,
     false,
     "3 threads left behind, not named"},
    {{{RESULT_THREAD, EXPECTATION_ANY}},
     1,
     {{RESULT_THREAD, 17}},
     1,
     true,
     "what was named"},
    {{{RESULT_THREAD, EXPECTATION_ANY}},
     1,
     {{0}},
     0,
     false,
     "expected: any number from 1"},
    /* A pool owns these, so they need not be named... */
    {{{RESULT_POOL, 1}},
     1,
     {{RESULT_POOL, 1}, {RESULT_CONNECTION, 3}, {RESULT_FD, 9}},
     3,
     true,
     "what was named"},
    /* ...but what is named is counted... */
    {{{RESULT_POOL, 1}, {RESULT_FD, 8}},
     2,
     {{RESULT_POOL, 1}, {RESULT_FD, 9}},
     2,
     false,
     "9 fds left behind, expected: 8"},
    /* ...and without an owner that is left it must be named. */
    {{{RESULT_THREAD, 1}},
     1,
     {{RESULT_THREAD, 1}, {RESULT_FD, 1}},
     2,
     false,
     "1 fd left behind, not named"},
    {{{RESULT_CONNECTION, 1}},
     1,
     {{RESULT_CONNECTION, 1}, {RESULT_STATEMENT, 2}, {RESULT_HEAP, 40}},
     3,
     true,
     "what was named"},
    {{{RESULT_THREAD, 1}},
     1,
     {{RESULT_THREAD, 1}, {RESULT_CONNECTION, 1}},
     2,
     false,
     "1 connection left behind, not named"},
    {{{RESULT_FILE, 3}}, 1, {{RESULT_FILE, 3}}, 1, true, "what was named"},
    {{{RESULT_PROCESS, 0}},
     1,
     {{RESULT_PROCESS, 2}},
     1,
     false,
     "2 processes left behind, expected: 0"},
};

static void a_map_names_exactly_what_may_be_left(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        struct sample sample;
        struct expectation_kind named[KINDS_MAX];
        sample_init(&sample);
        memcpy(named, maps[i].named, sizeof named);
        for (size_t j = 0; j < maps[i].left_count; j++) {
            sample_add_leftover(&sample, &sample.result.cells[first],
                                maps[i].left[j].kind, maps[i].left[j].count);
        }
        struct expectation expectation = {
            .metric = EXPECTATION_LEFT_BEHIND,
            .op = EXPECTATION_EQ,
            .operand = EXPECTATION_MAP,
            .kinds = named,
            .kinds_count = maps[i].named_count,
        };
        const struct result_expectation *decided = judge(&sample, expectation);
        assert_contains(decided->why, maps[i].why);
        assert_int_equal(decided->held,
                         maps[i].same ? RESULT_HELD_YES : RESULT_HELD_NO);
        expectation.op = EXPECTATION_NE;
        assert_int_equal(held(&sample, expectation),
                         maps[i].same ? RESULT_HELD_NO : RESULT_HELD_YES);
        sample_fini(&sample);
    }
}

static void nothing_left_behind_means_no_entry_of_any_kind(void **state) {
    struct sample *sample = *state;
    const struct result_expectation *decided = judge(sample, nothing_left);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "nothing");
    sample_add_leftover(sample, &sample->result.cells[first], RESULT_SETTING,
                        1);
    decided = judge(sample, nothing_left);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "1 setting");
    struct expectation expectation = nothing_left;
    expectation.op = EXPECTATION_NE;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
}

static void a_kind_may_be_compared_with_nothing(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = nothing_left;
    expectation.kind_given = true;
    expectation.kind = RESULT_THREAD;
    sample_add_leftover(sample, &sample->result.cells[first], RESULT_FILE, 1);
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample_add_leftover(sample, &sample->result.cells[first], RESULT_THREAD, 1);
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

static void what_was_late_by_50_ms_at_most_is_forgiven(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[first];
    sample_add_leftover(sample, cell, RESULT_THREAD, 1);
    cell->leftovers[0].late_ms = 50;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    cell->leftovers[0].late_ms = 50.5;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
    cell->leftovers[0].late_ms = NAN;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
}

/* ---- Exhausted, error ---------------------------------------------------- */

static void exhaust(struct sample *sample, uint64_t at, uint64_t predicted) {
    struct result_cycles *cycles = &sample->result.cells[first].cycles;
    cycles->predicted_cycle = predicted;
    cycles->exhausted = (struct result_exhaustion){
        .happened = at != 0,
        .resource = at == 0 ? NULL : "threads",
        .at_cycle = at,
    };
}

static void exhausted_names_the_resource_or_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        uint64_t at;
        enum expectation_operand operand;
        const char *word;
        bool same;
        const char *measured;
    } rows[] = {
        {0, EXPECTATION_NOTHING, NULL, true, "nothing"},
        {0, EXPECTATION_RESOURCE, "threads", false, "nothing"},
        {21, EXPECTATION_NOTHING, NULL, false, "threads"},
        {21, EXPECTATION_RESOURCE, "threads", true, "threads"},
        {21, EXPECTATION_RESOURCE, "fds", false, "threads"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expectation expectation = {
            .metric = EXPECTATION_EXHAUSTED,
            .op = EXPECTATION_EQ,
            .operand = rows[i].operand,
            .word = rows[i].word,
        };
        exhaust(sample, rows[i].at, 0);
        const struct result_expectation *decided = judge(sample, expectation);
        assert_string_equal(decided->measured, rows[i].measured);
        assert_int_equal(decided->held,
                         rows[i].same ? RESULT_HELD_YES : RESULT_HELD_NO);
        expectation.op = EXPECTATION_NE;
        assert_int_equal(held(sample, expectation),
                         rows[i].same ? RESULT_HELD_NO : RESULT_HELD_YES);
    }
}

static void exhausted_at_is_a_cycle_a_prediction_or_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        uint64_t at;
        uint64_t predicted;
        enum expectation_operator op;
        enum expectation_operand operand;
        double value;
        enum result_held held;
    } rows[] = {
        {21, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {22, 21, EXPECTATION_GE, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 21, EXPECTATION_NE, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 0, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {0, 0, EXPECTATION_NE, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 21, EXPECTATION_GE, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_NOTHING, 0, RESULT_HELD_YES},
        {21, 21, EXPECTATION_EQ, EXPECTATION_NOTHING, 0, RESULT_HELD_NO},
        {21, 21, EXPECTATION_NE, EXPECTATION_NOTHING, 0, RESULT_HELD_YES},
        {21, 0, EXPECTATION_GE, EXPECTATION_VALUE, 20, RESULT_HELD_YES},
        {21, 0, EXPECTATION_GE, EXPECTATION_VALUE, 22, RESULT_HELD_NO},
        {0, 0, EXPECTATION_GE, EXPECTATION_VALUE, 20, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_VALUE, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_NE, EXPECTATION_VALUE, 20, RESULT_HELD_NO},
        {RESULT_UNKNOWN, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0,
         RESULT_HELD_UNDECIDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exhaust(sample, rows[i].at, rows[i].predicted);
        struct expectation expectation = {
            .metric = EXPECTATION_EXHAUSTED_AT,
            .op = rows[i].op,
            .operand = rows[i].operand,
            .value = rows[i].value,
        };
        assert_int_equal(held(sample, expectation), rows[i].held);
    }
}

static void error_is_the_text_of_the_first_failure(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_ERROR,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_WORDS,
        .word = "can't start new thread",
    };
    const struct result_expectation *decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "no error");
    sample->result.cells[first].error = "can't start new thread";
    decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "\"can't start new thread\"");
    sample->result.cells[first].error = "can't start new threads";
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.op = EXPECTATION_NE;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    expectation.op = EXPECTATION_EQ;
    expectation.operand = EXPECTATION_NOTHING;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

/* ---- Blocks -------------------------------------------------------------- */

static void set_p99(struct result_cell *cell, uint64_t p99_ms) {
    cell->phases[0].latency.p99 = p99_ms * 1000000;
}

static void figures_are_judged_on_the_median_of_the_blocks(void **state) {
    struct sample *sample = *state;
    set_p99(sample_add_cell(sample, "", 1), 90);
    set_p99(sample_add_cell(sample, "", 2), 3);
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "p99 4.00 ms");
    assert_string_equal(decided->why,
                        "the median of 3 blocks, 4.00 ms (3.00 ms to 90.0 ms), "
                        "is < 5.00 ms");
    set_p99(&sample->result.cells[first], 70);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_NO);
}

static void of_an_even_number_of_blocks_the_worse_middle_counts(void **state) {
    struct sample *sample = *state;
    set_p99(sample_add_cell(sample, "", 1), 6);
    struct expectation expectation = p99_below_5_ms;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.op = EXPECTATION_GT;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

static void counts_are_judged_in_every_block(void **state) {
    struct sample *sample = *state;
    sample_add_cell(sample, "", 1);
    struct result_cell *cell = sample_add_cell(sample, "", 2);
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    cell->phases[0].failed = 1;
    cell->phases[0].completed--;
    decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "1 error");
    assert_string_equal(decided->why, "in block 2 1 is not == 0");
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    sample_add_leftover(sample, cell, RESULT_FILE, 1);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
}

static void a_missing_block_leaves_open_what_the_others_allow(void **state) {
    struct sample *sample = *state;
    sample->scenario.blocks = 2;
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
    sample->result.cells[first].phases[0].failed = 1;
    sample->result.cells[first].phases[0].completed--;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_NO);
    set_p99(&sample->result.cells[first], 90);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
}

/* ---- Points of a sweep --------------------------------------------------- */

static void it_must_hold_in_every_point_and_names_the_worst(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    sample->scenario.cells_count = 0;
    set_p99(sample_add_cell(sample, "pool.max=1", 0), 3);
    set_p99(sample_add_cell(sample, "pool.max=2", 0), 4);
    set_p99(sample_add_cell(sample, "pool.max=4", 0), 2);
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "p99 4.00 ms (pool.max=2)");
    set_p99(&sample->result.cells[2], 20);
    decided = judge(sample, p99_below_5_ms);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "p99 20.0 ms (pool.max=4)");
    assert_string_equal(decided->why, "20.0 ms is not < 5.00 ms");
}

static void a_missing_point_leaves_it_open(void **state) {
    struct sample *sample = *state;
    sample_add_cell(sample, "pool.max=2", 0);
    sample->result.cells_count = 1;
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "1 of 2 cells");
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
}

static void without_any_cell_nothing_is_decided(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    const struct result_expectation *decided = judge(sample, no_errors);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "no cell was run");
    assert_int_equal(sample->result.verdict, RESULT_PARTIAL);
}

/* ---- Pairs --------------------------------------------------------------- */

static void set_throughput(struct result_cell *cell, double throughput_per_s) {
    struct result_phase *phase = &cell->phases[0];
    phase->throughput_per_s = throughput_per_s;
    phase->completed_in_window =
        (uint64_t)(throughput_per_s * phase->duration_s);
}

static void a_subject_is_compared_with_the_cell_beside_it(void **state) {
    struct sample *sample = *state;
    set_throughput(sample_add_reference(sample, "direct", "", 0), 12000);
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "0.833 * direct");
    assert_string_equal(
        decided->why, "10,000/s beside 12,000/s: the ratio, 0.833, is >= 0.8");
    set_throughput(&sample->result.cells[1], 13000);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_NO);
}

static void pairs_are_judged_on_the_median_of_their_ratios(void **state) {
    struct sample *sample = *state;
    static const double references[] = {10000, 20000, 11000};
    sample_add_cell(sample, "", 1);
    sample_add_cell(sample, "", 2);
    for (unsigned block = 0; block < 3; block++) {
        set_throughput(sample_add_reference(sample, "direct", "", block),
                       references[block]);
    }
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "0.909 * direct");
    assert_contains(decided->why, "the median of 3 pairs, 0.909 (0.5 to 1)");
}

static void a_pair_has_the_same_parameters(void **state) {
    struct sample *sample = *state;
    sample->result.cells_count = 0;
    sample->scenario.cells_count = 0;
    set_throughput(sample_add_cell(sample, "pool.max=1", 0), 1000);
    set_throughput(sample_add_cell(sample, "pool.max=8", 0), 8000);
    set_throughput(sample_add_reference(sample, "direct", "pool.max=1", 0),
                   1000);
    set_throughput(sample_add_reference(sample, "direct", "pool.max=8", 0),
                   8000);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_YES);
    set_throughput(&sample->result.cells[3], 16000);
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "0.5 * direct (pool.max=8)");
}

static void a_missing_reference_leaves_the_comparison_open(void **state) {
    struct sample *sample = *state;
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "no cell of direct");
    sample_add_reference(sample, "null", "", 0);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
    struct result_cell *reference =
        sample_add_reference(sample, "direct", "", 0);
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_YES);
    reference->outcome.state = RESULT_CRASHED;
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
}

static void a_reference_with_wrong_answers_fails_the_comparison(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0)->phases[0].wrong = 3;
    const struct result_expectation *decided = judge(sample, as_fast_as_direct);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_contains(decided->why, "direct gave 3 wrong answers");
}

static void a_reference_is_only_compared_with(void **state) {
    struct sample *sample = *state;
    struct result_cell *reference =
        sample_add_reference(sample, "direct", "", 0);
    sample_add_leftover(sample, reference, RESULT_THREAD, 1);
    reference->phases[0].failed = 1;
    reference->phases[0].completed--;
    set_p99(reference, 90);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_PASS);
}

static void counts_are_compared_with_a_subject_block_by_block(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_THREADS,
        .op = EXPECTATION_LE,
        .operand = EXPECTATION_SUBJECT,
        .subject = SCENARIO_DIRECT,
        .value = 2,
    };
    sample_add_cell(sample, "", 1)->resources.peak.threads = 4;
    sample->result.cells[first].resources.peak.threads = 6;
    for (unsigned block = 0; block < 2; block++) {
        sample_add_reference(sample, "direct", "", block)
            ->resources.peak.threads = 3;
    }
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample->result.cells[1].resources.peak.threads = 7;
    const struct result_expectation *decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->why, "in block 1 7 is not <= 6");
}

static void nothing_beside_nothing_is_as_much(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_ALLOCATIONS,
        .op = EXPECTATION_LE,
        .operand = EXPECTATION_SUBJECT,
        .subject = SCENARIO_DIRECT,
        .value = 1,
    };
    sample_add_reference(sample, "direct", "", 0)->cost.allocations = 0;
    sample->result.cells[first].cost.allocations = 0;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample->result.cells[first].cost.allocations = 0.001;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

/* ---- Cells that are no witness, and the verdict -------------------------- */

static void a_cell_that_did_not_complete_decides_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        enum result_state state;
        const char *why;
        enum result_verdict verdict;
    } rows[] = {
        {RESULT_CRASHED, "not measured: the cell crashed", RESULT_ERROR},
        {RESULT_HUNG, "not measured: the cell hung", RESULT_ERROR},
        {RESULT_OVER_LIMIT, "not measured: the cell went over its limit",
         RESULT_FAIL},
        {RESULT_INTERRUPTED, "not measured: the cell was interrupted",
         RESULT_PARTIAL},
    };
    static const struct expectation *const expectations[] = {
        &nothing_left,
        &no_errors,
        &p99_below_5_ms,
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < 3; j++) {
            sample->result.cells[first].outcome.state = rows[i].state;
            const struct result_expectation *decided =
                judge(sample, *expectations[j]);
            assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
            assert_string_equal(decided->why, rows[i].why);
            assert_int_equal(sample->result.verdict, rows[i].verdict);
        }
    }
}

static void one_block_refutes_what_another_crashed_on(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = sample_add_cell(sample, "", 1);
    cell->outcome.state = RESULT_CRASHED;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_UNDECIDED);
    sample_add_leftover(sample, &sample->result.cells[first], RESULT_FILE, 1);
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_ERROR);
}

static void a_reference_over_its_limit_fails_nobody(void **state) {
    struct sample *sample = *state;
    sample_add_reference(sample, "direct", "", 0)->outcome.state =
        RESULT_OVER_LIMIT;
    assert_int_equal(held(sample, as_fast_as_direct), RESULT_HELD_UNDECIDED);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void a_disputed_ledger_leaves_leftovers_open(void **state) {
    struct sample *sample = *state;
    sample->result.cells[first].ledger_disputed = "4 threads, /proc shows 5";
    const struct result_expectation *decided = judge(sample, nothing_left);
    assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
    assert_contains(decided->why, "4 threads, /proc shows 5");
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    /* Times and answers have other witnesses, but the run is not trusted. */
    assert_int_equal(held(sample, p99_below_5_ms), RESULT_HELD_YES);
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void requests_that_do_not_add_up_leave_all_open(void **state) {
    struct sample *sample = *state;
    sample->result.cells[first].phases[0].submitted++;
    static const struct expectation *const expectations[] = {
        &nothing_left,
        &no_errors,
        &p99_below_5_ms,
    };
    for (size_t i = 0; i < 3; i++) {
        const struct result_expectation *decided =
            judge(sample, *expectations[i]);
        assert_int_equal(decided->held, RESULT_HELD_UNDECIDED);
        assert_contains(decided->why, "100,001 requests of main");
        assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
    }
}

static void the_verdict_follows_the_order_of_exit_statuses(void **state) {
    struct sample *sample = *state;
    struct result *result = &sample->result;
    assert_int_equal(held(sample, no_errors), RESULT_HELD_YES);
    assert_int_equal(result->verdict, RESULT_PASS);

    struct result_cell *disputed = sample_add_cell(sample, "a=1", 0);
    disputed->ledger_disputed = "two threads";
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_UNDECIDED);

    sample_add_cell(sample, "a=2", 0)->phases[0].failed = 1;
    result->cells[2].phases[0].completed--;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_FAIL);

    sample_add_cell(sample, "a=3", 0)->outcome.state = RESULT_CRASHED;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_ERROR);

    sample_add_cell(sample, "a=4", 0)->outcome.state = RESULT_INTERRUPTED;
    (void)judge(sample, no_errors);
    assert_int_equal(result->verdict, RESULT_PARTIAL);
}

static void judging_again_gives_the_same(void **state) {
    struct sample *sample = *state;
    (void)judge(sample, p99_below_5_ms);
    size_t audit_count = sample->result.audit_count;
    const struct result_expectation *decided = judge(sample, p99_below_5_ms);
    assert_string_equal(decided->text, "p99 < 5ms");
    assert_int_equal(sample->result.audit_count, audit_count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_metric_has_its_value_and_its_words),
        TEST(every_operator_decides_every_metric),
        TEST(what_was_not_measured_is_left_open),
        TEST(a_baseline_that_was_not_given_leaves_it_open),
        TEST(no_samples_is_false_whatever_is_expected),
        TEST(nothing_per_cycle_is_told_from_no_cycle),
        TEST(times_cover_the_measured_phases_together),
        TEST(a_phase_that_is_not_measured_has_counts_only),
        TEST(a_named_phase_is_judged_alone),
        TEST(phases_without_histograms_leave_percentiles_open),
        TEST(a_cell_of_which_no_phase_is_measured_has_no_samples),
        TEST(a_map_names_exactly_what_may_be_left),
        TEST(nothing_left_behind_means_no_entry_of_any_kind),
        TEST(a_kind_may_be_compared_with_nothing),
        TEST(what_was_late_by_50_ms_at_most_is_forgiven),
        TEST(exhausted_names_the_resource_or_nothing),
        TEST(exhausted_at_is_a_cycle_a_prediction_or_nothing),
        TEST(error_is_the_text_of_the_first_failure),
        TEST(figures_are_judged_on_the_median_of_the_blocks),
        TEST(of_an_even_number_of_blocks_the_worse_middle_counts),
        TEST(counts_are_judged_in_every_block),
        TEST(a_missing_block_leaves_open_what_the_others_allow),
        TEST(it_must_hold_in_every_point_and_names_the_worst),
        TEST(a_missing_point_leaves_it_open),
        TEST(without_any_cell_nothing_is_decided),
        TEST(a_subject_is_compared_with_the_cell_beside_it),
        TEST(pairs_are_judged_on_the_median_of_their_ratios),
        TEST(a_pair_has_the_same_parameters),
        TEST(a_missing_reference_leaves_the_comparison_open),
        TEST(a_reference_with_wrong_answers_fails_the_comparison),
        TEST(a_reference_is_only_compared_with),
        TEST(counts_are_compared_with_a_subject_block_by_block),
        TEST(nothing_beside_nothing_is_as_much),
        TEST(a_cell_that_did_not_complete_decides_nothing),
        TEST(one_block_refutes_what_another_crashed_on),
        TEST(a_reference_over_its_limit_fails_nobody),
        TEST(a_disputed_ledger_leaves_leftovers_open),
        TEST(requests_that_do_not_add_up_leave_all_open),
        TEST(the_verdict_follows_the_order_of_exit_statuses),
        TEST(judging_again_gives_the_same),
    };
    return SUITE_RUN(tests, argc, argv);
}
