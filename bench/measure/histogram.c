/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/result.h"

/* The steps in the upper half of a doubling: 2^10, at least 10^3 for three
 * significant digits. */
#define HALF_BITS 10
#define HALF ((uint64_t)1 << HALF_BITS)

size_t histogram_index(uint64_t value_ns) {
    const unsigned bits = 63 - (unsigned)__builtin_clzll(value_ns | HALF);
    const unsigned shift = bits - HALF_BITS;
    return ((size_t)shift << HALF_BITS) + (size_t)(value_ns >> shift);
}

static unsigned shift_of(size_t index) {
    return index < HALF ? 0 : (unsigned)(index >> HALF_BITS) - 1;
}

uint64_t histogram_lowest(size_t index) {
    const unsigned shift = shift_of(index);
    return (index - ((uint64_t)shift << HALF_BITS)) << shift;
}

uint64_t histogram_highest(size_t index) {
    return histogram_lowest(index) + ((uint64_t)1 << shift_of(index)) - 1;
}

void histogram_init(struct histogram *histogram) {
    histogram->counts = calloc(HISTOGRAM_COUNTS, sizeof *histogram->counts);
    if (histogram->counts == NULL) {
        check_out_of_memory();
    }
    histogram->total = 0;
    histogram->min = UINT64_MAX;
    histogram->max = 0;
}

void histogram_fini(struct histogram *histogram) {
    free(histogram->counts);
    *histogram = (struct histogram){.min = UINT64_MAX};
}

void histogram_clear(struct histogram *histogram) {
    memset(histogram->counts, 0, HISTOGRAM_COUNTS * sizeof *histogram->counts);
    histogram->total = 0;
    histogram->min = UINT64_MAX;
    histogram->max = 0;
}

static uint64_t within_limit(uint64_t value_ns) {
    return value_ns > HISTOGRAM_VALUE_MAX ? HISTOGRAM_VALUE_MAX : value_ns;
}

static void count(struct histogram *histogram, size_t index,
                  uint64_t value_ns) {
    histogram->counts[index]++;
    histogram->total++;
    histogram->min = value_ns < histogram->min ? value_ns : histogram->min;
    histogram->max = value_ns > histogram->max ? value_ns : histogram->max;
}

void histogram_record(struct histogram *histogram, uint64_t value_ns) {
    value_ns = within_limit(value_ns);
    count(histogram, histogram_index(value_ns), value_ns);
}

void histogram_record_many(struct histogram *histogram, uint64_t value_ns,
                           uint64_t times) {
    if (times == 0) {
        return;
    }
    value_ns = within_limit(value_ns);
    size_t index = histogram_index(value_ns);
    count(histogram, index, value_ns);
    histogram->counts[index] += times - 1;
    histogram->total += times - 1;
}

void histogram_record_both(struct histogram *one, struct histogram *other,
                           uint64_t value_ns) {
    value_ns = within_limit(value_ns);
    size_t index = histogram_index(value_ns);
    count(one, index, value_ns);
    count(other, index, value_ns);
}

void histogram_add(struct histogram *into, const struct histogram *from) {
    if (from->total == 0) {
        return;
    }
    const size_t last = histogram_index(from->max);
    for (size_t i = histogram_index(from->min); i <= last; i++) {
        into->counts[i] += from->counts[i];
    }
    into->total += from->total;
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
}

uint64_t histogram_percentile(const struct histogram *histogram,
                              double percentile) {
    CHECK(percentile >= 0 && percentile <= 100);
    if (histogram->total == 0) {
        return 0;
    }
    /* A hair less than asked for: 99.9 % of 1000 is the 999th sample, though
     * the product comes out a hair above 999. */
    const double share = nextafter(percentile, 0) / 100;
    const double rank = ceil(share * (double)histogram->total);
    uint64_t left = rank < 1 ? 1 : (uint64_t)rank;
    const size_t last = histogram_index(histogram->max);
    for (size_t i = histogram_index(histogram->min); i < last; i++) {
        if (histogram->counts[i] >= left) {
            return histogram_highest(i);
        }
        left -= histogram->counts[i];
    }
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram) {
    if (histogram->total == 0) {
        return 0;
    }
    double sum = 0;
    const size_t last = histogram_index(histogram->max);
    for (size_t i = histogram_index(histogram->min); i <= last; i++) {
        const double lowest = (double)histogram_lowest(i);
        const double highest = (double)histogram_highest(i);
        sum += (lowest + highest) / 2 * (double)histogram->counts[i];
    }
    const double mean = sum / (double)histogram->total;
    return fmax((double)histogram->min, fmin((double)histogram->max, mean));
}

void histogram_summary(const struct histogram *histogram,
                       struct result_latency *latency_out) {
    *latency_out = (struct result_latency){.count = histogram->total};
    if (histogram->total == 0) {
        return;
    }
    latency_out->min = histogram->min;
    latency_out->mean = histogram_mean(histogram);
    latency_out->p50 = histogram_percentile(histogram, 50);
    latency_out->p90 = histogram_percentile(histogram, 90);
    latency_out->p99 = histogram_percentile(histogram, 99);
    latency_out->p99_9 = histogram_percentile(histogram, 99.9);
    latency_out->p99_99 = histogram_percentile(histogram, 99.99);
    latency_out->max = histogram->max;
}
