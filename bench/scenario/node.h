/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_NODE_H
#define PLUNGE_SCENARIO_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/problem.h"

struct arena;

/* A scenario as a tree, each node with its place. Nodes never change once they
 * are made: what sets a value makes a new mapping around it and shares the
 * rest, so that thousands of cells cost little more than one.
 *
 * Owner: all memory is in an arena. */
enum node_kind {
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAPPING,
};

enum node_style {
    NODE_PLAIN,
    NODE_SINGLE_QUOTED,
    NODE_DOUBLE_QUOTED,
    NODE_BLOCK, /* | or >, or on more than one line */
};

struct node {
    enum node_kind kind;
    enum node_style style; /* of a scalar */
    bool refused;          /* a problem with it was told: it is no good */
    struct place place;
    const char *text;          /* of a scalar */
    const struct node **keys;  /* of a mapping: scalars */
    const struct node **items; /* of a list, or a mapping's values */
    size_t count;
};

/* Room for @count nodes, all NULL. */
const struct node **node_array(struct arena *arena, size_t count);

const struct node *node_scalar(struct arena *arena, const char *text,
                               struct place place);

/* The value of @key, the first where it is given twice; NULL: none. */
const struct node *node_find(const struct node *mapping, const char *key);

/* @mapping, but with @value for @key, put at the end where it is new. */
const struct node *node_with(struct arena *arena, const struct node *mapping,
                             const char *key, const struct node *value);

/* The same for a key of a file, which keeps its place. */
const struct node *node_with_key(struct arena *arena,
                                 const struct node *mapping,
                                 const struct node *key,
                                 const struct node *value);

/* @mapping without @key. */
const struct node *node_without(struct arena *arena, const struct node *mapping,
                                const char *key);

/* @list, but with @value in place of item @index. */
const struct node *node_with_item(struct arena *arena, const struct node *list,
                                  size_t index, const struct node *value);

/* What a message says was got: "fast" (in quotes), a list, nothing. */
const char *node_description(struct arena *arena, const struct node *node);

/* As it would be written on one line: 10k, [yoen, esteban]. */
const char *node_text(struct arena *arena, const struct node *node);

/* The line of the scenario itself that @node is in, or is included by; 0: it is
 * the command line's. */
unsigned node_line(const struct node *node);

/* The place of character @offset (from 0) of a scalar's text in @source, or
 * that of the scalar itself where it stands on more than one line. */
struct place node_place_inside(const struct node *scalar, const char *source,
                               unsigned offset);

#endif
