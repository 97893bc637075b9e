/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_STEADY_H
#define PLUNGE_MEASURE_STEADY_H

#include <stddef.h>

/* From where on series of equally long intervals are level, all of them: the
 * earliest start whose rest has neither a slope nor a step, without those of
 * its first values that are on another level. The rest is half of the intervals
 * at least: what was level for a shorter time than it was not is no steady
 * state. Pure.
 *
 * A change counts where it is more than the series' tolerance, as a share of
 * its level, and STEADY_SIGNIFICANT times its standard error, so that noise is
 * no change, however large, and neither are waves that are shorter than a
 * quarter of the rest. */
#define STEADY_INTERVALS_MIN 8
#define STEADY_SIGNIFICANT 4.0

struct steady_series {
    const char *name;
    const double *values;
    double tolerance; /* 0.05 */
};

enum steady_answer {
    STEADY_FOUND,
    STEADY_SHORT, /* fewer than STEADY_INTERVALS_MIN intervals */
    STEADY_SLOPE, /* of the last half: it rises or falls from end to end */
    STEADY_STEP,  /* the same: it changes from one level to another */
};

struct steady {
    enum steady_answer answer;
    size_t start;     /* FOUND: the first interval that counts */
    const char *name; /* SLOPE, STEP: of the series, and by what share */
    double change;
};

struct steady steady_find(const struct steady_series *series,
                          size_t series_count, size_t intervals_count);

#endif
