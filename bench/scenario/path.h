/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PATH_H
#define PLUNGE_SCENARIO_PATH_H

#include <stdbool.h>

#include "scenario/problem.h"

struct node;
struct schema_key;
struct schema_mapping;

/* A key's address, as -s and `sweep` write it: cycles, pool.max,
 * load.in_flight (of all phases), load.steady.in_flight (of one). */
struct path {
    const char *text;
    struct place place;                   /* where the address stands */
    const struct schema_key *section;     /* NULL: a key of the file itself */
    const struct schema_mapping *mapping; /* that the key is one of */
    const struct schema_key *key;
    const char *phase; /* NULL: all, or not in load */
};

/* False: no such key, a problem says so. */
bool path_parse(struct problems *problems, const char *text, struct place place,
                struct path *path_out);

/* @root with @value there. A section that may be left out is made; what the
 * command line has set stays, but for a later word of the command line. A phase
 * that does not exist is a problem. */
const struct node *path_set(struct problems *problems, const struct node *root,
                            const struct path *path, const struct node *value);

/* Whether all that the path addresses was set on the command line. */
bool path_is_overridden(const struct node *root, const struct path *path);

/* What @phase of `load` is called. */
const char *path_phase_name(const struct node *phase);

/* Whether both address some same value of @root. */
bool path_overlaps(const struct node *root, const struct path *path,
                   const struct path *other);

#endif
