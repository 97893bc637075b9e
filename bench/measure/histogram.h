/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_HISTOGRAM_H
#define PLUNGE_MEASURE_HISTOGRAM_H

#include <stddef.h>
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

/* 1024 steps below 1024 ns, and 1024 for each of the 32 doublings from there to
 * beyond 1 h. */
#define HISTOGRAM_COUNTS 33792

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
void histogram_record_many(struct histogram *histogram, uint64_t value_ns,
                           uint64_t count);

/* The same value in both. */
void histogram_record_both(struct histogram *one, struct histogram *other,
                           uint64_t value_ns);
void histogram_add(struct histogram *into, const struct histogram *from);

/* The highest equivalent value of the bucket that the @percentile-th (0..100)
 * sample is in, at most the exact maximum; 0 while empty. */
uint64_t histogram_percentile(const struct histogram *histogram,
                              double percentile);

/* Of the buckets' middles, within min..max; 0 while empty. */
double histogram_mean(const struct histogram *histogram);

void histogram_summary(const struct histogram *histogram,
                       struct result_latency *latency_out);

/* Which count a value (up to HISTOGRAM_VALUE_MAX) is in, and the lowest and
 * the highest value that share one: for those who walk the counts. */
size_t histogram_index(uint64_t value_ns);
uint64_t histogram_lowest(size_t index);
uint64_t histogram_highest(size_t index);

/* HdrHistogram V2, compressed, base64: "HISTFAAA...". decode() adds to what is
 * there, any histogram with 3 significant digits from 1; min and max are then
 * those of their buckets. 0, or -1 when @encoded is no such histogram (nothing
 * is changed). */
void histogram_encode(const struct histogram *histogram, struct text *text);
int histogram_decode(struct histogram *histogram, const char *encoded);

#endif
