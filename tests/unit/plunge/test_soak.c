/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug ubsan */
#include "cell/soak.h"

#include "base/clock.h"
#include "support/suite.h"

#define S CLOCK_NS_PER_S

static bool may(uint64_t cell_s, uint64_t cycles_s, uint64_t limit_s) {
    const struct soak_times times = {cell_s * S, cycles_s * S, limit_s * S};
    return soak_may_double(&times);
}

static void it_doubles_where_there_is_time_and_a_quarter(void **state) {
    (void)state;
    assert_true(may(1, 0, 3));
    assert_false(may(1, 0, 2));
    /* 21 s so far, 20 s again, 5 s and one more in reserve. */
    assert_false(may(21, 20, 47));
    assert_true(may(21, 20, 48));
    assert_false(may(100, 4, 60));
}

/* Whatever a cycle takes, doubling ends below the limit. */
static void doubling_ends_before_the_limit(void **state) {
    (void)state;
    for (uint64_t ms = 1; ms < 100000; ms = ms * 3 + 1) {
        uint64_t cycles_ns = ms * CLOCK_NS_PER_MS;
        struct soak_times times = {cycles_ns, cycles_ns, 60 * S};
        while (soak_may_double(&times)) {
            times.cycles_ns *= 2;
            times.cell_ns = times.cycles_ns;
        }
        assert_true(times.cycles_ns < 60 * S || ms >= 60000);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_doubles_where_there_is_time_and_a_quarter),
        cmocka_unit_test(doubling_ends_before_the_limit),
    };
    return SUITE_RUN(tests, argc, argv);
}
