/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/trend.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define PAIRS_MAX (TREND_VALUES_MAX * (TREND_VALUES_MAX - 1) / 2)

/* Beyond this the normal tail is nothing to a double. */
#define SIGMAS_MAX 40.0
#define BISECTIONS 80

#define ROUNDING 1e-12

static size_t pairs_of(size_t count) {
    return count * (count - 1) / 2;
}

static int compare_numbers(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* How many values are equal, group by group. Returns how many groups. */
static size_t count_ties(const double *values, size_t count,
                         size_t ties[TREND_VALUES_MAX]) {
    double sorted[TREND_VALUES_MAX];
    memcpy(sorted, values, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], compare_numbers);
    size_t groups = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) {
            ties[groups++] = 0;
        }
        ties[groups - 1]++;
    }
    return groups;
}

/* ---- The exact law ------------------------------------------------------- */

/* Of all orders of the values each is as likely as another. Value by value, in
 * rising order, a group of @ties equal ones comes among the @before smaller
 * ones; the pairs that fall by that are counted by the Gaussian binomial
 * (before + ties over ties), built up by its own Pascal's triangle. All are
 * whole numbers below 2^53. */
static size_t gaussian(size_t before, size_t ties, double *counts_out) {
    double rows[TREND_EXACT_MAX + 1]
               [sizeof((struct trend_law *)0)->exact / sizeof(double)] = {0};
    /* rows[k] is (n over k) for the n of the turn. */
    rows[0][0] = 1;
    for (size_t n = 1; n <= before + ties; n++) {
        for (size_t k = n < ties ? n : ties; k >= 1; k--) {
            size_t size = k * (n - k);
            for (size_t i = size + 1; i-- > 0;) {
                double kept = n > k && i >= k ? rows[k][i - k] : 0;
                rows[k][i] = rows[k - 1][i] + kept;
            }
        }
    }
    memcpy(counts_out, rows[ties], sizeof rows[0]);
    return before * ties;
}

static void multiply(double *product, size_t *size, const double *factor,
                     size_t factor_size) {
    double result[sizeof((struct trend_law *)0)->exact / sizeof(double)] = {0};
    for (size_t i = 0; i <= *size; i++) {
        for (size_t j = 0; j <= factor_size; j++) {
            result[i + j] += product[i] * factor[j];
        }
    }
    *size += factor_size;
    memcpy(product, result, sizeof result);
}

static void fill_in_exact(struct trend_law *law, const size_t *ties,
                          size_t groups) {
    double factor[sizeof law->exact / sizeof law->exact[0]];
    size_t size = 0;
    size_t before = 0;
    law->exact[0] = 1;
    for (size_t i = 0; i < groups; i++) {
        size_t factor_size = gaussian(before, ties[i], factor);
        multiply(law->exact, &size, factor, factor_size);
        before += ties[i];
    }
    double sum = 0;
    for (size_t i = 0; i <= size; i++) {
        sum += law->exact[i];
    }
    for (size_t i = 0; i <= size; i++) {
        law->exact[i] /= sum;
    }
}

/* ---- Either law ---------------------------------------------------------- */

static bool is_exact(const struct trend_law *law) {
    return law->exact[0] > 0;
}

static void init(struct trend_law *law, const size_t *ties, size_t groups,
                 double inflation) {
    double n = (double)law->count;
    double sum = n * (n - 1) * (2 * n + 5);
    law->pairs = pairs_of(law->count);
    for (size_t i = 0; i < groups; i++) {
        double t = (double)ties[i];
        sum -= t * (t - 1) * (2 * t + 5);
        law->pairs -= pairs_of(ties[i]);
    }
    law->variance = sum / 18 * inflation;
    memset(law->exact, 0, sizeof law->exact);
    if (law->count <= TREND_EXACT_MAX && inflation == 1) {
        fill_in_exact(law, ties, groups);
    }
}

void trend_law_init(struct trend_law *law, const double *values, size_t count,
                    double inflation) {
    size_t ties[TREND_VALUES_MAX];
    CHECK(count >= 1 && count <= TREND_VALUES_MAX);
    law->count = count;
    size_t groups = count_ties(values, count, ties);
    init(law, ties, groups, inflation);
}

void trend_law_untied(struct trend_law *law, size_t count, double inflation) {
    size_t ties[TREND_VALUES_MAX];
    CHECK(count >= 1 && count <= TREND_VALUES_MAX);
    law->count = count;
    for (size_t i = 0; i < count; i++) {
        ties[i] = 1;
    }
    init(law, ties, count, inflation);
}

