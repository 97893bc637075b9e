/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_PROPORTION_H
#define PLUNGE_MEASURE_PROPORTION_H

#include <stdint.h>

/* How often something happens, from how often it did in trials that do not
 * depend on each other. Exact (Clopper and Pearson): an interval holds the true
 * share with at least the confidence that is asked for, however few trials. */
struct proportion {
    double low;
    double high;
};

/* @of > 0, @count <= @of, 0 < @confidence < 1. */
struct proportion proportion_interval(uint64_t count, uint64_t of,
                                      double confidence);

/* What the true share is below, with @confidence, one-sided. For a count of 0
 * that is 1 - (1 - confidence)^(1 / of). 1 for @of == 0. */
double proportion_upper(uint64_t count, uint64_t of, double confidence);

#endif
