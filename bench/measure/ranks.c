/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/ranks.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "measure/normal.h"

#define PAIRS_MAX (RANKS_UNPAIRED_MAX * RANKS_UNPAIRED_MAX)

/* ---- The exact laws ------------------------------------------------------ */

/* Each rank counts or does not. Chances, so that nothing grows too large. */
static void fill_paired(struct ranks_law *law, size_t count) {
    size_t size = 0;
    memset(law->exact, 0, (law->total + 1) * sizeof law->exact[0]);
    law->exact[0] = 1;
    for (size_t rank = 1; rank <= count; rank++) {
        size += rank;
        for (size_t i = size + 1; i-- > 0;) {
            const double moved = i >= rank ? law->exact[i - rank] : 0;
            law->exact[i] = (law->exact[i] + moved) / 2;
        }
    }
}

/* Of @n values in their order, whether the last one is of the @k or not: of
 * them it is above the n - k others. rows[k] is of the n of the turn. */
static void fill_unpaired(struct ranks_law *law, size_t count, size_t others) {
    double rows[RANKS_UNPAIRED_MAX + 1][PAIRS_MAX + 1] = {{0}};
    rows[0][0] = 1;
    for (size_t n = 1; n <= count + others; n++) {
        for (size_t k = n < count ? n : count; k >= 1; k--) {
            if (n - k > others) {
                break; /* the rest has more others than there are */
            }
            for (size_t i = k * (n - k) + 1; i-- > 0;) {
                const double above = i >= n - k ? rows[k - 1][i - (n - k)] : 0;
                rows[k][i] = above + (n > k ? rows[k][i] : 0);
            }
        }
    }
    double sum = 0;
    for (size_t i = 0; i <= law->total; i++) {
        sum += rows[count][i];
    }
    for (size_t i = 0; i <= law->total; i++) {
        law->exact[i] = rows[count][i] / sum;
    }
}

/* ---- Either law ---------------------------------------------------------- */

void ranks_law_paired(struct ranks_law *law, size_t count, double inflation) {
    const double n = (double)count;
    CHECK(count >= 1 && inflation >= 1);
    law->total = count * (count + 1) / 2;
    law->variance = n * (n + 1) * (2 * n + 1) / 24 * inflation;
    law->is_exact = count <= RANKS_PAIRED_MAX && inflation <= 1;
    if (law->is_exact) {
        fill_paired(law, count);
    }
}

void ranks_law_unpaired(struct ranks_law *law, size_t count, size_t others,
                        double inflation) {
    const double n = (double)count;
    const double m = (double)others;
    CHECK(count >= 1 && others >= 1 && inflation >= 1);
    law->total = count * others;
    law->variance = n * m * (n + m + 1) / 12 * inflation;
    law->is_exact = count <= RANKS_UNPAIRED_MAX &&
                    others <= RANKS_UNPAIRED_MAX && inflation <= 1;
    if (law->is_exact) {
        fill_unpaired(law, count, others);
    }
}

double ranks_law_tail(const struct ranks_law *law, size_t positive) {
    if (positive == 0) {
        return 1;
    }
    if (!law->is_exact) {
        const double above = (double)positive - 0.5 - (double)law->total / 2;
        return normal_tail(above / sqrt(law->variance));
    }
    double tail = 0;
    for (size_t i = law->total + 1; i-- > positive;) {
        tail += law->exact[i];
    }
    return tail < 1 ? tail : 1;
}

/* Either law is symmetrical: fewer than k are as likely as more than total - k.
 */
size_t ranks_law_reach(const struct ranks_law *law, double alpha) {
    const size_t half = (law->total + 1) / 2;
    if (law->is_exact) {
        double sum = 0;
        size_t reach = 0;
        while (reach < half && sum + law->exact[reach] <= alpha) {
            sum += law->exact[reach++];
        }
        return reach;
    }
    const double reach = (double)law->total / 2 + 0.5 -
                         normal_sigmas(alpha) * sqrt(law->variance);
    if (reach < 1) {
        return 0;
    }
    return reach < (double)half ? (size_t)reach : half;
}
