/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/contrast_counts.h"

#include <math.h>

#include "unit/plunge/compare_fixture.h"

/* ---- Counts -------------------------------------------------------------- */

static void one_error_in_one_block_is_worse(void **state) {
    struct fixture *f = *state;
    f->newer.result.cells[7].phases[0].failed = 1;
    f->newer.result.cells[7].phases[0].completed -= 1;
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "errors", "worse");
    assert_string_equal(find(comparison, "errors")->why, "in 1 of 10 blocks");
    sample_add_leftover(&f->newer, &f->newer.result.cells[4], RESULT_HANDLE, 2);
    expect(compare(f), "left_behind.handle", "worse");
    f->base.result.cells[2].phases[0].failed = 4;
    f->base.result.cells[2].phases[0].completed -= 4;
    f->newer.result.cells[7].phases[0].failed = 0;
    f->newer.result.cells[7].phases[0].completed += 1;
    expect(compare(f), "errors", "better");
}

/* Of how many there are one block says nothing. */
static void how_many_errors_is_a_figure(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        struct result_phase *base = &f->base.result.cells[i].phases[0];
        struct result_phase *newer = &f->newer.result.cells[i].phases[0];
        base->failed = 1000 + i;
        base->completed -= base->failed;
        newer->failed = 1000 + (i * 7) % 10;
        newer->completed -= newer->failed;
    }
    expect(compare(f), "errors", "same");
    f->base.result.cells_count = 1;
    f->newer.result.cells_count = 1;
    expect(compare(f), "errors", "same"); /* by and large */
    f->newer.result.cells[0].phases[0].failed += 600;
    f->newer.result.cells[0].phases[0].completed -= 600;
    expect(compare(f), "errors", "not decided");
}

static void one_more_thread_left_behind_is_worse(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        sample_add_leftover(&f->base, &f->base.result.cells[i], RESULT_THREAD,
                            3);
        sample_add_leftover(&f->newer, &f->newer.result.cells[i], RESULT_THREAD,
                            4);
        sample_add_leftover(&f->base, &f->base.result.cells[i], RESULT_POOL, 2);
        sample_add_leftover(&f->newer, &f->newer.result.cells[i], RESULT_POOL,
                            1);
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "left_behind.thread", "worse");
    expect(comparison, "left_behind.pool", "better");
    expect(comparison, "left_behind", "same");
    assert_true(find(comparison, "left_behind.thread")->visible == 0);
    assert_null(find(comparison, "left_behind.fd"));
}

/* Which thread was the first to need its connection is luck, but not that there
 * are threads. */
static void what_hangs_on_a_connection_takes_a_few_blocks(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        sample_add_leftover(&f->base, &f->base.result.cells[i], RESULT_FD, 3);
        sample_add_leftover(&f->newer, &f->newer.result.cells[i], RESULT_FD, 4);
        f->newer.result.cells[i].resources.peak.fds = 10;
        f->newer.result.cells[i].resources.peak.threads = 5;
    }
    expect(compare(f), "left_behind.fd", "worse");
    expect(compare(f), "fds", "worse");
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].resources.peak.fds = i % 3 == 0 ? 13 : 15;
        f->newer.result.cells[i].resources.peak.fds = i % 5 == 0 ? 13 : 15;
    }
    expect(compare(f), "fds", "same");
    f->base.result.cells_count = 1;
    f->newer.result.cells_count = 1;
    f->newer.result.cells[0].resources.peak.fds = 15;
    f->newer.result.cells[0].leftovers[0].count = 7;
    const struct result_comparison *single = compare(f);
    expect(single, "left_behind.fd", "not decided");
    expect(single, "fds", "same");
    expect(single, "threads", "worse");
    assert_true(find(single, "fds")->tolerance >= 0.5);
}

/* Memory is let pass more than nothing. */
static void memory_has_a_tolerance_of_its_own(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].resources.peak.rss_bytes = 6400000;
        f->newer.result.cells[i].resources.peak.heap_bytes = 78000;
        f->newer.result.cells[i].resources.peak.threads = 3;
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "rss", "same");
    expect(comparison, "heap", "worse");
    expect(comparison, "threads", "better");
}

static void what_a_lookup_costs_is_compared_where_it_was_counted(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].cost.instructions = 5000;
        f->newer.result.cells[i].cost.instructions = 5040;
        f->base.result.cells[i].cost.syscalls = 2;
        f->newer.result.cells[i].cost.syscalls = 2.06;
        f->newer.result.cells[i].cost.allocations = 1;
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "instructions", "same");
    expect(comparison, "syscalls", "worse");
    expect(comparison, "allocations", "not compared");
    assert_null(find(comparison, "context_switches"));
}

static void an_earlier_exhaustion_is_worse(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].cycles.exhausted =
            (struct result_exhaustion){.happened = true, .at_cycle = 22};
    }
    const struct result_comparison *never = compare(f);
    expect(never, "exhausted_at", "worse");
    assert_true(isnan(find(never, "exhausted_at")->base_value));
    assert_true(find(never, "exhausted_at")->new_value == 22);
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].cycles.exhausted =
            (struct result_exhaustion){.happened = true, .at_cycle = 20};
    }
    expect(compare(f), "exhausted_at", "better");
}

