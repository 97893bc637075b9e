/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_STAIRCASE_H
#define PLUNGE_LEDGER_STAIRCASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;

/* What was held after each cycle, to be drawn: a pool that is never shut down
 * climbs, a clean one walks on the flat. In bounded memory for any number of
 * cycles: when there are STAIRCASE_STEPS_MAX of them, every other one is
 * dropped, and from then on half as many are kept. The first and the last cycle
 * are always there. Nothing is averaged: each step is what was read then.
 *
 * Invariant: kept are the cycles first, first + stride, first + 2 stride ... */
#define STAIRCASE_STEPS_MAX 256

struct staircase {
    struct result_step steps[STAIRCASE_STEPS_MAX];
    size_t count;
    uint64_t stride;
    struct result_step last; /* cycle 0: none */
};

/* All of its memory is in use from here on: taken bit by bit, it would look
 * like a slow leak. */
void staircase_init(struct staircase *staircase);

/* After each cycle, in rising order and without a gap. */
void staircase_note(struct staircase *staircase, uint64_t cycle,
                    const struct result_usage *held);

/* The first cycle first. Memory: in @arena. */
struct result_step *staircase_steps(const struct staircase *staircase,
                                    struct arena *arena, size_t *count_out);

#endif
