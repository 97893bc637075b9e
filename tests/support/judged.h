/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_JUDGED_H
#define TESTS_SUPPORT_JUDGED_H

#include "support/sample.h"

/* A fixture with a sample: *state is a struct sample. */
int judged_begin(void **state);
int judged_end(void **state);

/* Judges one expectation over @sample and returns what was decided. Asserts
 * that every decision says what was measured and why. */
const struct result_expectation *judge(struct sample *sample,
                                       struct expectation expectation);
enum result_held held(struct sample *sample, struct expectation expectation);

void assert_contains(const char *text, const char *part);

/* left_behind == nothing; errors == 0; p99 < 5ms, where the sample has 4 ms. */
extern const struct expectation nothing_left;
extern const struct expectation no_errors;
extern const struct expectation p99_below_5_ms;

#define JUDGED_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, judged_begin, judged_end)

#endif
