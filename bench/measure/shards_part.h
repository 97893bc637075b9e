/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_SHARDS_PART_H
#define PLUNGE_MEASURE_SHARDS_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/shards.h"

struct result_cell;
struct result_scenario;

/* For shards*.c alone. */

/* 0 where all are shards of one run, or -1 with @problem_out. Keys that they
 * may set differently are in @free, which ends in NULL. */
int shards_check(const struct shard *shards, size_t count,
                 const char *const *free, struct arena *arena,
                 const char **problem_out);

bool shards_may_differ(const char *key, const char *const *free);

/* What the command line has set @key to, or NULL. */
const char *shards_set_value(const struct result_scenario *scenario,
                             const char *key);

/* A result of no cells yet: what is the same in all, and of which shards it is.
 * @how is "blocks" or "sum". */
struct result *shards_result(const struct shard *shards, size_t shards_count,
                             const char *how, const char *const *free,
                             struct arena *arena);

/* The @cells of one point and block, one of each shard, added. 0, or -1 with
 * @problem_out. */
int shards_add_cells(const struct result_cell *const *cells, size_t count,
                     struct arena *arena, struct result_cell *into,
                     const char **problem_out);

#endif
