/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_COARSE_H
#define PLUNGE_MEASURE_COARSE_H

#include <stddef.h>
#include <stdint.h>

/* A histogram for one of many intervals: 64 steps a doubling, so that a value
 * is known to 1.6 %, in a fifteenth of the memory of histogram.h. 1 ns to 1 h.
 *
 * Limit: 2^32 - 1 values a bucket; what goes beyond is not counted. */
#define COARSE_BITS 6
#define COARSE_COUNTS ((size_t)2432)

struct coarse {
    uint32_t counts[COARSE_COUNTS];
};

/* @count values of @value_ns, which is within histogram.h's limit. */
void coarse_record(struct coarse *coarse, uint64_t value_ns, uint64_t count);

void coarse_add(struct coarse *into, const struct coarse *from);

/* The highest value that a bucket has. */
uint64_t coarse_highest(size_t index);

/* The highest value of the bucket that the @percentile-th (0..100) is in;
 * UINT64_MAX: it is empty. */
uint64_t coarse_percentile(const struct coarse *coarse, double percentile);

#endif
