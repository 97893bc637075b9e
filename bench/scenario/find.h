/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_FIND_H
#define PLUNGE_SCENARIO_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct arena;
struct node;
struct problems;

/* find: {load.in_flight: {from: 1k, to: 1M, holds: "p99 < 50ms"}}
 *
 * The scenario's cell is that of `from`, as if it were swept over this one
 * value, and `holds` the last line of `expect`. To ask for another value is to
 * read the scenario again with what find_ask() gives on the command line. */

/* Reads `find` of @root: scenario->find, and @root as its cells and
 * expectations are read from it. */
const struct node *find_read(struct problems *problems, const struct node *root,
                             struct scenario *scenario);

/* How many overrides find_ask() fills in at most. */
#define FIND_OVERRIDES_MAX 256

/* What asks @scenario for @value; for longer: with phases, and a limit of time,
 * FIND_LONGER times as long as they are with that value. Returns how many
 * @overrides it is. Memory: in @arena. */
#define FIND_LONGER 3

struct find_question {
    uint64_t value;
    const struct scenario *longer; /* than this, read with the value; or NULL */
};

size_t find_ask(const struct scenario *scenario,
                const struct find_question *question, struct arena *arena,
                struct scenario_override overrides[FIND_OVERRIDES_MAX]);

/* A value as scenarios write it: 10k. In @arena. */
const char *find_value_text(const struct scenario_find *find,
                            struct arena *arena, uint64_t value);

#endif
