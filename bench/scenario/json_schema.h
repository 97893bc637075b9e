/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_JSON_SCHEMA_H
#define PLUNGE_SCENARIO_JSON_SCHEMA_H

struct text;

/* Appends the JSON Schema (2020-12) of scenario files, made from the tables of
 * schema.h: for editors, which then complete, explain and underline. What it
 * refuses is wrong. What it takes may be wrong all the same: it knows no range
 * of what is written with a unit, no contradiction between two keys and no
 * expectation; `plunge check` does. */
void json_schema_write(struct text *text);

#endif
