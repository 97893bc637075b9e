/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PREPARE_H
#define PLUNGE_CELL_PREPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;
struct scenario;

/* The cached database that a cell reads, or has copied for itself; or one of
 * the user's. */
struct cell_database {
    const char *path;
    struct result_database facts;
    bool settled; /* nothing may be left beside it, as there was nothing */
};

typedef void (*cell_generating_cb)(void *data, uint64_t users_done,
                                   uint64_t users_total);

/* What is known of a cell's database before it is made. */
struct cell_database_plan {
    bool first;     /* no cell before it has the same */
    bool cached;    /* it is there, or the user's own */
    uint64_t bytes; /* 0: not known */
};

void cell_database_plan(const struct scenario *scenario, size_t cell,
                        struct arena *arena,
                        struct cell_database_plan *plan_out);

/* Finds or generates the databases of all cells, each once: databases_out[i]
 * is that of scenario->cells[i]. To be done before the first cell runs, so
 * that no cell is measured beside a generator, and no limit counts it.
 *
 * Memory:  in @arena.
 * Returns: 0, or -1 with one sentence, or with NULL when interrupted. */
int cell_prepare(const struct scenario *scenario, cell_generating_cb generating,
                 void *generating_data, struct arena *arena,
                 struct cell_database **databases_out,
                 const char **problem_out);

#endif
