/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_VERSUS_H
#define PLUNGE_COMMAND_VERSUS_H

#include <stddef.h>
#include <stdint.h>

#include "cell/build.h"
#include "run/run.h"

struct arena;
struct run_options;
struct scenarios;

/* The option --vs, and those that mean something beside it alone. */
struct versus {
    const char *program; /* as it was given; NULL: this build alone */
    struct build build;
    struct run_versus run;
    const char *beside; /* an option that was given; NULL: none */
};

/* Each takes an option's value. Returns the exit status that it decides. */
int command_versus_set(struct versus *versus, const char *program);
int command_versus_set_for(struct versus *versus, const char *duration);
#define VERSUS_TOLERANCE "--tolerance" /* a baseline has one, too */
int command_versus_set_tolerance(struct versus *versus, const char *share);
/* "throughput,cpu,p99" */
int command_versus_set_metrics(struct versus *versus, const char *list,
                               struct arena *arena);

/* Before anything runs: asks the program, and refuses scenarios in which
 * another build would be the same. Returns the exit status. */
int command_versus_plan(struct versus *versus,
                        const struct scenarios *scenarios);

/* Of one scenario. */
void command_versus_apply(const struct versus *versus,
                          struct run_options *options);

void command_versus_end(struct versus *versus);

#endif
