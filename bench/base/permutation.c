/* SPDX-License-Identifier: Apache-2.0 */
#include "base/permutation.h"

#include "base/check.h"
#include "base/random.h"

/* A Feistel network whose halves are row and column of a table: each round
 * turns one of them by an amount that hangs on the other, which whoever knows
 * the other can turn back. The table has fewer than a row's cells too many, so
 * that few numbers land outside and have to walk on. */
#define ROUNDS 8
#define COUNT_MAX (UINT64_C(1) << 62)

/* The least number whose square is not below @count. */
static uint64_t root_of(uint64_t count) {
    uint64_t low = 1;
    uint64_t high = UINT64_C(1) << 31;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (middle * middle >= count) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void permutation_init(struct permutation *permutation, uint64_t count) {
    CHECK(count > 0 && count <= COUNT_MAX);
    permutation->count = count;
    permutation->rows = root_of(count);
    permutation->columns = (count + permutation->rows - 1) / permutation->rows;
}

static uint64_t turned(uint64_t at, uint64_t mixed, uint64_t bound) {
    at += (uint64_t)(((unsigned __int128)mixed * bound) >> 64);
    return at >= bound ? at - bound : at;
}

static uint64_t walk(const struct permutation *permutation, uint64_t seeded,
                     uint64_t index) {
    uint64_t row = index / permutation->columns;
    uint64_t column = index % permutation->columns;
    for (uint64_t round = 0; round < ROUNDS; round += 2) {
        row = turned(row, random_at(seeded, column * ROUNDS + round),
                     permutation->rows);
        column = turned(column, random_at(seeded, row * ROUNDS + round + 1),
                        permutation->columns);
    }
    return row * permutation->columns + column;
}

uint64_t permutation_at(const struct permutation *permutation, uint64_t seeded,
                        uint64_t index) {
    CHECK(index < permutation->count);
    /* Who walks on from a number of ours comes to another one in the end: the
     * table's cells are in circles, and this one is in its circle. */
    do {
        index = walk(permutation, seeded, index);
    } while (index >= permutation->count);
    return index;
}
