/* SPDX-License-Identifier: Apache-2.0 */
#include "support/chi_square.h"

#include <math.h>

#include "support/suite.h"

#define NORMAL_QUANTILE 3.719 /* of 0.9999 */

struct chi_square chi_square_of(const uint64_t *counts, const double *shares,
                                size_t bins) {
    struct chi_square result = {0};
    double all = 0;
    for (size_t i = 0; i < bins; i++) {
        all += (double)counts[i];
    }
    for (size_t i = 0; i < bins; i++) {
        double expected = all * shares[i];
        double off = (double)counts[i] - expected;
        result.value += off * off / expected;
    }
    /* Wilson and Hilferty: its cube root is about normal. */
    double freedom = (double)bins - 1;
    double spread = 2 / (9 * freedom);
    result.critical =
        freedom * pow(1 - spread + NORMAL_QUANTILE * sqrt(spread), 3);
    return result;
}

void chi_square_assert(const char *what, const uint64_t *counts,
                       const double *shares, size_t bins) {
    const struct chi_square result = chi_square_of(counts, shares, bins);
    if (!(result.value <= result.critical)) {
        fail_msg("%s: chi-square is %.1f, above %.1f", what, result.value,
                 result.critical);
    }
}
