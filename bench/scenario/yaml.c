/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/yaml.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/check.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/source.h"
#include "scenario/yaml_limits.h"

struct reader {
    struct place where;
    struct problems *problems;
    yaml_document_t *document;
    size_t nodes_count;
    bool gave_up;
};

static struct place place_at(const struct reader *reader, size_t line,
                             size_t column) {
    struct place place = reader->where;
    if (place.origin == NULL) {
        place.line = (unsigned)line;
        place.column = (unsigned)column;
    }
    return place;
}

static struct place place_of(const struct reader *reader,
                             const yaml_mark_t *mark) {
    return place_at(reader, mark->line + 1, mark->column + 1);
}

/* YAML's own list, without the byte order mark, which editors do not show. */
static bool is_allowed(uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' ||
           (code >= 0x20 && code < 0x7f) || code == 0x85 ||
           (code >= 0xa0 && code < 0xfffe && code != 0xfeff) || code >= 0x10000;
}

/* libyaml tells only the byte's number, not its line and column. */
static bool check_characters(struct reader *reader, const char *bytes,
                             size_t size) {
    size_t line = 1;
    size_t column = 1;
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        size_t taken = source_character(bytes + at, size - at, &code);
        const struct place place = place_at(reader, line, column);
        if (taken == 0) {
            problems_add(reader->problems, place, NULL,
                         "save the file as UTF-8", "not UTF-8: byte 0x%02x",
                         (unsigned char)bytes[at]);
            return false;
        }
        if (!is_allowed(code)) {
            problems_add(reader->problems, place, NULL, NULL,
                         "the character U+%04X is not allowed in YAML",
                         (unsigned)code);
            return false;
        }
        const size_t broken = source_break(bytes + at, size - at);
        line += broken != 0;
        column = broken != 0 ? 1 : column + 1;
        at += broken != 0 ? broken : taken;
    }
    return true;
}

/* What people meant who ran into one of libyaml's sentences. */
static const struct {
    const char *problem;
    const char *advice;
} advices[] = {
    {"mapping values are not allowed",
     "quote a text that has \": \" in it, and indent the keys of a mapping "
     "alike"},
    {"cannot start any token",
     "indent with spaces, not tabs; quote a text that begins with %, @ or `"},
    {"tab character", "indent with spaces, not tabs"},
    {"undefined alias", "quote a text that begins with *"},
    {"did not find expected alphabetic or numeric character",
     "quote a text that begins with * or &"},
    {"did not find expected key", "indent the keys of a mapping alike"},
    {"did not find expected '-' indicator", "indent the items of a list alike"},
    {"could not find expected ':'", "a key is followed by \": \""},
    {"did not find expected ',' or '", "a bracket is not closed"},
    {"unexpected end of stream", "a quote is not closed"},
};

static void add_syntax_problem(struct reader *reader,
                               const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR) {
        check_out_of_memory();
    }
    struct arena *arena = reader->problems->arena;
    const char *what = parser->problem == NULL ? "?" : parser->problem;
    const char *context = "";
    if (parser->context != NULL && reader->where.origin == NULL) {
        context = arena_format(arena, ", %s that begins in line %zu",
                               parser->context, parser->context_mark.line + 1);
    }
    const char *advice = NULL;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (advice == NULL && strstr(what, advices[i].problem) != NULL) {
            advice = advices[i].advice;
        }
    }
    problems_add(reader->problems, place_of(reader, &parser->problem_mark),
                 NULL, advice, "not YAML: %s%s", what, context);
}

/* Tags that libyaml gives to what has none in the file. */
static bool is_default_tag(const yaml_node_t *node) {
    const char *tag = (const char *)node->tag;
    return tag == NULL || strcmp(tag, YAML_DEFAULT_SCALAR_TAG) == 0 ||
           strcmp(tag, YAML_DEFAULT_SEQUENCE_TAG) == 0 ||
           strcmp(tag, YAML_DEFAULT_MAPPING_TAG) == 0;
}

static enum node_style style_of(const yaml_node_t *node) {
    if (node->start_mark.line != node->end_mark.line) {
        return NODE_BLOCK;
    }
    switch (node->data.scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return NODE_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return NODE_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
        return NODE_BLOCK;
    default:
        return NODE_PLAIN;
    }
}

/* The first limit that is passed ends it all. */
static void give_up(struct reader *reader, const struct node *node,
                    const char *what, int limit) {
    if (!reader->gave_up) {
        problems_add(reader->problems, node->place, NULL,
                     "every alias (*) counts with all that it stands for",
                     "more than %d %s", limit, what);
    }
    reader->gave_up = true;
}

static const struct node *read_node(struct reader *reader, int index,
                                    unsigned depth);

static void read_scalar(struct reader *reader, const yaml_node_t *source,
                        struct node *node) {
    const char *value = (const char *)source->data.scalar.value;
    const size_t size = source->data.scalar.length;
    if (memchr(value, '\0', size) != NULL) {
        problems_add(reader->problems, node->place, NULL, NULL,
                     "a text with a NUL in it");
    }
    node->kind = NODE_SCALAR;
    node->style = style_of(source);
    node->text = arena_text_n(reader->problems->arena, value, size);
}

