/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "ledger/constancy.h"

#include <math.h>

#include "base/result.h"
#include "support/suite.h"

/* Everything is 100, but for what a test says. */
static void note(struct constancy *constancy, uint64_t cycle,
                 enum holding holding, uint64_t value) {
    struct holdings holdings;
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        holdings.values[i] = 100;
    }
    holdings.values[holding] = value;
    constancy_note(constancy, cycle, &holdings);
}

static void what_is_the_same_after_every_cycle_is_so(void **state) {
    (void)state;
    struct constancy constancy;
    constancy_init(&constancy);
    for (uint64_t cycle = 1; cycle <= 1000000; cycle++) {
        /* The first cycle may make what is made once. */
        note(&constancy, cycle, HOLDING_FDS, cycle == 1 ? 90 : 100);
    }
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        struct constancy_answer answer =
            constancy_answer(&constancy, (enum holding)i);
        assert_int_equal(answer.verdict, CONSTANCY_SAME);
        assert_true(answer.per_cycle == 0);
        assert_int_equal(answer.cycles, 999998);
        assert_int_equal(answer.differed_cycle, 0);
    }
}

static void one_unit_is_named_with_its_cycle(void **state) {
    (void)state;
    for (int i = 0; i < HOLDINGS_COUNT; i++) {
        struct constancy constancy;
        enum holding holding = (enum holding)i;
        constancy_init(&constancy);
        for (uint64_t cycle = 1; cycle <= 1002; cycle++) {
            note(&constancy, cycle, holding, cycle < 700 ? 100 : 101);
        }
        struct constancy_answer answer = constancy_answer(&constancy, holding);
        assert_int_equal(answer.verdict, CONSTANCY_MORE);
        assert_int_equal(answer.differed_cycle, 700);
        assert_int_equal(answer.difference, 1);
        assert_true(answer.per_cycle == 0.001);
        enum holding other = (enum holding)((i + 1) % HOLDINGS_COUNT);
        assert_int_equal(constancy_answer(&constancy, other).verdict,
                         CONSTANCY_SAME);
    }
}

static void what_comes_back_has_moved(void **state) {
    (void)state;
    struct constancy constancy;
    constancy_init(&constancy);
    for (uint64_t cycle = 1; cycle <= 10; cycle++) {
        note(&constancy, cycle, HOLDING_THREADS, cycle == 5 ? 101 : 100);
    }
    struct constancy_answer answer =
        constancy_answer(&constancy, HOLDING_THREADS);
    assert_int_equal(answer.verdict, CONSTANCY_MOVED);
    assert_int_equal(answer.differed_cycle, 5);
    assert_true(answer.per_cycle == 0);
    note(&constancy, 11, HOLDING_THREADS, 99);
    answer = constancy_answer(&constancy, HOLDING_THREADS);
    assert_int_equal(answer.verdict, CONSTANCY_MOVED);
    assert_int_equal(answer.difference, -1);
}

static void a_leak_is_exact_from_two_cycles_on(void **state) {
    (void)state;
    struct constancy constancy;
    constancy_init(&constancy);
    for (uint64_t cycle = 1; cycle <= 20; cycle++) {
        note(&constancy, cycle, HOLDING_THREADS, 1 + 3 * cycle);
        struct constancy_answer answer =
            constancy_answer(&constancy, HOLDING_THREADS);
        if (cycle == 1) {
            assert_int_equal(answer.verdict, CONSTANCY_UNKNOWN);
            assert_true(isnan(answer.per_cycle));
        } else if (cycle == 2) {
            assert_int_equal(answer.verdict, CONSTANCY_MORE);
            assert_int_equal(answer.differed_cycle, 2);
            assert_true(answer.per_cycle == 3);
        } else {
            assert_int_equal(answer.verdict, CONSTANCY_MORE);
            assert_int_equal(answer.differed_cycle, 3);
            assert_true(answer.per_cycle == 3);
        }
    }
}

/* Too many to be counted: what was known before stands. */
static void what_becomes_unknown_is_what_it_was(void **state) {
    (void)state;
    struct constancy constancy;
    constancy_init(&constancy);
    for (uint64_t cycle = 1; cycle <= 20; cycle++) {
        note(&constancy, cycle, HOLDING_POOLS,
             cycle <= 12 ? cycle : RESULT_UNKNOWN);
    }
    struct constancy_answer answer =
        constancy_answer(&constancy, HOLDING_POOLS);
    assert_int_equal(answer.verdict, CONSTANCY_MORE);
    assert_true(answer.per_cycle == 1);
    assert_int_equal(answer.cycles, 10);
}

static void what_was_never_known_is_unknown(void **state) {
    (void)state;
    struct constancy constancy;
    constancy_init(&constancy);
    for (uint64_t cycle = 1; cycle <= 5; cycle++) {
        note(&constancy, cycle, HOLDING_HEAP, cycle == 4 ? 5 : RESULT_UNKNOWN);
    }
    struct constancy_answer answer = constancy_answer(&constancy, HOLDING_HEAP);
    assert_int_equal(answer.verdict, CONSTANCY_UNKNOWN);
    assert_true(isnan(answer.per_cycle));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_after_every_cycle_is_so),
        cmocka_unit_test(one_unit_is_named_with_its_cycle),
        cmocka_unit_test(what_comes_back_has_moved),
        cmocka_unit_test(a_leak_is_exact_from_two_cycles_on),
        cmocka_unit_test(what_becomes_unknown_is_what_it_was),
        cmocka_unit_test(what_was_never_known_is_unknown),
    };
    return SUITE_RUN(tests, argc, argv);
}
