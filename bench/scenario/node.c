/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/node.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/source.h"

const struct node **node_array(struct arena *arena, size_t count) {
    return arena_alloc(arena, count * sizeof(void *));
}

const struct node *node_scalar(struct arena *arena, const char *text,
                               struct place place) {
    struct node *node = arena_alloc(arena, sizeof *node);
    node->kind = NODE_SCALAR;
    node->place = place;
    node->text = arena_text(arena, text);
    return node;
}

static size_t index_of(const struct node *mapping, const char *key) {
    size_t i = 0;
    while (i < mapping->count && strcmp(mapping->keys[i]->text, key) != 0) {
        i++;
    }
    return i;
}

const struct node *node_find(const struct node *mapping, const char *key) {
    const size_t i = index_of(mapping, key);
    return i < mapping->count ? mapping->items[i] : NULL;
}

static const struct node **copy_nodes(struct arena *arena,
                                      const struct node *const *nodes,
                                      size_t nodes_count, size_t room) {
    const struct node **copy = node_array(arena, room);
    if (nodes_count != 0) {
        memcpy(copy, nodes, nodes_count * sizeof(void *));
    }
    return copy;
}

const struct node *node_with(struct arena *arena, const struct node *mapping,
                             const char *key, const struct node *value) {
    return node_with_key(arena, mapping, node_scalar(arena, key, value->place),
                         value);
}

const struct node *node_with_key(struct arena *arena,
                                 const struct node *mapping,
                                 const struct node *key,
                                 const struct node *value) {
    const size_t i = index_of(mapping, key->text);
    const size_t count = mapping->count;
    struct node *node = arena_alloc(arena, sizeof *node);
    *node = *mapping;
    node->items = copy_nodes(arena, mapping->items, count, count + 1);
    node->items[i] = value;
    if (i == count) {
        node->keys = copy_nodes(arena, mapping->keys, count, count + 1);
        node->keys[i] = key;
        node->count++;
    }
    return node;
}

const struct node *node_without(struct arena *arena, const struct node *mapping,
                                const char *key) {
    struct node *node = arena_alloc(arena, sizeof *node);
    *node = *mapping;
    node->keys = node_array(arena, mapping->count);
    node->items = node_array(arena, mapping->count);
    node->count = 0;
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i]->text, key) != 0) {
            node->keys[node->count] = mapping->keys[i];
            node->items[node->count++] = mapping->items[i];
        }
    }
    return node;
}

unsigned node_line(const struct node *node) {
    const struct place *place = &node->place;
    return place->file != NULL ? place->file->line : place->line;
}

const struct node *node_with_item(struct arena *arena, const struct node *list,
                                  size_t index, const struct node *value) {
    struct node *node = arena_alloc(arena, sizeof *node);
    *node = *list;
    node->items = copy_nodes(arena, list->items, list->count, list->count);
    node->items[index] = value;
    return node;
}

const char *node_description(struct arena *arena, const struct node *node) {
    if (node->kind == NODE_LIST) {
        return "a list";
    }
    if (node->kind == NODE_MAPPING) {
        return "a mapping";
    }
    if (node->style == NODE_PLAIN && *node->text == '\0') {
        return "nothing";
    }
    return problem_quoted(arena, node->text);
}

static void append(const struct node *node, struct text *text) {
    if (node->kind == NODE_SCALAR) {
        text_append(text, node->text);
        return;
    }
    text_append(text, node->kind == NODE_LIST ? "[" : "{");
    for (size_t i = 0; i < node->count; i++) {
        text_append(text, i == 0 ? "" : ", ");
        if (node->kind == NODE_MAPPING) {
            text_format(text, "%s: ", node->keys[i]->text);
        }
        append(node->items[i], text);
    }
    text_append(text, node->kind == NODE_LIST ? "]" : "}");
}

const char *node_text(struct arena *arena, const struct node *node) {
    struct text text;
    text_init(&text);
    append(node, &text);
    const char *copy = arena_text(arena, text.bytes);
    text_fini(&text);
    return copy;
}

/* How many characters of the source make up one of the scalar's text. */
static unsigned escape_size(enum node_style style, const char *at) {
    if (style == NODE_SINGLE_QUOTED) {
        return at[0] == '\'' ? 2 : 1;
    }
    if (style != NODE_DOUBLE_QUOTED || at[0] != '\\') {
        return 1;
    }
    switch (at[1]) {
    case 'x':
        return 4;
    case 'u':
        return 6;
    case 'U':
        return 10;
    default:
        return 2;
    }
}

struct place node_place_inside(const struct node *scalar, const char *source,
                               unsigned offset) {
    struct place place = scalar->place;
    size_t rest = 0;
    const char *line =
        place.line == 0 ? NULL : source_line(source, place.line, &rest);
    if (line == NULL || scalar->style == NODE_BLOCK) {
        return place;
    }
    unsigned column = place.column + (scalar->style == NODE_PLAIN ? 0U : 1U);
    unsigned skip = column - 1;
    while (rest != 0) {
        uint32_t code = 0;
        const size_t taken = source_character(line, rest, &code);
        if (skip != 0) {
            skip--;
        } else if (offset == 0 || taken == 0) {
            break;
        } else {
            skip = escape_size(scalar->style, line) - 1;
            column += skip + 1;
            offset--;
        }
        line += taken;
        rest -= taken;
    }
    place.column = column;
    return place;
}
