/* SPDX-License-Identifier: Apache-2.0 */
#include "load/zipf.h"

#include <math.h>

#include "base/check.h"
#include "base/random.h"

/* The weights x^-exponent are a smooth curve, whose area from 1 to x has a
 * formula that can be turned round. A point of the area under the curve from
 * 1/2 to count + 1/2 is drawn and rounded to the rank whose strip it is in;
 * since the curve is convex a strip is no smaller than its rank's weight, and
 * what it has too much is drawn again. The first strip is cut to its weight
 * beforehand.
 *
 * ln(1 + y) / y and (e^y - 1) / y keep what the formula would lose where the
 * exponent is near to 1. */
#define TINY 1e-8

static double log_ratio(double y) {
    return fabs(y) > TINY ? log1p(y) / y : 1 - y / 2;
}

static double exp_ratio(double y) {
    return fabs(y) > TINY ? expm1(y) / y : 1 + y / 2;
}

static double weight(const struct zipf *zipf, double x) {
    return exp(-zipf->exponent * log(x));
}

static double area(const struct zipf *zipf, double x) {
    double log_x = log(x);
    return log_x * exp_ratio((1 - zipf->exponent) * log_x);
}

static double area_inverse(const struct zipf *zipf, double area) {
    double y = area * (1 - zipf->exponent);
    return exp(area * log_ratio(y > -1 ? y : -1)); /* by rounding, below */
}

void zipf_init(struct zipf *zipf, double exponent, uint64_t count) {
    CHECK(exponent > 0 && count > 0);
    zipf->exponent = exponent;
    zipf->count = (double)count;
    zipf->area_first = area(zipf, 1.5) - 1;
    zipf->area_last = area(zipf, zipf->count + 0.5);
    zipf->sure = 2 - area_inverse(zipf, area(zipf, 2.5) - weight(zipf, 2));
}

/* In 0 .. 1, without 1: 53 bits, as many as a double has. */
static double fraction(uint64_t mixed) {
    return (double)(mixed >> 11) * 0x1p-53;
}

uint64_t zipf_draw(const struct zipf *zipf, uint64_t mixed) {
    const double all = zipf->area_first - zipf->area_last;
    for (uint64_t attempt = 1;; attempt++) {
        double point = zipf->area_last + fraction(mixed) * all;
        double x = area_inverse(zipf, point);
        double rank = floor(x + 0.5);
        rank = rank < 1 ? 1 : rank > zipf->count ? zipf->count : rank;
        if (rank - x <= zipf->sure ||
            point >= area(zipf, rank + 0.5) - weight(zipf, rank)) {
            return (uint64_t)rank - 1;
        }
        mixed = random_mix(mixed, attempt);
    }
}
