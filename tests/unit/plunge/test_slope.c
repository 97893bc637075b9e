/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "ledger/slope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/result.h"
#include "support/suite.h"

#define MIB (1024.0 * 1024)

struct fixture {
    struct arena *arena;
    struct slope slope;
    struct random random;
    struct result_slope *results;
    size_t count;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new();
    random_init(&f->random, 1);
    slope_init(&f->slope, 0, true);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    free(f);
    return 0;
}

static void sample(struct fixture *f, uint64_t cycle, double rss) {
    struct slope_sample sample = {
        .rss_bytes = (uint64_t)rss,
        .pss_bytes = (uint64_t)(rss / 2),
    };
    sample.holdings.values[HOLDING_THREADS] = 1 + 3 * cycle;
    sample.holdings.values[HOLDING_FDS] = 8;
    slope_sample(&f->slope, cycle, &sample);
}

static void judge(struct fixture *f) {
    f->results = slope_results(&f->slope, f->arena, &f->count);
}

static const struct result_slope *result_of(struct fixture *f,
                                            const char *metric) {
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->results[i].metric, metric) == 0) {
            return &f->results[i];
        }
    }
    return NULL;
}

static void fewer_than_two_samples_have_no_slope(void **state) {
    struct fixture *f = *state;
    judge(f);
    assert_null(f->results);
    sample(f, 1, MIB);
    judge(f);
    assert_null(f->results);
    assert_int_equal(f->count, 0);
}

static void what_is_always_told_comes_first(void **state) {
    static const char *const names[] = {"threads", "fds", "heap", "rss", "pss"};
    struct fixture *f = *state;
    sample(f, 1, MIB);
    sample(f, 2, MIB);
    judge(f);
    assert_int_equal(f->count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(f->results[i].metric, names[i]);
    }
    slope_init(&f->slope, 0, false);
    sample(f, 1, MIB);
    sample(f, 2, MIB);
    judge(f);
    assert_int_equal(f->count, 4);
    assert_null(result_of(f, "pss"));
}

static void what_is_counted_is_exact(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 9; cycle++) {
        sample(f, cycle, MIB);
    }
    judge(f);
    const struct result_slope *threads = result_of(f, "threads");
    assert_string_equal(threads->verdict, "leak");
    assert_true(threads->per_cycle == 3);
    assert_true(threads->lower_bound == 3 && threads->upper_bound == 3);
    assert_true(threads->confidence == 1);
    assert_int_equal(threads->first_cycle, 3);
    assert_int_equal(threads->cycles, 7);
    assert_string_equal(result_of(f, "fds")->verdict, "clean");
}

static void a_kind_is_told_when_it_has_changed(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 3000; cycle++) {
        struct slope_sample sample = {0};
        sample.holdings.values[HOLDING_STATEMENTS] = 7 + cycle / 1000;
        slope_sample(&f->slope, cycle, &sample);
    }
    judge(f);
    assert_int_equal(f->count, 6);
    const struct result_slope *statements = result_of(f, "statement");
    assert_non_null(statements);
    assert_string_equal(statements->verdict, "leak");
    assert_int_equal(statements->first_cycle, 1000);
    assert_true(fabs(statements->per_cycle - 0.001) < 0.0001);
}

/* ---- RSS ---------------------------------------------------------------- */

static double noise(struct fixture *f) {
    return (double)random_below(&f->random, 8) * 4096;
}

/* Cycles @from to @to, as a window of their own. */
static bool run(struct fixture *f, uint64_t from, uint64_t to, double leak) {
    slope_window(&f->slope, to - from + 1);
    for (uint64_t cycle = from; cycle <= to; cycle++) {
        sample(f, cycle, 10 * MIB + leak * (double)cycle + noise(f));
    }
    return slope_look(&f->slope);
}

static void a_leak_under_noise_is_found_in_the_end(void **state) {
    struct fixture *f = *state;
    uint64_t done = 0;
    uint64_t end = 64;
    while (!run(f, done + 1, end, 200)) {
        done = end;
        end *= 2;
        assert_true(end < 100000);
    }
    assert_true(f->slope.sequence.looks > 1);
    judge(f);
    const struct result_slope *rss = result_of(f, "rss");
    assert_string_equal(rss->verdict, "leak");
    assert_true(rss->lower_bound > SLOPE_LIMIT_DEFAULT);
    assert_true(rss->lower_bound < 200 && rss->upper_bound > 200);
    assert_true(rss->confidence == 0.999);
    assert_true(rss->limit == SLOPE_LIMIT_DEFAULT);
    assert_int_equal(rss->cycles, end - done);
}

static void a_clean_one_is_clean_in_the_end(void **state) {
    struct fixture *f = *state;
    uint64_t done = 0;
    uint64_t end = 64;
    slope_init(&f->slope, 5, false);
    while (!run(f, done + 1, end, 0)) {
        done = end;
        end *= 2;
        assert_true(end < 1000000);
    }
    judge(f);
    const struct result_slope *rss = result_of(f, "rss");
    assert_string_equal(rss->verdict, "clean");
    assert_true(rss->upper_bound < 5 && rss->upper_bound > 0);
    assert_true(rss->limit == 5);
}

/* Nothing moves: what a page may hide is still to be said. */
static void what_a_page_hides_is_in_the_bound(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 4096; cycle++) {
        sample(f, cycle, MIB);
    }
    judge(f);
    assert_string_equal(result_of(f, "rss")->verdict, "clean");
    assert_true(result_of(f, "rss")->upper_bound == 1);
    assert_true(result_of(f, "rss")->lower_bound == -1);
}

