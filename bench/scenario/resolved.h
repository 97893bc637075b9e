/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_RESOLVED_H
#define PLUNGE_SCENARIO_RESOLVED_H

struct arena;
struct node;
struct scenario;

/* @scenario as a tree in the order of the tables of schema.h: files included,
 * variables replaced, the command line's words applied, and what is not said
 * filled in where it is the same for all cells. Read again, it gives the same
 * cells and expectations. In @arena. */
const struct node *resolved_tree(const struct scenario *scenario,
                                 struct arena *arena);

#endif
