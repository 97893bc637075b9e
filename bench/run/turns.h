/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_TURNS_H
#define PLUNGE_RUN_TURNS_H

#include <stddef.h>
#include <stdint.h>

#include "cell/cell.h"

struct arena;
struct build;
struct result_slices;

/* The pairs of a run: cells by this and another build in turns (cell/pair.h),
 * and what came of them. The first members are whoever begins' to fill in. */
struct turns {
    const struct build *other;
    uint64_t seed; /* of the run */
    struct arena *arena;
    struct result_slices *slices; /* in the order of their blocks */
    size_t slices_count;
};

/* @own: of the cell by this build. A pair that could not be made is kept as one
 * that crashed, so that the others are not lost for it. */
void turns_take(struct turns *turns, const struct cell_order *own,
                cell_progress_cb progress, void *progress_data);

#endif
