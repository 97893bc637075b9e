/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_FINDINGS_H
#define PLUNGE_CELL_FINDINGS_H

#include <stddef.h>

#include "base/result.h"

struct arena;

/* What tools said of a cell's process, as it is collected. Past so many they
 * are only counted. Memory: in the arena. */
#define FINDINGS_MAX 1000

struct findings {
    struct arena *arena;
    struct result_finding *items;
    size_t count;   /* of items */
    size_t dropped; /* found beyond them */
};

/* @finding's texts are kept, not copied. */
void findings_add(struct findings *findings,
                  const struct result_finding *finding);

/* Appends them to the cell's own, with one that says how many were dropped. */
void findings_give(struct findings *findings, struct result_cell *cell);

#endif
