/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_ORDER_H
#define PLUNGE_CELL_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct arena;
struct text;

/* What the supervisor tells the child to do, as text. The child reads the
 * scenario again from the same bytes, so both see the same cell. */
struct order {
    const char *path; /* of the scenario */
    const char *text; /* of the scenario */
    const struct result_include
        *includes; /* what it includes: the same bytes */
    size_t includes_count;
    const struct scenario_override *overrides;
    size_t overrides_count;
    size_t cell;
    uint64_t seed;        /* below 2^53 */
    const char *database; /* path */
    bool database_private;
    bool answers_on_stderr;
    const char *group; /* path of the pids control group, or NULL */
    uint64_t divisor;  /* of the load, see scaling.h; 0: it is as written */
    const char *plant; /* a defect, of plant/plant.h; NULL: none */
};

/* Appends the order as JSON to @text. Returns 0, or -1 with one sentence when
 * a path or value cannot be written as JSON, which is UTF-8. */
int order_write(const struct order *order, struct text *text,
                struct arena *arena, const char **problem_out);

/* Returns 0, or -1 with one sentence. Memory: in @arena. */
int order_read(const char *bytes, size_t size, struct arena *arena,
               struct order *order_out, const char **problem_out);

#endif
