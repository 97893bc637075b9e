/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_MEDIAN_H
#define PLUNGE_MEASURE_MEDIAN_H

#include <stddef.h>

/* Percentiles are never averaged, so a median is always one of the values: of
 * an even number the one of the two in the middle that is asked for. Whoever
 * asks takes the worse one. */
enum median_side {
    MEDIAN_LOWER,
    MEDIAN_HIGHER,
};

/* Sorts @values. @count > 0. */
double median_of(double *values, size_t count, enum median_side side);

/* What is no percentile leans to neither side: of an even number it is halfway
 * between the two in the middle. Sorts @values. @count > 0. */
double median_between(double *values, size_t count);

#endif
