/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_CHI_SQUARE_H
#define TESTS_SUPPORT_CHI_SQUARE_H

#include <stddef.h>
#include <stdint.h>

/* Whether counts are as often as they should be: Pearson's chi-square, and the
 * value that it passes by chance once in 10,000 times. Seeds are fixed, so a
 * test passes always or never. */
struct chi_square {
    double value;
    double critical;
};

/* @shares add up to 1; each should expect five counts or more. */
struct chi_square chi_square_of(const uint64_t *counts, const double *shares,
                                size_t bins);

/* Fails the test, and says so of @what. */
void chi_square_assert(const char *what, const uint64_t *counts,
                       const double *shares, size_t bins);

#endif
