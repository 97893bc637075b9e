/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_NAME_H
#define PLUNGE_REPORT_NAME_H

struct arena;
struct result;
struct result_cell;

/* Names by which others join the results of different runs: the same for the
 * same scenario, different for what is different in one result. In @arena. */

/* "rush" of "scenarios/rush.yaml". */
const char *name_of_scenario(const struct result *result, struct arena *arena);

/* Of all cells of one point: "pool.max=4", "direct" for a reference, "direct
 * pool.max=4" where both are, "other-build" for what the build beside this one
 * did, "" where there is nothing to be told apart. */
const char *name_of_point(const struct result_cell *cell, struct arena *arena);

/* "rush/pool.max=4/steady": what there is of the three. */
const char *name_joined(const char *scenario, const char *point,
                        const char *phase, struct arena *arena);

/* "seed 7", or of a result that was merged "seeds 7, 8 (2 shards, blocks)". */
const char *name_of_seeds(const struct result *result, struct arena *arena);

/* "plunge run --seed 7 -s pool.max=8 scenarios/rush.yaml", for a shell: how the
 * result comes about once more. */
const char *name_of_command(const struct result *result, struct arena *arena);

#endif
