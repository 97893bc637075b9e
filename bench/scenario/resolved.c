/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/resolved.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/node.h"
#include "scenario/resolved_sweep.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/unit.h"

struct resolving {
    const struct scenario *scenario;
    struct arena *arena;
};

/* ---- What depends on other keys ------------------------------------------*/

static uint64_t pool_min(const struct scenario_settings *settings) {
    return settings->pool.min;
}

static uint64_t limits_time(const struct scenario_settings *settings) {
    return settings->limits.time_ns;
}

static const struct computed {
    const struct schema_mapping *mapping;
    size_t key;
    uint64_t (*of)(const struct scenario_settings *settings);
    const char *(*write)(struct arena *arena, uint64_t number);
} computed[] = {
    {&schema_pool, POOL_MIN, pool_min, unit_count_text},
    {&schema_limits, LIMITS_TIME, limits_time, unit_duration_text},
};

/* NULL where the cells do not agree, or it cannot be written down. */
static const char *write_computed(const struct resolving *resolving,
                                  const struct computed *what) {
    const struct scenario *scenario = resolving->scenario;
    const struct schema_key *key = &what->mapping->keys[what->key];
    const uint64_t number = what->of(&scenario->cells[0].settings);
    if (scenario->find != NULL) {
        return NULL; /* other values may make it another number */
    }
    for (size_t i = 1; i < scenario->cells_count; i++) {
        if (what->of(&scenario->cells[i].settings) != number) {
            return NULL;
        }
    }
    return number < key->min || number > key->max
               ? NULL
               : what->write(resolving->arena, number);
}

static const char *fallback_of(const struct resolving *resolving,
                               const struct schema_mapping *mapping,
                               size_t key) {
    for (size_t i = 0; i < sizeof computed / sizeof *computed; i++) {
        if (computed[i].mapping == mapping && computed[i].key == key) {
            return write_computed(resolving, &computed[i]);
        }
    }
    return mapping->keys[key].fallback;
}

/* ---- The tree ------------------------------------------------------------*/

/* A program of the user's own takes little of what there is, and a database of
 * the user's is what it is. */
static bool is_refused(const struct resolving *resolving,
                       const struct schema_mapping *mapping, size_t key) {
    if (mapping == &schema_database &&
        resolving->scenario->cells[0].settings.database.file != NULL) {
        return true;
    }
    if (resolving->scenario->cells[0].settings.pool.subject !=
        SCENARIO_COMMAND) {
        return false;
    }
    return mapping == &schema_pool || mapping == &schema_limits ||
           (mapping == &schema_root && key != ROOT_BLOCKS);
}

static const struct node *fill(const struct resolving *resolving,
                               const struct schema_mapping *mapping,
                               const struct node *given);

static const struct node *fill_all(const struct resolving *resolving,
                                   const struct schema_mapping *mapping,
                                   const struct node *given) {
    if (given->kind != NODE_LIST) {
        return fill(resolving, mapping, given);
    }
    struct node *list = arena_alloc(resolving->arena, sizeof *list);
    *list = *given;
    list->items = node_array(resolving->arena, given->count);
    for (size_t i = 0; i < given->count; i++) {
        list->items[i] = fill(resolving, mapping, given->items[i]);
    }
    return list;
}

/* NULL: nothing is to be said. @given may be NULL. */
static const struct node *value_of(const struct resolving *resolving,
                                   const struct schema_mapping *mapping,
                                   size_t index, const struct node *given) {
    const struct schema_key *key = &mapping->keys[index];
    const bool section = mapping == &schema_root && key->mapping != NULL;
    if (section && (given != NULL || key->kind == SCHEMA_MAPPING)) {
        static const struct node none = {.kind = NODE_MAPPING};
        const struct node *filled =
            fill_all(resolving, key->mapping, given == NULL ? &none : given);
        return given == NULL && filled->count == 0 ? NULL : filled;
    }
    const char *fallback =
        given != NULL || is_refused(resolving, mapping, index)
            ? NULL
            : fallback_of(resolving, mapping, index);
    return fallback == NULL
               ? given
               : node_scalar(resolving->arena, fallback, (struct place){0});
}

static const struct node *fill(const struct resolving *resolving,
                               const struct schema_mapping *mapping,
                               const struct node *given) {
    struct node *filled = arena_alloc(resolving->arena, sizeof *filled);
    filled->kind = NODE_MAPPING;
    filled->keys = node_array(resolving->arena, mapping->keys_count);
    filled->items = node_array(resolving->arena, mapping->keys_count);
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const char *name = mapping->keys[i].name;
        const struct node *value =
            value_of(resolving, mapping, i, node_find(given, name));
        if (value != NULL) {
            filled->keys[filled->count] =
                node_scalar(resolving->arena, name, value->place);
            filled->items[filled->count++] = value;
        }
    }
    return filled;
}

const struct node *resolved_tree(const struct scenario *scenario,
                                 struct arena *arena) {
    const struct resolving resolving = {scenario, arena};
    const struct node *sweep = resolved_sweep(scenario->tree, arena);
    return fill(&resolving, &schema_root,
                sweep == NULL
                    ? node_without(arena, scenario->tree, "sweep")
                    : node_with(arena, scenario->tree, "sweep", sweep));
}
