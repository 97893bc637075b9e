/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_SHARDS_H
#define PLUNGE_MEASURE_SHARDS_H

#include <stddef.h>

struct arena;
struct result;

/* Results of one scenario, measured in parts, as one result. Percentiles are
 * never averaged: where histograms are added, percentiles are those of the sum.
 * The verdict, the expectations and the audit are not those of the whole: who
 * merges judges anew.
 *
 * Shards are results of the same scenario (texts and what was set), by the same
 * version. Two that have run the same cells have seeds of their own: with one
 * seed they have asked for the same.
 *
 * Returns: 0, or -1 with one sentence in @problem_out (in @arena). */
struct shard {
    const char *path; /* for messages, and for the result */
    const struct result *result;
};

/* Each has run some blocks, or some cells (`sweep` may be set differently): the
 * cells of all side by side, nothing added. Blocks are numbered on, a shard's
 * behind those of the ones before it that have the same points. */
int shards_join_blocks(const struct shard *shards, size_t shards_count,
                       struct arena *arena, struct result **result_out,
                       const char **problem_out);

/* Each was a part of one load, at the same time: of each cell (the same in all)
 * counts and histograms are added, the extremes are those of all, throughput is
 * what all have completed over the longest of their phases. What is a process's
 * own (threads, memory) is the most of any, what is left behind that of all.
 * There is no series, stage or tail of a sum. */
int shards_add(const struct shard *shards, size_t shards_count,
               struct arena *arena, struct result **result_out,
               const char **problem_out);

#endif
