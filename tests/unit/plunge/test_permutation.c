/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/permutation.h"

#include <string.h>

#include "base/random.h"
#include "support/chi_square.h"
#include "support/suite.h"

#define SMALL_MAX 300

static void expect_bijection(uint64_t count, uint64_t seed) {
    static uint8_t seen[1 << 20];
    struct permutation order;
    permutation_init(&order, count);
    assert_true(count <= sizeof seen);
    memset(seen, 0, (size_t)count);
    uint64_t seeded = random_seeded(seed);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t to = permutation_at(&order, seeded, i);
        assert_true(to < count);
        if (seen[to]++ != 0) {
            fail_msg("of %d, %d is there twice", (int)count, (int)to);
        }
    }
}

static void it_is_a_bijection_of_any_small_count(void **state) {
    (void)state;
    for (uint64_t count = 1; count <= SMALL_MAX; count++) {
        for (uint64_t seed = 0; seed < 5; seed++) {
            expect_bijection(count, seed);
        }
    }
    expect_bijection(99991, 1); /* a prime */
    expect_bijection(65536, 2);
    expect_bijection(65537, 3);
}

static void the_largest_counts_stay_within_bounds(void **state) {
    (void)state;
    const uint64_t counts[] = {UINT64_C(1) << 40, (UINT64_C(1) << 62) - 1,
                               UINT64_C(1) << 62};
    for (size_t i = 0; i < 3; i++) {
        struct permutation order;
        permutation_init(&order, counts[i]);
        for (uint64_t k = 0; k < 1000; k++) {
            assert_true(permutation_at(&order, 7, k) < counts[i]);
            assert_true(permutation_at(&order, 7, counts[i] - 1 - k) <
                        counts[i]);
        }
    }
}

/* Where the first number of four goes, and the second after it. */
static void every_place_is_as_likely_as_any_other(void **state) {
    (void)state;
    struct permutation order;
    uint64_t pairs[12] = {0};
    double shares[12];
    permutation_init(&order, 4);
    for (uint64_t seed = 0; seed < 60000; seed++) {
        uint64_t seeded = random_seeded(seed);
        uint64_t first = permutation_at(&order, seeded, 0);
        uint64_t second = permutation_at(&order, seeded, 1);
        pairs[first * 3 + (second > first ? second - 1 : second)]++;
    }
    for (size_t i = 0; i < 12; i++) {
        shares[i] = 1.0 / 12;
    }
    chi_square_assert("pairs", pairs, shares, 12);
}

static void neighbours_are_torn_apart(void **state) {
    (void)state;
    struct permutation order;
    uint64_t tenths[10] = {0};
    double shares[10];
    permutation_init(&order, 1000000);
    for (uint64_t i = 0; i < 10000; i++) {
        tenths[permutation_at(&order, random_seeded(3), i) / 100000]++;
    }
    for (size_t i = 0; i < 10; i++) {
        shares[i] = 0.1;
    }
    chi_square_assert("tenths", tenths, shares, 10);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_bijection_of_any_small_count),
        cmocka_unit_test(the_largest_counts_stay_within_bounds),
        cmocka_unit_test(every_place_is_as_likely_as_any_other),
        cmocka_unit_test(neighbours_are_torn_apart),
    };
    return SUITE_RUN(tests, argc, argv);
}
