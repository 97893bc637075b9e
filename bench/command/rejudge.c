/* SPDX-License-Identifier: Apache-2.0 */
#include "command/rejudge.h"

#include <limits.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/result.h"
#include "command/command.h"
#include "command/scenarios.h"
#include "scenario/expectation_list.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "verdict/judge.h"
#include "verdict/versus.h"

static int refuse(const char *path, const char *why) {
    (void)fprintf(stderr, "plunge: %s: cannot be judged anew: %s\n", path, why);
    return COMMAND_WRONG_INPUT;
}

static const struct scenario_override *
overrides_of(const struct result_scenario *from, struct arena *arena) {
    struct scenario_override *overrides =
        arena_alloc(arena, from->set_count * sizeof *overrides);
    for (size_t i = 0; i < from->set_count; i++) {
        overrides[i] = (struct scenario_override){
            .path = from->set[i].key,
            .value = from->set[i].value,
        };
    }
    return overrides;
}

/* The scenario as it was run: the same text, with what the command line set. */
static int read_scenario(const struct result *result, const char *path,
                         struct arena *arena, struct scenario **scenario_out,
                         struct problems *problems) {
    const struct result_scenario *from = &result->scenario;
    const struct scenario_source source = {
        .path = from->path,
        .text = from->text,
        .includes = from->includes,
        .includes_count = from->includes_count,
        .overrides = overrides_of(from, arena),
        .overrides_count = from->set_count,
    };
    int error_number = 0;
    if (from->text == NULL) {
        return refuse(path, "it has no text of its scenario");
    }
    if (scenario_read(&source, arena, scenario_out, problems, &error_number) !=
        SCENARIO_OK) {
        scenarios_print_problems(problems);
        return refuse(path, "its scenario is wrong (above)");
    }
    return COMMAND_OK;
}

/* Shards that were merged have more blocks than were planned for each. */
static void adopt_blocks(const struct result *result,
                         struct scenario *scenario) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const unsigned block = result->cells[i].block;
        if (block >= scenario->blocks) {
            scenario->blocks = block == UINT_MAX ? block : block + 1;
        }
    }
}

int rejudge(const struct rejudge *rejudge, const char *path,
            struct arena *arena, struct result *result) {
    struct scenario *scenario = NULL;
    struct problems problems;
    if (result->find.is_sought) {
        return refuse(path, "it is the answer to a search (find), in which "
                            "every value was judged by itself");
    }
    int status = read_scenario(result, path, arena, &scenario, &problems);
    if (status != COMMAND_OK) {
        return status;
    }
    if (rejudge->lines_count != 0) {
        expectation_list_replace(&problems, "--expect", rejudge->lines,
                                 rejudge->lines_count, scenario);
    }
    if (problems.count != 0) {
        scenarios_print_problems(&problems);
        return refuse(path, "this cannot be expected of it (above)");
    }
    adopt_blocks(result, scenario);
    judge_result(scenario, arena, result);
    versus_conclude(result);
    return COMMAND_OK;
}
