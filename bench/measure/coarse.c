/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/coarse.h"

#include <math.h>

#include "base/check.h"

#define HALF ((uint64_t)1 << COARSE_BITS)

static size_t index_of(uint64_t value_ns) {
    const unsigned bits = 63 - (unsigned)__builtin_clzll(value_ns | HALF);
    const unsigned shift = bits - COARSE_BITS;
    return ((size_t)shift << COARSE_BITS) + (size_t)(value_ns >> shift);
}

uint64_t coarse_highest(size_t index) {
    const unsigned shift =
        index < HALF ? 0 : (unsigned)(index >> COARSE_BITS) - 1;
    const uint64_t lowest = (index - ((uint64_t)shift << COARSE_BITS)) << shift;
    return lowest + ((uint64_t)1 << shift) - 1;
}

static void count(uint32_t *bucket, uint64_t more) {
    const uint64_t left = UINT32_MAX - *bucket;
    *bucket += (uint32_t)(more < left ? more : left);
}

void coarse_record(struct coarse *coarse, uint64_t value_ns, uint64_t more) {
    const size_t index = index_of(value_ns);
    CHECK(index < COARSE_COUNTS);
    count(&coarse->counts[index], more);
}

void coarse_add(struct coarse *into, const struct coarse *from) {
    for (size_t i = 0; i < COARSE_COUNTS; i++) {
        count(&into->counts[i], from->counts[i]);
    }
}

uint64_t coarse_percentile(const struct coarse *coarse, double percentile) {
    CHECK(percentile >= 0 && percentile <= 100);
    uint64_t total = 0;
    for (size_t i = 0; i < COARSE_COUNTS; i++) {
        total += coarse->counts[i];
    }
    const double rank = ceil(nextafter(percentile, 0) / 100 * (double)total);
    uint64_t left = rank < 1 ? 1 : (uint64_t)rank;
    for (size_t i = 0; i < COARSE_COUNTS; i++) {
        if (coarse->counts[i] >= left) {
            return coarse_highest(i);
        }
        left -= coarse->counts[i];
    }
    return UINT64_MAX;
}
