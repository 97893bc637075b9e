/* SPDX-License-Identifier: Apache-2.0 */
#include "run/looks.h"

#include "base/result.h"
#include "cell/build.h"
#include "run/run.h"

/* With fewer blocks a look of little error could decide nothing, and would have
 * taken its part of it; then at each that is a third more. */
#define LOOK_FIRST 13
#define LOOK_PART 3

static struct versus_options options_of(const struct looks *looks,
                                        double error) {
    const struct run_versus *versus = looks->versus;
    return (struct versus_options){
        .tolerance = versus->tolerance,
        .error = error,
        .metrics = versus->metrics,
        .metrics_count = versus->metrics_count,
        .no_turns = looks->no_turns,
        .base = {.path = versus->build->path,
                 .version = versus->build->version,
                 .build = versus->build->variant},
    };
}

void looks_init(struct looks *looks, const struct run_versus *versus,
                const char *no_turns, struct arena *arena) {
    *looks = (struct looks){
        .versus = versus,
        .no_turns = no_turns,
        .arena = arena,
        .at = LOOK_FIRST,
    };
    const struct versus_options options = options_of(looks, 0);
    looks->open = versus_asked(&options, no_turns == NULL);
}

bool looks_is_due(const struct looks *looks, unsigned blocks) {
    return blocks >= looks->at;
}

static void compare(const struct looks *looks, double error,
                    struct result *result) {
    const struct versus_options options = options_of(looks, error);
    versus_compare(&options, looks->arena, result);
}

void looks_take(struct looks *looks, unsigned blocks, struct result *result) {
    const unsigned part = blocks / LOOK_PART;
    looks->count++;
    looks->at = blocks + (part > 0 ? part : 1);
    looks->error = versus_error(looks->count);
    compare(looks, looks->error, result);
    const struct versus_open open = versus_open(result);
    if (looks->open.turns && !open.turns) {
        looks->turns = result->comparison;
    }
    if (looks->open.cells && !open.cells) {
        looks->cells = result->comparison;
    }
    looks->open.turns = looks->open.turns && open.turns;
    looks->open.cells = looks->open.cells && open.cells;
}

/* Who looks once has all of it. */
static double last_error(const struct looks *looks) {
    if (looks->count == 0) {
        return VERSUS_ERROR;
    }
    const bool is_open = looks->open.turns || looks->open.cells;
    return is_open ? versus_error(0) : looks->error;
}

void looks_conclude(const struct looks *looks, struct result *result) {
    compare(looks, last_error(looks), result);
    if (looks->turns.given) {
        versus_keep(&looks->turns, VERSUS_TURNS, looks->arena, result);
    }
    if (looks->cells.given) {
        versus_keep(&looks->cells, VERSUS_CELLS, looks->arena, result);
    }
    versus_conclude(result);
}
