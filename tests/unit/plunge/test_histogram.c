/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/histogram.h"

#include <nettle/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/random.h"
#include "base/result.h"
#include "base/text.h"
#include "support/suite.h"

#define SAMPLES 20000

/* What HdrHistogram's reference implementation wrote for a histogram from 1 to
 * 3600000000 with 3 digits: 1000, 2000, ... 10000, three times 5, 1000000. */
static const char golden[] =
    "HISTFAAAAD94nJNpmSzMwMCgzAABzFCaEURcm7yEwf4DRICT7TA/01l+pqkcTE/"
    "ZmRayMH1khqLlTEzfGZl+ZzEBAJ9QDo0=";

struct fixture {
    struct histogram histogram;
    struct histogram other;
    struct random random;
    struct text text;
};

static int set_up(void **state) {
    static struct fixture fixture;
    histogram_init(&fixture.histogram);
    histogram_init(&fixture.other);
    random_init(&fixture.random, 4284);
    text_init(&fixture.text);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    histogram_fini(&fixture->histogram);
    histogram_fini(&fixture->other);
    text_fini(&fixture->text);
    return 0;
}

/* Over all magnitudes that a histogram holds, as likely as not. */
static uint64_t sample(struct random *random) {
    const uint64_t bits = random_below(random, 41) + 1;
    return random_below(random, (uint64_t)1 << bits);
}

static int compare(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void assert_same(const struct histogram *left,
                        const struct histogram *right) {
    assert_memory_equal(left->counts, right->counts,
                        HISTOGRAM_COUNTS * sizeof *left->counts);
    assert_int_equal(left->total, right->total);
    assert_int_equal(left->min, right->min);
    assert_int_equal(left->max, right->max);
}

static void an_empty_one_has_no_figures(void **state) {
    struct fixture *fixture = *state;
    struct result_latency latency = {.count = 1, .p99 = 1};
    histogram_summary(&fixture->histogram, &latency);
    assert_int_equal(latency.count, 0);
    assert_int_equal(latency.p99, 0);
    assert_int_equal(histogram_percentile(&fixture->histogram, 50), 0);
    assert_true(histogram_mean(&fixture->histogram) == 0);
}

static void every_value_lies_within_its_bucket(void **state) {
    struct fixture *fixture = *state;
    for (int i = 0; i < SAMPLES; i++) {
        const uint64_t value = sample(&fixture->random);
        const size_t index = histogram_index(value);
        assert_true(index < HISTOGRAM_COUNTS);
        const uint64_t lowest = histogram_lowest(index);
        const uint64_t highest = histogram_highest(index);
        assert_in_range(value, lowest, highest);
        assert_true((highest - lowest) * 1000 <= lowest);
    }
}

static void buckets_follow_each_other_without_a_gap(void **state) {
    (void)state;
    const size_t last = histogram_index(HISTOGRAM_VALUE_MAX);
    assert_int_equal(histogram_lowest(0), 0);
    for (size_t i = 0; i < last; i++) {
        assert_int_equal(histogram_lowest(i + 1), histogram_highest(i) + 1);
        assert_int_equal(histogram_index(histogram_lowest(i)), i);
        assert_int_equal(histogram_index(histogram_highest(i)), i);
    }
}

static void percentiles_are_those_of_the_sorted_samples(void **state) {
    struct fixture *fixture = *state;
    static uint64_t samples[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = sample(&fixture->random);
        histogram_record(&fixture->histogram, samples[i]);
    }
    qsort(samples, SAMPLES, sizeof *samples, compare);
    /* In hundredths of a per cent, to rank them in whole numbers. */
    static const size_t shares[] = {1, 100, 2500, 5000, 9000, 9900, 9990, 9999};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const size_t rank = (shares[i] * SAMPLES + 9999) / 10000;
        const uint64_t exact = samples[rank - 1];
        const uint64_t told =
            histogram_percentile(&fixture->histogram, (double)shares[i] / 100);
        assert_in_range(told, exact, exact + exact / 1000);
    }
    assert_int_equal(histogram_percentile(&fixture->histogram, 100),
                     samples[SAMPLES - 1]);
    assert_int_equal(fixture->histogram.min, samples[0]);
}

