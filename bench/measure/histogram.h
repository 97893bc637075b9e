/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_HISTOGRAM_H
#define PLUNGE_MEASURE_HISTOGRAM_H

#include <stdint.h>

struct result_latency;
struct text;

/* HdrHistogram's layout with 3 significant digits, 1 ns to 1 h: a value is
 * known to 0.1 %, in constant memory and constant time.
 *
 * Invariant: total is the sum of counts; min and max are exact, not rounded to
 *            a bucket. What is longer than 1 h is recorded as 1 h.
 * Thread:    one at a time; histogram_add() joins those of several threads. */
#define HISTOGRAM_VALUE_MAX UINT64_C(3600000000000)

struct histogram {
    uint64_t *counts; /* HISTOGRAM_COUNTS of them */
    uint64_t total;
    uint64_t min; /* UINT64_MAX while empty */
    uint64_t max;
};

void histogram_init(struct histogram *histogram);
void histogram_fini(struct histogram *histogram);
void histogram_clear(struct histogram *histogram);

void histogram_record(struct histogram *histogram, uint64_t value_ns);
void histogram_add(struct histogram *into, const struct histogram *from);

/* The highest equivalent value of the bucket that the @percentile-th (0..100)
 * sample is in, at most the exact maximum; 0 while empty. */
uint64_t histogram_percentile(const struct histogram *histogram,
                              double percentile);

/* Of the buckets' middles; 0 while empty. */
double histogram_mean(const struct histogram *histogram);

void histogram_summary(const struct histogram *histogram,
                       struct result_latency *latency_out);

/* HdrHistogram V2, compressed, base64: "HISTFAAA...". decode() adds to what is
 * there; 0, or -1 when @encoded is not one of ours (nothing is changed). */
void histogram_encode(const struct histogram *histogram, struct text *text);
int histogram_decode(struct histogram *histogram, const char *encoded);

#endif
