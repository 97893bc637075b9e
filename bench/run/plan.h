/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_PLAN_H
#define PLUNGE_RUN_PLAN_H

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

/* The seed of the cells of @block; below 2^53, as all seeds. */
uint64_t plan_seed(uint64_t seed, unsigned block);

/* About how long a cell takes, in seconds; never 0. */
double plan_weight_s(const struct scenario_settings *settings);

/* How much of the cell is done: 0 .. 1. */
double plan_fraction(const struct scenario_settings *settings,
                     const struct cell_progress *progress);

#endif
