/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/json_schema.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/check.h"
#include "base/text.h"
#include "scenario/schema.h"
#include "scenario/sweep.h"

#define NAME_PATTERN "[A-Za-z][A-Za-z0-9_-]{0,62}"
#define NUMBER "(0|[1-9][0-9]*)"
#define FRACTION "(\\.[0-9]+)?"
#define ONE_LINE "[^\\x00-\\x1f\\x7f]*"

static json_t *checked(json_t *json) {
    if (json == NULL) {
        check_out_of_memory();
    }
    return json;
}

static void set(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, checked(value)) != 0) {
        check_out_of_memory();
    }
}

static void append(json_t *array, json_t *value) {
    if (json_array_append_new(array, checked(value)) != 0) {
        check_out_of_memory();
    }
}

static json_t *matching(const char *pattern) {
    return checked(
        json_pack("{s: s, s: s}", "type", "string", "pattern", pattern));
}

static json_t *reference(const char *to) {
    return checked(json_pack("{s: s}", "$ref", to));
}

/* ---- Values --------------------------------------------------------------*/

static void append_count(json_t *any, const struct schema_key *key) {
    append(any,
           json_pack("{s: s, s: I, s: I}", "type", "integer", "minimum",
                     (json_int_t)key->min, "maximum", (json_int_t)key->max));
    append(any, matching("^" NUMBER "(" FRACTION "[kMG])?$"));
}