static void read_list(struct reader *reader, const yaml_node_t *source,
                      struct node *node, unsigned depth) {
    const yaml_node_item_t *items = source->data.sequence.items.start;
    const size_t count = (size_t)(source->data.sequence.items.top - items);
    node->kind = NODE_LIST;
    node->items = node_array(reader->problems->arena, count);
    for (size_t i = 0; i < count && !reader->gave_up; i++) {
        node->items[node->count++] = read_node(reader, items[i], depth + 1);
    }
}

/* False: no word, and so of no use as a key. */
static bool check_key(struct reader *reader, const struct node *mapping,
                      const struct node *key) {
    struct problems *problems = reader->problems;
    if (key->kind != NODE_SCALAR || *key->text == '\0') {
        problems_add(problems, key->place, NULL, NULL,
                     "expected a word as the key, got %s",
                     node_description(problems->arena, key));
        return false;
    }
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i]->text, key->text) == 0) {
            problems_add(
                problems, key->place, NULL, NULL,
                "the key %s is given twice, first%s",
                problem_quoted(problems->arena, key->text),
                problem_where(problems, &mapping->keys[i]->place, &key->place));
            break;
        }
    }
    return true;
}

static void read_mapping(struct reader *reader, const yaml_node_t *source,
                         struct node *node, unsigned depth) {
    const yaml_node_pair_t *pairs = source->data.mapping.pairs.start;
    const size_t count = (size_t)(source->data.mapping.pairs.top - pairs);
    struct arena *arena = reader->problems->arena;
    node->kind = NODE_MAPPING;
    if (count > YAML_KEYS_MAX) {
        give_up(reader, node, "keys in a mapping", YAML_KEYS_MAX);
        return;
    }
    node->keys = node_array(arena, count);
    node->items = node_array(arena, count);
    for (size_t i = 0; i < count && !reader->gave_up; i++) {
        const struct node *key = read_node(reader, pairs[i].key, depth + 1);
        const struct node *item = read_node(reader, pairs[i].value, depth + 1);
        if (!reader->gave_up && check_key(reader, node, key)) {
            node->keys[node->count] = key;
            node->items[node->count++] = item;
        }
    }
}

static void check_tag(struct reader *reader, const yaml_node_t *source,
                      const struct node *node) {
    const char *tag = (const char *)source->tag;
    if (is_default_tag(source)) {
        return;
    }
    problems_add(reader->problems, node->place, NULL,
                 "leave the tag out: a scenario has no use for it",
                 "the tag %s", problem_quoted(reader->problems->arena, tag));
}

static const struct node *read_node(struct reader *reader, int index,
                                    unsigned depth) {
    const yaml_node_t *source = yaml_document_get_node(reader->document, index);
    CHECK(source != NULL);
    struct node *node = arena_alloc(reader->problems->arena, sizeof *node);
    node->text = "";
    node->place = place_of(reader, &source->start_mark);
    /* An alias may stand inside of what it names: only the depth ends that. */
    if (depth > YAML_DEPTH_MAX) {
        give_up(reader, node, "levels of nesting", YAML_DEPTH_MAX);
    } else if (++reader->nodes_count > YAML_NODES_MAX) {
        give_up(reader, node, "values", YAML_NODES_MAX);
    } else if (source->type == YAML_SCALAR_NODE) {
        check_tag(reader, source, node);
        read_scalar(reader, source, node);
    } else if (source->type == YAML_SEQUENCE_NODE) {
        check_tag(reader, source, node);
        read_list(reader, source, node, depth);
    } else {
        check_tag(reader, source, node);
        read_mapping(reader, source, node, depth);
    }
    return node;
}

static const struct node *read_document(struct reader *reader,
                                        yaml_document_t *document) {
    if (yaml_document_get_root_node(document) == NULL) {
        problems_add(reader->problems, place_at(reader, 1, 1), NULL,
                     "a scenario needs title, database and load",
                     "the file is empty");
        return NULL;
    }
    reader->document = document;
    const struct node *root = read_node(reader, 1, 1);
    return reader->gave_up ? NULL : root;
}

/* Nothing may follow the first document. */
static void check_end(struct reader *reader, yaml_parser_t *parser) {
    yaml_document_t document;
    if (yaml_parser_load(parser, &document) == 0) {
        add_syntax_problem(reader, parser);
        return;
    }
    if (yaml_document_get_root_node(&document) != NULL) {
        problems_add(reader->problems, place_of(reader, &document.start_mark),
                     NULL, "put each scenario into a file of its own",
                     "a second document begins here");
    }
    yaml_document_delete(&document);
}

const struct node *yaml_read(const char *bytes, size_t size, struct place where,
                             struct problems *problems) {
    struct reader reader = {.where = where, .problems = problems};
    if (!check_characters(&reader, bytes, size) ||
        !yaml_limits_hold(bytes, size, where, problems)) {
        return NULL;
    }
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        check_out_of_memory();
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    const struct node *root = NULL;
    yaml_document_t document;
    if (yaml_parser_load(&parser, &document) == 0) {
        add_syntax_problem(&reader, &parser);
    } else {
        root = read_document(&reader, &document);
        yaml_document_delete(&document);
        check_end(&reader, &parser);
    }
    yaml_parser_delete(&parser);
    return root;
}
