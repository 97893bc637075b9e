/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/compare.h"

#include <math.h>
#include <string.h>

#include "measure/proportion.h"
#include "unit/plunge/compare_fixture.h"

/* ---- The whole ----------------------------------------------------------- */

static void nothing_changed_is_the_same(void **state) {
    const struct result_comparison *comparison = compare(*state);
    static const char *const metrics[] = {
        "throughput",  "p50",    "p90",   "p99",      "service.p50",
        "service.p99", "errors", "wrong", "rejected", "left_behind",
        "threads",     "fds",    "heap",  "rss"};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        expect(comparison, metrics[i], "same");
    }
    assert_string_equal(comparison->answer, "same");
    assert_string_equal(comparison->method, "two runs");
    assert_string_equal(comparison->base.path, "a");
    assert_string_equal(comparison->base.build, "release");
    assert_int_equal(comparison->remarks_count, 0);
    /* The mean and the maximum never stand alone, and are not there. */
    assert_null(find(comparison, "mean"));
    assert_null(find(comparison, "max"));
    assert_null(find(comparison, "exhausted_at"));
}

static void what_is_slower_is_worse(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 1.2);
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "worse");
    expect(comparison, "p99", "worse");
    expect(comparison, "p50", "same");
    assert_string_equal(comparison->answer, "worse");
    assert_contains(comparison->why, "throughput in main (-16.");
    const struct result_compared *figure = find(comparison, "throughput");
    assert_true(figure->ratio > 0.82 && figure->ratio < 0.845);
    assert_true(figure->low < figure->ratio && figure->high > figure->ratio);
    assert_true(figure->high < 0.95 && figure->visible < 0.17);
    assert_true(figure->more_blocks == RESULT_UNKNOWN);
    assert_string_equal(figure->unit, "per_s");
}

static void what_is_faster_is_better(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 1 / 1.2);
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "better");
    expect(comparison, "p99", "better");
    assert_string_equal(comparison->answer, "better");
}

/* A block that passed its limit has no phases, be it the first or not. */
static void times_are_those_of_all_blocks(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 1.2);
    f->newer.result.cells[0].phases_count = 0;
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "worse");
    expect(comparison, "p99", "worse");
    assert_contains(find(comparison, "p99")->why,
                    "the second: 1 of 10 blocks left out");
}

static void what_the_first_alone_has_times_of_is_not_the_same(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].phases_count = 0;
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "not decided");
    expect(comparison, "p99", "not decided");
    assert_string_equal(comparison->answer, "not decided");
}

/* 4.5 % is within what is let pass, but too near to it for ten blocks. */
static void what_is_near_the_line_is_not_decided(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 1.048);
    const struct result_comparison *comparison = compare(f);
    const struct result_compared *figure = find(comparison, "p99");
    expect(comparison, "p99", "not decided");
    assert_true(figure->more_blocks > 0 &&
                figure->more_blocks != RESULT_UNKNOWN);
    assert_string_equal(comparison->answer, "not decided");
    assert_contains(comparison->why, "more block");
    const struct compare_options wider = {.tolerance = 0.2};
    expect(compare_with(f, &wider), "p99", "same");
    const struct compare_options narrower = {.tolerance = 0.005};
    expect(compare_with(f, &narrower), "p99", "worse");
}

/* What a run drifts by within itself, the other may have drifted by, too. Each
 * half is as quiet as before, and 13 % is beyond all blocks. */
static void a_run_that_drifts_decides_less(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 1.13);
    expect(compare(f), "p99", "worse");
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].phases[0].latency.p99 =
            i < BLOCKS / 2 ? 4000000 : 4200000;
    }
    const struct result_comparison *comparison = compare(f);
    const struct result_compared *figure = find(comparison, "p99");
    expect(comparison, "p99", "not decided");
    expect(comparison, "throughput", "worse");
    assert_true(figure->low > 1 && figure->low < 1.05);
    assert_true(figure->visible > 0.1);
}

