/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include <math.h>
#include <string.h>

#include "support/judged.h"

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
            sample_add_leftover(&sample, &sample.result.cells[0],
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
    sample_add_leftover(sample, &sample->result.cells[0], RESULT_SETTING, 1);
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
    sample_add_leftover(sample, &sample->result.cells[0], RESULT_FILE, 1);
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    sample_add_leftover(sample, &sample->result.cells[0], RESULT_THREAD, 1);
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

/* None was found, but nobody has looked: that is no proof. */
static void a_kind_that_nobody_looks_for_is_left_open(void **state) {
    struct sample *sample = *state;
    const struct expectation no_heap = {
        .metric = EXPECTATION_LEFT_BEHIND,
        .kind_given = true,
        .kind = RESULT_HEAP,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_VALUE,
    };
    struct expectation_kind kinds[] = {{RESULT_HEAP, 0}};
    const struct expectation none_of_heap = {
        .metric = EXPECTATION_LEFT_BEHIND,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_MAP,
        .kinds = kinds,
        .kinds_count = 1,
    };
    assert_int_equal(held(sample, no_heap), RESULT_HELD_UNDECIDED);
    assert_int_equal(held(sample, none_of_heap), RESULT_HELD_UNDECIDED);
    assert_contains(judge(sample, no_heap)->why, "a line of the scenario");
    sample->result.cells[0].resources.after.heap_bytes = 4711;
    assert_int_equal(held(sample, no_heap), RESULT_HELD_YES);
    assert_int_equal(held(sample, none_of_heap), RESULT_HELD_YES);
    sample_add_leftover(sample, &sample->result.cells[0], RESULT_HEAP, 1);
    assert_int_equal(held(sample, no_heap), RESULT_HELD_NO);
}

static void every_other_kind_is_looked_for(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_LEFT_BEHIND,
        .kind_given = true,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_VALUE,
    };
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        expectation.kind = (enum result_kind)kind;
        assert_int_equal(held(sample, expectation), kind == RESULT_HEAP
                                                        ? RESULT_HELD_UNDECIDED
                                                        : RESULT_HELD_YES);
    }
}

static void what_was_late_by_50_ms_at_most_is_forgiven(void **state) {
    struct sample *sample = *state;
    struct result_cell *cell = &sample->result.cells[0];
    sample_add_leftover(sample, cell, RESULT_THREAD, 1);
    cell->leftovers[0].late_ms = 50;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_YES);
    cell->leftovers[0].late_ms = 50.5;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
    cell->leftovers[0].late_ms = NAN;
    assert_int_equal(held(sample, nothing_left), RESULT_HELD_NO);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        JUDGED_TEST(a_map_names_exactly_what_may_be_left),
        JUDGED_TEST(nothing_left_behind_means_no_entry_of_any_kind),
        JUDGED_TEST(a_kind_may_be_compared_with_nothing),
        JUDGED_TEST(a_kind_that_nobody_looks_for_is_left_open),
        JUDGED_TEST(every_other_kind_is_looked_for),
        JUDGED_TEST(what_was_late_by_50_ms_at_most_is_forgiven),
    };
    return SUITE_RUN(tests, argc, argv);
}
