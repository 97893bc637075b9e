/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "ledger/staircase.h"

#include "base/arena.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct staircase staircase;
    struct result_step *steps;
    size_t count;
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    staircase_init(&fixture.staircase);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static void climb(struct fixture *f, uint64_t first, uint64_t last) {
    for (uint64_t cycle = first; cycle <= last; cycle++) {
        const struct result_usage held = {1 + 3 * cycle, 9, cycle << 12, cycle};
        staircase_note(&f->staircase, cycle, &held);
    }
    f->steps = staircase_steps(&f->staircase, f->arena, &f->count);
}

/* Each is what was noted then, and they rise. */
static void expect_true_steps(const struct fixture *f) {
    for (size_t i = 0; i < f->count; i++) {
        const struct result_step *step = &f->steps[i];
        assert_int_equal(step->held.threads, 1 + 3 * step->cycle);
        assert_int_equal(step->held.fds, 9);
        assert_int_equal(step->held.rss_bytes, step->cycle << 12);
        assert_int_equal(step->held.heap_bytes, step->cycle);
        assert_true(i == 0 || step->cycle > f->steps[i - 1].cycle);
    }
}

static void without_a_cycle_there_is_no_step(void **state) {
    struct fixture *f = *state;
    climb(f, 1, 0);
    assert_int_equal(f->count, 0);
}

static void of_few_cycles_each_is_a_step(void **state) {
    struct fixture *f = *state;
    climb(f, 1, STAIRCASE_STEPS_MAX);
    assert_int_equal(f->count, STAIRCASE_STEPS_MAX);
    expect_true_steps(f);
}

static void of_many_cycles_the_steps_are_even_and_bounded(void **state) {
    struct fixture *f = *state;
    climb(f, 1, 100000);
    assert_in_range(f->count, STAIRCASE_STEPS_MAX / 2, STAIRCASE_STEPS_MAX + 1);
    expect_true_steps(f);
    for (size_t i = 1; i + 1 < f->count; i++) {
        assert_int_equal(f->steps[i].cycle - f->steps[i - 1].cycle, 512);
    }
}

static void the_first_and_the_last_cycle_are_always_there(void **state) {
    struct fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= 3000; cycle++) {
        climb(f, cycle, cycle);
        assert_int_equal(f->steps[0].cycle, 1);
        assert_int_equal(f->steps[f->count - 1].cycle, cycle);
        assert_true(f->count <= STAIRCASE_STEPS_MAX + 1);
    }
    expect_true_steps(f);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(without_a_cycle_there_is_no_step),
        TEST(of_few_cycles_each_is_a_step),
        TEST(of_many_cycles_the_steps_are_even_and_bounded),
        TEST(the_first_and_the_last_cycle_are_always_there),
    };
    return SUITE_RUN(tests, argc, argv);
}
