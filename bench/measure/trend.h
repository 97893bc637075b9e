/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_TREND_H
#define PLUNGE_MEASURE_TREND_H

#include <stddef.h>

/* Whether a series of equally spaced values rises, and by how much: nothing is
 * assumed of the noise but that its order is by chance. Pure. */
#define TREND_VALUES_MAX 128
#define TREND_EXACT_MAX 10

/* Kendall's S = (pairs that rise) - (pairs that fall), and how it is spread
 * where there is no trend: by its exact law up to TREND_EXACT_MAX values, ties
 * or not; by the normal one, corrected for ties, above. */
struct trend_law {
    size_t count;    /* of values */
    size_t pairs;    /* of those that are not tied: the largest S */
    double variance; /* inflated, where that was asked for */
    double exact[TREND_EXACT_MAX * (TREND_EXACT_MAX - 1) / 2 + 1]; /* by the
                      number of pairs that fall; empty above */
};

/* @inflation is 1 where the values do not depend on each other, else what
 * trend_inflation() says; then there is no exact law. */
void trend_law_init(struct trend_law *law, const double *values, size_t count,
                    double inflation);

/* The same for @count values of which no two are equal. */
void trend_law_untied(struct trend_law *law, size_t count, double inflation);

/* The probability of an S that is @s or more, where there is no trend. */
double trend_law_tail(const struct trend_law *law, double s);

/* The least S whose tail is @alpha at most; INFINITY: there is none. */
double trend_law_critical(const struct trend_law *law, double alpha);

double trend_s(const double *values, size_t count);

/* Mann and Kendall, one-sided: the probability of rising as much as this by
 * chance. */
double trend_p(const double *values, size_t count, double inflation);

/* Theil and Sen: the median of the slopes between all pairs, and the slopes
 * that stand Sen's ranks away from it, each of which is passed by the true one
 * with a probability of @alpha at most. NAN: too few values for it. The slope
 * is per step; @count is 2 to TREND_VALUES_MAX. */
struct trend_slope {
    double median;
    double lower;
    double upper;
};

struct trend_slope trend_slope(const double *values, size_t count, double alpha,
                               double inflation);

/* How far each value follows the one before it, when the trend of @slope a step
 * is taken out: 0 for white noise and where nothing varies. */
double trend_lag1(const double *values, size_t count, double slope);

/* By how much S spreads more for values with that correlation. */
double trend_inflation(double lag1);

#endif
