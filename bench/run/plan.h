/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_PLAN_H
#define PLUNGE_RUN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cell_progress;
struct scenario;
struct scenario_settings;

/* What is planned before the first cell runs: in which order, and how much of
 * the whole each one is. */

/* The order of the cells in @block: a permutation of 0 .. cells_count - 1 that
 * depends on the seed alone. In @arena. */
size_t *plan_order(const struct scenario *scenario, uint64_t seed,
                   unsigned block, struct arena *arena);

/* What a block consists of where there is another build: the cells, those of
 * the other one (all but implied references), and turns, of those cells that
 * there can be turns of. In the scenario's order, each kind by itself. */
enum plan_kind {
    PLAN_OWN,
    PLAN_OTHER,
    PLAN_TURNS,
};

struct plan_step {
    size_t cell;
    enum plan_kind kind;
};

/* Without another build these are the cells alone. Memory: in @arena. */
struct plan_step *plan_steps(const struct scenario *scenario, bool versus,
                             struct arena *arena, size_t *count_out);

/* As plan_order(), of so many steps. */
size_t *plan_order_of(size_t count, uint64_t seed, unsigned block,
                      struct arena *arena);

/* The seed of the turns of @cell in @block. */
uint64_t plan_turns_seed(uint64_t seed, unsigned block, size_t cell);

/* The seed of the cells of @block; below 2^53, as all seeds. */
uint64_t plan_seed(uint64_t seed, unsigned block);

/* About how long a cell takes, in seconds; never 0. */
double plan_weight_s(const struct scenario_settings *settings);

/* How much of the cell is done: 0 .. 1. */
double plan_fraction(const struct scenario_settings *settings,
                     const struct cell_progress *progress);

#endif
