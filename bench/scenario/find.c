/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/find.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/node.h"
#include "scenario/path.h"
#include "scenario/problem.h"
#include "scenario/schema.h"
#include "scenario/unit.h"
#include "scenario/value.h"
#include "scenario/yaml_write.h"

#define EXAMPLE "find: {load.in_flight: {from: 1k, to: 1M, holds: p99 < 50ms}}"

/* ---- Reading -------------------------------------------------------------*/

static void refuse(struct problems *problems, const struct node *node,
                   const char *message) {
    problems_add(problems, node->place, "find", "write it as " EXAMPLE, "%s",
                 message);
}

static bool is_quantity(enum schema_kind kind) {
    return kind == SCHEMA_COUNT || kind == SCHEMA_DURATION ||
           kind == SCHEMA_SIZE || kind == SCHEMA_RATE;
}

/* The value, or 0 where it is told that it is none. */
static uint64_t read_bound(struct problems *problems, const struct path *path,
                           const struct value *given) {
    struct value value = {.good = false};
    if (given->good) {
        value_read(problems, path->mapping, path->key, given->node, &value);
    }
    if (value.good && value.number == 0) {
        problems_add(problems, given->node->place, path->text, NULL,
                     "what is doubled has to be more than 0");
    }
    return value.good ? value.number : 0;
}

static bool read_path(struct problems *problems, const struct node *find,
                      struct path *path_out) {
    if (find->count != 1) {
        refuse(problems, find, "expected one key to be found");
        return false;
    }
    const struct node *key = find->keys[0];
    if (!path_parse(problems, key->text, key->place, path_out)) {
        return false;
    }
    if (!path_out->key->swept || !is_quantity(path_out->key->kind)) {
        problems_add(problems, key->place, "find",
                     "counts, durations, sizes and rates that can be swept can",
                     "%s cannot be found", path_out->text);
        return false;
    }
    if (find->items[0]->kind != NODE_MAPPING) {
        refuse(problems, find->items[0], "expected from, to and holds");
        return false;
    }
    return true;
}

/* False: not all of it is good. */
static bool read_bounds(struct problems *problems, const struct node *node,
                        const struct path *path,
                        struct scenario_find *find_out) {
    struct value values[FIND_KEYS_COUNT];
    value_read_mapping(problems, &schema_find_keys, node->items[0], values);
    *find_out = (struct scenario_find){
        .path = path->text,
        .kind = (int)path->key->kind,
        .from = read_bound(problems, path, &values[FIND_FROM]),
        .to = read_bound(problems, path, &values[FIND_TO]),
        .line = node_line(node->keys[0]),
    };
    if (!values[FIND_HOLDS].good || find_out->from == 0 || find_out->to == 0) {
        return false;
    }
    find_out->holds = values[FIND_HOLDS].node->text;
    if (find_out->from > find_out->to) {
        problems_add(problems, values[FIND_FROM].node->place, path->text,
                     "the smaller one is from", "from is more than to");
        return false;
    }
    return true;
}

/* ---- What cells are read from --------------------------------------------*/

static const struct node *list_of(struct arena *arena, const struct node *list,
                                  const struct node *last) {
    struct node *longer = arena_alloc(arena, sizeof *longer);
    const size_t count = list == NULL ? 0 : list->count;
    *longer = (struct node){.kind = NODE_LIST, .place = last->place};
    longer->items = node_array(arena, count + 1);
    for (size_t i = 0; i < count; i++) {
        longer->items[i] = list->items[i];
    }
    longer->items[count] = last;
    longer->count = count + 1;
    return longer;
}

static const struct node *mapping_of(struct arena *arena,
                                     const struct node *key,
                                     const struct node *value) {
    struct node *mapping = arena_alloc(arena, sizeof *mapping);
    *mapping = (struct node){.kind = NODE_MAPPING, .place = key->place};
    return node_with_key(arena, mapping, key, value);
}

/* As far as it is there. */
static const struct node *with_cell(struct arena *arena,
                                    const struct node *root,
                                    const struct node *find) {
    const struct node *from = node_find(find->items[0], "from");
    const struct node *holds = node_find(find->items[0], "holds");
    const struct node *expect = node_find(root, "expect");
    if (from != NULL) {
        const struct node *values = list_of(arena, NULL, from);
        root = node_with(arena, root, "sweep",
                         mapping_of(arena, find->keys[0], values));
    }
    if (holds == NULL || (expect != NULL && expect->kind != NODE_LIST)) {
        return root; /* which is told elsewhere */
    }
    return node_with(arena, root, "expect", list_of(arena, expect, holds));
}

