/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/shards.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "support/sample.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)

struct fixture {
    struct sample samples[2];
    struct shard shards[2];
    struct arena *arena;
    struct result *merged;
    const char *problem;
};

static int begin(void **state) {
    static struct fixture f;
    f = (struct fixture){.arena = arena_new()};
    for (unsigned i = 0; i < 2; i++) {
        struct result *result = &f.samples[i].result;
        sample_init(&f.samples[i]);
        result->seed = i + 1;
        result->scenario.sha256 = "00";
        result->started_at =
            i == 0 ? "2026-01-02T00:00:00Z" : "2026-01-01T00:00:00Z";
        f.shards[i] = (struct shard){i == 0 ? "one" : "two", result};
    }
    *state = &f;
    return 0;
}

static int end(void **state) {
    struct fixture *f = *state;
    sample_fini(&f->samples[0]);
    sample_fini(&f->samples[1]);
    arena_free(f->arena);
    return 0;
}

static struct result_cell *cell_of(struct fixture *f, int shard, size_t cell) {
    return &f->samples[shard].result.cells[cell];
}

/* @latency and its histogram get @count samples of @value_ns. */
static void measure(struct fixture *f, struct result_latency *latency,
                    const char **encoded, uint64_t value_ns, uint64_t count) {
    struct histogram histogram;
    struct text text;
    histogram_init(&histogram);
    text_init(&text);
    histogram_record_many(&histogram, value_ns, count);
    histogram_summary(&histogram, latency);
    histogram_encode(&histogram, &text);
    *encoded = arena_text(f->arena, text.bytes);
    text_fini(&text);
    histogram_fini(&histogram);
}

static void measure_both(struct fixture *f) {
    static const uint64_t values_ns[] = {MS, 10 * MS};
    static const uint64_t counts[] = {1000, 9000};
    for (int i = 0; i < 2; i++) {
        struct result_phase *phase = &cell_of(f, i, 0)->phases[0];
        phase->submitted = phase->completed = counts[i];
        phase->completed_in_window = counts[i];
        phase->duration_s = i == 0 ? 4 : 5;
        phase->throughput_per_s = (double)counts[i] / phase->duration_s;
        measure(f, &phase->latency, &phase->histogram, values_ns[i], counts[i]);
        measure(f, &phase->service, &phase->service_histogram, values_ns[i] / 2,
                counts[i]);
    }
}

static const struct result *join(struct fixture *f) {
    if (shards_join_blocks(f->shards, 2, f->arena, &f->merged, &f->problem) !=
        0) {
        fail_msg("%s", f->problem);
    }
    return f->merged;
}

static const struct result_phase *add(struct fixture *f) {
    if (shards_add(f->shards, 2, f->arena, &f->merged, &f->problem) != 0) {
        fail_msg("%s", f->problem);
    }
    return &f->merged->cells[0].phases[0];
}

/* ---- Side by side --------------------------------------------------------*/

static void blocks_are_numbered_on(void **state) {
    struct fixture *f = *state;
    (void)sample_add_cell(&f->samples[0], "", 1);
    (void)sample_add_cell(&f->samples[1], "", 1);
    (void)sample_add_cell(&f->samples[1], "", 2);
    const struct result *merged = join(f);
    assert_int_equal(merged->cells_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(merged->cells[i].block, i);
    }
    assert_string_equal(merged->merge.how, "blocks");
    assert_int_equal(merged->merge.shards[0].first_block, 0);
    assert_int_equal(merged->merge.shards[1].first_block, 2);
    assert_string_equal(merged->merge.shards[1].path, "two");
    assert_string_equal(merged->started_at, "2026-01-01T00:00:00Z");
}

/* One of them is far away, and so many there are not. */
static void a_high_block_is_no_long_way(void **state) {
    struct fixture *f = *state;
    cell_of(f, 0, 0)->block = 4000000000;
    (void)sample_add_cell(&f->samples[0], "", 7);
    (void)join(f);
    assert_int_equal(f->merged->cells_count, 3);
    assert_int_equal(f->merged->cells[0].block, 7);
    assert_true(f->merged->cells[1].block == 4000000000);
    assert_true(f->merged->cells[2].block == 4000000001);
    cell_of(f, 1, 0)->block = UINT_MAX - 4000000001;
    assert_int_equal(
        shards_join_blocks(f->shards, 2, f->arena, &f->merged, &f->problem),
        -1);
    assert_non_null(strstr(f->problem, "two: no run has a block 294967294"));
}

