/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/slope.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"

#define METRICS_COUNT 4

/* Of the normal distribution, at 99.9 % on one side. */
#define BOUND_Z 3.0902

/* Growth over the whole run that says nothing yet. RSS moves by pages, some of
 * which are touched for the first time long after the first cycle; the others
 * are counted exactly. */
#define RSS_GRAIN_BYTES (64.0 * 1024)

static const struct {
    const char *name;
    double grain;
} metrics[METRICS_COUNT] = {
    {"threads", 0},
    {"fds", 0},
    {"rss", RSS_GRAIN_BYTES},
    {"heap", 0},
};

struct point {
    double x;
    double y;
};

void slope_init(struct slope *slope) {
    slope->count = 0;
    slope->stride = 1;
    slope->last = (struct slope_sample){0};
}

/* Every second one stays, the first among them. */
static void thin_out(struct slope *slope) {
    for (size_t i = 0; 2 * i < slope->count; i++) {
        slope->samples[i] = slope->samples[2 * i];
    }
    slope->count = (slope->count + 1) / 2;
    slope->stride *= 2;
}

void slope_sample(struct slope *slope, uint64_t cycle,
                  const struct result_usage *usage) {
    slope->last = (struct slope_sample){
        .cycle = cycle,
        .values = {usage->threads, usage->fds, usage->rss_bytes,
                   usage->heap_bytes},
    };
    if (slope->count == SLOPE_SAMPLES_MAX) {
        thin_out(slope);
    }
    uint64_t first = slope->count == 0 ? cycle : slope->samples[0].cycle;
    if ((cycle - first) % slope->stride == 0) {
        slope->samples[slope->count++] = slope->last;
    }
}

/* Writes SLOPE_SAMPLES_MAX + 1 at most. false: one of them is unknown. */
static bool collect(const struct slope *slope, size_t metric,
                    struct point *points, size_t *count_out) {
    size_t count = 0;
    bool is_known = true;
    for (size_t i = 0; i <= slope->count; i++) {
        const struct slope_sample *sample =
            i < slope->count ? &slope->samples[i] : &slope->last;
        double cycle = (double)sample->cycle;
        if (count != 0 && cycle <= points[count - 1].x) {
            continue;
        }
        is_known = is_known && sample->values[metric] != RESULT_UNKNOWN;
        points[count++] = (struct point){cycle, (double)sample->values[metric]};
    }
    *count_out = count;
    return is_known;
}

static int compare_numbers(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sen's variance of Kendall's S, corrected for ties among the values. */
static double variance_of_s(const struct point *points, size_t count,
                            double *scratch) {
    for (size_t i = 0; i < count; i++) {
        scratch[i] = points[i].y;
    }
    qsort(scratch, count, sizeof scratch[0], compare_numbers);
    double n = (double)count;
    double sum = n * (n - 1) * (2 * n + 5);
    size_t begin = 0;
    for (size_t i = 1; i <= count; i++) {
        if (i == count || scratch[i] != scratch[begin]) {
            double ties = (double)(i - begin);
            sum -= ties * (ties - 1) * (2 * ties + 5);
            begin = i;
        }
    }
    return sum / 18;
}

static size_t pair_slopes(const struct point *points, size_t count,
                          double *slopes) {
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            slopes[pairs++] =
                (points[j].y - points[i].y) / (points[j].x - points[i].x);
        }
    }
    qsort(slopes, pairs, sizeof slopes[0], compare_numbers);
    return pairs;
}

static bool all_equal(const struct point *points, size_t count) {
    for (size_t i = 1; i < count; i++) {
        if (points[i].y != points[0].y) {
            return false;
        }
    }
    return true;
}

/* Theil and Sen: the median of the slopes between all pairs of points, and the
 * slopes that stand Sen's rank interval away from it. Too few points for the
 * interval: no bound. */
static struct result_slope estimate(const struct point *points, size_t count,
                                    double grain, double *slopes) {
    double reach = BOUND_Z * sqrt(variance_of_s(points, count, slopes));
    size_t pairs = pair_slopes(points, count, slopes);
    struct result_slope result = {
        .per_cycle = (slopes[(pairs - 1) / 2] + slopes[pairs / 2]) / 2,
        .upper_bound = NAN,
        .verdict = "undecided",
    };
    double cycles = points[count - 1].x - points[0].x;
    double lower_bound = NAN;
    double rank = ((double)pairs - reach) / 2; /* from either end, from 1 */
    if (slopes[0] == slopes[pairs - 1]) {
        lower_bound = result.per_cycle;
        result.upper_bound = result.per_cycle;
    } else if (rank >= 1) {
        size_t distance = (size_t)rank - 1;
        lower_bound = slopes[distance];
        result.upper_bound = slopes[pairs - 1 - distance];
    }
    if (all_equal(points, count)) {
        result.verdict = "constant";
    } else if (lower_bound > 0 && lower_bound * cycles > grain) {
        result.verdict = "grows";
    }
    return result;
}

struct result_slope *slope_results(const struct slope *slope,
                                   struct arena *arena, size_t *count_out) {
    struct point points[SLOPE_SAMPLES_MAX + 1];
    size_t count;
    (void)collect(slope, 0, points, &count);
    *count_out = 0;
    if (slope->count == 0 || count < 2) {
        return NULL;
    }
    double *slopes = malloc(count * (count - 1) / 2 * sizeof *slopes +
                            count * sizeof *slopes);
    if (slopes == NULL) {
        check_out_of_memory();
    }
    struct result_slope *results =
        arena_alloc(arena, METRICS_COUNT * sizeof *results);
    for (size_t i = 0; i < METRICS_COUNT; i++) {
        results[i] = (struct result_slope){
            .per_cycle = NAN,
            .upper_bound = NAN,
            .verdict = "undecided",
        };
        if (collect(slope, i, points, &count)) {
            results[i] = estimate(points, count, metrics[i].grain, slopes);
        }
        results[i].metric = metrics[i].name;
    }
    free(slopes);
    *count_out = METRICS_COUNT;
    return results;
}
