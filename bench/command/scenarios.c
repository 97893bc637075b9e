/* SPDX-License-Identifier: Apache-2.0 */
#include "command/scenarios.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "command/command.h"
#include "scenario/problem.h"

bool scenarios_override(struct scenarios *scenarios, const char *argument) {
    const char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument) {
        return false;
    }
    scenarios->overrides =
        arena_more(scenarios->arena, scenarios->overrides,
                   scenarios->overrides_count, sizeof *scenarios->overrides);
    scenarios->overrides[scenarios->overrides_count++] =
        (struct scenario_override){
            .path = arena_text_n(scenarios->arena, argument,
                                 (size_t)(equals - argument)),
            .value = equals + 1,
        };
    return true;
}

void scenarios_print_problems(const struct problems *problems) {
    struct text text;
    text_init(&text);
    problems_render(problems, &text);
    (void)fputs(text.bytes, stderr);
    text_fini(&text);
}

static int read_one(struct scenarios *scenarios, const char *path) {
    struct scenario_source source = {
        .path = path,
        .overrides = scenarios->overrides,
        .overrides_count = scenarios->overrides_count,
    };
    struct problems problems = {0};
    struct scenario *scenario = NULL;
    int error_number = 0;
    switch (scenario_read(&source, scenarios->arena, &scenario, &problems,
                          &error_number)) {
    case SCENARIO_OK:
        scenarios->items = arena_more(scenarios->arena, scenarios->items,
                                      scenarios->count, sizeof scenario);
        scenarios->items[scenarios->count++] = scenario;
        return COMMAND_OK;
    case SCENARIO_UNREADABLE:
        (void)fprintf(stderr, "plunge: %s: %s\n", path, strerror(error_number));
        return COMMAND_NOT_COMPLETED;
    case SCENARIO_WRONG:
    default:
        scenarios_print_problems(&problems);
        return COMMAND_WRONG_INPUT;
    }
}

int scenarios_read(struct scenarios *scenarios, char *const *paths,
                   size_t paths_count) {
    int status = COMMAND_OK;
    for (size_t i = 0; i < paths_count; i++) {
        status = command_worse(status, read_one(scenarios, paths[i]));
    }
    return status;
}
