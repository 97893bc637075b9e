/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/resolved_sweep.h"

#include "base/arena.h"
#include "scenario/node.h"
#include "scenario/path.h"
#include "scenario/problem.h"
#include "scenario/schema.h"

struct sweeping {
    const struct node *root;
    struct arena *arena;
    struct problems ignored; /* there are none: it was read before */
    struct node *list;       /* what is written so far */
};

static void append(struct sweeping *self, const struct node *mapping) {
    struct node *list = self->list;
    list->items =
        arena_more(self->arena, list->items, list->count, sizeof *list->items);
    list->items[list->count++] = mapping;
}

static struct path path_of(struct sweeping *self, const struct node *key) {
    struct path path = {.text = NULL};
    (void)path_parse(&self->ignored, key->text, key->place, &path);
    return path;
}

static const struct node *list_of(struct sweeping *self,
                                  const struct node *value) {
    struct node *list = arena_alloc(self->arena, sizeof *list);
    *list = (struct node){.kind = NODE_LIST, .place = value->place, .count = 1};
    list->items = node_array(self->arena, 1);
    list->items[0] = value;
    return list;
}

/* ---- Keys of some phases -------------------------------------------------*/

/* A key of all phases that the command line has set in some: those in which it
 * has not, into @phases. 0: it is none of these. */
static size_t list_phases(struct sweeping *self, const struct path *path,
                          const char *phases[SCHEMA_PHASES_MAX]) {
    const struct node *load = node_find(self->root, "load");
    size_t count = 0;
    if (path->section == NULL || path->section->kind != SCHEMA_MAPPINGS ||
        path->phase != NULL || load == NULL || load->kind != NODE_LIST) {
        return 0;
    }
    for (size_t i = 0; i < load->count; i++) {
        struct path of_phase = *path;
        of_phase.phase = path_phase_name(load->items[i]);
        if (!path_is_overridden(self->root, &of_phase)) {
            phases[count++] = of_phase.phase;
        }
    }
    return count == load->count ? 0 : count;
}

/* @mapping with @values for the key of each of @phases, in place of @key. */
static const struct node *
with_phases(struct sweeping *self, const struct node *mapping,
            const struct path *path, const char *const *phases,
            size_t phases_count, const struct node *values) {
    const struct node *with = node_without(self->arena, mapping, path->text);
    for (size_t i = 0; i < phases_count; i++) {
        const char *text =
            arena_format(self->arena, "%s.%s.%s", path->section->name,
                         phases[i], path->key->name);
        with = node_with(self->arena, with, text, values);
    }
    return with;
}

/* ---- Mappings ------------------------------------------------------------*/

/* What phases have in common is one cell's: two keys would be combined, and so
 * each value gets a mapping of its own. */
static void write_mapping(struct sweeping *self, const struct node *mapping) {
    const struct node *kept = mapping;
    for (size_t i = 0; i < mapping->count; i++) {
        const char *phases[SCHEMA_PHASES_MAX];
        const struct node *values = mapping->items[i];
        const struct path path = path_of(self, mapping->keys[i]);
        if (path_is_overridden(self->root, &path)) {
            kept = node_without(self->arena, kept, path.text);
            continue;
        }
        const size_t count = list_phases(self, &path, phases);
        if (count == 1) {
            write_mapping(
                self, with_phases(self, mapping, &path, phases, count, values));
            return;
        }
        for (size_t j = 0; count != 0 && j < values->count; j++) {
            write_mapping(self, with_phases(self, mapping, &path, phases, count,
                                            list_of(self, values->items[j])));
        }
        if (count != 0) {
            return;
        }
    }
    append(self, kept);
}

const struct node *resolved_sweep(const struct node *root,
                                  struct arena *arena) {
    const struct node *sweep = node_find(root, "sweep");
    struct node list = {.kind = NODE_LIST};
    struct sweeping self = {.root = root, .arena = arena, .list = &list};
    problems_init(&self.ignored, arena, "", "");
    if (sweep == NULL) {
        return NULL;
    }
    if (sweep->kind == NODE_MAPPING) {
        write_mapping(&self, sweep);
    }
    for (size_t i = 0; sweep->kind == NODE_LIST && i < sweep->count; i++) {
        write_mapping(&self, sweep->items[i]);
    }
    if (list.count == 1) {
        return list.items[0]->count == 0 ? NULL : list.items[0];
    }
    struct node *copy = arena_alloc(arena, sizeof *copy);
    *copy = list;
    return copy;
}