static void too_few_blocks_decide_no_times(void **state) {
    struct fixture *f = *state;
    slower(&f->newer, 2);
    f->base.result.cells_count = 2;
    f->newer.result.cells_count = 2;
    const struct result_comparison *comparison = compare(f);
    const struct result_compared *figure = find(comparison, "p99");
    expect(comparison, "p99", "not decided");
    expect(comparison, "errors", "same");
    assert_true(isnan(figure->visible) && isnan(figure->low));
    assert_in_range(figure->more_blocks, 3, 8);
    assert_contains(figure->why, "2 blocks of each");
}

/* Two figures of two blocks each, and the change between them. */
static void of_two_blocks_the_middle_leans_to_neither(void **state) {
    struct fixture *f = *state;
    f->base.result.cells_count = 2;
    f->newer.result.cells_count = 2;
    f->base.result.cells[0].phases[0].throughput_per_s = 400;
    f->base.result.cells[1].phases[0].throughput_per_s = 200;
    f->newer.result.cells[0].phases[0].throughput_per_s = 250;
    f->newer.result.cells[1].phases[0].throughput_per_s = 240;
    f->newer.result.cells[0].phases[0].latency.p99 = 5000000;
    f->newer.result.cells[1].phases[0].latency.p99 = 6000000;
    const struct result_comparison *comparison = compare(f);
    assert_true(find(comparison, "throughput")->base_value == 300);
    assert_true(find(comparison, "throughput")->new_value == 245);
    assert_true(find(comparison, "p99")->new_value == 6000000);
}

/* A machine that is faster for a while and slower for a while, as one with
 * neighbours is: a block is like the one before it, and the second run begins
 * where the first one ended. Nothing has changed. */
static void machine_goes_on(struct fixture *f, struct sample *sample,
                            double *state) {
    for (size_t i = 0; i < BLOCKS; i++) {
        struct result_phase *phase = &sample->result.cells[i].phases[0];
        *state = 0.9 * *state + 0.03 * spread_draw(&f->random, SPREAD_NORMAL);
        const double factor =
            exp(*state + 0.01 * spread_draw(&f->random, SPREAD_TAILS));
        phase->throughput_per_s = 10000 / factor;
        phase->latency.p50 = (uint64_t)(2e6 * factor);
        phase->latency.p90 = (uint64_t)(3e6 * factor);
        phase->latency.p99 = (uint64_t)(4e6 * factor * factor);
    }
}

static void a_machine_that_drifts_is_not_called_worse(void **state) {
    enum { TRIALS = 400 };
    struct fixture *f = *state;
    unsigned alarms = 0;
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        double drift = 0.03 * spread_draw(&f->random, SPREAD_NORMAL);
        machine_goes_on(f, &f->base, &drift);
        machine_goes_on(f, &f->newer, &drift);
        alarms += strcmp(compare(f)->answer, "worse") == 0;
    }
    print_message("%u of %d called worse\n", alarms, (int)TRIALS);
    assert_true(proportion_interval(alarms, TRIALS, 0.99).low <= 0.01);
}

/* ---- Times of another boot ----------------------------------------------- */

static void another_boot_leaves_times_open_and_counts_decided(void **state) {
    struct fixture *f = *state;
    struct result_fact facts[3];
    memcpy(facts, f->facts, sizeof facts);
    facts[0].text = "another";
    f->newer.result.environment = facts;
    slower(&f->newer, 2);
    const struct result_comparison *open = compare(f);
    expect(open, "throughput", "not decided");
    expect(open, "errors", "same");
    assert_contains(find(open, "p99")->why, "use --vs");
    assert_contains(open->why, "use --vs");
    assert_string_equal(open->answer, "not decided");
    f->newer.result.cells[3].phases[0].failed = 1;
    f->newer.result.cells[3].phases[0].completed -= 1;
    const struct result_comparison *worse = compare(f);
    expect(worse, "errors", "worse");
    assert_string_equal(worse->answer, "worse");
    const struct compare_options counts = {.tolerance = 0.05,
                                           .counts_only = true};
    f->newer.result.cells[3].phases[0].failed = 0;
    f->newer.result.cells[3].phases[0].completed += 1;
    const struct result_comparison *same = compare_with(f, &counts);
    assert_null(find(same, "throughput"));
    assert_string_equal(same->answer, "same");
}

