/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_UNDER_H
#define PLUNGE_COMMAND_UNDER_H

#include <stddef.h>

#include "cell/instrument.h"
#include "cell/under.h"

struct run_options;
struct scenario;
struct scenarios;

/* --under TOOL, for all scenarios of a command line. */
struct under {
    struct cell_under cell;   /* without a tool: nothing of all this */
    struct under_plan *plans; /* parallel to the scenarios */
};

/* The option's value. What is wrong is said; returns the exit status that this
 * decides. */
int command_under_set(struct under *under, const char *name);

/* To be done for all of them before the first one runs: finds valgrind, and
 * makes the load smaller. What is wrong is said; returns as the other. */
int command_under_plan(struct under *under, const struct scenarios *scenarios);

/* Fills in @options; returns the scenario that is to be run instead of the
 * @index-th. @folder is where its reports go; borrowed while it runs. */
const struct scenario *command_under_apply(struct under *under, size_t index,
                                           const struct scenario *scenario,
                                           const char *folder,
                                           struct run_options *options);

#endif
