/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_MINIMA_H
#define PLUNGE_MEASURE_MINIMA_H

#include <stddef.h>
#include <stdint.h>

#include "measure/trend.h"

/* The least value of each block of a series: what jitters, jitters upwards, and
 * its floor moves only with what stays. Bounded memory for any length: when
 * there are MINIMA_MAX blocks, each two are merged into one twice as wide.
 *
 * Invariant: count < MINIMA_MAX; all blocks have the same width, and the values
 *            of the one that is not full yet are in none. */
#define MINIMA_MAX TREND_VALUES_MAX

struct minima {
    double values[MINIMA_MAX];
    size_t count;
    uint64_t width; /* values a block */
    double current; /* of the block that is not full yet */
    uint64_t current_count;
};

void minima_init(struct minima *minima);
void minima_add(struct minima *minima, double value);

/* Merges each two of @count values in place; a last one without a partner is
 * dropped. Returns how many there are then. */
size_t minima_merge(double *values, size_t count);

#endif
