/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/shards_part.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"

static bool same_value(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other
                                        : strcmp(one, other) == 0;
}

static const char *fact_text(const struct result_fact *fact,
                             struct arena *arena) {
    return fact->text != NULL ? fact->text
                              : arena_format(arena, "%.15g", fact->number);
}

static const struct result_fact *fact_in(const struct result *result,
                                         const char *name) {
    for (size_t i = 0; i < result->environment_count; i++) {
        if (strcmp(result->environment[i].name, name) == 0) {
            return &result->environment[i];
        }
    }
    return NULL;
}

/* "2 | 4" where machines differ: no value of any, and no two are alike by it.
 */
static struct result_fact joined_fact(const struct result_fact *fact,
                                      const struct shard *shards, size_t count,
                                      struct arena *arena) {
    const char *text = fact_text(fact, arena);
    const char *all = text;
    bool same = true;
    for (size_t i = 1; i < count; i++) {
        const struct result_fact *other = fact_in(shards[i].result, fact->name);
        const char *words = other == NULL ? "?" : fact_text(other, arena);
        same = same && strcmp(text, words) == 0;
        all = arena_format(arena, "%s | %s", all, words);
    }
    return same ? *fact : (struct result_fact){.name = fact->name, .text = all};
}

static void join_environment(const struct shard *shards, size_t count,
                             struct arena *arena, struct result *result) {
    const struct result *first = shards[0].result;
    result->environment = arena_alloc(arena, first->environment_count *
                                                 sizeof(struct result_fact));
    for (size_t i = 0; i < first->environment_count; i++) {
        result->environment[i] =
            joined_fact(&first->environment[i], shards, count, arena);
    }
}

/* A key that may be set differently is set by nobody where it is. */
static void join_set(const struct shard *shards, size_t count,
                     const char *const *free, struct arena *arena,
                     struct result *result) {
    const struct result_scenario *first = &shards[0].result->scenario;
    struct result_scenario *scenario = &result->scenario;
    scenario->set =
        arena_alloc(arena, first->set_count * sizeof *scenario->set);
    scenario->set_count = 0;
    for (size_t i = 0; i < first->set_count; i++) {
        bool same = true;
        for (size_t j = 1;
             j < count && shards_may_differ(first->set[i].key, free); j++) {
            same =
                same && same_value(shards_set_value(first, first->set[i].key),
                                   shards_set_value(&shards[j].result->scenario,
                                                    first->set[i].key));
        }
        if (same) {
            scenario->set[scenario->set_count++] = first->set[i];
        }
    }
}

struct result *shards_result(const struct shard *shards, size_t shards_count,
                             const char *how, const char *const *free,
                             struct arena *arena) {
    struct result *result = arena_alloc(arena, sizeof *result);
    const struct result *first = shards[0].result;
    *result = (struct result){
        .version = first->version,
        .scenario = first->scenario,
        .seed = first->seed,
        .started_at = first->started_at,
        .environment_count = first->environment_count,
        .merge = {.given = true, .how = how},
    };
    struct result_merge *merge = &result->merge;
    merge->shards = arena_alloc(arena, shards_count * sizeof *merge->shards);
    merge->shards_count = shards_count;
    for (size_t i = 0; i < shards_count; i++) {
        const struct result *shard = shards[i].result;
        merge->shards[i] = (struct result_shard){
            .path = shards[i].path,
            .seed = shard->seed,
            .started_at = shard->started_at,
        };
        if (shard->started_at != NULL && result->started_at != NULL &&
            strcmp(shard->started_at, result->started_at) < 0) {
            result->started_at = shard->started_at;
        }
    }
    join_environment(shards, shards_count, arena, result);
    join_set(shards, shards_count, free, arena, result);
    return result;
}