static void percentiles_take_the_sample_and_not_its_neighbour(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t i = 1; i <= 1000; i++) {
        histogram_record(&fixture->histogram, i);
    }
    assert_int_equal(histogram_percentile(&fixture->histogram, 0), 1);
    assert_int_equal(histogram_percentile(&fixture->histogram, 50), 500);
    assert_int_equal(histogram_percentile(&fixture->histogram, 99.9), 999);
    assert_int_equal(histogram_percentile(&fixture->histogram, 99.99), 1000);
}

static void the_mean_is_that_of_the_samples(void **state) {
    struct fixture *fixture = *state;
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const uint64_t value = sample(&fixture->random);
        sum += (double)value;
        histogram_record(&fixture->histogram, value);
    }
    const double told = histogram_mean(&fixture->histogram);
    assert_true(told > sum / SAMPLES * 0.9999 && told < sum / SAMPLES * 1.0001);
}

static void the_figures_of_one_value_are_that_value(void **state) {
    struct fixture *fixture = *state;
    const uint64_t value = 1000000; /* not the edge of a bucket */
    histogram_record(&fixture->histogram, value);
    histogram_record(&fixture->histogram, value);
    struct result_latency latency;
    histogram_summary(&fixture->histogram, &latency);
    assert_int_equal(latency.count, 2);
    assert_int_equal(latency.min, value);
    assert_int_equal(latency.p50, value);
    assert_int_equal(latency.p99_99, value);
    assert_int_equal(latency.max, value);
    assert_true(latency.mean == (double)value);
}

static void what_is_longer_than_an_hour_counts_as_an_hour(void **state) {
    struct fixture *fixture = *state;
    histogram_record(&fixture->histogram, HISTOGRAM_VALUE_MAX + 1);
    histogram_record(&fixture->histogram, UINT64_MAX);
    assert_int_equal(fixture->histogram.total, 2);
    assert_int_equal(fixture->histogram.min, HISTOGRAM_VALUE_MAX);
    assert_int_equal(fixture->histogram.max, HISTOGRAM_VALUE_MAX);
}

static void adding_is_recording_both(void **state) {
    struct fixture *fixture = *state;
    struct histogram both;
    histogram_init(&both);
    for (int i = 0; i < SAMPLES; i++) {
        const uint64_t value = sample(&fixture->random);
        histogram_record(i % 3 == 0 ? &fixture->histogram : &fixture->other,
                         value);
        histogram_record(&both, value);
    }
    histogram_add(&fixture->histogram, &fixture->other);
    assert_same(&fixture->histogram, &both);
    histogram_clear(&fixture->other);
    histogram_add(&fixture->histogram, &fixture->other);
    assert_same(&fixture->histogram, &both);
    histogram_fini(&both);
}

static void recording_in_both_is_recording_in_each(void **state) {
    struct fixture *fixture = *state;
    struct histogram each;
    histogram_init(&each);
    for (size_t i = 0; i < SAMPLES; i++) {
        const uint64_t value =
            i == 0 ? HISTOGRAM_VALUE_MAX + 1 : sample(&fixture->random);
        histogram_record(&each, value);
        histogram_record_both(&fixture->histogram, &fixture->other, value);
    }
    assert_same(&fixture->histogram, &each);
    assert_same(&fixture->other, &each);
    histogram_fini(&each);
}

static void clearing_leaves_it_as_new(void **state) {
    struct fixture *fixture = *state;
    histogram_record(&fixture->histogram, 1);
    histogram_record(&fixture->histogram, HISTOGRAM_VALUE_MAX);
    histogram_clear(&fixture->histogram);
    assert_same(&fixture->histogram, &fixture->other);
}

static void decoding_brings_back_what_was_encoded(void **state) {
    struct fixture *fixture = *state;
    for (int i = 0; i < SAMPLES; i++) {
        histogram_record(&fixture->histogram, sample(&fixture->random));
    }
    /* Counts of every length, up to the nine bytes of the largest. */
    for (unsigned bits = 0; bits < 57; bits += 7) {
        fixture->histogram.counts[bits] += (uint64_t)1 << bits;
        fixture->histogram.total += (uint64_t)1 << bits;
    }
    fixture->histogram.counts[99] += (uint64_t)1 << 62;
    fixture->histogram.total += (uint64_t)1 << 62;
    /* Known to a bucket only, once encoded. */
    const size_t last = histogram_index(fixture->histogram.max);
    fixture->histogram.max = histogram_highest(last);

    histogram_encode(&fixture->histogram, &fixture->text);
    assert_memory_equal(fixture->text.bytes, "HISTFAAA", 8);
    assert_int_equal(histogram_decode(&fixture->other, fixture->text.bytes), 0);
    assert_same(&fixture->other, &fixture->histogram);
}

