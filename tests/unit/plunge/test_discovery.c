/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "measure/discovery.h"

#include <stdlib.h>

#include "base/random.h"
#include "measure/proportion.h"
#include "support/suite.h"

/* Benjamini and Hochberg (1995), section 3.2: four of fifteen, where Bonferroni
 * finds three. The order they come in is of no account. */
static void as_many_are_found_as_in_the_book(void **state) {
    static const double chances[] = {0.0278, 0.4262, 0.0001, 0.6528, 0.0459,
                                     0.0019, 1.0000, 0.0344, 0.0095, 0.3240,
                                     0.0201, 0.0004, 0.7590, 0.5719, 0.0298};
    (void)state;
    assert_int_equal(discovery_count(chances, 15, 0.05), 4);
    assert_true(discovery_level(4, 15, 0.05) >= 0.0095);
    assert_true(discovery_level(4, 15, 0.05) < 0.0201);
}

/* It steps up: one that is not rare enough by itself is found with others. */
static void what_is_found_together_is_found(void **state) {
    static const double together[] = {0.009, 0.009, 0.009, 0.009};
    static const double alone[] = {0.009, 0.5, 0.5, 0.5};
    (void)state;
    assert_int_equal(discovery_count(together, 4, 0.01), 4);
    assert_int_equal(discovery_count(alone, 4, 0.01), 0);
    assert_int_equal(discovery_count(alone, 1, 0.01), 1);
    assert_int_equal(discovery_count(alone, 0, 0.01), 0);
}

static double by_definition(const double *chances, size_t count, double rate) {
    double most = 0;
    for (size_t k = 1; k <= count; k++) {
        size_t within = 0;
        for (size_t i = 0; i < count; i++) {
            within += chances[i] <= rate * (double)k / (double)count;
        }
        most = within >= k ? (double)k : most;
    }
    return most;
}

static void it_is_the_most_that_the_definition_allows(void **state) {
    struct random random;
    (void)state;
    random_init(&random, 5);
    for (unsigned trial = 0; trial < 2000; trial++) {
        double chances[30];
        const size_t count = 1 + random_below(&random, 30);
        for (size_t i = 0; i < count; i++) {
            const double chance = (double)random_below(&random, 1000) / 1000;
            chances[i] = chance * chance;
        }
        assert_true((double)discovery_count(chances, count, 0.2) ==
                    by_definition(chances, count, 0.2));
    }
}

static void nothing_is_found_where_there_is_nothing(void **state) {
    enum { TRIALS = 20000, QUESTIONS = 20 };
    struct random random;
    unsigned found = 0;
    (void)state;
    random_init(&random, 6);
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        double chances[QUESTIONS];
        for (size_t i = 0; i < QUESTIONS; i++) {
            chances[i] = (double)(random_next(&random) >> 11) * 0x1p-53;
        }
        found += discovery_count(chances, QUESTIONS, 0.05) != 0;
    }
    const struct proportion share = proportion_interval(found, TRIALS, 0.999);
    assert_true(share.low <= 0.05 && share.high >= 0.05);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_are_found_as_in_the_book),
        cmocka_unit_test(what_is_found_together_is_found),
        cmocka_unit_test(it_is_the_most_that_the_definition_allows),
        cmocka_unit_test(nothing_is_found_where_there_is_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
