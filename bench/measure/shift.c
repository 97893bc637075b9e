/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/shift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/check.h"
#include "measure/normal.h"
#include "measure/ranks.h"

/* Of the bounds whose width is the standard error: one sigma. */
#define ERROR_ALPHA 0.1587

static int by_value(const void *one, const void *other) {
    const double a = *(const double *)one;
    const double b = *(const double *)other;
    return (a > b) - (a < b);
}

static void sort(double *values, size_t count) {
    if (count > 1) {
        qsort(values, count, sizeof values[0], by_value);
    }
}

struct shift shift_paired(double *differences, size_t count) {
    sort(differences, count);
    return (struct shift){
        .values = differences, .count = count, .inflation = 1};
}

struct shift shift_unpaired(double *news, size_t news_count, double *olds,
                            size_t olds_count) {
    CHECK(olds != NULL);
    sort(news, news_count);
    sort(olds, olds_count);
    return (struct shift){
        .values = news,
        .count = news_count,
        .others = olds,
        .others_count = olds_count,
        .inflation = 1,
    };
}

static bool is_paired(const struct shift *shift) {
    return shift->others == NULL;
}

size_t shift_size(const struct shift *shift) {
    return is_paired(shift) || shift->count < shift->others_count
               ? shift->count
               : shift->others_count;
}

static void law_of(const struct shift *shift, struct ranks_law *law) {
    if (is_paired(shift)) {
        ranks_law_paired(law, shift->count, shift->inflation);
    } else {
        ranks_law_unpaired(law, shift->count, shift->others_count,
                           shift->inflation);
    }
}

/* ---- Figures, without a list of them ------------------------------------- */

static bool is_within(double figure, double at, bool or_equal) {
    return figure < at || (or_equal && figure == at);
}

/* Means of two: with each value those from it up to where they are beyond,
 * which moves down as the values go up. */
static size_t count_means(const struct shift *shift, double at, bool or_equal) {
    const double *values = shift->values;
    size_t within = 0;
    size_t end = shift->count;
    for (size_t i = 0; i < end; i++) {
        while (end > i &&
               !is_within((values[i] + values[end - 1]) / 2, at, or_equal)) {
            end--;
        }
        within += end - i;
    }
    return within;
}

/* Differences: with each value the others from where it is not beyond. */
static size_t count_differences(const struct shift *shift, double at,
                                bool or_equal) {
    size_t within = 0;
    size_t begin = 0;
    for (size_t i = 0; i < shift->count; i++) {
        while (
            begin < shift->others_count &&
            !is_within(shift->values[i] - shift->others[begin], at, or_equal)) {
            begin++;
        }
        within += shift->others_count - begin;
    }
    return within;
}

static size_t count_within(const struct shift *shift, double at,
                           bool or_equal) {
    return is_paired(shift) ? count_means(shift, at, or_equal)
                            : count_differences(shift, at, or_equal);
}

/* The @rank-th smallest figure, from 1: the least number that so many figures
 * are not above. Halving ends where there is no double in between, and so at a
 * figure itself; or at once, where a value is no number. */
static double figure_at(const struct shift *shift, size_t rank) {
    const size_t last = shift->count - 1;
    double low = shift->values[0];
    double high = shift->values[last];
    if (!is_paired(shift)) {
        low -= shift->others[shift->others_count - 1];
        high -= shift->others[0];
    }
    if (count_within(shift, low, true) >= rank) {
        return low;
    }
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (!(middle > low && middle < high)) {
            return high;
        }
        if (count_within(shift, middle, true) >= rank) {
            high = middle;
        } else {
            low = middle;
        }
    }
}

static size_t total_of(const struct shift *shift) {
    return is_paired(shift) ? shift->count * (shift->count + 1) / 2
                            : shift->count * shift->others_count;
}

/* ---- What they say ------------------------------------------------------- */

double shift_estimate(const struct shift *shift) {
    const size_t total = total_of(shift);
    if (total == 0) {
        return NAN;
    }
    const double lower = figure_at(shift, (total + 1) / 2);
    const double upper =
        total % 2 == 1 ? lower : figure_at(shift, total / 2 + 1);
    return lower + (upper - lower) / 2;
}

static struct shift_bounds bounds_at(const struct shift *shift, size_t reach) {
    return (struct shift_bounds){
        .low = figure_at(shift, reach),
        .high = figure_at(shift, total_of(shift) + 1 - reach),
    };
}

struct shift_bounds shift_bounds(const struct shift *shift, double alpha) {
    struct ranks_law law;
    size_t reach = 0;
    CHECK(alpha > 0 && alpha < 1);
    if (shift_size(shift) != 0) {
        law_of(shift, &law);
        reach = ranks_law_reach(&law, alpha);
    }
    return reach == 0 ? (struct shift_bounds){-INFINITY, INFINITY}
                      : bounds_at(shift, reach);
}

/* That all figures are on one side is the rarest that there is. */
size_t shift_size_needed(const struct shift *shift, double alpha) {
    CHECK(alpha > 0 && alpha < 1);
    if (is_paired(shift)) {
        return (size_t)ceil(-log2(alpha));
    }
    size_t size = 1;
    double ways = 2; /* to choose the new ones from all */
    while (1 / ways > alpha) {
        const double n = (double)size++;
        ways *= 2 * (2 * n + 1) / (n + 1);
    }
    return size;
}

static double chance_of(const struct shift *shift, size_t positive) {
    struct ranks_law law;
    law_of(shift, &law);
    return ranks_law_tail(&law, positive);
}

double shift_chance_above(const struct shift *shift, double at) {
    const size_t total = total_of(shift);
    return total == 0 ? 1
                      : chance_of(shift, total - count_within(shift, at, true));
}

double shift_chance_below(const struct shift *shift, double at) {
    return total_of(shift) == 0
               ? 1
               : chance_of(shift, count_within(shift, at, false));
}

double shift_chance(const struct shift *shift, double at) {
    const double above = shift_chance_above(shift, at);
    const double below = shift_chance_below(shift, at);
    return fmin(1, 2 * fmin(above, below));
}

double shift_error(const struct shift *shift) {
    if (shift_size(shift) == 0 || total_of(shift) < 2) {
        return NAN;
    }
    struct ranks_law law;
    law_of(shift, &law);
    size_t reach = ranks_law_reach(&law, ERROR_ALPHA);
    reach = reach == 0 ? 1 : reach;
    /* Fewer than so many are positive as rarely as more than the rest. */
    const double alpha = ranks_law_tail(&law, law.total + 1 - reach);
    const struct shift_bounds bounds = bounds_at(shift, reach);
    return (bounds.high - bounds.low) / 2 / normal_sigmas(alpha);
}

double shift_freedom(const struct shift *shift) {
    const double freedom = (double)(shift->count + shift->others_count) -
                           (is_paired(shift) ? 1 : 2);
    return freedom < 1 ? 1 : freedom;
}