static void noise_leaves_a_block_out_and_says_so(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        struct result_noise *noise = &f->newer.result.cells[i].noise;
        *noise = (struct result_noise){
            .given = true, .duration_s = 10, .steal = i == 4 ? 0.2 : 0};
    }
    const struct result_comparison *one = compare(f);
    expect(one, "p99", "same");
    assert_contains(find(one, "p99")->why,
                    "the second: 1 of 10 blocks left out (not decided: other "
                    "machines took 20.0 %");
    assert_int_equal(find(one, "p99")->samples, BLOCKS - 1);
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].noise.steal = 0.2;
    }
    const struct result_comparison *all = compare(f);
    expect(all, "p99", "not decided");
    expect(all, "threads", "same");
}

/* ---- What is there to compare -------------------------------------------- */

/* What neither has enough samples for is no question; what one has is none
 * that could be answered. */
static void percentiles_need_their_samples(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].phases[0].latency.count = 9000;
        f->newer.result.cells[i].phases[0].latency.count = 9000;
    }
    assert_null(find(compare(f), "p99.9"));
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].phases[0].latency.count = 20000;
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "p99.9", "not compared");
    assert_contains(find(comparison, "p99.9")->why, "too few samples");
    expect(comparison, "p99", "same");
    assert_string_equal(comparison->answer, "same");
}

static void a_phase_without_an_answer_is_not_passed_over(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        struct result_phase *phase = &f->newer.result.cells[i].phases[0];
        phase->latency.count = 0;
        phase->completed_in_window = 0;
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "not decided");
    expect(comparison, "p99", "not decided");
}

static void points_of_a_sweep_are_compared_one_by_one(void **state) {
    struct fixture *f = *state;
    for (unsigned block = 0; block < BLOCKS; block++) {
        (void)sample_add_cell(&f->base, "pool.max=8", block);
        struct result_cell *cell =
            sample_add_cell(&f->newer, "pool.max=8", block);
        cell->phases[0].throughput_per_s = 100;
    }
    (void)sample_add_cell(&f->newer, "pool.max=16", 0);
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "same");
    assert_contains(comparison->why, "throughput in main of pool.max=8");
    assert_int_equal(comparison->remarks_count, 1);
    assert_string_equal(comparison->remarks[0].text,
                        "dbpool pool.max=16 is in the second alone, and not "
                        "compared");
}

/* It may be what has become worse, and nobody has looked. */
static void a_point_that_is_gone_is_not_the_same(void **state) {
    struct fixture *f = *state;
    for (unsigned block = 0; block < BLOCKS; block++) {
        (void)sample_add_cell(&f->base, "pool.max=8", block);
        (void)sample_add_cell(&f->newer, "pool.max=8", block);
    }
    (void)sample_add_cell(&f->base, "pool.max=16", 0);
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "throughput", "same");
    assert_string_equal(comparison->answer, "not decided");
    assert_contains(comparison->why, "the second has not");
}

static void what_was_interrupted_is_not_the_same(void **state) {
    struct fixture *f = *state;
    assert_string_equal(compare(f)->answer, "same");
    f->newer.result.verdict = RESULT_PARTIAL;
    const struct result_comparison *comparison = compare(f);
    assert_string_equal(comparison->answer, "not decided");
    assert_contains(comparison->why, "the second was interrupted");
    f->newer.result.verdict = RESULT_PASS;
    f->base.result.verdict = RESULT_PARTIAL;
    comparison = compare(f);
    assert_string_equal(comparison->answer, "not decided");
    assert_contains(comparison->why, "the first was interrupted");
}

