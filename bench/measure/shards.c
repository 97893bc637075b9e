/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/shards.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "measure/shards_part.h"

/* ---- Side by side --------------------------------------------------------*/

/* The first block that none of @shard's points has in @result yet. */
static unsigned first_block(const struct result *result,
                            const struct result *shard) {
    unsigned first = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *there = &result->cells[i];
        for (size_t j = 0; j < shard->cells_count; j++) {
            if (there->block >= first &&
                point_is_same(there, &shard->cells[j])) {
                first = there->block + 1;
            }
        }
    }
    return first;
}

struct place {
    unsigned block;
    size_t index;
};

static int compare_places(const void *one, const void *other) {
    const struct place *left = one;
    const struct place *right = other;
    if (left->block != right->block) {
        return left->block < right->block ? -1 : 1;
    }
    return (left->index > right->index) - (left->index < right->index);
}

/* By their blocks, as a run lists them; within one as they came. */
static void sort_by_block(struct result *result, struct arena *arena) {
    const size_t count = result->cells_count;
    struct result_cell *sorted = arena_alloc(arena, count * sizeof *sorted);
    struct place *places = arena_alloc(arena, count * sizeof *places);
    for (size_t i = 0; i < count; i++) {
        places[i] = (struct place){result->cells[i].block, i};
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = result->cells[places[i].index];
    }
    result->cells = sorted;
}

/* Why the blocks of @shard cannot be numbered on from @first, or NULL. */
static const char *object_to_blocks(const struct shard *shard, unsigned first,
                                    struct arena *arena) {
    for (size_t i = 0; i < shard->result->cells_count; i++) {
        const unsigned block = shard->result->cells[i].block;
        if (block >= UINT_MAX - first) {
            return arena_format(arena,
                                "%s: no run has a block %u: there is no number "
                                "for it beside the others'",
                                shard->path, block);
        }
    }
    return NULL;
}

int shards_join_blocks(const struct shard *shards, size_t shards_count,
                       struct arena *arena, struct result **result_out,
                       const char **problem_out) {
    static const char *const free[] = {"blocks", "sweep", NULL};
    if (shards_check(shards, shards_count, free, arena, problem_out) != 0) {
        return -1;
    }
    struct result *result =
        shards_result(shards, shards_count, "blocks", free, arena);
    for (size_t i = 0; i < shards_count; i++) {
        const struct result *shard = shards[i].result;
        const unsigned first = first_block(result, shard);
        *problem_out = object_to_blocks(&shards[i], first, arena);
        if (*problem_out != NULL) {
            return -1;
        }
        result->merge.shards[i].first_block = first;
        for (size_t j = 0; j < shard->cells_count; j++) {
            result->cells =
                arena_more(arena, result->cells, result->cells_count,
                           sizeof *result->cells);
            struct result_cell *cell = &result->cells[result->cells_count++];
            *cell = shard->cells[j];
            cell->block += first;
        }
    }
    sort_by_block(result, arena);
    *result_out = result;
    return 0;
}

/* ---- Added ---------------------------------------------------------------*/

static const struct result_cell *cell_like(const struct result *result,
                                           const struct result_cell *cell) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].block == cell->block &&
            point_is_same(&result->cells[i], cell)) {
            return &result->cells[i];
        }
    }
    return NULL;
}

/* Of every shard the cell that is like one of the first's; false: there is one
 * without. */
static bool gather(const struct shard *shards, size_t count,
                   const struct result_cell *like,
                   const struct result_cell **cells, size_t *without_out) {
    for (size_t i = 0; i < count; i++) {
        cells[i] = cell_like(shards[i].result, like);
        if (cells[i] == NULL) {
            *without_out = i;
            return false;
        }
    }
    return true;
}

static const char *size_objection(const struct shard *shards, size_t count,
                                  struct arena *arena) {
    for (size_t i = 1; i < count; i++) {
        if (shards[i].result->cells_count != shards[0].result->cells_count) {
            return arena_format(
                arena,
                "%s and %s: %zu cells there, %zu here: shards that are "
                "added have the same ones",
                shards[0].path, shards[i].path, shards[0].result->cells_count,
                shards[i].result->cells_count);
        }
    }
    return NULL;
}

int shards_add(const struct shard *shards, size_t shards_count,
               struct arena *arena, struct result **result_out,
               const char **problem_out) {
    static const char *const free[] = {NULL};
    const struct result *first = shards[0].result;
    if (shards_check(shards, shards_count, free, arena, problem_out) != 0) {
        return -1;
    }
    *problem_out = size_objection(shards, shards_count, arena);
    if (*problem_out != NULL) {
        return -1;
    }
    struct result *result =
        shards_result(shards, shards_count, "sum", free, arena);
    const struct result_cell **cells =
        arena_alloc(arena, shards_count * sizeof(const struct result_cell *));
    result->cells =
        arena_alloc(arena, first->cells_count * sizeof *result->cells);
    for (size_t i = 0; i < first->cells_count; i++) {
        size_t without = 0;
        if (!gather(shards, shards_count, &first->cells[i], cells, &without)) {
            *problem_out = arena_format(
                arena,
                "%s: has no cell %s, as %s does: shards that are added "
                "have the same ones",
                shards[without].path, point_place(&first->cells[i], arena),
                shards[0].path);
            return -1;
        }
        if (shards_add_cells(cells, shards_count, arena, &result->cells[i],
                             problem_out) != 0) {
            return -1;
        }
        result->cells_count++;
    }
    *result_out = result;
    return 0;
}
