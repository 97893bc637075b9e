/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_RANKS_H
#define PLUNGE_MEASURE_RANKS_H

#include <stdbool.h>
#include <stddef.h>

/* How many of a sample's figures are positive where that is by chance. Pure.
 *
 * Paired (Wilcoxon): the figures are the means of each two of @count
 * differences, each with itself too, and it is by chance whether a difference
 * is one up or one down. Unpaired (Mann and Whitney): the figures are the
 * differences between each of @count and each of @others values, and it is by
 * chance which are which.
 *
 * By the exact law up to RANKS_*_MAX values, above by the normal one with a
 * correction for continuity, which puts more into the far tails than there is:
 * what is found by it is rarer than it says. */
#define RANKS_PAIRED_MAX 32
#define RANKS_UNPAIRED_MAX 16
#define RANKS_TOTAL_MAX (RANKS_PAIRED_MAX * (RANKS_PAIRED_MAX + 1) / 2)

struct ranks_law {
    size_t total;    /* of figures */
    double variance; /* of how many are positive */
    bool is_exact;
    double exact[RANKS_TOTAL_MAX + 1]; /* the chance of each number */
};

/* @inflation is 1 where the values do not depend on each other, else by how
 * much more their sums spread (trend_inflation()); then the law is the normal
 * one. Counts are at least 1. */
void ranks_law_paired(struct ranks_law *law, size_t count, double inflation);
void ranks_law_unpaired(struct ranks_law *law, size_t count, size_t others,
                        double inflation);

/* The chance that @positive or more are. */
double ranks_law_tail(const struct ranks_law *law, size_t positive);

/* The largest k such that fewer than k are positive with a chance of @alpha at
 * most; 0: there is none. So the k-th smallest figure is a lower bound, and the
 * k-th largest an upper one. */
size_t ranks_law_reach(const struct ranks_law *law, double alpha);

#endif
