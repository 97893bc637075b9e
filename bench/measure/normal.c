/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/normal.h"

#include <math.h>

#include "base/check.h"

/* Beyond this the tail is nothing to a double. */
#define SIGMAS_MAX 40.0
#define BISECTIONS 80

double normal_tail(double sigmas) {
    return erfc(sigmas / sqrt(2)) / 2;
}

double normal_sigmas(double tail) {
    CHECK(tail > 0 && tail < 1);
    double low = -SIGMAS_MAX;
    double high = SIGMAS_MAX;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        if (normal_tail(middle) > tail) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

double normal_student(double tail, double freedom) {
    CHECK(freedom >= 1);
    const double z = normal_sigmas(tail);
    const double z2 = z * z;
    const double first = z * (z2 + 1) / 4;
    const double second = z * (5 * z2 * z2 + 16 * z2 + 3) / 96;
    const double third =
        z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15) / 384;
    return z + first / freedom + second / (freedom * freedom) +
           third / (freedom * freedom * freedom);
}
