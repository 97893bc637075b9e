/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "base/quantity.h"

#include <float.h>
#include <math.h>

#include "base/result.h"
#include "support/suite.h"

/* Each text is what a person reads, and at most QUANTITY_SIZE long. */
static void assert_duration(double nanoseconds, const char *expected) {
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_duration(text, nanoseconds), expected);
}

static void assert_size(double bytes, const char *expected) {
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_size(text, bytes), expected);
}

static void assert_rate(double per_second, const char *expected) {
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_rate(text, per_second), expected);
}

static void assert_count(uint64_t count, const char *expected) {
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_count(text, count), expected);
}

static void counts_have_thousands(void **state) {
    (void)state;
    assert_count(0, "0");
    assert_count(999, "999");
    assert_count(1000, "1,000");
    assert_count(1234567, "1,234,567");
    assert_count(UINT64_MAX - 1, "18,446,744,073,709,551,614");
}

static void durations_have_three_digits_and_a_unit(void **state) {
    (void)state;
    assert_duration(0, "0 ns");
    assert_duration(7, "7 ns");
    assert_duration(7.25, "7.25 ns");
    assert_duration(812, "812 ns");
    assert_duration(1500, "1.50 us");
    assert_duration(4130000, "4.13 ms");
    assert_duration(41300000, "41.3 ms");
    assert_duration(413e6, "413 ms");
    assert_duration(5e9, "5.00 s");
    assert_duration(119e9, "119 s");
    assert_duration(120e9, "2.00 min");
    assert_duration(5 * 3600e9, "5.00 h");
    assert_duration(-1500, "-1.50 us");
}

static void rounding_up_takes_the_next_unit(void **state) {
    (void)state;
    assert_duration(9.996, "10.0 ns");
    assert_duration(99.96, "100 ns");
    assert_duration(999.6, "1.00 us");
    assert_duration(999600, "1.00 ms");
    assert_size(1023.7 * 1024, "1.00 MiB");
}

static void sizes_are_binary(void **state) {
    (void)state;
    assert_size(0, "0 B");
    assert_size(512, "512 B");
    assert_size(1023, "1023 B");
    assert_size(0.25, "0.25 B");
    assert_size(0.0048, "0.005 B");
    assert_size(0.00205, "0.002 B");
    assert_size(-0.00003, "-0.00003 B");
    assert_size(1e-9, "0.000000 B");
    assert_size(65536, "64.0 KiB");
    assert_size(3.0 * 1024 * 1024 * 1024, "3.00 GiB");
    assert_size(0x1p52, "4096 TiB");
    assert_size(-2048, "-2.00 KiB");
}

static void rates_are_per_second(void **state) {
    (void)state;
    assert_rate(0, "0/s");
    assert_rate(2.5, "2.50/s");
    assert_rate(99.94, "99.9/s");
    assert_rate(99.96, "100/s");
    assert_rate(512345.4, "512,345/s");
    assert_rate(-3, "-3/s");
}

static void what_is_not_known_says_so(void **state) {
    (void)state;
    assert_count(RESULT_UNKNOWN, "unknown");
    assert_duration(NAN, "unknown");
    assert_size(INFINITY, "unknown");
    assert_rate(NAN, "unknown");
}

static void a_count_that_was_computed_is_one(void **state) {
    (void)state;
    assert_int_equal(quantity_whole(0.4), 0);
    assert_int_equal(quantity_whole(2.5), 3);
    assert_int_equal(quantity_whole(-1e300), 0);
    assert_int_equal(quantity_whole(NAN), 0);
    assert_true(quantity_whole((double)(UINT64_MAX - 1)) == UINT64_MAX - 1);
    assert_true(quantity_whole(INFINITY) == UINT64_MAX - 1);
    assert_true(quantity_whole(0x1.fffffffffffffp63) == UINT64_MAX - 2047);
}

static void the_largest_numbers_stay_within_their_text(void **state) {
    (void)state;
    char text[QUANTITY_SIZE + 1];
    text[QUANTITY_SIZE] = '#';
    (void)quantity_duration(text, -DBL_MAX);
    (void)quantity_size(text, -DBL_MAX);
    (void)quantity_rate(text, -DBL_MAX);
    (void)quantity_rate(text, DBL_MAX);
    assert_int_equal(text[QUANTITY_SIZE], '#');
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_thousands),
        cmocka_unit_test(durations_have_three_digits_and_a_unit),
        cmocka_unit_test(rounding_up_takes_the_next_unit),
        cmocka_unit_test(sizes_are_binary),
        cmocka_unit_test(rates_are_per_second),
        cmocka_unit_test(what_is_not_known_says_so),
        cmocka_unit_test(a_count_that_was_computed_is_one),
        cmocka_unit_test(the_largest_numbers_stay_within_their_text),
    };
    return SUITE_RUN(tests, argc, argv);
}
