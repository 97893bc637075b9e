/* SPDX-License-Identifier: Apache-2.0 */
#include "support/judged.h"

#include <string.h>

#include "base/arena.h"
#include "support/suite.h"
#include "verdict/judge.h"

const struct expectation nothing_left = {
    .metric = EXPECTATION_LEFT_BEHIND,
    .op = EXPECTATION_EQ,
    .operand = EXPECTATION_NOTHING,
};

const struct expectation no_errors = {
    .metric = EXPECTATION_ERRORS,
    .op = EXPECTATION_EQ,
    .operand = EXPECTATION_VALUE,
};

const struct expectation p99_below_5_ms = {
    .text = "p99 < 5ms",
    .metric = EXPECTATION_LATENCY,
    .statistic = EXPECTATION_P99,
    .op = EXPECTATION_LT,
    .operand = EXPECTATION_VALUE,
    .value = 5e6,
};

const struct result_expectation *judge(struct sample *sample,
                                       struct expectation expectation) {
    if (expectation.text == NULL) {
        expectation.text = "an expectation";
    }
    sample->scenario.expectations =
        arena_alloc(sample->arena, sizeof expectation);
    sample->scenario.expectations[0] = expectation;
    sample->scenario.expectations_count = 1;
    judge_result(&sample->scenario, sample->arena, &sample->result);
    /* With that of findings, where something looked for them. */
    assert_in_range(sample->result.expectations_count, 1, 2);
    const struct result_expectation *decided = &sample->result.expectations[0];
    assert_non_null(decided->measured);
    assert_non_null(decided->why);
    assert_string_not_equal(decided->measured, "");
    assert_string_not_equal(decided->why, "");
    return decided;
}

enum result_held held(struct sample *sample, struct expectation expectation) {
    return judge(sample, expectation)->held;
}

void assert_contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
}

int judged_begin(void **state) {
    static struct sample sample;
    sample_init(&sample);
    *state = &sample;
    return 0;
}

int judged_end(void **state) {
    sample_fini(*state);
    return 0;
}
