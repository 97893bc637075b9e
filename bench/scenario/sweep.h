/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SWEEP_H
#define PLUNGE_SCENARIO_SWEEP_H

#include <stddef.h>

struct arena;
struct node;
struct problems;
struct scenario;

#define SWEEP_CELLS_MAX 10000

/* Every combination of what @root sweeps, or of each mapping in the list of
 * them, each cell resolved by settings_read(): scenario->cells, in order, the
 * last key fastest; one cell where nothing is swept. What the command line has
 * set is not swept. */
void sweep_expand(struct problems *problems, const struct node *root,
                  struct scenario *scenario);

/* For every subject that an expectation of @scenario compares with: a cell of
 * it for each cell that is not of it already, with that cell's parameters,
 * behind all others. Such a cell shuts down cleanly and keeps nothing. */
void sweep_add_references(struct problems *problems, const struct node *root,
                          struct scenario *scenario);

#endif
