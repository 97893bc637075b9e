/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_SHIFT_H
#define PLUNGE_MEASURE_SHIFT_H

#include <stddef.h>

/* How far the new is from the old, by ranks alone. Pure.
 *
 * Paired: differences, one a pair, which are spread symmetrically about the
 * shift, however wide. Unpaired: two samples that are spread alike but for the
 * shift. Nothing else is asked of how they are spread; of logarithms of times
 * the shift is that of a ratio. Values that are equal, and figures that are
 * exactly what is asked about, count for neither side, by which answers only
 * become more careful.
 *
 * Every bound and every chance below is of the same count of figures (ranks.h):
 * a bound at alpha is beyond @at exactly where the chance is alpha at most. It
 * takes O(n log n), and no memory but the values. */
struct shift {
    const double *values; /* in rising order; finite */
    size_t count;
    const double *others; /* NULL: paired */
    size_t others_count;
    double inflation; /* of ranks_law_*(); 1: independent */
};

/* Both sort what they are given, and borrow it. Counts may be 0. */
struct shift shift_paired(double *differences, size_t count);
struct shift shift_unpaired(double *news, size_t news_count, double *olds,
                            size_t olds_count);

/* Pairs, or the fewer of the two samples' values. */
size_t shift_size(const struct shift *shift);

/* Hodges and Lehmann: the median of all figures. NAN: there are no values. */
double shift_estimate(const struct shift *shift);

/* Each is passed by the true shift with a chance of @alpha at most; infinite
 * where there are too few values for that. 0 < @alpha < 1. */
struct shift_bounds {
    double low;
    double high;
};

struct shift_bounds shift_bounds(const struct shift *shift, double alpha);

/* How many values (pairs; in each of two samples) it takes at least for bounds
 * at @alpha. */
size_t shift_size_needed(const struct shift *shift, double alpha);

/* The chance of values as high as these (as low) where the true shift is @at or
 * below (above): one-sided; the smaller the surer it is above (below). 1 where
 * there are no values. */
double shift_chance_above(const struct shift *shift, double at);
double shift_chance_below(const struct shift *shift, double at);

/* The chance of values as far from @at, to either side. */
double shift_chance(const struct shift *shift, double at);

/* How far the estimate is from the true shift, by and large: its standard
 * error, from the width of the bounds that one in six passes. NAN: with one
 * value it is not known. */
double shift_error(const struct shift *shift);

/* What stands for how well that is known (normal_student()). */
double shift_freedom(const struct shift *shift);

#endif
