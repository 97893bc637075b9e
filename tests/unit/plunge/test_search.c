/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "verdict/search.h"

#include <stdio.h>

#include "base/random.h"
#include "support/suite.h"

#define QUESTIONS_MAX 1000

/* Who answers: what is above limit does not hold. */
struct oracle {
    uint64_t limit;
    uint64_t limit_longer; /* when it is confirmed; 0: the same */
    double lies;           /* the share of answers that are the wrong ones */
    double unknown;        /* the share that are none */
    struct random random;
    unsigned questions;
    unsigned confirmations;
};

static bool happens(struct oracle *oracle, double share) {
    return (double)(random_next(&oracle->random) >> 11) * 0x1p-53 < share;
}

static enum search_answer answer(struct oracle *oracle,
                                 const struct search *search) {
    const bool longer = search->state == SEARCH_CONFIRMING;
    const uint64_t limit = longer && oracle->limit_longer != 0
                               ? oracle->limit_longer
                               : oracle->limit;
    oracle->questions++;
    oracle->confirmations += longer;
    if (happens(oracle, oracle->unknown)) {
        return SEARCH_UNKNOWN;
    }
    const bool lies = happens(oracle, oracle->lies);
    return (search->value <= limit) != lies ? SEARCH_YES : SEARCH_NO;
}

static struct search run(struct oracle *oracle, uint64_t from, uint64_t to) {
    struct search search;
    search_init(&search, from, to);
    while (search_asks(&search)) {
        assert_true(search.value >= from && search.value <= to);
        assert_true(search.failed == 0 || search.held < search.failed);
        assert_true(oracle->questions < QUESTIONS_MAX);
        search_tell(&search, answer(oracle, &search));
    }
    return search;
}

static void the_largest_is_found_within_its_bracket(void **state) {
    (void)state;
    for (uint64_t limit = 1; limit < 3000; limit++) {
        struct oracle oracle = {.limit = limit};
        const struct search search = run(&oracle, 1, 1000000);
        assert_int_equal(search.state, SEARCH_FOUND);
        assert_true(search.value <= limit && limit < search.failed);
        assert_true(search.failed - search.value <=
                    1 + search.value / SEARCH_PRECISION);
        assert_int_equal(oracle.confirmations, 1);
        assert_true(oracle.questions < 50);
    }
}

static void where_all_of_it_holds_the_end_is_found(void **state) {
    (void)state;
    struct oracle oracle = {.limit = 5000};
    const struct search search = run(&oracle, 3, 1000);
    assert_int_equal(search.state, SEARCH_FOUND);
    assert_int_equal(search.value, 1000);
    assert_int_equal(search.failed, 0);
}

static void a_single_value_is_asked_and_confirmed(void **state) {
    (void)state;
    struct oracle oracle = {.limit = 7};
    assert_int_equal(run(&oracle, 7, 7).state, SEARCH_FOUND);
    assert_int_equal(oracle.questions, 2);
}

static void what_does_not_even_hold_at_first_is_not_found(void **state) {
    (void)state;
    struct oracle oracle = {.limit = 9};
    const struct search search = run(&oracle, 10, 1000);
    assert_int_equal(search.state, SEARCH_NOT_FOUND);
    assert_int_equal(search.held, 0);
    assert_int_equal(search.failed, 10);
    assert_int_equal(oracle.questions, 2);
}

static void the_largest_numbers_do_not_wrap(void **state) {
    (void)state;
    struct oracle oracle = {.limit = UINT64_MAX};
    const struct search search = run(&oracle, 1, UINT64_MAX);
    assert_int_equal(search.state, SEARCH_FOUND);
    assert_true(search.value == UINT64_MAX);
}

static void what_is_not_confirmed_is_looked_for_below(void **state) {
    (void)state;
    struct oracle oracle = {.limit = 1000, .limit_longer = 940};
    const struct search search = run(&oracle, 10, 100000);
    assert_int_equal(search.state, SEARCH_FOUND);
    assert_true(search.value <= 940 && search.value > 800);
    assert_true(search.failed <= 1000);
}

static void what_is_never_confirmed_is_undecided(void **state) {
    (void)state;
    struct oracle oracle = {.limit = 1000, .limit_longer = 1};
    const struct search search = run(&oracle, 10, 100000);
    assert_int_equal(search.state, SEARCH_UNDECIDED);
}

static void nobody_knowing_is_asked_again_and_then_undecided(void **state) {
    (void)state;
    struct search search;
    search_init(&search, 10, 100);
    search_tell(&search, SEARCH_UNKNOWN);
    search_tell(&search, SEARCH_UNKNOWN);
    search_tell(&search, SEARCH_YES);
    assert_int_equal(search.value, 20);
    for (int i = 0; i < SEARCH_UNKNOWN_MAX; i++) {
        assert_int_equal(search.state, SEARCH_ASKING);
        search_tell(&search, SEARCH_UNKNOWN);
    }
    assert_int_equal(search.state, SEARCH_UNDECIDED);
    assert_int_equal(search.held, 10);
}

static void a_no_is_believed_when_it_is_said_twice(void **state) {
    (void)state;
    struct search search;
    search_init(&search, 10, 100);
    search_tell(&search, SEARCH_NO);
    search_tell(&search, SEARCH_YES);
    assert_int_equal(search.value, 10);
    search_tell(&search, SEARCH_YES);
    assert_int_equal(search.value, 20);
    search_tell(&search, SEARCH_NO);
    search_tell(&search, SEARCH_NO);
    assert_int_equal(search.failed, 20);
    assert_int_equal(search.value, 15);
}

/* One answer in twenty is wrong, one in twenty is none. */
static void noise_moves_what_is_found_by_little(void **state) {
    (void)state;
    unsigned found = 0;
    unsigned near = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct oracle oracle = {.limit = 50000, .lies = 0.05, .unknown = 0.05};
        random_init(&oracle.random, seed);
        const struct search search = run(&oracle, 1000, 1000000);
        found += search.state == SEARCH_FOUND;
        near += search.state == SEARCH_FOUND && search.value > 40000 &&
                search.value < 60000;
    }
    print_message("%u of 1000 found, %u within a fifth\n", found, near);
    assert_true(found > 980);
    assert_true(near > 900);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_is_found_within_its_bracket),
        cmocka_unit_test(where_all_of_it_holds_the_end_is_found),
        cmocka_unit_test(a_single_value_is_asked_and_confirmed),
        cmocka_unit_test(what_does_not_even_hold_at_first_is_not_found),
        cmocka_unit_test(the_largest_numbers_do_not_wrap),
        cmocka_unit_test(what_is_not_confirmed_is_looked_for_below),
        cmocka_unit_test(what_is_never_confirmed_is_undecided),
        cmocka_unit_test(nobody_knowing_is_asked_again_and_then_undecided),
        cmocka_unit_test(a_no_is_believed_when_it_is_said_twice),
        cmocka_unit_test(noise_moves_what_is_found_by_little),
    };
    return SUITE_RUN(tests, argc, argv);
}