static void an_empty_one_is_encoded_too(void **state) {
    struct fixture *fixture = *state;
    histogram_encode(&fixture->histogram, &fixture->text);
    assert_int_equal(histogram_decode(&fixture->other, fixture->text.bytes), 0);
    assert_same(&fixture->other, &fixture->histogram);
}

static void decoding_adds_to_what_is_there(void **state) {
    struct fixture *fixture = *state;
    histogram_record(&fixture->histogram, 7);
    histogram_record(&fixture->other, 900);
    histogram_encode(&fixture->histogram, &fixture->text);
    assert_int_equal(histogram_decode(&fixture->other, fixture->text.bytes), 0);
    assert_int_equal(fixture->other.total, 2);
    assert_int_equal(fixture->other.min, 7);
    assert_int_equal(fixture->other.max, 900);
}

static void the_reference_s_own_text_is_read(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(histogram_decode(&fixture->histogram, golden), 0);
    assert_int_equal(fixture->histogram.total, 14);
    assert_int_equal(fixture->histogram.min, 5);
    assert_int_equal(fixture->histogram.max, 1000447);
    assert_int_equal(histogram_percentile(&fixture->histogram, 50), 4001);
    assert_int_equal(fixture->histogram.counts[5], 3);
    assert_int_equal(fixture->histogram.counts[histogram_index(10000)], 1);
}

static void corrupted_text_is_refused_and_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    /* In the character here are bits that only fill deflate's last byte up. */
    const size_t filler = 88;
    char text[sizeof golden];
    for (size_t i = 0; i < sizeof golden - 1; i++) {
        memcpy(text, golden, sizeof golden);
        text[i] = text[i] == 'B' ? 'C' : 'B';
        if (i != filler) {
            assert_int_equal(histogram_decode(&fixture->histogram, text), -1);
        }
    }
    assert_same(&fixture->histogram, &fixture->other);
}

static void text_that_was_cut_is_refused(void **state) {
    struct fixture *fixture = *state;
    char text[sizeof golden];
    for (size_t size = 0; size < sizeof golden - 1; size++) {
        memcpy(text, golden, size);
        text[size] = '\0';
        assert_int_equal(histogram_decode(&fixture->histogram, text), -1);
    }
    assert_same(&fixture->histogram, &fixture->other);
}

/* A histogram's bytes as any writer could have made them. */
struct crafted {
    uint32_t cookie;
    uint32_t offset;
    uint32_t digits;
    uint64_t lowest;
    const char *counts;
    size_t counts_size;
    size_t claimed;  /* more bytes of counts than there are */
    size_t trailing; /* bytes behind zlib's stream */
};

static const struct crafted sound = {
    .cookie = 0x1c849313,
    .digits = 3,
    .lowest = 1,
    .counts = "\x02",
    .counts_size = 1,
};

static size_t put(uint8_t *bytes, size_t at, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++) {
        bytes[at + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    return at + size;
}

static int decode_crafted(struct histogram *histogram,
                          const struct crafted *crafted) {
    uint8_t inner[128];
    size_t size = put(inner, 0, crafted->cookie, 4);
    size = put(inner, size, crafted->counts_size + crafted->claimed, 4);
    size = put(inner, size, crafted->offset, 4);
    size = put(inner, size, crafted->digits, 4);
    size = put(inner, size, crafted->lowest, 8);
    size = put(inner, size, INT64_MAX, 8);
    size = put(inner, size, 0x3ff0000000000000, 8);
    memcpy(inner + size, crafted->counts, crafted->counts_size);
    size += crafted->counts_size;

    uint8_t outer[256] = {0};
    uLongf compressed = sizeof outer - 8;
    assert_int_equal(compress(outer + 8, &compressed, inner, size), Z_OK);
    compressed += crafted->trailing;
    (void)put(outer, 0, 0x1c849314, 4);
    (void)put(outer, 4, compressed, 4);
    char encoded[512] = "";
    base64_encode_raw(encoded, 8 + compressed, outer);
    return histogram_decode(histogram, encoded);
}

static void assert_refused(struct fixture *fixture, struct crafted crafted) {
    assert_int_equal(decode_crafted(&fixture->histogram, &crafted), -1);
    assert_same(&fixture->histogram, &fixture->other);
}

static void a_histogram_of_another_kind_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct crafted crafted = sound;
    crafted.cookie = 0x1c849301;
    assert_refused(fixture, crafted);
    crafted = sound;
    crafted.offset = 1;
    assert_refused(fixture, crafted);
    crafted = sound;
    crafted.digits = 2;
    assert_refused(fixture, crafted);
    crafted = sound;
    crafted.lowest = 1000;
    assert_refused(fixture, crafted);
    assert_int_equal(decode_crafted(&fixture->histogram, &sound), 0);
}

