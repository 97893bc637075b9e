/* SPDX-License-Identifier: Apache-2.0 */
#include "support/spread.h"

#include <math.h>

#include "base/random.h"

#define STEP_MAX 3

static double uniform(struct random *random) {
    return ((double)(random_next(random) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct random *random) {
    const double radius = sqrt(-2 * log(uniform(random)));
    return radius * cos(2 * M_PI * uniform(random));
}

double spread_draw(struct random *random, enum spread spread) {
    switch (spread) {
    case SPREAD_NORMAL:
        return normal(random);
    case SPREAD_FLAT:
        return 2 * uniform(random) - 1;
    case SPREAD_STEPS:
        return (double)random_below(random, 2 * STEP_MAX + 1) - STEP_MAX;
    case SPREAD_TAILS:
        break;
    }
    double squares = 0;
    for (int i = 0; i < 3; i++) {
        const double value = normal(random);
        squares += value * value;
    }
    return normal(random) / sqrt(squares / 3);
}

void spread_fill(struct random *random, enum spread spread, double shift,
                 double scale, double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = shift + scale * spread_draw(random, spread);
    }
}
