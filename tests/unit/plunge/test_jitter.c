/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "measure/jitter.h"

#include "support/suite.h"

static void
what_is_between_two_readings_is_a_gap_where_it_is_long(void **state) {
    (void)state;
    struct jitter jitter = {0};
    for (int i = 0; i < 100; i++) {
        jitter_add(&jitter, 25);
    }
    jitter_add(&jitter, 0);
    jitter_add(&jitter, 21);
    jitter_add(&jitter, JITTER_GAP_NS);
    assert_int_equal(jitter.lost_ns, 0);
    jitter_add(&jitter, 4000000);
    jitter_add(&jitter, 1000000);
    assert_int_equal(jitter.lost_ns, 5000000);
    assert_int_equal(jitter.largest_ns, 4000000);
    assert_int_equal(jitter.resolution_ns, 21);
    assert_int_equal(jitter.readings, 105);
    assert_int_equal(jitter.duration_ns, 2500 + 21 + JITTER_GAP_NS + 5000000);
}

static void the_same_work_differs_by_what_19_of_20_pairs_do(void **state) {
    (void)state;
    double first[20];
    double second[20];
    for (int i = 0; i < 20; i++) {
        first[i] = 100;
        second[i] = 100;
    }
    assert_true(jitter_smallest(first, second, 20) == 0);
    first[3] = 900; /* one may be as far away as it likes */
    assert_true(jitter_smallest(first, second, 20) == 0);
    first[11] = 96;
    const double apart = jitter_smallest(first, second, 20);
    assert_true(apart > 0.0399 && apart < 0.0401);
}

static void a_measurement_lasts_as_long_as_it_is_to(void **state) {
    (void)state;
    struct jitter jitter;
    jitter_measure(&jitter, 1000000);
    assert_true(jitter.duration_ns >= 1000000);
    assert_true(jitter.readings > 0);
    assert_true(jitter.lost_ns <= jitter.duration_ns);
    assert_true(jitter.largest_ns <= jitter.lost_ns);
    assert_true(jitter_same_work(1000) >= 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            what_is_between_two_readings_is_a_gap_where_it_is_long),
        cmocka_unit_test(the_same_work_differs_by_what_19_of_20_pairs_do),
        cmocka_unit_test(a_measurement_lasts_as_long_as_it_is_to),
    };
    return SUITE_RUN(tests, argc, argv);
}
