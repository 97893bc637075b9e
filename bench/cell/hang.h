/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_HANG_H
#define PLUNGE_CELL_HANG_H

#include <stdbool.h>
#include <sys/types.h>

#include "ledger/scene.h"

struct arena;
struct load_board;
struct result_cell;

/* What a child's threads were at when nothing moved any more, looked at by its
 * supervisor while it is still there. */
struct hang {
    bool is_seen;
    struct scene scene;
};

/* Looks, once, if the child has said that nothing moves, or @is_stalled says
 * so: then it cannot say so itself. A child that waits for that goes on.
 * Memory:  in @arena.
 * Returns: whether it has looked. */
bool hang_look(struct hang *hang, pid_t process, struct load_board *board,
               bool is_stalled, struct arena *arena);

/* A finding for each thread of a child that hung. */
void hang_conclude(const struct hang *hang, struct arena *arena,
                   struct result_cell *cell);

#endif
