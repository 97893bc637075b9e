/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_SCENARIOS_H
#define PLUNGE_COMMAND_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/scenario.h"

struct arena;
struct problems;

/* The scenarios that a command line names, with its overrides. */
struct scenarios {
    struct arena *arena;
    struct scenario_override *overrides;
    size_t overrides_count;
    struct scenario **items;
    size_t count;
};

/* "-s pool.max=8": false when there is no '='. @argument is borrowed. */
bool scenarios_override(struct scenarios *scenarios, const char *argument);

/* Reads all of @paths before anything runs, and writes every problem of every
 * one to standard error. Returns the exit status that this decides: 0, 2 or
 * 3. */
int scenarios_read(struct scenarios *scenarios, char *const *paths,
                   size_t paths_count);

/* To standard error. */
void scenarios_print_problems(const struct problems *problems);

#endif
