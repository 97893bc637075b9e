/* SPDX-License-Identifier: Apache-2.0 */
#include "command/baseline.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "command/command.h"
#include "command/pairs.h"
#include "command/saved.h"
#include "command/scenarios.h"
#include "report/display.h"
#include "verdict/compare.h"

static int refuse(const char *path, const struct scenario *scenario,
                  const char *why) {
    struct text text;
    text_init(&text);
    display_append(&text, why); /* lines of somebody's files may be in it */
    (void)fprintf(stderr, "plunge: --baseline %s: is none of %s: %s\n", path,
                  scenario->path, text.bytes);
    text_fini(&text);
    return COMMAND_WRONG_INPUT;
}

static const char *path_of(const struct baselines *baselines,
                           const struct scenario *scenario,
                           struct arena *arena) {
    return pairs_is_collection(baselines->path, arena)
               ? arena_format(arena, "%s/%s", baselines->path, scenario->name)
               : baselines->path;
}

static int read_one(const struct baselines *baselines,
                    const struct baseline_run *run, struct arena *arena,
                    struct baseline *baseline) {
    struct result *result = NULL;
    const char *path = path_of(baselines, run->scenario, arena);
    if (run->scenario->find != NULL) {
        return refuse(path, run->scenario,
                      "that is a search, which has no baseline");
    }
    const int status = saved_read(path, arena, &result);
    if (status != COMMAND_OK) {
        return status;
    }
    *baseline = (struct baseline){
        .result = result,
        .path = path,
        .tolerance = baselines->tolerance > 0 ? baselines->tolerance
                                              : COMPARE_TOLERANCE_RUNS,
    };
    const char *why = baseline_objection(baseline, run, arena);
    return why == NULL ? COMMAND_OK : refuse(path, run->scenario, why);
}

int command_baseline_plan(struct baselines *baselines,
                          const struct scenarios *scenarios, uint64_t seed,
                          const char *tool) {
    struct arena *arena = scenarios->arena;
    int status = COMMAND_OK;
    if (baselines->path == NULL) {
        return COMMAND_OK;
    }
    baselines->items =
        arena_alloc(arena, scenarios->count * sizeof *baselines->items);
    for (size_t i = 0; i < scenarios->count; i++) {
        const struct baseline_run run = {
            .scenario = scenarios->items[i],
            .overrides = scenarios->overrides,
            .overrides_count = scenarios->overrides_count,
            .seed = seed,
            .tool = tool,
        };
        status = command_worse(
            status, read_one(baselines, &run, arena, &baselines->items[i]));
    }
    return status;
}

const struct baseline *command_baseline_of(const struct baselines *baselines,
                                           size_t index) {
    return baselines->path == NULL ? NULL : &baselines->items[index];
}
