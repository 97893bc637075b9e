/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/steady.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define SIDE_MIN 2 /* intervals on either side of a step */

/* What is fitted to a series, and how much of it chance may be. */
struct fit {
    double change; /* as a share of the level */
    double error;  /* the standard error of that */
};

static bool counts(const struct fit *fit, double tolerance) {
    return fabs(fit->change) > tolerance &&
           fabs(fit->change) > STEADY_SIGNIFICANT * fit->error;
}

static double mean_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum / (double)count;
}

static double squares_of(const double *values, size_t count, double mean) {
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
    }
    return squares;
}

/* Least squares: from the first value to the last. */
static struct fit slope_of(const double *values, size_t count, double mean,
                           double squares) {
    const double n = (double)count;
    const double middle = (n - 1) / 2;
    const double spread = n * (n * n - 1) / 12;
    double together = 0;
    for (size_t i = 0; i < count; i++) {
        together += ((double)i - middle) * (values[i] - mean);
    }
    const double slope = together / spread;
    const double rest = fmax(squares - slope * together, 0);
    const double error = sqrt(rest / (n - 2) / spread);
    return (struct fit){
        .change = slope * (n - 1) / mean,
        .error = error * (n - 1) / mean,
    };
}

/* What is split into two levels, and where it may be. */
struct split {
    size_t first;
    size_t last;
    size_t worst; /* the one that is furthest from chance */
};

static struct fit step_of(const double *values, size_t count, double mean,
                          double squares, struct split *split) {
    const double n = (double)count;
    struct fit worst = {0};
    double worst_ratio = 0;
    double left = 0;
    for (size_t i = 1; i <= split->last; i++) {
        const double k = (double)i;
        left += values[i - 1];
        if (i < split->first) {
            continue;
        }
        const double difference = (mean * n - left) / (n - k) - left / k;
        const double between = difference * difference * k * (n - k) / n;
        const double rest = fmax(squares - between, 0);
        const struct fit fit = {
            .change = difference / mean,
            .error = sqrt(rest / (n - 2) * (1 / k + 1 / (n - k))) / mean,
        };
        const double ratio = fabs(fit.change) / fmax(fit.error, DBL_MIN);
        if (ratio > worst_ratio) {
            worst_ratio = ratio;
            worst = fit;
            split->worst = i;
        }
    }
    return worst;
}

static size_t quarter_of(size_t count) {
    return count / 4 > SIDE_MIN ? count / 4 : SIDE_MIN;
}

/* Whether the rest of the series from @start on is level. */
static bool is_level(const struct steady_series *series, size_t start,
                     size_t end, struct steady *steady_out) {
    const double *values = series->values + start;
    const size_t count = end - start;
    const double mean = mean_of(values, count);
    const double squares = squares_of(values, count, mean);
    if (mean == 0 || squares == 0) {
        return true;
    }
    const struct fit slope = slope_of(values, count, mean, squares);
    const size_t quarter = quarter_of(count);
    struct split split = {.first = quarter, .last = count - quarter};
    const struct fit step = step_of(values, count, mean, squares, &split);
    const bool slopes = counts(&slope, series->tolerance);
    const bool steps = counts(&step, series->tolerance);
    if (!slopes && !steps) {
        return true;
    }
    /* A slope looks like a step, and a step like a slope: the better fit. */
    const bool is_slope =
        slopes && (!steps || fabs(slope.change) * step.error >=
                                 fabs(step.change) * slope.error);
    *steady_out = (struct steady){
        .answer = is_slope ? STEADY_SLOPE : STEADY_STEP,
        .name = series->name,
        .change = is_slope ? slope.change : step.change,
    };
    return false;
}

/* How many of the first values are on another level than the rest, which are
 * too few to be a step of all. */
static size_t lead_of(const struct steady_series *series, size_t start,
                      size_t end) {
    const double *values = series->values + start;
    const size_t count = end - start;
    const double mean = mean_of(values, count);
    const double squares = squares_of(values, count, mean);
    if (mean == 0 || squares == 0) {
        return 0;
    }
    struct split split = {.first = 1, .last = quarter_of(count)};
    const struct fit fit = step_of(values, count, mean, squares, &split);
    return counts(&fit, series->tolerance) ? split.worst : 0;
}

static size_t longest_lead(const struct steady_series *series,
                           size_t series_count, size_t start, size_t end) {
    size_t longest = 0;
    for (size_t i = 0; i < series_count; i++) {
        const size_t lead = lead_of(&series[i], start, end);
        longest = lead > longest ? lead : longest;
    }
    return longest;
}

static bool all_level(const struct steady_series *series, size_t series_count,
                      size_t start, size_t end, struct steady *steady_out) {
    for (size_t i = 0; i < series_count; i++) {
        if (!is_level(&series[i], start, end, steady_out)) {
            return false;
        }
    }
    return true;
}

struct steady steady_find(const struct steady_series *series,
                          size_t series_count, size_t intervals_count) {
    struct steady steady = {.answer = STEADY_SHORT};
    if (intervals_count < STEADY_INTERVALS_MIN) {
        return steady;
    }
    const size_t latest = intervals_count / 2;
    size_t start = 0;
    while (!all_level(series, series_count, start, intervals_count, &steady)) {
        if (start++ == latest) {
            return steady;
        }
    }
    size_t lead;
    while ((lead = longest_lead(series, series_count, start,
                                intervals_count)) != 0 &&
           start + lead <= latest) {
        start += lead;
    }
    return (struct steady){.answer = STEADY_FOUND, .start = start};
}
