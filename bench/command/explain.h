/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_EXPLAIN_H
#define PLUNGE_COMMAND_EXPLAIN_H

struct arena;
struct scenario;
struct text;

/* Appends what `plunge check --explain` says of @scenario: itself as YAML with
 * every default, and in comments behind it its cells, what is expected though
 * nobody has written it, what is predicted, and what it will take in time, on
 * disk and in memory. All of it is a scenario, and can be run. */
void explain(const struct scenario *scenario, struct arena *arena,
             struct text *text);

#endif
