/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_PERMUTATION_H
#define PLUNGE_BASE_PERMUTATION_H

#include <stdint.h>

/* Pseudo-random orders of 0 .. count-1, of any count up to 2^62, in constant
 * memory: each seed is another one, and where a number goes is computed.
 *
 * Invariant: for every seed, permutation_at() is a bijection.
 * Thread:    any, once initialised. */
struct permutation {
    uint64_t count;
    uint64_t rows; /* a table that all of them fit into */
    uint64_t columns;
};

/* @count > 0. */
void permutation_init(struct permutation *permutation, uint64_t count);

/* Where @index (below count) goes; @seeded is a random_seeded(). */
uint64_t permutation_at(const struct permutation *permutation, uint64_t seeded,
                        uint64_t index);

#endif
