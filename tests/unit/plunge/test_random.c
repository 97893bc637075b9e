/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "base/random.h"

#include <stdbool.h>
#include <string.h>

#include "support/suite.h"

#define DRAWS 60000

static void the_sequence_is_that_of_xoshiro256starstar(void **state) {
    (void)state;
    /* The first values from the state 1, 2, 3, 4, as its authors' code gives
     * them. */
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
    };
    struct random random = {.state = {1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(random_next(&random), expected[i]);
    }
}

static void a_seed_is_spread_as_splitmix64_does(void **state) {
    (void)state;
    struct random random;
    random_init(&random, 0);
    assert_int_equal(random.state[0], UINT64_C(0xe220a8397b1dcdaf));
    assert_int_equal(random.state[1], UINT64_C(0x6e789e6aa1b965f4));
}

static void the_same_seed_gives_the_same_sequence(void **state) {
    (void)state;
    struct random one;
    struct random other;
    struct random third;
    random_init(&one, 7);
    random_init(&other, 7);
    random_init(&third, 8);
    bool third_differs = false;
    for (int i = 0; i < 100; i++) {
        const uint64_t value = random_next(&one);
        assert_int_equal(value, random_next(&other));
        third_differs = third_differs || value != random_next(&third);
    }
    assert_true(third_differs);
}

/* The squared distance from an even spread, in units of its expectation, is
 * about the number of classes; five times that is out of the question. */
static void assert_even(const size_t *counts, size_t classes) {
    const double expected = (double)DRAWS / (double)classes;
    double distance = 0;
    for (size_t i = 0; i < classes; i++) {
        const double off = (double)counts[i] - expected;
        distance += off * off / expected;
    }
    assert_true(distance < 5 * (double)classes);
}

static void below_is_even_and_below(void **state) {
    (void)state;
    struct random random;
    random_init(&random, 1);
    size_t counts[6] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const uint64_t value = random_below(&random, 6);
        assert_true(value < 6);
        counts[value]++;
    }
    assert_even(counts, 6);
}

static void below_is_even_where_the_bound_does_not_divide(void **state) {
    (void)state;
    /* A product alone would give every third value twice as often as the
     * others, a remainder alone the lowest third. */
    const uint64_t bound = UINT64_C(3) << 62;
    struct random random;
    random_init(&random, 2);
    size_t by_size[3] = {0};
    size_t by_remainder[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const uint64_t value = random_below(&random, bound);
        assert_true(value < bound);
        by_size[value >> 62]++;
        by_remainder[value % 3]++;
    }
    assert_even(by_size, 3);
    assert_even(by_remainder, 3);
}

static void below_one_is_zero(void **state) {
    (void)state;
    struct random random;
    random_init(&random, 3);
    assert_int_equal(random_below(&random, 1), 0);
}

static void a_mix_depends_on_seed_and_index(void **state) {
    (void)state;
    assert_int_equal(random_mix(5, 9), random_mix(5, 9));
    /* No two of a grid are alike, though seeds and indexes are neighbours. */
    enum { SIDE = 30, CELLS = SIDE * SIDE };
    uint64_t seen[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        seen[i] = random_mix(i / SIDE, i % SIDE);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(seen[i], seen[k]);
        }
    }
}

/* Databases and keys are made of it: what a seed gives must stay. */
static void a_mix_is_the_same_in_two_parts_and_in_every_version(void **state) {
    (void)state;
    assert_int_equal(random_mix(0, 0), UINT64_C(0x48218226ff3cd4bf));
    assert_int_equal(random_mix(7, 1000000), UINT64_C(0x0969232a35264a95));
    for (uint64_t seed = 0; seed < 10; seed++) {
        for (uint64_t index = 0; index < 10; index++) {
            assert_int_equal(random_at(random_seeded(seed), index),
                             random_mix(seed, index));
        }
    }
}

static void a_mix_moves_half_of_the_bits(void **state) {
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        int by_index = 0;
        int by_seed = 0;
        for (uint64_t i = 0; i < 64; i++) {
            const uint64_t value = random_mix(i, i);
            const uint64_t flip = (uint64_t)1 << bit;
            by_index += __builtin_popcountll(value ^ random_mix(i, i ^ flip));
            by_seed += __builtin_popcountll(value ^ random_mix(i ^ flip, i));
        }
        assert_in_range(by_index, 64 * 28, 64 * 36);
        assert_in_range(by_seed, 64 * 28, 64 * 36);
    }
}

static void a_permutation_has_every_index_once(void **state) {
    (void)state;
    struct random random;
    random_init(&random, 4);
    enum { COUNT = 500 };
    size_t order[COUNT];
    bool seen[COUNT] = {false};
    random_permutation(&random, order, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(order[i] < COUNT);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
    random_permutation(&random, order, 0);
}

static void all_permutations_are_as_likely(void **state) {
    (void)state;
    struct random random;
    random_init(&random, 5);
    size_t counts[27] = {0};
    for (int i = 0; i < DRAWS; i++) {
        size_t order[3];
        random_permutation(&random, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    static const size_t valid[] = {5, 7, 11, 15, 19, 21};
    size_t found[6];
    for (size_t i = 0; i < 6; i++) {
        found[i] = counts[valid[i]];
    }
    assert_even(found, 6);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sequence_is_that_of_xoshiro256starstar),
        cmocka_unit_test(a_seed_is_spread_as_splitmix64_does),
        cmocka_unit_test(the_same_seed_gives_the_same_sequence),
        cmocka_unit_test(below_is_even_and_below),
        cmocka_unit_test(below_is_even_where_the_bound_does_not_divide),
        cmocka_unit_test(below_one_is_zero),
        cmocka_unit_test(a_mix_depends_on_seed_and_index),
        cmocka_unit_test(a_mix_is_the_same_in_two_parts_and_in_every_version),
        cmocka_unit_test(a_mix_moves_half_of_the_bits),
        cmocka_unit_test(a_permutation_has_every_index_once),
        cmocka_unit_test(all_permutations_are_as_likely),
    };
    return SUITE_RUN(tests, argc, argv);
}
