/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/path.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/node.h"
#include "scenario/phases.h"
#include "scenario/schema.h"
#include "scenario/suggest.h"

#define PATHS_MAX 64

/* All addresses that there are, without those of single phases. */
static size_t list_paths(struct arena *arena, const char *paths[PATHS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < schema_root.keys_count; i++) {
        const struct schema_key *key = &schema_root.keys[i];
        if (key->mapping == NULL) {
            paths[count++] = key->name;
            continue;
        }
        for (size_t j = 0; j < key->mapping->keys_count; j++) {
            if (key->mapping->keys[j].kind != SCHEMA_LATER &&
                count < PATHS_MAX - schema_root.keys_count) {
                paths[count++] = arena_format(arena, "%s.%s", key->name,
                                              key->mapping->keys[j].name);
            }
        }
    }
    return count;
}

static void refuse_unknown(struct problems *problems, const char *text,
                           struct place place) {
    const char *paths[PATHS_MAX];
    const size_t count = list_paths(problems->arena, paths);
    const char *advice = suggest_advice(problems->arena, text, paths, count);
    problems_add(problems, place, NULL,
                 advice != NULL ? advice
                                : "a key is written like pool.max, "
                                  "load.in_flight or load.PHASE.in_flight",
                 "unknown key %s", problem_quoted(problems->arena, text));
}

/* The two or three parts of an address within a section. */
static bool parse_inner(struct problems *problems, const char *rest,
                        struct path *path_out) {
    const struct schema_mapping *mapping = path_out->section->mapping;
    const char *last = strrchr(rest, '.');
    path_out->mapping = mapping;
    if (last != NULL) {
        if (path_out->section->kind != SCHEMA_MAPPINGS || last == rest) {
            return false;
        }
        path_out->phase =
            arena_text_n(problems->arena, rest, (size_t)(last - rest));
        rest = last + 1;
    }
    path_out->key = schema_find(mapping, rest);
    return path_out->key != NULL;
}

bool path_parse(struct problems *problems, const char *text, struct place place,
                struct path *path_out) {
    const size_t size = strcspn(text, ".");
    const struct schema_key *first =
        schema_find(&schema_root, arena_text_n(problems->arena, text, size));
    *path_out = (struct path){.text = text, .place = place};
    if (first != NULL && text[size] == '\0' && first->mapping != NULL) {
        problems_add(problems, place, NULL, "name one of its keys",
                     "%s is a mapping of keys such as %s.%s", first->name,
                     first->name, first->mapping->keys[1].name);
        return false;
    }
    if (first != NULL && text[size] == '\0') {
        path_out->mapping = &schema_root;
        path_out->key = first;
        return true;
    }
    if (first != NULL && first->kind == SCHEMA_VARIABLES) {
        problems_add(problems, place, "sweep", "sweep the keys that use it",
                     "%s cannot be swept", text);
        return false;
    }
    path_out->section = first;
    if (first == NULL || first->mapping == NULL ||
        !parse_inner(problems, text + size + 1, path_out)) {
        refuse_unknown(problems, text, place);
        return false;
    }
    return true;
}

static bool is_pinned(const struct node *mapping, const char *key) {
    const struct node *value = node_find(mapping, key);
    return value != NULL && value->place.origin != NULL;
}

static const struct node *set(struct problems *problems,
                              const struct node *mapping, const char *key,
                              const struct node *value) {
    if (is_pinned(mapping, key) && value->place.origin == NULL) {
        return mapping;
    }
    return node_with(problems->arena, mapping, key, value);
}

const char *path_phase_name(const struct node *phase) {
    const struct node *name = node_find(phase, "phase");
    return name != NULL && name->kind == NODE_SCALAR ? name->text
                                                     : PHASES_DEFAULT_NAME;
}

static bool is_addressed(const struct path *path, const struct node *phase) {
    return phase->kind == NODE_MAPPING &&
           (path->phase == NULL ||
            strcmp(path->phase, path_phase_name(phase)) == 0);
}

static void refuse_phase(struct problems *problems, const struct node *load,
                         const struct path *path) {
    const char *names[SCHEMA_PHASES_MAX] = {NULL};
    size_t count = 0;
    if (load->kind == NODE_MAPPING) {
        names[count++] = path_phase_name(load);
    }
    for (size_t i = 0; load->kind == NODE_LIST && i < load->count; i++) {
        if (load->items[i]->kind == NODE_MAPPING && count < SCHEMA_PHASES_MAX) {
            names[count++] = path_phase_name(load->items[i]);
        }
    }
    const char *advice =
        suggest_advice(problems->arena, path->phase, names, count);
    if (advice == NULL && count != 0) {
        advice = arena_format(problems->arena, "the first phase is \"%s\"",
                              names[0]);
    }
    problems_add(problems, path->place, NULL, advice, "no phase is called %s",
                 problem_quoted(problems->arena, path->phase));
}

static const struct node *set_phases(struct problems *problems,
                                     const struct node *load,
                                     const struct path *path,
                                     const struct node *value) {
    bool found = path->phase == NULL;
    if (load->kind == NODE_MAPPING && is_addressed(path, load)) {
        return set(problems, load, path->key->name, value);
    }
    for (size_t i = 0; load->kind == NODE_LIST && i < load->count; i++) {
        if (is_addressed(path, load->items[i])) {
            load = node_with_item(
                problems->arena, load, i,
                set(problems, load->items[i], path->key->name, value));
            found = true;
        }
    }
    if (!found) {
        refuse_phase(problems, load, path);
    }
    return load;
}

const struct node *path_set(struct problems *problems, const struct node *root,
                            const struct path *path, const struct node *value) {
    struct arena *arena = problems->arena;
    if (path->section == NULL) {
        return set(problems, root, path->key->name, value);
    }
    const char *name = path->section->name;
    const struct node *section = node_find(root, name);
    const bool phases = path->section->kind == SCHEMA_MAPPINGS;
    if (section == NULL && (phases || path->section->required)) {
        return root; /* that it is missing is told elsewhere */
    }
    if (section == NULL) {
        struct node *made = arena_alloc(arena, sizeof *made);
        made->kind = NODE_MAPPING;
        made->place = value->place;
        section = made;
    }
    if (phases) {
        section = set_phases(problems, section, path, value);
    } else if (section->kind == NODE_MAPPING) {
        section = set(problems, section, path->key->name, value);
    }
    return node_with(arena, root, name, section);
}

bool path_is_overridden(const struct node *root, const struct path *path) {
    if (path->section == NULL) {
        return is_pinned(root, path->key->name);
    }
    const struct node *section = node_find(root, path->section->name);
    if (section == NULL) {
        return false;
    }
    if (section->kind != NODE_LIST) {
        return section->kind == NODE_MAPPING &&
               is_pinned(section, path->key->name);
    }
    bool any = false;
    for (size_t i = 0; i < section->count; i++) {
        if (is_addressed(path, section->items[i])) {
            if (!is_pinned(section->items[i], path->key->name)) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

bool path_overlaps(const struct node *root, const struct path *path,
                   const struct path *other) {
    if (path->key != other->key) {
        return false;
    }
    const struct node *load = node_find(root, "load");
    const bool one =
        load != NULL && (load->kind != NODE_LIST || load->count == 1);
    return path->phase == NULL || other->phase == NULL || one ||
           strcmp(path->phase, other->phase) == 0;
}
