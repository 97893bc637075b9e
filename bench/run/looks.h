/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_LOOKS_H
#define PLUNGE_RUN_LOOKS_H

#include <stdbool.h>

#include "base/result.h"
#include "verdict/versus.h"

struct arena;
struct run_versus;

/* What blocks beyond those of the scenario are for: while they are added, it is
 * looked now and then what is not decided yet, and only that goes on.
 *
 * Pure, but for what a comparison is made of. */
struct looks {
    const struct run_versus *versus;
    const char *no_turns;
    struct arena *arena;
    struct versus_open open;
    unsigned at;    /* so many blocks there is to be a look */
    unsigned count; /* so far */
    double error;   /* of the last one */
    /* What was told where each was closed; not given: it is open. */
    struct result_comparison turns;
    struct result_comparison cells;
};

/* @no_turns: why no cell can be had in turns; NULL: some can. Both it and
 * @versus are borrowed. */
void looks_init(struct looks *looks, const struct run_versus *versus,
                const char *no_turns, struct arena *arena);

/* After @blocks blocks. @result is what there is by then. What was decided is
 * not gone on with, whatever is found later. */
bool looks_is_due(const struct looks *looks, unsigned blocks);
void looks_take(struct looks *looks, unsigned blocks, struct result *result);

/* The comparison that is told: of each, what the look said that closed it, and
 * of what is open all that there is, with the error that the looks have left.
 */
void looks_conclude(const struct looks *looks, struct result *result);

#endif
