/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SCALING_H
#define PLUNGE_CELL_SCALING_H

#include <stdint.h>

struct arena;
struct scenario_settings;

/* A cell's load, divided by how many times slower a program becomes under a
 * tool; its limits of time and stall are multiplied by the same factor.
 *
 * Divided are load.in_flight (but not beside a rate), load.rate, load.lookups,
 * load.for (and with it the times of a rate's shape) and, where each cycle is
 * closed, cycles. What is small stays as it is, and nothing becomes smaller
 * than this, so that a pool has as many threads as it would have:
 *
 *   in_flight  100, and pool.max
 *   rate       100/s
 *   lookups    1,000, and pool.max
 *   for        1 s
 *   cycles     20
 *
 * Where pools are left open the cycles stay, for in which of them threads are
 * exhausted is what such a scenario is about. limits.threads never changes.
 *
 * The phases are copied first: cells may share them.
 * Returns: what was changed, in words ("load.in_flight 10,000 -> 500"), or NULL
 *          where all was small. Memory: in @arena. */
const char *scaling_apply(struct scenario_settings *settings, uint64_t divisor,
                          struct arena *arena);

#endif
