/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/median.h"

#include <stdlib.h>

#include "base/check.h"

static int by_value(const void *one, const void *other) {
    double a = *(const double *)one;
    double b = *(const double *)other;
    return (a > b) - (a < b);
}

double median_of(double *values, size_t count, enum median_side side) {
    CHECK(count > 0);
    qsort(values, count, sizeof values[0], by_value);
    return values[side == MEDIAN_HIGHER ? count / 2 : (count - 1) / 2];
}

double median_between(double *values, size_t count) {
    const double lower = median_of(values, count, MEDIAN_LOWER);
    return lower + (values[count / 2] - lower) / 2;
}
