/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_RESOLVED_SWEEP_H
#define PLUNGE_SCENARIO_RESOLVED_SWEEP_H

struct arena;
struct node;

/* The `sweep` of @root that gives the same cells without a command line: keys
 * that were set there are left out. NULL: nothing is swept. @root is good.
 * Memory: in @arena. */
const struct node *resolved_sweep(const struct node *root, struct arena *arena);

#endif
