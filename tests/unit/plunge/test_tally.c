/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/tally.h"

#include "support/suite.h"

static void complete(struct tally *tally, uint64_t intended_ns,
                     uint64_t submitted_ns, uint64_t answered_ns) {
    const struct tally_times times = {
        .intended_ns = intended_ns,
        .submitted_ns = submitted_ns,
        .answered_ns = answered_ns,
    };
    tally_complete(tally, true, &times);
}

static void what_waited_to_be_submitted_counts_for_latency_alone(void **state) {
    (void)state;
    struct tally tally;
    tally_init(&tally, true);
    complete(&tally, 1000, 1700, 2000);
    assert_int_equal(tally.latency.max, 1000);
    assert_int_equal(tally.service.max, 300);
    assert_int_equal(tally.latency.total, 1);
    assert_int_equal(tally.service.total, 1);
    tally_fini(&tally);
}

static void what_did_not_wait_counts_alike_for_both(void **state) {
    (void)state;
    struct tally tally;
    tally_init(&tally, true);
    complete(&tally, 1000, 1000, 1250);
    complete(&tally, 1000, 1000, 1500);
    assert_int_equal(tally.latency.min, 250);
    assert_int_equal(tally.service.min, 250);
    assert_int_equal(tally.latency.max, 500);
    assert_int_equal(tally.service.max, 500);
    assert_int_equal(tally.completed, 2);
    assert_int_equal(tally.latency.total, 2);
    assert_int_equal(tally.service.total, 2);
    tally_fini(&tally);
}

static void an_untimed_one_counts_and_keeps_no_times(void **state) {
    (void)state;
    struct tally tally;
    tally_init(&tally, false);
    complete(&tally, 1000, 1700, 2000);
    assert_int_equal(tally.completed, 1);
    assert_int_equal(tally.wrong, 0);
    tally_fini(&tally);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waited_to_be_submitted_counts_for_latency_alone),
        cmocka_unit_test(what_did_not_wait_counts_alike_for_both),
        cmocka_unit_test(an_untimed_one_counts_and_keeps_no_times),
    };
    return SUITE_RUN(tests, argc, argv);
}
