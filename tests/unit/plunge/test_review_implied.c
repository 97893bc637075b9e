/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "verdict/judge.h"

#include "scenario_fixture.h"
#include "support/sample.h"

/* In a sweep, `left_behind == nothing` is implied of those cells that leave
 * nothing. */

#define SWEEP                                                                  \
    FIXTURE_HEAD FIXTURE_LOAD "sweep: {pool.shutdown: [clean, missing]}\n"

/* What is decided when the two cells of SWEEP leave threads behind. */
static enum result_held held_with_override(struct fixture *f,
                                           const char *override,
                                           uint64_t of_clean,
                                           uint64_t of_missing) {
    const char *const overrides[] = {override, NULL};
    struct sample sample;
    const uint64_t left[] = {of_clean, of_missing};
    read_with(f, SWEEP, overrides);
    assert_non_null(f->scenario);
    assert_int_equal(f->scenario->cells_count, 2);
    sample_init(&sample);
    sample.result.cells_count = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct scenario_cell *planned = &f->scenario->cells[i];
        struct result_cell *cell = sample_add_cell(&sample, planned->label, 0);
        if (left[i] != 0) {
            sample_add_leftover(&sample, cell, RESULT_THREAD, left[i]);
        }
    }
    judge_result(f->scenario, sample.arena, &sample.result);
    enum result_held held = RESULT_HELD_UNDECIDED;
    size_t found = 0;
    for (size_t i = 0; i < sample.result.expectations_count; i++) {
        const struct result_expectation *one = &sample.result.expectations[i];
        if (strcmp(one->text, "left_behind == nothing") == 0) {
            held = one->held;
            found++;
        }
    }
    assert_int_equal(found, 1);
    sample_fini(&sample);
    return held;
}

static enum result_held held_with(struct fixture *f, uint64_t of_clean,
                                  uint64_t of_missing) {
    return held_with_override(f, NULL, of_clean, of_missing);
}

static void a_clean_cell_of_a_sweep_leaves_nothing(void **state) {
    assert_int_equal(held_with(*state, 1, 3), RESULT_HELD_NO);
}

static void a_cell_without_shutdown_beside_it_may_leave_threads(void **state) {
    assert_int_equal(held_with(*state, 0, 3), RESULT_HELD_YES);
}

/* It has no line, and is asked of every cell all the same. */
static void what_the_command_line_expects_is_not_implied(void **state) {
    assert_int_equal(
        held_with_override(*state, "expect=[left_behind == nothing]", 0, 3),
        RESULT_HELD_NO);
}

static bool is_implied(struct fixture *f, const char *text) {
    read_text(f, text);
    assert_non_null(f->scenario);
    for (size_t i = 0; i < f->scenario->expectations_count; i++) {
        if (f->scenario->expectations[i].metric == EXPECTATION_LEFT_BEHIND) {
            return true;
        }
    }
    return false;
}

static void it_is_not_implied_where_no_cell_can_hold_it(void **state) {
    assert_false(is_implied(*state, FIXTURE_HEAD FIXTURE_LOAD
                            "sweep: {pool.shutdown: [uncalled, missing]}\n"));
    assert_true(is_implied(*state, SWEEP));
}

static void a_reference_subject_is_always_closed(void **state) {
    assert_true(is_implied(*state, FIXTURE_HEAD FIXTURE_LOAD
                           "pool: {subject: direct, shutdown: missing}\n"));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_clean_cell_of_a_sweep_leaves_nothing),
        TEST(a_cell_without_shutdown_beside_it_may_leave_threads),
        TEST(what_the_command_line_expects_is_not_implied),
        TEST(it_is_not_implied_where_no_cell_can_hold_it),
        TEST(a_reference_subject_is_always_closed),
    };
    return SUITE_RUN(tests, argc, argv);
}
