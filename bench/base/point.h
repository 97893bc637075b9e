/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_POINT_H
#define PLUNGE_BASE_POINT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct result;
struct result_cell;

/* One point of a sweep: the cells of all blocks that have the same subject,
 * parameters and build and are reference cells or not. What is judged and shown
 * together.
 *
 * Invariant: cells_count >= 1. */
struct point {
    const struct result_cell **cells;
    size_t cells_count;
};

/* Whether two cells, be they of one result or of two, are of the same point,
 * whichever build they are of. */
bool point_is_same(const struct result_cell *one,
                   const struct result_cell *other);

/* In the order in which the cells of @result have them first. Memory: in
 * @arena. */
struct point *point_list(const struct result *result, struct arena *arena,
                         size_t *count_out);

/* The cell of @subject that @cell is compared with: the reference cell of the
 * same block and build, with the same parameters but for the subject itself,
 * which may be swept; a cell of that subject is compared with itself. NULL:
 * there is none. */
const struct result_cell *point_reference(const struct result *result,
                                          const struct result_cell *cell,
                                          const char *subject);

/* "pool.max=8, block 2", "direct, block 0": where @cell stands in its result.
 * In
 * @arena. */
const char *point_place(const struct result_cell *cell, struct arena *arena);

#endif
