/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_BASELINE_H
#define PLUNGE_COMMAND_BASELINE_H

#include <stdint.h>

#include "verdict/baseline.h"

struct scenarios;

/* The option --baseline: for each scenario the saved result that it is held
 * against. */
struct baselines {
    const char *path;       /* NULL: the option was not given */
    double tolerance;       /* of times; 0: the default */
    struct baseline *items; /* parallel to the scenarios */
};

/* Reads what @baselines->path has for each of @scenarios: of one a result.json
 * or a run's folder; of several, as `run -o` writes them, DIR/NAME/. Refuses,
 * before anything runs, what is of another scenario, another seed or another
 * tool (@tool; NULL: none). Memory: in the scenarios' arena.
 *
 * Returns: the exit status that this decides: 0, 2, 3. */
int command_baseline_plan(struct baselines *baselines,
                          const struct scenarios *scenarios, uint64_t seed,
                          const char *tool);

/* Of scenario @index; NULL: none was given. */
const struct baseline *command_baseline_of(const struct baselines *baselines,
                                           size_t index);

#endif
