/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/shards_part.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"

static bool same_text(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other
                                        : strcmp(one, other) == 0;
}

static const char *or_nothing(const char *string) {
    return string == NULL ? "nothing" : string;
}

bool shards_may_differ(const char *key, const char *const *free) {
    for (; *free != NULL; free++) {
        if (strcmp(key, *free) == 0) {
            return true;
        }
    }
    return false;
}

const char *shards_set_value(const struct result_scenario *scenario,
                             const char *key) {
    const char *value = NULL;
    for (size_t i = 0; i < scenario->set_count; i++) {
        if (same_text(scenario->set[i].key, key)) {
            value = scenario->set[i].value; /* the last counts */
        }
    }
    return value;
}

/* A key that the one has set, and the other not, or differently; NULL. */
static const char *set_differently(const struct result_scenario *one,
                                   const struct result_scenario *other,
                                   const char *const *free) {
    for (size_t i = 0; i < one->set_count; i++) {
        const char *key = one->set[i].key;
        if (!shards_may_differ(key, free) &&
            !same_text(shards_set_value(one, key),
                       shards_set_value(other, key))) {
            return key;
        }
    }
    return NULL;
}

static const char *include_objection(const struct result_scenario *one,
                                     const struct result_scenario *other,
                                     struct arena *arena) {
    if (one->includes_count != other->includes_count) {
        return "they include different files";
    }
    for (size_t i = 0; i < one->includes_count; i++) {
        if (!same_text(one->includes[i].sha256, other->includes[i].sha256)) {
            return arena_format(arena, "%s, which they include, differs",
                                one->includes[i].path);
        }
    }
    return NULL;
}

static const char *set_objection(const struct result_scenario *one,
                                 const struct result_scenario *other,
                                 const char *const *free, struct arena *arena) {
    const char *key = set_differently(one, other, free);
    key = key == NULL ? set_differently(other, one, free) : key;
    return key == NULL ? NULL
                       : arena_format(arena, "-s %s: %s there, %s here", key,
                                      or_nothing(shards_set_value(one, key)),
                                      or_nothing(shards_set_value(other, key)));
}

static const char *kind_objection(const struct result *result) {
    if (result->find.is_sought) {
        return "the answers of a search (find) cannot be merged";
    }
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].build != NULL) {
            return "it has another build beside it, in turns with this one: "
                   "two of them cannot be merged";
        }
    }
    return NULL;
}

static const char *tool_of(const struct result *result) {
    return result->cells_count != 0 && result->cells[0].under.given
               ? result->cells[0].under.tool
               : NULL;
}

static const char *objection(const struct shard *first,
                             const struct shard *other, const char *const *free,
                             struct arena *arena) {
    const struct result *one = first->result;
    const struct result *two = other->result;
    const char *kind = kind_objection(one);
    kind = kind == NULL ? kind_objection(two) : kind;
    if (kind != NULL) {
        return kind;
    }
    if (one->scenario.sha256 == NULL ||
        !same_text(one->scenario.sha256, two->scenario.sha256)) {
        return arena_format(arena, "their scenarios differ (%s, %s)",
                            or_nothing(one->scenario.path),
                            or_nothing(two->scenario.path));
    }
    if (!same_text(one->version, two->version)) {
        return arena_format(arena, "they are by plunge %s and by plunge %s",
                            or_nothing(one->version), or_nothing(two->version));
    }
    if (!same_text(tool_of(one), tool_of(two))) {
        return arena_format(arena, "they ran under %s and under %s",
                            or_nothing(tool_of(one)), or_nothing(tool_of(two)));
    }
    const char *why = include_objection(&one->scenario, &two->scenario, arena);
    return why != NULL
               ? why
               : set_objection(&one->scenario, &two->scenario, free, arena);
}

/* ---- All of them ---------------------------------------------------------*/

static bool share_a_point(const struct result *one,
                          const struct result *other) {
    for (size_t i = 0; i < one->cells_count; i++) {
        for (size_t j = 0; j < other->cells_count; j++) {
            if (point_is_same(&one->cells[i], &other->cells[j])) {
                return true;
            }
        }
    }
    return false;
}

/* Two of one seed have asked for the same, where they have run the same. */
static const char *seed_objection(const struct shard *shards, size_t index,
                                  struct arena *arena) {
    const struct result *result = shards[index].result;
    for (size_t i = 0; i < index; i++) {
        const struct result *other = shards[i].result;
        if (other->seed == result->seed && share_a_point(other, result)) {
            return arena_format(arena,
                                "%s and %s: both have run the same with seed "
                                "%" PRIu64 ": give each shard a --seed of its "
                                "own",
                                shards[i].path, shards[index].path,
                                result->seed);
        }
    }
    return NULL;
}

int shards_check(const struct shard *shards, size_t count,
                 const char *const *free, struct arena *arena,
                 const char **problem_out) {
    for (size_t i = 1; i < count; i++) {
        const char *why = objection(&shards[0], &shards[i], free, arena);
        if (why != NULL) {
            *problem_out = arena_format(arena,
                                        "%s and %s: no shards of one run: "
                                        "%s",
                                        shards[0].path, shards[i].path, why);
            return -1;
        }
        *problem_out = seed_objection(shards, i, arena);
        if (*problem_out != NULL) {
            return -1;
        }
    }
    return 0;
}
