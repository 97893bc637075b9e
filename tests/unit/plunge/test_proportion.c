/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/proportion.h"

#include <math.h>
#include <stdbool.h>

#include "support/suite.h"

static bool near(double value, double wanted) {
    return fabs(value - wanted) < 5e-5;
}

/* The figures of R's binom.test() and binconf(method = "exact"). */
static void intervals_are_those_of_the_books(void **state) {
    static const struct {
        uint64_t count;
        uint64_t of;
        double low;
        double high;
    } table[] = {
        {7, 10, 0.347547, 0.933260},   {1, 10, 0.002529, 0.445016},
        {0, 10, 0, 0.308497},          {10, 10, 0.691503, 1},
        {50, 100, 0.398321, 0.601679}, {99, 100, 0.945541, 0.999747},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct proportion interval =
            proportion_interval(table[i].count, table[i].of, 0.95);
        if (!near(interval.low, table[i].low) ||
            !near(interval.high, table[i].high)) {
            fail_msg("%d of %d: %.6f .. %.6f", (int)table[i].count,
                     (int)table[i].of, interval.low, interval.high);
        }
    }
}

static void silence_is_bounded_exactly(void **state) {
    (void)state;
    assert_true(near(proportion_upper(0, 3000, 0.95), 0.000998));
    assert_true(near(proportion_upper(0, 64, 0.95), 1 - pow(0.05, 1.0 / 64)));
    assert_true(near(proportion_upper(1, 3000, 0.95), 0.001580));
    assert_true(proportion_upper(3, 3, 0.95) >= 1);
    assert_true(proportion_upper(0, 0, 0.95) >= 1);
}

/* What makes it exact: at the bound itself, what was seen or less has just the
 * chance that was allowed for. */
static void the_bound_is_where_the_chance_is_used_up(void **state) {
    (void)state;
    for (uint64_t of = 2; of < 40; of += 7) {
        const double share = proportion_upper(1, of, 0.9);
        const double chance =
            pow(1 - share, (double)of) +
            (double)of * share * pow(1 - share, (double)of - 1);
        assert_true(fabs(chance - 0.1) < 1e-6);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_those_of_the_books),
        cmocka_unit_test(silence_is_bounded_exactly),
        cmocka_unit_test(the_bound_is_where_the_chance_is_used_up),
    };
    return SUITE_RUN(tests, argc, argv);
}
