/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/machine.h"

#include <math.h>

#include "base/clock.h"
#include "support/suite.h"

#define TICK_NS (CLOCK_NS_PER_S / 100)

static bool is_near(double value, double expected) {
    return fabs(value - expected) < 1e-9;
}

/* Of two processors for ten seconds: 2,000 ticks. */
static struct machine_noise noise_of(const char *stat, const char *pressure,
                                     uint64_t own_ns) {
    struct machine_moment begin = {.monotonic_ns = CLOCK_NS_PER_S};
    struct machine_moment end = {
        .monotonic_ns = 11 * CLOCK_NS_PER_S,
        .realtime_ns = (int64_t)(10 * CLOCK_NS_PER_S),
        .own_ns = own_ns,
    };
    machine_moment_read(&begin, "cpu  1000 100 500 9000 50 0 10 7 0 0\ncpu0 1",
                        "some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n"
                        "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
    machine_moment_read(&end, stat, pressure);
    return machine_noise_between(&begin, &end, TICK_NS);
}

static void what_others_used_is_what_was_busy_and_not_ours(void **state) {
    (void)state;
    /* 1,500 busy, of which 1,000 are ours; 300 idle, 200 stolen. */
    const struct machine_noise noise = noise_of(
        "cpu  2300 200 590 9280 70 5 15 207 0 0\n", NULL, 10 * CLOCK_NS_PER_S);
    assert_true(is_near(noise.duration_s, 10));
    assert_true(is_near(noise.steal, 200.0 / 2000));
    assert_true(is_near(noise.others, 500.0 / 2000));
    assert_true(isnan(noise.pressure));
    assert_true(is_near(noise.clock_step_s, 0));
}

static void pressure_is_of_the_time(void **state) {
    (void)state;
    const struct machine_noise noise =
        noise_of("cpu  1000 100 500 11000 50 0 10 7 0 0\n",
                 "some avg10=0.00 avg60=0.00 avg300=0.00 total=3000000\n", 0);
    assert_true(is_near(noise.pressure, 0.25));
    assert_true(is_near(noise.others, 0));
    assert_true(is_near(noise.steal, 0));
}

static void what_the_kernel_does_not_tell_is_not_known(void **state) {
    (void)state;
    const struct machine_noise none = noise_of(NULL, NULL, 0);
    assert_true(isnan(none.steal) && isnan(none.others));
    const struct machine_noise old = noise_of("cpu  1 2 3 4\n", "full", 0);
    assert_true(isnan(old.steal) && isnan(old.pressure));
}

static void a_short_time_tells_nothing_but_the_clock(void **state) {
    (void)state;
    struct machine_moment begin = {.realtime_ns = 5};
    struct machine_moment end = {.monotonic_ns = MACHINE_NS_MIN - 1,
                                 .realtime_ns = 5 - 1000000000};
    machine_moment_read(&begin, "cpu  1 1 1 1 1 1 1 1\n", NULL);
    machine_moment_read(&end, "cpu  9 9 9 9 9 9 9 9\n", NULL);
    const struct machine_noise noise =
        machine_noise_between(&begin, &end, TICK_NS);
    assert_true(isnan(noise.steal) && isnan(noise.others));
    assert_true(noise.clock_step_s < -1.4 && noise.clock_step_s > -1.6);
}

static void this_machine_has_a_moment(void **state) {
    (void)state;
    struct machine_moment one;
    struct machine_moment other;
    machine_moment_take(&one);
    machine_moment_take(&other);
    assert_true(one.monotonic_ns > 0);
    assert_true(other.monotonic_ns >= one.monotonic_ns);
    assert_true(other.own_ns >= one.own_ns);
    assert_true(other.busy_ticks + other.steal_ticks <= other.all_ticks);
    assert_in_range(machine_tick_ns(), 100000, 100000000);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_used_is_what_was_busy_and_not_ours),
        cmocka_unit_test(pressure_is_of_the_time),
        cmocka_unit_test(what_the_kernel_does_not_tell_is_not_known),
        cmocka_unit_test(a_short_time_tells_nothing_but_the_clock),
        cmocka_unit_test(this_machine_has_a_moment),
    };
    return SUITE_RUN(tests, argc, argv);
}