static void a_slope_that_leaks_is_worse_than_one_that_does_not(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        sample_add_slope(&f->base, &f->base.result.cells[i], "threads", 0);
        sample_add_slope(&f->newer, &f->newer.result.cells[i], "threads", 3);
        sample_add_slope(&f->base, &f->base.result.cells[i], "rss", 0);
        sample_add_slope(&f->newer, &f->newer.result.cells[i], "rss", 0);
    }
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "threads per cycle", "worse");
    expect(comparison, "rss per cycle", "same");
    assert_string_equal(find(comparison, "rss per cycle")->unit, "bytes");
}

static void a_cell_that_crashed_is_worse(void **state) {
    struct fixture *f = *state;
    f->newer.result.cells[1].outcome.state = RESULT_CRASHED;
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "not_completed", "worse");
    assert_contains(find(comparison, "p99")->why, "the cell crashed");
}

/* In the block that is no witness there may have been anything. */
static void a_block_less_leaves_counts_open(void **state) {
    struct fixture *f = *state;
    sample_add_leftover(&f->base, &f->base.result.cells[3], RESULT_POOL, 1);
    sample_add_leftover(&f->newer, &f->newer.result.cells[3], RESULT_FILE, 1);
    f->newer.result.cells[7].ledger_disputed = "two ways";
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "left_behind.file", "worse");
    assert_contains(find(comparison, "left_behind.file")->why,
                    "in 1 of 9 blocks; the second: 1 of 10 blocks left out");
    expect(comparison, "left_behind.pool", "not decided");
    expect(comparison, "left_behind", "not decided");
    assert_contains(find(comparison, "left_behind")->why,
                    "not decided: the second: 1 of 10 blocks left out (");
    assert_true(isnan(find(comparison, "left_behind")->visible));
    expect(comparison, "errors", "same");
    f->newer.result.cells[7].phases[0].failed = RESULT_UNKNOWN;
    expect(compare(f), "errors", "not decided");
}

static void what_the_first_has_lost_is_said(void **state) {
    struct fixture *f = *state;
    f->base.result.cells[7].ledger_disputed = "two ways";
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "left_behind", "same");
    assert_contains(find(comparison, "left_behind")->why,
                    "the first: 1 of 10 blocks left out (");
}

/* As many as were asked for: each is a witness of its own. */
static void unequal_numbers_of_blocks_are_said(void **state) {
    struct fixture *f = *state;
    f->newer.result.cells_count = 9;
    f->newer.result.cells[4].phases[0].failed = 1;
    f->newer.result.cells[4].phases[0].completed -= 1;
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "errors", "worse");
    expect(comparison, "wrong", "same");
    expect(comparison, "left_behind", "same");
    assert_string_equal(comparison->remarks[0].text,
                        "dbpool: 10 blocks in the first, 9 in the second");
}

/* With one block what memory does by itself is not known. */
static void of_one_block_memory_is_compared_by_and_large(void **state) {
    struct fixture *f = *state;
    f->base.result.cells_count = 1;
    f->newer.result.cells_count = 1;
    f->newer.result.cells[0].resources.peak.rss_bytes = 8000000;
    f->newer.result.cells[0].resources.peak.heap_bytes = 140000;
    const struct result_comparison *comparison = compare(f);
    expect(comparison, "rss", "same");
    expect(comparison, "heap", "worse");
}

/* Some more in each block, but no run agrees with itself: that may be luck. */
static void what_varies_more_than_is_let_pass_takes_samples(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < BLOCKS; i++) {
        f->base.result.cells[i].cost.allocations = 10 + (double)(i * 3 % 10);
        f->newer.result.cells[i].cost.allocations = 13 + (double)(i * 7 % 10);
    }
    const struct result_compared *figure = find(compare(f), "allocations");
    assert_string_equal(figure->answer, "not decided");
    assert_true(isfinite(figure->low) && figure->low < figure->high);
    /* One that does, above one that does not, is no certainty either. */
    for (size_t i = 0; i < BLOCKS; i++) {
        f->newer.result.cells[i].cost.allocations = 21;
    }
    const struct result_compared *above = find(compare(f), "allocations");
    assert_true(isfinite(above->low) && above->confidence < 1);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(one_error_in_one_block_is_worse),
        TEST(how_many_errors_is_a_figure),
        TEST(one_more_thread_left_behind_is_worse),
        TEST(what_hangs_on_a_connection_takes_a_few_blocks),
        TEST(memory_has_a_tolerance_of_its_own),
        TEST(what_a_lookup_costs_is_compared_where_it_was_counted),
        TEST(an_earlier_exhaustion_is_worse),
        TEST(a_slope_that_leaks_is_worse_than_one_that_does_not),
        TEST(a_cell_that_crashed_is_worse),
        TEST(a_block_less_leaves_counts_open),
        TEST(what_the_first_has_lost_is_said),
        TEST(unequal_numbers_of_blocks_are_said),
        TEST(of_one_block_memory_is_compared_by_and_large),
        TEST(what_varies_more_than_is_let_pass_takes_samples),
    };
    return SUITE_RUN(tests, argc, argv);
}
