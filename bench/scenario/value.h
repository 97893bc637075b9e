/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_VALUE_H
#define PLUNGE_SCENARIO_VALUE_H

#include <stdbool.h>
#include <stdint.h>

struct node;
struct problems;
struct schema_key;
struct schema_mapping;

/* What a file gives for one key, judged by the key's entry in the schema.
 * A value that is not good has its problem added: nobody else need complain. */
struct value {
    const struct node *node; /* NULL: not given */
    bool good;
    uint64_t number; /* in base units; a word's index; a boolean */
    double decimal;  /* SCHEMA_DECIMAL */
};

/* Judges @node as the value of @mapping's @key. */
void value_read(struct problems *problems, const struct schema_mapping *mapping,
                const struct schema_key *key, const struct node *node,
                struct value *value_out);

/* All keys of @node, a mapping, into @values, one for each key of @mapping:
 * unknown keys, and required ones that are missing, are problems. */
void value_read_mapping(struct problems *problems,
                        const struct schema_mapping *mapping,
                        const struct node *node, struct value *values);

/* A key that is missing from the mapping @node, with the way out. */
void value_add_missing(struct problems *problems,
                       const struct schema_mapping *mapping,
                       const struct node *node, const char *name,
                       const char *advice);

/* Whether @text is a word that people make up: letters, digits, - and _, 63 at
 * most, beginning with a letter. */
bool value_is_name(const char *text);

/* The number, or @fallback where none was given or it is no good. */
uint64_t value_or(const struct value *value, uint64_t fallback);

#endif