static void one_point_is_compared_whatever_its_subject(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].subject = "uvwork";
    }
    expect(compare(f), "throughput", "same");
}

static void results_without_a_common_point_decide_nothing(void **state) {
    struct fixture *f = *state;
    f->newer.result.cells_count = 0;
    const struct result_comparison *comparison = compare(f);
    assert_string_equal(comparison->answer, "not decided");
    assert_string_equal(comparison->why, "there is nothing that both have");
}

/* ---- Pairs and slices ---------------------------------------------------- */

/* Blocks that are slow together are so for both. */
static void pairs_cancel_what_both_share(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        const double factor = 1 + 0.1 * (double)i;
        slower(&f->base, 1);
        f->base.result.cells[i].phases[0].throughput_per_s = 10000 / factor;
        f->newer.result.cells[i].phases[0].throughput_per_s =
            9200 / factor * (i % 2 == 0 ? 1.001 : 0.999);
    }
    expect(compare(f), "throughput", "not decided");
    const struct compare_options paired = {.method = COMPARE_PAIRED_BLOCKS,
                                           .tolerance = 0.05};
    const struct result_comparison *comparison = compare_with(f, &paired);
    expect(comparison, "throughput", "worse");
    assert_string_equal(comparison->method, "paired blocks");
}

static void slices_stand_in_place_of_blocks(void **state) {
    struct fixture *f = *state;
    double values[40];
    spread_fill(&f->random, SPREAD_NORMAL, -0.05, 0.005, values, 40);
    const struct compare_samples samples = {
        .figure = {.point = "",
                   .subject = "dbpool",
                   .metric = "throughput",
                   .phase = "main",
                   .unit = "per_s",
                   .base_value = 10000,
                   .new_value = 9500},
        .values = values,
        .count = 40,
        .more_is_better = true,
    };
    const struct compare_options sliced = {.method = COMPARE_PAIRED_SLICES,
                                           .tolerance = 0.02,
                                           .samples = &samples,
                                           .samples_count = 1};
    const struct result_comparison *comparison = compare_with(f, &sliced);
    const struct result_compared *figure = find(comparison, "throughput");
    expect(comparison, "throughput", "worse");
    assert_ptr_equal(figure, &comparison->figures[0]);
    assert_int_equal(figure->samples, 40);
    assert_true(figure->ratio > 0.94 && figure->ratio < 0.96);
    assert_true(figure->visible > 0.02 && figure->visible < 0.03);
    for (size_t i = 1; i < comparison->figures_count; i++) {
        assert_string_not_equal(comparison->figures[i].metric, "throughput");
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(nothing_changed_is_the_same),
        TEST(what_is_slower_is_worse),
        TEST(what_is_faster_is_better),
        TEST(times_are_those_of_all_blocks),
        TEST(what_the_first_alone_has_times_of_is_not_the_same),
        TEST(what_is_near_the_line_is_not_decided),
        TEST(a_run_that_drifts_decides_less),
        TEST(too_few_blocks_decide_no_times),
        TEST(of_two_blocks_the_middle_leans_to_neither),
        TEST(a_machine_that_drifts_is_not_called_worse),
        TEST(another_boot_leaves_times_open_and_counts_decided),
        TEST(noise_leaves_a_block_out_and_says_so),
        TEST(percentiles_need_their_samples),
        TEST(a_phase_without_an_answer_is_not_passed_over),
        TEST(points_of_a_sweep_are_compared_one_by_one),
        TEST(a_point_that_is_gone_is_not_the_same),
        TEST(what_was_interrupted_is_not_the_same),
        TEST(one_point_is_compared_whatever_its_subject),
        TEST(results_without_a_common_point_decide_nothing),
        TEST(pairs_cancel_what_both_share),
        TEST(slices_stand_in_place_of_blocks),
    };
    return SUITE_RUN(tests, argc, argv);
}
