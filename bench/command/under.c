/* SPDX-License-Identifier: Apache-2.0 */
#include "command/under.h"

#include <stdio.h>

#include "base/arena.h"
#include "command/command.h"
#include "command/scenarios.h"
#include "run/run.h"

int command_under_set(struct under *under, const char *name) {
    under->cell.tool = under_find(name);
    if (under->cell.tool == NULL) {
        return command_wrong_value("--under", name, under_names());
    }
    const char *why = under_refuses(under->cell.tool);
    if (why != NULL) {
        (void)fprintf(stderr, "plunge: --under %s: %s\n", name, why);
        return COMMAND_WRONG_INPUT;
    }
    return COMMAND_OK;
}

static int plan_all(struct under *under, const struct scenarios *scenarios) {
    struct arena *arena = scenarios->arena;
    int status = COMMAND_OK;
    under->plans = arena_alloc(arena, scenarios->count * sizeof *under->plans);
    for (size_t i = 0; i < scenarios->count; i++) {
        const char *problem = NULL;
        if (scenarios->items[i]->find != NULL) {
            (void)fprintf(stderr,
                          "plunge: %s: find and --under: what is found would "
                          "be the tool's\n",
                          scenarios->items[i]->path);
            status = COMMAND_WRONG_INPUT;
        } else if (under_plan(under->cell.tool, scenarios->items[i], arena,
                              &under->plans[i], &problem) != 0) {
            (void)fprintf(stderr, "plunge: %s\n", problem);
            status = COMMAND_WRONG_INPUT;
        }
    }
    return status;
}

int command_under_plan(struct under *under, const struct scenarios *scenarios) {
    const char *problem = NULL;
    if (under->cell.tool == NULL) {
        return COMMAND_OK;
    }
    int status = plan_all(under, scenarios);
    if (status != COMMAND_OK) {
        return status;
    }
    under->cell.valgrind = under_valgrind(scenarios->arena, &problem);
    if (under->cell.valgrind == NULL) {
        (void)fprintf(stderr, "plunge: --under %s: %s\n",
                      under->cell.tool->name, problem);
        return COMMAND_NOT_COMPLETED;
    }
    return COMMAND_OK;
}

const struct scenario *command_under_apply(struct under *under, size_t index,
                                           const struct scenario *scenario,
                                           const char *folder,
                                           struct run_options *options) {
    if (under->cell.tool == NULL) {
        return scenario;
    }
    under->cell.output_folder = folder;
    options->under = &under->cell;
    options->scaling = under->plans[index].scaling;
    return under->plans[index].scenario;
}
