/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/proportion.h"

#include <math.h>

#include "base/check.h"

/* Halvings: beyond what a double can tell apart. */
#define STEPS 200

static double log_choose(uint64_t of, uint64_t count) {
    return lgamma((double)of + 1) - lgamma((double)count + 1) -
           lgamma((double)(of - count) + 1);
}

/* The chance of at most @count of @of at a share of @share. */
static double at_most(uint64_t count, uint64_t of, double share) {
    double sum = 0;
    if (share <= 0 || share >= 1) {
        return share <= 0 || count == of ? 1 : 0;
    }
    for (uint64_t i = 0; i <= count; i++) {
        sum += exp(log_choose(of, i) + (double)i * log(share) +
                   (double)(of - i) * log1p(-share));
    }
    return sum < 1 ? sum : 1;
}

/* The share at which at most @count of @of has the chance @chance: the larger
 * the share, the smaller that is. */
static double solve(uint64_t count, uint64_t of, double chance) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < STEPS; i++) {
        double middle = (low + high) / 2;
        if (at_most(count, of, middle) > chance) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

/* With a count of 0 and of all, in closed form. */
static double upper(uint64_t count, uint64_t of, double chance) {
    if (count == of) {
        return 1;
    }
    return count == 0 ? 1 - pow(chance, 1 / (double)of)
                      : solve(count, of, chance);
}

static double lower(uint64_t count, uint64_t of, double chance) {
    if (count == 0) {
        return 0;
    }
    return count == of ? pow(chance, 1 / (double)of)
                       : solve(count - 1, of, 1 - chance);
}

struct proportion proportion_interval(uint64_t count, uint64_t of,
                                      double confidence) {
    CHECK(of > 0 && count <= of && confidence > 0 && confidence < 1);
    const double tail = (1 - confidence) / 2;
    return (struct proportion){lower(count, of, tail), upper(count, of, tail)};
}

double proportion_upper(uint64_t count, uint64_t of, double confidence) {
    CHECK(count <= of && confidence > 0 && confidence < 1);
    return of == 0 ? 1 : upper(count, of, 1 - confidence);
}