/* A reference stays in the block of the cells that are compared with it. */
static void references_stay_in_their_block(void **state) {
    struct fixture *f = *state;
    (void)sample_add_reference(&f->samples[0], "direct", "", 0);
    (void)sample_add_reference(&f->samples[1], "direct", "", 0);
    const struct result *merged = join(f);
    assert_int_equal(merged->cells_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(merged->cells[i].block, i / 2);
        assert_int_equal(merged->cells[i].reference, i % 2);
    }
}

/* Shards that have run other cells: of one seed, too. */
static void other_cells_keep_their_blocks(void **state) {
    struct fixture *f = *state;
    static struct result_parameter four = {
        .path = "pool.max", .number = 4, .text = "4"};
    f->samples[1].result.seed = 1;
    cell_of(f, 1, 0)->parameters = &four;
    cell_of(f, 1, 0)->parameters_count = 1;
    const struct result *merged = join(f);
    assert_int_equal(merged->cells_count, 2);
    assert_int_equal(merged->cells[0].block, 0);
    assert_int_equal(merged->cells[1].block, 0);
}

static void what_machines_differ_in_is_said(void **state) {
    struct fixture *f = *state;
    static struct result_fact facts[2][2] = {
        {{.name = "kernel", .text = "6.1"}, {.name = "cores", .number = 2}},
        {{.name = "kernel", .text = "6.1"}, {.name = "cores", .number = 4}},
    };
    for (int i = 0; i < 2; i++) {
        f->samples[i].result.environment = facts[i];
        f->samples[i].result.environment_count = 2;
    }
    const struct result *merged = join(f);
    assert_string_equal(merged->environment[0].text, "6.1");
    assert_string_equal(merged->environment[1].text, "2 | 4");
}

static void a_sweep_that_was_split_is_set_by_nobody(void **state) {
    struct fixture *f = *state;
    static struct result_setting one[] = {{"cycles", "3"}, {"sweep", "[1]"}};
    static struct result_setting two[] = {{"sweep", "[2]"}, {"cycles", "3"}};
    for (int i = 0; i < 2; i++) {
        f->samples[i].result.scenario.set = i == 0 ? one : two;
        f->samples[i].result.scenario.set_count = 2;
    }
    const struct result *merged = join(f);
    assert_int_equal(merged->scenario.set_count, 1);
    assert_string_equal(merged->scenario.set[0].key, "cycles");
}

/* ---- Added ---------------------------------------------------------------*/

/* A mean of the two medians would be 5.5 ms, and one of the two p99s as much;
 * nine of ten samples have taken 10 ms. */
static void percentiles_are_those_of_the_added_histograms(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    const struct result_phase *phase = add(f);
    assert_int_equal(phase->latency.count, 10000);
    assert_int_equal(phase->latency.p50, 10 * MS);
    assert_int_equal(phase->latency.p99, 10 * MS);
    assert_int_equal(phase->latency.min, MS);
    assert_int_equal(phase->latency.max, 10 * MS);
    assert_true(fabs(phase->latency.mean - 9.1 * (double)MS) < 1e4);
    assert_true(phase->service.p50 <= 5 * MS && phase->service.p50 > 4 * MS);
    struct histogram histogram;
    histogram_init(&histogram);
    assert_int_equal(histogram_decode(&histogram, phase->histogram), 0);
    assert_int_equal(histogram.total, 10000);
    assert_int_equal(histogram.counts[histogram_index(MS)], 1000);
    histogram_fini(&histogram);
}

/* Of what has no histogram the largest of any shard bounds that of all. */
static void lateness_is_no_more_than_that_of_any_shard(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    struct result_latency *const lateness[] = {
        &cell_of(f, 0, 0)->phases[0].lateness,
        &cell_of(f, 1, 0)->phases[0].lateness,
    };
    *lateness[0] = (struct result_latency){.count = 1000,
                                           .min = 3,
                                           .mean = 4,
                                           .p50 = 5,
                                           .p90 = 40,
                                           .p99 = 50,
                                           .p99_9 = 60,
                                           .p99_99 = 70,
                                           .max = 80};
    *lateness[1] = (struct result_latency){.count = 9000,
                                           .min = 1,
                                           .mean = 14,
                                           .p50 = 20,
                                           .p90 = 30,
                                           .p99 = 45,
                                           .p99_9 = 65,
                                           .p99_99 = 75,
                                           .max = 77};
    const struct result_latency *sum = &add(f)->lateness;
    assert_int_equal(sum->count, 10000);
    assert_int_equal(sum->min, 1);
    assert_true(sum->mean > 12.9 && sum->mean < 13.1);
    assert_int_equal(sum->p50, 20);
    assert_int_equal(sum->p90, 40);
    assert_int_equal(sum->p99, 50);
    assert_int_equal(sum->p99_9, 65);
    assert_int_equal(sum->p99_99, 75);
    assert_int_equal(sum->max, 80);
}

