/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "scenario/unit.h"

#include "base/arena.h"
#include "support/suite.h"

typedef enum unit_status (*parse_fn)(const char *text, uint64_t *value_out);

struct sample {
    const char *text;
    uint64_t value;
};

static void assert_values(parse_fn parse, const struct sample *samples,
                          size_t samples_count) {
    for (size_t i = 0; i < samples_count; i++) {
        uint64_t value = 0;
        if (parse(samples[i].text, &value) != UNIT_OK) {
            fail_msg("refused: %s", samples[i].text);
        }
        if (value != samples[i].value) {
            fail_msg("%s: %ju, not %ju", samples[i].text, (uintmax_t)value,
                     (uintmax_t)samples[i].value);
        }
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define ASSERT_VALUES(parse, samples)                                          \
    assert_values(parse, samples, COUNT_OF(samples))

static void assert_status(parse_fn parse, enum unit_status expected,
                          const char *const *texts, size_t texts_count) {
    for (size_t i = 0; i < texts_count; i++) {
        uint64_t value = 77;
        const enum unit_status status = parse(texts[i], &value);
        if (status != expected) {
            fail_msg("\"%s\": status %d", texts[i], (int)status);
        }
        assert_true(value == 77); /* untouched on failure */
    }
}

#define ASSERT_STATUS(parse, status, texts)                                    \
    assert_status(parse, status, texts, COUNT_OF(texts))

static void a_count_may_have_a_suffix(void **state) {
    (void)state;
    const struct sample samples[] = {
        {"0", 0},
        {"7", 7},
        {"10k", 10000},
        {"1.5k", 1500},
        {"1.50k", 1500},
        {"0.001k", 1},
        {"2.0M", 2000000},
        {"3G", UINT64_C(3000000000)},
        {"18446744073709551615", UINT64_MAX},
    };
    ASSERT_VALUES(unit_count, samples);
}

static void what_is_no_count_is_refused(void **state) {
    (void)state;
    const char *const texts[] = {
        "",      "12x",   "-10",     "+10", " 10",   "10 ", "1 000", "1_000",
        "1e3",   "0x10",  "007",     "10K", "10m",   "1.5", "1.",    ".5k",
        "1..5k", "1.5kk", "1.0005k", "k",   "1,000", "inf", "1.5.",  "\xd9\xa3",
    };
    ASSERT_STATUS(unit_count, UNIT_MALFORMED, texts);
}

static void an_overflow_is_told_not_wrapped(void **state) {
    (void)state;
    const char *const texts[] = {
        "18446744073709551616",
        "18446744073709551616k",
        "18446744073709552k",
        "18446744073709551615.5k",
        "99999999999999999999999999999999",
    };
    ASSERT_STATUS(unit_count, UNIT_TOO_LARGE, texts);
}

static void a_duration_needs_its_unit(void **state) {
    (void)state;
    const struct sample samples[] = {
        {"10ns", 10},
        {"20us", 20000},
        {"20\xc2\xb5s", 20000},
        {"20\xce\xbcs", 20000},
        {"200ms", 200000000},
        {"1.5s", 1500000000},
        {"0s", 0},
        {"2m", UINT64_C(120000000000)},
        {"0.5h", UINT64_C(1800000000000)},
        {"0.000000001s", 1},
    };
    const char *const texts[] = {"10", "10sec", "10S", "1 s", "0.5ns", "1d"};
    ASSERT_VALUES(unit_duration, samples);
    ASSERT_STATUS(unit_duration, UNIT_MALFORMED, texts);
}

static void sizes_are_binary_or_decimal(void **state) {
    (void)state;
    const struct sample samples[] = {
        {"512B", 512},        {"64KiB", 65536},  {"0.5KiB", 512},
        {"2GiB", 2147483648}, {"10kB", 10000},   {"1.5MB", 1500000},
        {"1GB", 1000000000},  {"1MiB", 1048576},
    };
    const char *const texts[] = {"64", "64K", "64KB", "64kib", "0.3KiB"};
    ASSERT_VALUES(unit_size, samples);
    ASSERT_STATUS(unit_size, UNIT_MALFORMED, texts);
}

static void a_rate_is_per_second(void **state) {
    (void)state;
    const struct sample samples[] = {{"500/s", 500}, {"50k/s", 50000}};
    const char *const texts[] = {"500", "50k", "50k/m", "50 k/s", "0.5/s"};
    ASSERT_VALUES(unit_rate, samples);
    ASSERT_STATUS(unit_rate, UNIT_MALFORMED, texts);
}

static void a_share_is_in_percent(void **state) {
    (void)state;
    const struct sample samples[] = {
        {"1%", 10000}, {"0.5%", 5000}, {"100%", 1000000}, {"0.0001%", 1}};
    const char *const texts[] = {"1", "0.01", "%", "0.00001%"};
    ASSERT_VALUES(unit_share, samples);
    ASSERT_STATUS(unit_share, UNIT_MALFORMED, texts);
}

static void a_number_has_a_fraction(void **state) {
    (void)state;
    double number = 0;
    assert_int_equal(unit_number("0.8", &number), UNIT_OK);
    assert_true(number == 0.8);
    assert_int_equal(unit_number("1.5k", &number), UNIT_OK);
    assert_true(number == 1500);
    assert_int_equal(unit_number("3", &number), UNIT_OK);
    assert_true(number == 3);
    assert_int_equal(unit_number("x", &number), UNIT_MALFORMED);
    assert_int_equal(unit_number("-1", &number), UNIT_MALFORMED);
}

static void a_boolean_is_yes_or_no(void **state) {
    (void)state;
    bool boolean = false;
    assert_int_equal(unit_boolean("yes", &boolean), UNIT_OK);
    assert_true(boolean);
    assert_int_equal(unit_boolean("false", &boolean), UNIT_OK);
    assert_false(boolean);
    assert_int_equal(unit_boolean("true", &boolean), UNIT_OK);
    assert_true(boolean);
    assert_int_equal(unit_boolean("no", &boolean), UNIT_OK);
    assert_false(boolean);
    assert_int_equal(unit_boolean("on", &boolean), UNIT_MALFORMED);
    assert_int_equal(unit_boolean("", &boolean), UNIT_MALFORMED);
}

static void what_is_written_reads_the_same(void **state) {
    (void)state;
    const uint64_t values[] = {
        0, 1, 999, 1000, 1500, 10000000, UINT64_MAX, UINT64_C(3600000000000)};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        uint64_t value = 1;
        const char *text = unit_count_text(arena, values[i]);
        assert_int_equal(unit_count(text, &value), UNIT_OK);
        assert_true(value == values[i]);
        text = unit_duration_text(arena, values[i]);
        assert_int_equal(unit_duration(text, &value), UNIT_OK);
        assert_true(value == values[i]);
        text = unit_size_text(arena, values[i]);
        assert_int_equal(unit_size(text, &value), UNIT_OK);
        assert_true(value == values[i]);
        text = unit_rate_text(arena, values[i]);
        assert_int_equal(unit_rate(text, &value), UNIT_OK);
        assert_true(value == values[i]);
    }
    assert_string_equal(unit_rate_text(arena, 50000), "50k/s");
    assert_string_equal(unit_size_text(arena, UINT64_C(3) << 29), "1536MiB");
    assert_string_equal(unit_count_text(arena, 10000000), "10M");
    assert_string_equal(unit_duration_text(arena, 1500000000), "1500ms");
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_may_have_a_suffix),
        cmocka_unit_test(what_is_no_count_is_refused),
        cmocka_unit_test(an_overflow_is_told_not_wrapped),
        cmocka_unit_test(a_duration_needs_its_unit),
        cmocka_unit_test(sizes_are_binary_or_decimal),
        cmocka_unit_test(a_rate_is_per_second),
        cmocka_unit_test(a_share_is_in_percent),
        cmocka_unit_test(a_number_has_a_fraction),
        cmocka_unit_test(a_boolean_is_yes_or_no),
        cmocka_unit_test(what_is_written_reads_the_same),
    };
    return SUITE_RUN(tests, argc, argv);
}