static bool is_later(const struct schema_key *key, const char *word) {
    for (size_t i = 0; key->words_later != NULL && key->words_later[i] != NULL;
         i++) {
        if (strcmp(key->words_later[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static void append_words(json_t *any, const struct schema_key *key) {
    json_t *words = checked(json_array());
    for (size_t i = 0; key->words != NULL && key->words[i] != NULL; i++) {
        if (!is_later(key, key->words[i])) {
            append(words, json_string(key->words[i]));
        }
        if (strcmp(key->words[i], "null") == 0) {
            append(words, json_null()); /* which YAML takes it for */
        }
    }
    append(any, json_pack("{s: o}", "enum", words));
}

static void append_boolean(json_t *any) {
    append(any, json_pack("{s: s}", "type", "boolean"));
    append(any, json_pack("{s: [s, s, s, s]}", "enum", "yes", "no", "true",
                          "false"));
}

/* A mapping with @key alone, whose value may have variables in it. */
static void append_one_key(json_t *any, const char *key, json_t *value) {
    append(any, json_pack("{s: s, s: {s: {s: [o, {s: s}]}}, s: [s], s: b}",
                          "type", "object", "properties", key, "anyOf", value,
                          "$ref", "#/$defs/variable", "required", key,
                          "additionalProperties", 0));
}

static void append_measure(json_t *any) {
    append_boolean(any);
    append_one_key(any, "from", json_pack("{s: s}", "const", "steady"));
}

/* What YAML takes for a number is a text to us. */
static void append_text(json_t *any) {
    append(any, json_pack("{s: [s, s]}", "type", "number", "boolean"));
    append(any, matching("^" ONE_LINE "[^ \\x00-\\x1f\\x7f]" ONE_LINE "$"));
}

static json_t *texts(json_int_t max) {
    return checked(json_pack("{s: s, s: i, s: I, s: {s: [s, s, s]}}", "type",
                             "array", "minItems", 1, "maxItems", max, "items",
                             "type", "string", "number", "boolean"));
}

static void append_subject(json_t *any, const struct schema_key *key) {
    append_words(any, key);
    append_one_key(any, "command", texts(1000));
}

static void append_files(json_t *any) {
    append(any, json_pack("{s: s, s: i}", "type", "string", "minLength", 1));
    append(any, json_pack("{s: s, s: {s: s, s: i}}", "type", "array", "items",
                          "type", "string", "minLength", 1));
}

static json_t *object_of(const struct schema_mapping *mapping);

static void append_mapping(json_t *any, const struct schema_key *key) {
    if (key->mapping != NULL) {
        append(any, object_of(key->mapping));
    }
}

/* `sweep` is one, of paths; other lists of mappings are phases. */
static void append_mappings(json_t *any, const struct schema_key *key) {
    json_t *one = key->mapping != NULL ? object_of(key->mapping)
                                       : reference("#/$defs/swept");
    const int max = key->mapping != NULL ? SCHEMA_PHASES_MAX : SWEEP_CELLS_MAX;
    append(any, one);
    append(any, json_pack("{s: s, s: i, s: i, s: {s: [O, {s: s}]}}", "type",
                          "array", "minItems", 1, "maxItems", max, "items",
                          "anyOf", one, "$ref", "#/$defs/variable"));
}

/* In place of a word or a quantity: a mapping with one key. */
static void append_in_place(json_t *any, const struct schema_key *key) {
    if (key->mapping != NULL) {
        json_t *object = object_of(key->mapping);
        set(object, "minProperties", json_integer(1));
        set(object, "maxProperties", json_integer(1));
        append(any, object);
    }
}

/* A number and what stands behind it: its range is beyond us. */
static void append_quantity(json_t *any, const struct schema_key *key,
                            const char *unit) {
    struct text pattern;
    text_init(&pattern);
    text_format(&pattern, "^%s%s$", NUMBER FRACTION, unit);
    append(any, matching(pattern.bytes));
    text_fini(&pattern);
    append_in_place(any, key);
}

static void append_decimal(json_t *any, const struct schema_key *key) {
    append(any,
           json_pack("{s: s, s: i, s: I}", "type", "number", "exclusiveMinimum",
                     0, "maximum", (json_int_t)key->max));
    append(any, matching("^" NUMBER FRACTION "$"));
}

static void append_kind(json_t *any, const struct schema_key *key) {
    switch (key->kind) {
    case SCHEMA_COUNT:
        append_count(any, key);
        break;
    case SCHEMA_DURATION:
        append_quantity(any, key, "(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h)");
        break;
    case SCHEMA_SIZE:
        append_quantity(any, key, "([kMG]|[KMG]i)?B");
        break;
    case SCHEMA_RATE:
        append_quantity(any, key, "[kMG]?/s");
        break;
    case SCHEMA_SHARE:
        append_quantity(any, key, "%");
        break;
    case SCHEMA_DECIMAL:
        append_decimal(any, key);
        break;
    case SCHEMA_BOOLEAN:
        append_boolean(any);
        break;
    case SCHEMA_MEASURE:
        append_measure(any);
        break;
    case SCHEMA_WORD:
        append_words(any, key);
        break;
    case SCHEMA_NAME:
        append(any, matching("^" NAME_PATTERN "$"));
        break;
    case SCHEMA_TEXT:
        append_text(any);
        break;
    case SCHEMA_SUBJECT:
        append_subject(any, key);
        break;
    case SCHEMA_KEYS:
        append_words(any, key);
        append(any, texts(SCHEMA_LOGINS_MAX));
        append_in_place(any, key);
        break;
    case SCHEMA_MAPPING:
        append_mapping(any, key);
        break;
    case SCHEMA_MAPPINGS:
        append_mappings(any, key);
        break;
    case SCHEMA_LIST:
        append(any, json_pack("{s: s, s: {s: s}}", "type", "array", "items",
                              "type", "string"));
        break;
    case SCHEMA_FIND:
        append(any, reference("#/$defs/found"));
        break;
    case SCHEMA_VALUE:
        break; /* as its key: see bounds_of() */
    case SCHEMA_VARIABLES:
        append(any,
               json_pack("{s: s, s: {s: s}}", "type", "object", "propertyNames",
                         "pattern", "^" NAME_PATTERN "$"));
        break;
    case SCHEMA_FILES:
        append_files(any);
        break;
    case SCHEMA_LATER:
        break;
    }
}

/* A quantity's is one; a required key's says what is missing. */
static bool has_example(const struct schema_key *key) {
    return key->example != NULL && strchr(key->example, ' ') == NULL;
}

static json_t *schema_of(const struct schema_key *key) {
    json_t *schema = checked(json_object());
    json_t *any = checked(json_array());
    if (key->about != NULL) {
        set(schema, "description", json_string(key->about));
    }
    if (key->fallback != NULL) {
        set(schema, "default", json_string(key->fallback));
    }
    if (has_example(key)) {
        set(schema, "examples", json_pack("[s]", key->example));
    }
    append_kind(any, key);
    if (key->kind != SCHEMA_VARIABLES && key->kind != SCHEMA_FILES) {
        append(any, reference("#/$defs/variable"));
    }
    set(schema, "anyOf", any);
    return schema;
}

/* ---- Mappings ------------------------------------------------------------*/

static json_t *object_of(const struct schema_mapping *mapping) {
    json_t *object = checked(json_object());
    json_t *properties = checked(json_object());
    json_t *required = checked(json_array());
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const struct schema_key *key = &mapping->keys[i];
        if (key->kind == SCHEMA_LATER) {
            continue;
        }
        set(properties, key->name, schema_of(key));
        if (key->required) {
            append(required, json_string(key->name));
        }
    }
    set(object, "type", json_string("object"));
    set(object, "properties", properties);
    set(object, "additionalProperties", json_false());
    set(object, "required", required);
    return object;
}

/* ---- Sweeps, and what is found -------------------------------------------*/

static json_t *values_of(const struct schema_key *key) {
    json_t *items = schema_of(key);
    return checked(json_pack("{s: [{s: s, s: i, s: o}, {s: s}]}", "anyOf",
                             "type", "array", "minItems", 1, "items", items,
                             "$ref", "#/$defs/variable"));
}

/* What may be found is a number of any kind. */
static json_t *bounds_of(const struct schema_key *key) {
    if (key->kind != SCHEMA_COUNT && key->kind != SCHEMA_DURATION &&
        key->kind != SCHEMA_SIZE && key->kind != SCHEMA_RATE) {
        return NULL;
    }
    json_t *bounds = object_of(&schema_find_keys);
    json_t *properties = json_object_get(bounds, "properties");
    set(properties, "from", schema_of(key));
    set(properties, "to", schema_of(key));
    return bounds;
}

/* What stands under a path; NULL: nothing may. */
typedef json_t *(*under_path)(const struct schema_key *key);

static void add_path(json_t *object, const char *path, json_t *under) {
    if (under != NULL) {
        set(object, path, under);
    }
}

/* load.in_flight is pool.max's like; load.steady.in_flight is one more. */
static void add_section(json_t *properties, json_t *patterns,
                        const struct schema_key *section, under_path under) {
    const struct schema_mapping *mapping = section->mapping;
    struct text path;
    text_init(&path);
    for (size_t i = 0; i < mapping->keys_count; i++) {
        const struct schema_key *key = &mapping->keys[i];
        if (!key->swept || key->kind == SCHEMA_LATER) {
            continue;
        }
        text_clear(&path);
        text_format(&path, "%s.%s", section->name, key->name);
        add_path(properties, path.bytes, under(key));
        if (section->kind == SCHEMA_MAPPINGS) {
            text_clear(&path);
            text_format(&path, "^%s\\." NAME_PATTERN "\\.%s$", section->name,
                        key->name);
            add_path(patterns, path.bytes, under(key));
        }
    }
    text_fini(&path);
}

static json_t *paths_with(under_path under) {
    json_t *properties = checked(json_object());
    json_t *patterns = checked(json_object());
    for (size_t i = 0; i < schema_root.keys_count; i++) {
        const struct schema_key *key = &schema_root.keys[i];
        if (key->swept) {
            add_path(properties, key->name, under(key));
        } else if (key->mapping != NULL) {
            add_section(properties, patterns, key, under);
        }
    }
    return checked(json_pack("{s: s, s: o, s: o, s: b}", "type", "object",
                             "properties", properties, "patternProperties",
                             patterns, "additionalProperties", 0));
}

/* ---- The whole -----------------------------------------------------------*/

/* What is missing may be in an included file. */
static void require(json_t *root) {
    json_t *required = json_incref(json_object_get(root, "required"));
    (void)json_object_del(root, "required");
    set(root, "if", json_pack("{s: {s: [s]}}", "not", "required", "include"));
    set(root, "then", json_pack("{s: o}", "required", required));
}

static json_t *found(void) {
    json_t *object = paths_with(bounds_of);
    set(object, "minProperties", json_integer(1));
    set(object, "maxProperties", json_integer(1));
    return object;
}

void json_schema_write(struct text *text) {
    json_t *root = object_of(&schema_root);
    require(root);
    set(root, "$schema",
        json_string("https://json-schema.org/draft/2020-12/schema"));
    set(root, "title", json_string("A scenario of plunge"));
    set(root, "$defs",
        json_pack("{s: {s: s, s: s, s: s}, s: o, s: o}", "variable",
                  "description", "Has a variable of let in it.", "type",
                  "string", "pattern", "\\$\\(" NAME_PATTERN "\\)", "swept",
                  paths_with(values_of), "found", found()));
    char *bytes = json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(root);
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text_append(text, bytes);
    text_append(text, "\n");
    free(bytes);
}
