/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "support/suite.h"

#include "support/judged.h"

static void exhaust(struct sample *sample, uint64_t at, uint64_t predicted) {
    struct result_cycles *cycles = &sample->result.cells[0].cycles;
    cycles->predicted_cycle = predicted;
    cycles->exhausted = (struct result_exhaustion){
        .happened = at != 0,
        .resource = at == 0 ? NULL : "threads",
        .at_cycle = at,
    };
}

static void exhausted_names_the_resource_or_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        uint64_t at;
        const char *word;
        const char *measured;
        enum expectation_operand operand;
        bool same;
    } rows[] = {
        {0, NULL, "nothing", EXPECTATION_NOTHING, true},
        {0, "threads", "nothing", EXPECTATION_RESOURCE, false},
        {21, NULL, "threads", EXPECTATION_NOTHING, false},
        {21, "threads", "threads", EXPECTATION_RESOURCE, true},
        {21, "fds", "threads", EXPECTATION_RESOURCE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct expectation expectation = {
            .metric = EXPECTATION_EXHAUSTED,
            .op = EXPECTATION_EQ,
            .operand = rows[i].operand,
            .word = rows[i].word,
        };
        exhaust(sample, rows[i].at, 0);
        const struct result_expectation *decided = judge(sample, expectation);
        assert_string_equal(decided->measured, rows[i].measured);
        assert_int_equal(decided->held,
                         rows[i].same ? RESULT_HELD_YES : RESULT_HELD_NO);
        expectation.op = EXPECTATION_NE;
        assert_int_equal(held(sample, expectation),
                         rows[i].same ? RESULT_HELD_NO : RESULT_HELD_YES);
    }
}

static void exhausted_at_is_a_cycle_a_prediction_or_nothing(void **state) {
    struct sample *sample = *state;
    static const struct {
        uint64_t at;
        uint64_t predicted;
        enum expectation_operator op;
        enum expectation_operand operand;
        double value;
        enum result_held held;
    } rows[] = {
        {21, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {22, 21, EXPECTATION_GE, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 21, EXPECTATION_NE, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {22, 0, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0, RESULT_HELD_YES},
        {0, 0, EXPECTATION_NE, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 21, EXPECTATION_GE, EXPECTATION_PREDICTED, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_NOTHING, 0, RESULT_HELD_YES},
        {21, 21, EXPECTATION_EQ, EXPECTATION_NOTHING, 0, RESULT_HELD_NO},
        {21, 21, EXPECTATION_NE, EXPECTATION_NOTHING, 0, RESULT_HELD_YES},
        {21, 0, EXPECTATION_GE, EXPECTATION_VALUE, 20, RESULT_HELD_YES},
        {21, 0, EXPECTATION_GE, EXPECTATION_VALUE, 22, RESULT_HELD_NO},
        {0, 0, EXPECTATION_GE, EXPECTATION_VALUE, 20, RESULT_HELD_NO},
        {0, 0, EXPECTATION_EQ, EXPECTATION_VALUE, 0, RESULT_HELD_NO},
        {0, 0, EXPECTATION_NE, EXPECTATION_VALUE, 20, RESULT_HELD_NO},
        {RESULT_UNKNOWN, 21, EXPECTATION_EQ, EXPECTATION_PREDICTED, 0,
         RESULT_HELD_UNDECIDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exhaust(sample, rows[i].at, rows[i].predicted);
        struct expectation expectation = {
            .metric = EXPECTATION_EXHAUSTED_AT,
            .op = rows[i].op,
            .operand = rows[i].operand,
            .value = rows[i].value,
        };
        assert_int_equal(held(sample, expectation), rows[i].held);
    }
}

/* In the cycle that was predicted, but not by the thread. */
static void a_prediction_names_the_thread_and_the_resource(void **state) {
    struct sample *sample = *state;
    const struct expectation expectation = {
        .metric = EXPECTATION_EXHAUSTED_AT,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_PREDICTED,
    };
    exhaust(sample, 21, 21);
    struct result_cycles *cycles = &sample->result.cells[0].cycles;
    cycles->is_predicted = true;
    cycles->predicted = (struct result_prediction){
        .resource = "threads", .pool = 21, .number = 2};
    static const struct {
        const char *resource;
        uint64_t number;
        enum result_held held;
    } rows[] = {
        {"threads", 2, RESULT_HELD_YES},
        {"threads", 1, RESULT_HELD_NO},
        {"threads", 3, RESULT_HELD_NO},
        {"threads", 0, RESULT_HELD_YES}, /* nobody saw which */
        {"fds", 2, RESULT_HELD_NO},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cycles->exhausted.resource = rows[i].resource;
        cycles->exhausted.number = rows[i].number;
        assert_int_equal(held(sample, expectation), rows[i].held);
    }
    cycles->exhausted.number = 1;
    assert_string_equal(judge(sample, expectation)->why,
                        "in the predicted cycle, but number 1 of the pool's "
                        "own fds, not number 2 of its own threads");
}

static void error_is_the_text_of_the_first_failure(void **state) {
    struct sample *sample = *state;
    struct expectation expectation = {
        .metric = EXPECTATION_ERROR,
        .op = EXPECTATION_EQ,
        .operand = EXPECTATION_WORDS,
        .word = "can't start new thread",
    };
    const struct result_expectation *decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_NO);
    assert_string_equal(decided->measured, "no error");
    sample->result.cells[0].error = "can't start new thread";
    decided = judge(sample, expectation);
    assert_int_equal(decided->held, RESULT_HELD_YES);
    assert_string_equal(decided->measured, "\"can't start new thread\"");
    sample->result.cells[0].error = "can't start new threads";
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
    expectation.op = EXPECTATION_NE;
    assert_int_equal(held(sample, expectation), RESULT_HELD_YES);
    expectation.op = EXPECTATION_EQ;
    expectation.operand = EXPECTATION_NOTHING;
    assert_int_equal(held(sample, expectation), RESULT_HELD_NO);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        JUDGED_TEST(exhausted_names_the_resource_or_nothing),
        JUDGED_TEST(exhausted_at_is_a_cycle_a_prediction_or_nothing),
        JUDGED_TEST(a_prediction_names_the_thread_and_the_resource),
        JUDGED_TEST(error_is_the_text_of_the_first_failure),
    };
    return SUITE_RUN(tests, argc, argv);
}
