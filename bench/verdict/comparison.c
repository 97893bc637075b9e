/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/comparison.h"

#include <math.h>

static const double tolerance = 1e-9;

static bool equal(double value, double limit) {
    return value == limit ||
           fabs(value - limit) <= tolerance * fmax(fabs(value), fabs(limit));
}

bool comparison_holds(enum expectation_operator op, double value,
                      double limit) {
    switch (op) {
    case EXPECTATION_EQ:
        return equal(value, limit);
    case EXPECTATION_NE:
        return !equal(value, limit);
    case EXPECTATION_LT:
        return value < limit;
    case EXPECTATION_LE:
        return value <= limit;
    case EXPECTATION_GT:
        return value > limit;
    case EXPECTATION_GE:
        return value >= limit;
    }
    return false;
}

double comparison_badness(enum expectation_operator op, double value,
                          double limit) {
    switch (op) {
    case EXPECTATION_EQ:
        return fabs(value - limit);
    case EXPECTATION_NE:
        return -fabs(value - limit);
    case EXPECTATION_LT:
    case EXPECTATION_LE:
        return value - limit;
    case EXPECTATION_GT:
    case EXPECTATION_GE:
        return limit - value;
    }
    return 0;
}
