/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/mix.h"

#include <string.h>

#include "support/chi_square.h"
#include "support/suite.h"

static const struct scenario_operations some = {{90, 4, 3, 2, 1, 0}};

/* Each block has exactly its share, wherever it begins. */
static void a_block_has_exactly_so_many_of_each(void **state) {
    (void)state;
    struct mix mix;
    mix_init(&mix, &some);
    for (uint64_t block = 0; block < 20; block++) {
        uint64_t counts[SUBJECT_OPERATIONS_COUNT] = {0};
        for (uint64_t k = block * 100; k < (block + 1) * 100; k++) {
            counts[mix_draw(&mix, 7, k).operation]++;
        }
        for (size_t i = 0; i < SUBJECT_OPERATIONS_COUNT; i++) {
            assert_int_equal(counts[i], some.weights[i]);
        }
    }
}

static void every_request_of_a_kind_has_a_number_of_its_own(void **state) {
    (void)state;
    static uint8_t seen[SUBJECT_OPERATIONS_COUNT][1000];
    struct mix mix;
    memset(seen, 0, sizeof seen);
    mix_init(&mix, &some);
    for (uint64_t k = 0; k < 1000; k++) {
        const struct mix_place place = mix_draw(&mix, 7, k);
        assert_in_range(place.number, 0, 999);
        assert_int_equal(seen[place.operation][place.number]++, 0);
        assert_int_equal(place.signed_up, k / 100 * 3);
    }
    for (uint64_t i = 0; i < 30; i++) {
        assert_int_equal(seen[SUBJECT_SIGN_UP][i], 1);
    }
}

/* The one in a hundred is anywhere in its block. */
static void the_order_within_a_block_is_by_chance(void **state) {
    (void)state;
    struct mix mix;
    uint64_t counts[100] = {0};
    double shares[100];
    mix_init(&mix, &some);
    for (uint64_t k = 0; k < 500000; k++) {
        if (mix_draw(&mix, 7, k).operation == SUBJECT_TRANSFER) {
            counts[k % 100]++;
        }
    }
    for (size_t i = 0; i < 100; i++) {
        shares[i] = 0.01;
    }
    chi_square_assert("places", counts, shares, 100);
}

static void streams_differ_and_one_repeats_itself(void **state) {
    (void)state;
    struct mix mix;
    size_t same = 0;
    mix_init(&mix, &(struct scenario_operations){{1, 1, 0, 0, 0, 0}});
    for (uint64_t k = 0; k < 1000; k++) {
        const enum subject_operation one = mix_draw(&mix, 7, k).operation;
        assert_int_equal(one, mix_draw(&mix, 7, k).operation);
        same += one == mix_draw(&mix, 8, k).operation ? 1 : 0;
    }
    assert_in_range(same, 400, 600);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_has_exactly_so_many_of_each),
        cmocka_unit_test(every_request_of_a_kind_has_a_number_of_its_own),
        cmocka_unit_test(the_order_within_a_block_is_by_chance),
        cmocka_unit_test(streams_differ_and_one_repeats_itself),
    };
    return SUITE_RUN(tests, argc, argv);
}
