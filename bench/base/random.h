/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_RANDOM_H
#define PLUNGE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**: the same seed gives the same sequence on every machine. */
struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);

/* Uniform in 0 .. bound-1, without bias. @bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* A well mixed 64-bit value of two (SplitMix64's finalizer): derives the seed
 * of a part from the seed of the whole, and hashes an index. */
uint64_t random_mix(uint64_t seed, uint64_t index);

/* The same in two parts, for many values of one seed:
 * random_mix(seed, index) == random_at(random_seeded(seed), index). */
uint64_t random_seeded(uint64_t seed);
uint64_t random_at(uint64_t seeded, uint64_t index);

/* Fills @order with a random permutation of 0 .. count-1. */
void random_permutation(struct random *random, size_t *order, size_t count);

#endif
