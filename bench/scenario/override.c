/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/override.h"

#include "base/arena.h"
#include "scenario/given.h"
#include "scenario/let.h"
#include "scenario/node.h"
#include "scenario/path.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

/* These are done with before anything is set. */
static bool check_path(struct problems *problems, const struct path *path) {
    if (path->key->kind == SCHEMA_VARIABLES) {
        problems_add(problems, path->place, NULL,
                     "name one of the variables: -s let.NAME=VALUE",
                     "let cannot be set as a whole");
        return false;
    }
    if (path->key->kind == SCHEMA_FILES) {
        problems_add(problems, path->place, NULL,
                     "set the keys that are to be otherwise",
                     "include cannot be set");
        return false;
    }
    return true;
}

static const struct node *apply_one(struct problems *problems,
                                    const struct node *root, struct let *let,
                                    const struct scenario_override *given) {
    const struct place place = given_place(problems->arena, given);
    struct path path;
    if (!path_parse(problems, arena_text(problems->arena, given->path), place,
                    &path) ||
        !check_path(problems, &path)) {
        return root;
    }
    const struct node *value = given_value(problems, given, place);
    return value == NULL
               ? root
               : path_set(problems, root, &path, let_apply(let, value));
}

const struct node *override_apply(struct problems *problems,
                                  const struct node *root, struct let *let,
                                  const struct scenario_source *from) {
    for (size_t i = 0; i < from->overrides_count; i++) {
        if (!let_is_override(&from->overrides[i])) {
            root = apply_one(problems, root, let, &from->overrides[i]);
        }
    }
    return root;
}