/* 60 KiB more in 100 cycles, surely, is 600 bytes per cycle: but pages are
 * touched for the first time, now and then. */
static void growth_of_a_few_pages_says_nothing_yet(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 100; cycle++) {
        sample(f, cycle, MIB + 600.0 * (double)cycle);
    }
    judge(f);
    assert_string_equal(result_of(f, "rss")->verdict, "undecided");
    slope_init(&f->slope, 0, true);
    for (uint64_t cycle = 1; cycle <= 100; cycle++) {
        sample(f, cycle, MIB + 800.0 * (double)cycle);
    }
    judge(f);
    assert_string_equal(result_of(f, "rss")->verdict, "leak");
}

static void one_that_cannot_be_read_leaves_it_undecided(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 4096; cycle++) {
        struct slope_sample sample = {
            .rss_bytes = cycle == 77 ? RESULT_UNKNOWN : 4096,
            .pss_bytes = 4096,
        };
        slope_sample(&f->slope, cycle, &sample);
    }
    judge(f);
    assert_string_equal(result_of(f, "rss")->verdict, "undecided");
    assert_true(isnan(result_of(f, "rss")->per_cycle));
    assert_string_equal(result_of(f, "pss")->verdict, "clean");
}

static void long_windows_are_read_now_and_then(void **state) {
    struct fixture *f = *state;
    uint64_t read = 0;
    slope_window(&f->slope, 1000000);
    for (uint64_t cycle = 500001; cycle <= 1500000; cycle++) {
        bool wanted = slope_wants_memory(&f->slope, cycle);
        read += wanted;
        /* What is not asked for need not be known. */
        struct slope_sample sample = {
            .rss_bytes = wanted ? 4096 : RESULT_UNKNOWN,
            .pss_bytes = wanted ? 4096 : RESULT_UNKNOWN,
        };
        slope_sample(&f->slope, cycle, &sample);
    }
    assert_in_range(read, SLOPE_WINDOW_SAMPLES, SLOPE_WINDOW_SAMPLES + 50);
    assert_true(slope_look(&f->slope));
    judge(f);
    assert_string_equal(result_of(f, "rss")->verdict, "clean");
    assert_true(result_of(f, "rss")->upper_bound < 0.005);
    assert_in_range(result_of(f, "rss")->cycles, 999000, 1000500);
}

/* ---- Leftovers ---------------------------------------------------------- */

static void hold_blocks(struct fixture *f, uint64_t cycle, uint64_t blocks,
                        uint64_t bytes) {
    struct slope_sample sample = {0};
    sample.holdings.values[HOLDING_BLOCKS + HEAP_SQLITE] = blocks;
    sample.holdings.values[HOLDING_BYTES + HEAP_SQLITE] = bytes;
    slope_sample(&f->slope, cycle, &sample);
}

static void heap_that_grew_is_left_behind(void **state) {
    struct fixture *f = *state;
    struct result_cell cell;
    result_cell_init(&cell);
    struct result_leftover fd = {.kind = RESULT_FD, .count = 1};
    cell.leftovers = &fd;
    cell.leftovers_count = 1;
    hold_blocks(f, 1, 5, 500);
    hold_blocks(f, 2, 5, 500);
    slope_leftovers(&f->slope, f->arena, &cell);
    assert_int_equal(cell.leftovers_count, 1);
    hold_blocks(f, 3, 7, 540);
    slope_leftovers(&f->slope, f->arena, &cell);
    assert_int_equal(cell.leftovers_count, 2);
    assert_int_equal(cell.leftovers[0].kind, RESULT_FD);
    const struct result_leftover *heap = &cell.leftovers[1];
    assert_int_equal(heap->kind, RESULT_HEAP);
    assert_string_equal(heap->identity, "heap of SQLite");
    assert_int_equal(heap->count, 2);
    assert_int_equal(heap->bytes, 40);
    assert_int_equal(heap->cycle, 3);
}

static void a_block_that_grew_is_left_behind_too(void **state) {
    struct fixture *f = *state;
    struct result_cell cell;
    result_cell_init(&cell);
    for (uint64_t cycle = 1; cycle <= 9; cycle++) {
        hold_blocks(f, cycle, 5, cycle < 7 ? 500 : 516);
    }
    slope_leftovers(&f->slope, f->arena, &cell);
    assert_int_equal(cell.leftovers_count, 1);
    assert_int_equal(cell.leftovers[0].count, 1);
    assert_int_equal(cell.leftovers[0].bytes, 16);
    assert_int_equal(cell.leftovers[0].cycle, 7);
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(fewer_than_two_samples_have_no_slope),
        TEST(what_is_always_told_comes_first),
        TEST(what_is_counted_is_exact),
        TEST(a_kind_is_told_when_it_has_changed),
        TEST(a_leak_under_noise_is_found_in_the_end),
        TEST(a_clean_one_is_clean_in_the_end),
        TEST(what_a_page_hides_is_in_the_bound),
        TEST(growth_of_a_few_pages_says_nothing_yet),
        TEST(one_that_cannot_be_read_leaves_it_undecided),
        TEST(long_windows_are_read_now_and_then),
        TEST(heap_that_grew_is_left_behind),
        TEST(a_block_that_grew_is_left_behind_too),
    };
    return SUITE_RUN(tests, argc, argv);
}