static void a_length_that_does_not_hold_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct crafted crafted = sound;
    crafted.claimed = 1;
    assert_refused(fixture, crafted);
    crafted = sound;
    crafted.trailing = 1;
    assert_refused(fixture, crafted);
}

static void impossible_counts_are_refused(void **state) {
    struct fixture *fixture = *state;
    struct crafted crafted = sound;
    crafted.counts = "\x02\x80"; /* ends within the second */
    crafted.counts_size = 2;
    assert_refused(fixture, crafted);
    crafted.counts = "\x02\xff\xff\xff\xff\x0f"; /* zeros beyond the end */
    crafted.counts_size = 6;
    assert_refused(fixture, crafted);
    crafted.counts = "\xff\xf0\x04\xff\xf0\x04\x02"; /* one after 80,000 */
    crafted.counts_size = 7;
    assert_refused(fixture, crafted);
    crafted.counts = "\xff\xff\xff\xff\xff\xff\xff\xff\xff"; /* -2^63 */
    crafted.counts_size = 9;
    assert_refused(fixture, crafted);
    crafted.counts = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff" /* 2^63 - 1 */
                     "\xfe\xff\xff\xff\xff\xff\xff\xff\xff"
                     "\xfe\xff\xff\xff\xff\xff\xff\xff\xff";
    crafted.counts_size = 27;
    assert_refused(fixture, crafted);
}

static void a_foreign_value_beyond_an_hour_counts_as_an_hour(void **state) {
    struct fixture *fixture = *state;
    struct crafted crafted = sound;
    /* One of 0, then 40,000 counts of nothing, then two. */
    crafted.counts = "\x02\xff\xf0\x04\x04";
    crafted.counts_size = 5;
    assert_int_equal(decode_crafted(&fixture->histogram, &crafted), 0);
    assert_int_equal(fixture->histogram.total, 3);
    assert_int_equal(fixture->histogram.min, 0);
    assert_int_equal(fixture->histogram.max, HISTOGRAM_VALUE_MAX);
    const size_t last = histogram_index(HISTOGRAM_VALUE_MAX);
    assert_int_equal(fixture->histogram.counts[last], 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_one_has_no_figures),
        TEST(every_value_lies_within_its_bucket),
        cmocka_unit_test(buckets_follow_each_other_without_a_gap),
        TEST(percentiles_are_those_of_the_sorted_samples),
        TEST(percentiles_take_the_sample_and_not_its_neighbour),
        TEST(the_mean_is_that_of_the_samples),
        TEST(the_figures_of_one_value_are_that_value),
        TEST(what_is_longer_than_an_hour_counts_as_an_hour),
        TEST(adding_is_recording_both),
        TEST(recording_in_both_is_recording_in_each),
        TEST(clearing_leaves_it_as_new),
        TEST(decoding_brings_back_what_was_encoded),
        TEST(an_empty_one_is_encoded_too),
        TEST(decoding_adds_to_what_is_there),
        TEST(the_reference_s_own_text_is_read),
        TEST(corrupted_text_is_refused_and_changes_nothing),
        TEST(text_that_was_cut_is_refused),
        TEST(a_histogram_of_another_kind_is_refused),
        TEST(a_length_that_does_not_hold_is_refused),
        TEST(impossible_counts_are_refused),
        TEST(a_foreign_value_beyond_an_hour_counts_as_an_hour),
    };
    return SUITE_RUN(tests, argc, argv);
}
