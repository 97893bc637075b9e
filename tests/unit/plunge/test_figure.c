/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "report/figure.h"

#include <math.h>

#include "base/arena.h"
#include "base/point.h"
#include "support/sample.h"
#include "support/suite.h"

/* As a double it is beyond all counts. */
static void a_count_beyond_doubles_is_a_count(void **state) {
    struct sample *sample = *state;
    size_t count = 0;
    sample->result.cells[0].phases[0].completed = RESULT_UNKNOWN - 1;
    const struct point *points =
        point_list(&sample->result, sample->arena, &count);
    const double answered =
        figure_median(FIGURE_ANSWERED, points, "main", sample->arena);
    assert_string_equal(figure_text(FIGURE_ANSWERED, answered, sample->arena),
                        "18,446,744,073,709,551,614");
}

static void what_was_not_measured_is_a_dash(void **state) {
    struct sample *sample = *state;
    assert_string_equal(figure_text(FIGURE_ANSWERED, NAN, sample->arena), "-");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, sample_setup, sample_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_count_beyond_doubles_is_a_count),
        TEST(what_was_not_measured_is_a_dash),
    };
    return SUITE_RUN(tests, argc, argv);
}
