/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/check.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t rotate_left(uint64_t value, unsigned count) {
    return (value << count) | (value >> (64 - count));
}

/* SplitMix64's finalizer: a bijection in which every bit of @value moves half
 * of the bits of the result. */
static uint64_t finalize(uint64_t value) {
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

void random_init(struct random *random, uint64_t seed) {
    /* SplitMix64 fills the state, as xoshiro's authors advise: no seed, not
     * even 0, gives the all-zero state in which xoshiro would stay. */
    for (size_t i = 0; i < 4; i++) {
        seed += GOLDEN;
        random->state[i] = finalize(seed);
    }
}

uint64_t random_next(struct random *random) {
    uint64_t *state = random->state;
    const uint64_t value = rotate_left(state[1] * 5, 7) * 9;
    const uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return value;
}

uint64_t random_below(struct random *random, uint64_t bound) {
    CHECK(bound > 0);
    /* Lemire: the high half of a product is uniform once the few products
     * whose low half is below 2^64 mod bound are thrown away. */
    unsigned __int128 product = (unsigned __int128)random_next(random) * bound;
    if ((uint64_t)product < bound) {
        const uint64_t rejected = (0 - bound) % bound;
        while ((uint64_t)product < rejected) {
            product = (unsigned __int128)random_next(random) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

/* The seed is mixed before the index comes in: else neighbouring seeds would
 * give the same values at shifted indexes. */
uint64_t random_seeded(uint64_t seed) {
    return finalize(seed + GOLDEN);
}

uint64_t random_at(uint64_t seeded, uint64_t index) {
    return finalize(seeded + index * GOLDEN);
}

uint64_t random_mix(uint64_t seed, uint64_t index) {
    return random_at(random_seeded(seed), index);
}

void random_permutation(struct random *random, size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const size_t j = (size_t)random_below(random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
