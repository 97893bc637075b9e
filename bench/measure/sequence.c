/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/sequence.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "measure/minima.h"
#include "measure/trend.h"

/* Where a level holds for long, the blocks may be many and the levels few. */
#define INDEPENDENT_MIN 10.0

void sequence_init(struct sequence *sequence, double alpha) {
    sequence->alpha = alpha;
    sequence->looks = 0;
}

/* A series' blocks, wide enough; or not even then. */
struct blocks {
    double values[TREND_VALUES_MAX];
    size_t count;
    double cycles;
    double inflation;
    bool dependent;
};

static double lag1_of(const struct blocks *blocks) {
    struct trend_slope slope =
        trend_slope(blocks->values, blocks->count, 0.5, 1);
    return trend_lag1(blocks->values, blocks->count, slope.median);
}

/* What few values show of a correlation is too little, since the mean and the
 * trend that were taken out are their own, and may be too little by chance: one
 * standard error more. */
static double cautious(double lag1, size_t count) {
    double n = (double)count;
    return lag1 + (2 + 4 * lag1) / n + 1 / sqrt(n);
}

/* What is left of a correlation when each two values become one; never less
 * than the fewer values show themselves. */
static double merged(double correlation, double lag1, size_t count) {
    return fmax(cautious(lag1, count), correlation * (1 + correlation) / 2);
}

static void widen(const struct sequence_series *series, struct blocks *blocks) {
    CHECK(series->count <= TREND_VALUES_MAX);
    blocks->count = series->count;
    blocks->cycles = series->cycles;
    blocks->inflation = 1;
    blocks->dependent = false;
    memcpy(blocks->values, series->minima,
           series->count * sizeof blocks->values[0]);
    double lag1 = lag1_of(blocks);
    if (blocks->count <= TREND_EXACT_MAX) {
        /* Too few to say how much they depend on each other; not, whether. */
        blocks->dependent = lag1 > SEQUENCE_LAG1_MAX;
        return;
    }
    double correlation = cautious(lag1, blocks->count);
    while (lag1 > SEQUENCE_LAG1_MAX &&
           blocks->count / 2 >= SEQUENCE_BLOCKS_MIN) {
        blocks->count = minima_merge(blocks->values, blocks->count);
        blocks->cycles *= 2;
        lag1 = lag1_of(blocks);
        correlation = merged(correlation, lag1, blocks->count);
    }
    blocks->inflation = trend_inflation(correlation);
    double independent = (double)blocks->count / blocks->inflation;
    blocks->dependent =
        lag1 > SEQUENCE_LAG1_MAX || independent < INDEPENDENT_MIN;
}

/* Bounds that the true slope passes with a chance of @alpha, each. */
static void bound(const struct sequence_series *series,
                  const struct blocks *blocks, double alpha,
                  struct sequence_answer *answer) {
    struct trend_slope slope =
        trend_slope(blocks->values, blocks->count, alpha, blocks->inflation);
    answer->per_cycle = slope.median / blocks->cycles;
    if (!blocks->dependent) {
        answer->lower = slope.lower / blocks->cycles - series->resolution;
        answer->upper = slope.upper / blocks->cycles + series->resolution;
    }
}

static void measure(const struct sequence_series *series, double alpha,
                    struct blocks *blocks, struct sequence_answer *answer) {
    *answer = (struct sequence_answer){
        .verdict = SEQUENCE_UNDECIDED,
        .per_cycle = NAN,
        .lower = NAN,
        .upper = NAN,
        .p = 1,
    };
    if (series->count < 2) {
        return;
    }
    widen(series, blocks);
    bound(series, blocks, alpha, answer);
    if (!blocks->dependent) {
        answer->p = trend_p(blocks->values, blocks->count, blocks->inflation);
    }
    if (answer->upper < series->limit) {
        answer->verdict = SEQUENCE_CLEAN;
    }
}

/* Whether it is one with a chance of @alpha to be wrong; then it says so. */
static bool is_leak(const struct sequence_series *series,
                    const struct blocks *blocks, double alpha,
                    struct sequence_answer *answer) {
    struct sequence_answer closer = *answer;
    if (closer.verdict != SEQUENCE_UNDECIDED || closer.p > alpha) {
        return false;
    }
    bound(series, blocks, alpha, &closer);
    if (!(closer.lower > fmax(series->limit, series->floor))) {
        return false;
    }
    closer.verdict = SEQUENCE_LEAK;
    *answer = closer;
    return true;
}

/* Holm: of m series each has alpha / m to be wrong; once one of them is known
 * to be a leak the others have alpha / (m - 1), and so on. */
static void step_down(const struct sequence_series *series, size_t count,
                      const struct blocks *blocks, double alpha,
                      struct sequence_answer *answers) {
    size_t left = count;
    bool again = true;
    while (again) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            if (is_leak(&series[i], &blocks[i], alpha / (double)left,
                        &answers[i])) {
                left--;
                again = true;
            }
        }
    }
}

void sequence_look(struct sequence *sequence,
                   const struct sequence_series *series, size_t count,
                   struct sequence_answer *answers_out) {
    CHECK(count >= 1 && count <= SEQUENCE_SERIES_MAX);
    struct blocks blocks[SEQUENCE_SERIES_MAX] = {0};
    sequence->looks++;
    double alpha = ldexp(sequence->alpha, -(int)sequence->looks);
    for (size_t i = 0; i < count; i++) {
        measure(&series[i], alpha / (double)count, &blocks[i], &answers_out[i]);
    }
    step_down(series, count, blocks, alpha, answers_out);
}
