/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_UNDER_H
#define PLUNGE_CELL_UNDER_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct scenario;
struct scenario_settings;

/* The tools of valgrind that a cell's process can be run under. */
struct under_tool {
    const char *name; /* "memcheck" */
    uint64_t divisor; /* how many times slower: scaling.h */
    bool finds;       /* errors, as XML; the others write a file to be kept */
    bool of_threads;  /* must be told of atomics, which debug builds do */
    const char *output_option; /* of those that do not find */
};

/* How many threads there may be at once. valgrind's own limit of 500 is raised
 * where more are needed; beyond this one its tools take minutes for a cell. */
#define UNDER_THREADS_MAX 2000

/* NULL: there is no such tool; then under_names() is what to say. */
const struct under_tool *under_find(const char *name);
const char *under_names(void); /* "memcheck, helgrind, ..." */

/* Whether this build of plunge can be run under @tool. NULL: it can; else a
 * sentence. */
const char *under_refuses(const struct under_tool *tool);

/* The path of valgrind, in @arena; or NULL with a sentence that names the
 * package. */
const char *under_valgrind(struct arena *arena, const char **problem_out);

/* The most threads that a cell's process has at once, the main one too. */
uint64_t under_threads(const struct scenario_settings *settings);

/* A scenario as it is run under a tool. */
struct under_plan {
    const struct scenario *scenario; /* the copy with the divided load */
    const char **scaling;            /* of each cell; NULL: as it is */
};

/* Memory: in @arena.
 * Returns: 0, or -1 with a sentence where a cell would have too many threads
 *          all the same, is a command, or has limits that the tool would
 *          change: of descriptors, or those that the kernel holds. */
int under_plan(const struct under_tool *tool, const struct scenario *scenario,
               struct arena *arena, struct under_plan *plan_out,
               const char **problem_out);

#endif