static double normal_tail(double sigmas) {
    return erfc(sigmas / sqrt(2)) / 2;
}

double trend_law_tail(const struct trend_law *law, double s) {
    if (is_exact(law)) {
        /* S is pairs - 2 * (pairs that fall). */
        double tail = 0;
        for (size_t i = 0; i <= law->pairs; i++) {
            tail += (double)law->pairs - 2 * (double)i >= s ? law->exact[i] : 0;
        }
        return tail;
    }
    if (law->variance <= 0) {
        return s <= 0 ? 1 : 0;
    }
    /* S moves by two: the middle between two of its values. */
    return normal_tail((s - 1) / sqrt(law->variance));
}

double trend_law_critical(const struct trend_law *law, double alpha) {
    if (is_exact(law)) {
        double critical = INFINITY;
        double tail = 0;
        for (size_t i = 0; i <= law->pairs; i++) {
            tail += law->exact[i];
            if (tail > alpha) {
                break;
            }
            critical = (double)law->pairs - 2 * (double)i;
        }
        return critical;
    }
    double low = 0;
    double high = SIGMAS_MAX;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (normal_tail(middle) > alpha) {
            low = middle;
        } else {
            high = middle;
        }
    }
    double critical = 1 + high * sqrt(law->variance);
    return critical <= (double)law->pairs ? critical : INFINITY;
}

/* ---- The trend ----------------------------------------------------------- */

double trend_s(const double *values, size_t count) {
    double s = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            s += (values[j] > values[i]) - (values[j] < values[i]);
        }
    }
    return s;
}

double trend_p(const double *values, size_t count, double inflation) {
    struct trend_law law;
    trend_law_init(&law, values, count, inflation);
    return trend_law_tail(&law, trend_s(values, count));
}

static size_t pair_slopes(const double *values, size_t count, double *slopes) {
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            slopes[pairs++] = (values[j] - values[i]) / (double)(j - i);
        }
    }
    return pairs;
}

/* Hoare's: the value that would stand at @rank if they were sorted. Moves them
 * about. */
static double select_rank(double *values, size_t count, size_t rank) {
    size_t left = 0;
    size_t right = count - 1;
    while (left < right) {
        double pivot = values[left + (right - left) / 2];
        size_t i = left;
        size_t j = right;
        while (i <= j) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i <= j) {
                double kept = values[i];
                values[i++] = values[j];
                values[j] = kept;
                if (j == 0) {
                    break;
                }
                j--;
            }
        }
        if (rank <= j) {
            right = j;
        } else if (rank >= i) {
            left = i;
        } else {
            break;
        }
    }
    return values[rank];
}

struct trend_slope trend_slope(const double *values, size_t count, double alpha,
                               double inflation) {
    CHECK(count >= 2 && count <= TREND_VALUES_MAX);
    double slopes[PAIRS_MAX];
    size_t pairs = pair_slopes(values, count, slopes);
    struct trend_slope slope = {
        .median = (select_rank(slopes, pairs, (pairs - 1) / 2) +
                   select_rank(slopes, pairs, pairs / 2)) /
                  2,
        .lower = NAN,
        .upper = NAN,
    };
    /* Values that are tied are not when another slope than 0 is taken out. */
    struct trend_law law;
    trend_law_untied(&law, count, inflation);
    double critical = trend_law_critical(&law, alpha);
    if (critical <= (double)pairs) {
        /* So many slopes may stand below the true one. */
        size_t rank = (size_t)(((double)pairs - critical) / 2);
        slope.lower = select_rank(slopes, pairs, rank);
        slope.upper = select_rank(slopes, pairs, pairs - 1 - rank);
    }
    return slope;
}

/* ---- One value after the other ------------------------------------------- */

double trend_lag1(const double *values, size_t count, double slope) {
    double mean = 0;
    for (size_t i = 0; i < count; i++) {
        mean += (values[i] - slope * (double)i) / (double)count;
    }
    double squares = 0;
    double products = 0;
    double before = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double rest = values[i] - slope * (double)i - mean;
        squares += rest * rest;
        products += rest * before;
        before = rest;
        largest = fmax(largest, fabs(values[i]));
    }
    /* Values on a line leave what rounding left of them. */
    double rounding = largest * ROUNDING;
    return squares > (double)count * rounding * rounding ? products / squares
                                                         : 0;
}

double trend_inflation(double lag1) {
    static const double lag1_max = 0.99;
    if (lag1 <= 0) {
        return 1;
    }
    double bounded = fmin(lag1, lag1_max);
    return (1 + bounded) / (1 - bounded);
}