static void counts_are_added_over_the_longest_phase(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    cell_of(f, 0, 0)->phases[0].wrong = 1;
    cell_of(f, 1, 0)->phases[0].wrong = 2;
    const struct result_phase *phase = add(f);
    assert_int_equal(phase->completed, 10000);
    assert_int_equal(phase->wrong, 3);
    assert_int_equal(phase->in_flight_peak, 2000);
    assert_true(phase->duration_s == 5);
    assert_true(phase->throughput_per_s == 2000);
    assert_int_equal(phase->series_count, 0);
    assert_false(phase->tail.given || phase->staged);
}

static void what_is_left_is_listed_and_usage_is_the_most(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    sample_add_leftover(&f->samples[0], cell_of(f, 0, 0), RESULT_THREAD, 3);
    sample_add_leftover(&f->samples[1], cell_of(f, 1, 0), RESULT_FD, 1);
    cell_of(f, 0, 0)->resources.peak.threads = 4;
    cell_of(f, 1, 0)->resources.peak.threads = 6;
    cell_of(f, 0, 0)->cost.instructions = 100;
    cell_of(f, 1, 0)->cost.instructions = 200;
    (void)add(f);
    const struct result_cell *cell = &f->merged->cells[0];
    assert_int_equal(cell->leftovers_count, 2);
    assert_int_equal(cell->resources.peak.threads, 6);
    assert_true(cell->cost.instructions == 190); /* by their lookups */
    assert_true(isnan(cell->cost.syscalls));
}

static void a_cell_that_failed_in_one_has_failed(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    cell_of(f, 1, 0)->outcome =
        (struct result_outcome){.state = RESULT_HUNG, .detail = "for 10 s"};
    cell_of(f, 1, 0)->error = "busy";
    (void)add(f);
    assert_int_equal(f->merged->cells[0].outcome.state, RESULT_HUNG);
    assert_string_equal(f->merged->cells[0].error, "busy");
}

/* ---- What are no shards --------------------------------------------------*/

static void expect_refused(struct fixture *f, const char *words) {
    assert_int_equal(
        shards_add(f->shards, 2, f->arena, &f->merged, &f->problem), -1);
    if (strstr(f->problem, words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, f->problem);
    }
}

static void a_histogram_that_is_missing_is_named(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    cell_of(f, 1, 0)->phases[0].histogram = NULL;
    expect_refused(f, "block 0, phase main: a shard has no histogram");
}

static void other_cells_are_not_added(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    (void)sample_add_cell(&f->samples[0], "", 1);
    expect_refused(f, "one and two: 2 cells there, 1 here");
    (void)sample_add_cell(&f->samples[1], "other", 0);
    expect_refused(f, "two: has no cell block 1, as one does");
}

static void cycles_are_not_added(void **state) {
    struct fixture *f = *state;
    measure_both(f);
    cell_of(f, 0, 0)->cycles.planned = 2;
    expect_refused(f, "cycles are of one process");
}

static void what_is_no_shard_is_refused(void **state) {
    struct fixture *f = *state;
    static struct result_setting eight = {"pool.max", "8"};
    struct result *two = &f->samples[1].result;
    const struct result good = *two;
    measure_both(f);
    two->seed = 1;
    expect_refused(f, "both have run the same with seed 1: give each shard a "
                      "--seed of its own");
    *two = good;
    two->scenario.sha256 = "11";
    expect_refused(f, "one and two: no shards of one run: their scenarios");
    *two = good;
    two->version = "0.2.0";
    expect_refused(f, "by plunge 0.1.0 and by plunge 0.2.0");
    *two = good;
    two->scenario.set = &eight;
    two->scenario.set_count = 1;
    expect_refused(f, "-s pool.max: nothing there, 8 here");
    *two = good;
    two->find.is_sought = true;
    expect_refused(f, "the answers of a search");
    *two = good;
    two->cells[0].build = "other";
    expect_refused(f, "it has another build beside it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(blocks_are_numbered_on),
        TEST(a_high_block_is_no_long_way),
        TEST(references_stay_in_their_block),
        TEST(other_cells_keep_their_blocks),
        TEST(what_machines_differ_in_is_said),
        TEST(a_sweep_that_was_split_is_set_by_nobody),
        TEST(percentiles_are_those_of_the_added_histograms),
        TEST(lateness_is_no_more_than_that_of_any_shard),
        TEST(counts_are_added_over_the_longest_phase),
        TEST(what_is_left_is_listed_and_usage_is_the_most),
        TEST(a_cell_that_failed_in_one_has_failed),
        TEST(a_histogram_that_is_missing_is_named),
        TEST(other_cells_are_not_added),
        TEST(cycles_are_not_added),
        TEST(what_is_no_shard_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