const struct node *find_read(struct problems *problems, const struct node *root,
                             struct scenario *scenario) {
    const struct node *find = node_find(root, "find");
    const struct node *sweep = node_find(root, "sweep");
    struct path path;
    if (find == NULL || find->kind != NODE_MAPPING) {
        return root;
    }
    if (sweep != NULL) {
        problems_add(problems, find->place, "find",
                     "leave out one of the two: what is found is found for one "
                     "cell",
                     "contradicts sweep%s",
                     problem_where(problems, &sweep->place, &find->place));
        return root;
    }
    if (!read_path(problems, find, &path)) {
        return root;
    }
    if (path_is_overridden(root, &path)) {
        problems_add(problems, path.place, "find",
                     "leave out -s, or set what is to be found: -s find={...}",
                     "%s is set on the command line", path.text);
        return root;
    }
    struct scenario_find *found = arena_alloc(problems->arena, sizeof *found);
    if (read_bounds(problems, find, &path, found)) {
        scenario->find = found;
    }
    return with_cell(problems->arena, root, find);
}

/* ---- Asking --------------------------------------------------------------*/

const char *find_value_text(const struct scenario_find *find,
                            struct arena *arena, uint64_t value) {
    switch ((enum schema_kind)find->kind) {
    case SCHEMA_DURATION:
        return unit_duration_text(arena, value);
    case SCHEMA_RATE:
        return unit_rate_text(arena, value);
    case SCHEMA_SIZE:
        return unit_size_text(arena, value);
    default:
        return unit_count_text(arena, value);
    }
}

/* As a mapping on one line, which a word of the command line may be. */
static const char *find_text(const struct scenario_find *find,
                             struct arena *arena, uint64_t value) {
    const struct place nowhere = {.line = 0};
    const struct node *number =
        node_scalar(arena, find_value_text(find, arena, value), nowhere);
    const struct node *bounds =
        mapping_of(arena, node_scalar(arena, "from", nowhere), number);
    bounds = node_with(arena, bounds, "to", number);
    bounds = node_with(arena, bounds, "holds",
                       node_scalar(arena, find->holds, nowhere));
    struct text text;
    text_init(&text);
    yaml_write_line(
        mapping_of(arena, node_scalar(arena, find->path, nowhere), bounds),
        &text);
    const char *copy = arena_text(arena, text.bytes);
    text_fini(&text);
    return copy;
}

/* A number times FIND_LONGER, as far as the key goes. */
static uint64_t longer(const struct schema_key *key, uint64_t number) {
    return number > key->max / FIND_LONGER ? key->max : number * FIND_LONGER;
}

/* What is looked for stays as it is. */
static bool is_found(const struct scenario_find *find,
                     const struct schema_mapping *mapping,
                     const struct schema_key *key) {
    const char *last = strrchr(find->path, '.');
    return last != NULL && strcmp(last + 1, key->name) == 0 &&
           strncmp(find->path, mapping->path, strlen(mapping->path)) == 0;
}

static size_t ask_longer(const struct scenario *scenario, struct arena *arena,
                         struct scenario_override *overrides) {
    const struct scenario_settings *settings = &scenario->cells[0].settings;
    const struct schema_key *for_key = &schema_load.keys[LOAD_FOR];
    const struct schema_key *lookups_key = &schema_load.keys[LOAD_LOOKUPS];
    const struct schema_key *time_key = &schema_limits.keys[LIMITS_TIME];
    size_t count = 0;
    for (size_t i = 0; i < settings->phases_count; i++) {
        const struct scenario_phase *phase = &settings->phases[i];
        const bool by_clock = phase->for_ns != 0;
        const struct schema_key *key = by_clock ? for_key : lookups_key;
        if (!phase->measure || is_found(scenario->find, &schema_load, key)) {
            continue;
        }
        overrides[count++] = (struct scenario_override){
            .path = arena_format(arena, "load.%s.%s", phase->name, key->name),
            .value = by_clock
                         ? unit_duration_text(arena, longer(key, phase->for_ns))
                         : unit_count_text(arena, longer(key, phase->lookups)),
        };
    }
    if (!is_found(scenario->find, &schema_limits, time_key)) {
        overrides[count++] = (struct scenario_override){
            .path = "limits.time",
            .value = unit_duration_text(
                arena, longer(time_key, settings->limits.time_ns)),
        };
    }
    return count;
}

size_t find_ask(const struct scenario *scenario,
                const struct find_question *question, struct arena *arena,
                struct scenario_override overrides[FIND_OVERRIDES_MAX]) {
    size_t count = 0;
    if (question->longer != NULL) {
        count = ask_longer(question->longer, arena, overrides);
    }
    overrides[count++] = (struct scenario_override){
        .path = "find",
        .value = find_text(scenario->find, arena, question->value),
    };
    return count;
}
