/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/given.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/yaml.h"

struct place given_place(struct arena *arena,
                         const struct scenario_override *given) {
    const char *text = arena_format(arena, "%s=%s", given->path, given->value);
    const char *quoted = problem_quoted(arena, text);
    return (struct place){.origin = arena_format(arena, "-s %.*s",
                                                 (int)strlen(quoted) - 2,
                                                 quoted + 1)};
}

const struct node *given_value(struct problems *problems,
                               const struct scenario_override *given,
                               struct place place) {
    if (*given->value == '[' || *given->value == '{') {
        return yaml_read(given->value, strlen(given->value), place, problems);
    }
    return node_scalar(problems->arena, given->value, place);
}
