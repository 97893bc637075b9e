/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/punctual.h"

#include "base/arena.h"
#include "scenario/expectation.h"
#include "scenario/scenario.h"
#include "support/sample.h"
#include "support/suite.h"
#include "verdict/judge.h"

/* The phase main of the sample has a p99 of 4 ms. */

static void set_late(struct sample *sample, uint64_t p99_ns) {
    sample->result.cells[0].phases[0].lateness =
        (struct result_latency){.count = 100000, .p99 = p99_ns};
}

static enum result_held judged(struct sample *sample,
                               enum expectation_metric metric,
                               const char *phase) {
    sample->scenario.expectations =
        arena_alloc(sample->arena, sizeof *sample->scenario.expectations);
    sample->scenario.expectations_count = 1;
    sample->scenario.expectations[0] = (struct expectation){
        .text = "something",
        .metric = metric,
        .statistic = EXPECTATION_P99,
        .phase = phase,
        .op = EXPECTATION_GE,
        .operand = EXPECTATION_VALUE,
        .value = 0,
    };
    judge_result(&sample->scenario, sample->arena, &sample->result);
    return sample->result.expectations[0].held;
}

static const struct result_audit *last_check(const struct sample *sample) {
    return &sample->result.audit[sample->result.audit_count - 1];
}

static void who_is_late_leaves_times_undecided(void **state) {
    struct sample *sample = *state;
    set_late(sample, 1000001);
    static const enum expectation_metric times[] = {
        EXPECTATION_THROUGHPUT, EXPECTATION_LATENCY, EXPECTATION_SERVICE,
        EXPECTATION_DURATION};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_int_equal(judged(sample, times[i], NULL), RESULT_HELD_UNDECIDED);
    }
    assert_string_equal(
        sample->result.expectations[0].why,
        "not decided: the generator was up to 1.00 ms late at 99% of "
        "the lookups of main, whose p99 is 4.00 ms");
    assert_string_equal(last_check(sample)->check,
                        "lookups came when they were due");
    assert_false(last_check(sample)->ok);
    assert_int_equal(sample->result.verdict, RESULT_UNDECIDED);
}

static void counts_answers_and_leftovers_stand(void **state) {
    struct sample *sample = *state;
    set_late(sample, 1000000000);
    assert_int_equal(judged(sample, EXPECTATION_COMPLETED, NULL),
                     RESULT_HELD_YES);
    assert_int_equal(judged(sample, EXPECTATION_WRONG, NULL), RESULT_HELD_YES);
    assert_int_equal(judged(sample, EXPECTATION_REJECTED, NULL),
                     RESULT_HELD_YES);
}

static void a_little_late_is_in_time(void **state) {
    struct sample *sample = *state;
    set_late(sample, PUNCTUAL_NS);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, NULL),
                     RESULT_HELD_YES);
    assert_true(last_check(sample)->ok || sample->result.audit_count == 0);
    /* A tenth of a long latency is nothing. */
    sample->result.cells[0].phases[0].latency.p99 = 50000000;
    set_late(sample, 5000000);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, NULL),
                     RESULT_HELD_YES);
    set_late(sample, 5000001);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, NULL),
                     RESULT_HELD_UNDECIDED);
}

static void what_is_not_known_is_not_in_time(void **state) {
    struct sample *sample = *state;
    set_late(sample, RESULT_UNKNOWN);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, NULL),
                     RESULT_HELD_UNDECIDED);
    assert_string_equal(sample->result.expectations[0].why,
                        "not decided: how late the generator was at the "
                        "lookups of main is not known");
}

static void each_phase_answers_for_itself(void **state) {
    struct sample *sample = *state;
    set_late(sample, 9000000);
    struct result_phase *other =
        sample_add_phase(sample, &sample->result.cells[0], "other");
    other->lateness = (struct result_latency){.count = 100000, .p99 = 10};
    set_late(sample, 9000000);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, "main"),
                     RESULT_HELD_UNDECIDED);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, "other"),
                     RESULT_HELD_YES);
    assert_int_equal(judged(sample, EXPECTATION_LATENCY, NULL),
                     RESULT_HELD_UNDECIDED);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(who_is_late_leaves_times_undecided),
        TEST(counts_answers_and_leftovers_stand),
        TEST(a_little_late_is_in_time),
        TEST(what_is_not_known_is_not_in_time),
        TEST(each_phase_answers_for_itself),
    };
    return SUITE_RUN(tests, argc, argv);
}
