/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result_json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result_fields.h"
#include "base/result_value.h"
#include "base/text.h"

#define SHOWN_MAX 40

struct reader {
    struct arena *arena;
    const char *problem; /* NULL: none so far */
};

/* Where in the document we are, innermost first; the root has no parent. */
struct place {
    const struct place *parent;
    const char *name; /* NULL: an element of a list */
    size_t index;
};

static void place_write(const struct place *place, struct text *text) {
    if (place->parent == NULL) {
        return;
    }
    place_write(place->parent, text);
    if (place->name == NULL) {
        text_format(text, "[%zu]", place->index);
    } else {
        text_format(text, "%s%s", text->size == 0 ? "" : ".", place->name);
    }
}

/* What a person would say is there. */
static void value_write(const json_t *value, struct text *text) {
    if (json_is_object(value)) {
        text_append(text, "an object");
    } else if (json_is_array(value)) {
        text_append(text, "a list");
    } else if (json_is_string(value) && json_string_length(value) > SHOWN_MAX) {
        text_append(text, "a longer text");
    } else {
        char *shown = json_dumps(value, JSON_ENCODE_ANY);
        if (shown == NULL) {
            check_out_of_memory();
        }
        text_append(text, shown);
        free(shown);
    }
}

/* Always false, so that a caller can return it. @value NULL: nothing there. */
static bool refuse(struct reader *reader, const struct place *place,
                   const char *expected, const json_t *value) {
    struct text text;
    text_init(&text);
    place_write(place, &text);
    text_format(&text, "%sexpected %s, got ", text.size == 0 ? "" : ": ",
                expected);
    if (value == NULL) {
        text_append(&text, "nothing");
    } else {
        value_write(value, &text);
    }
    reader->problem = arena_text(reader->arena, text.bytes);
    text_fini(&text);
    return false;
}

/* What every field holds until the document says something else. */
static void record_init(const struct record *record, char *owner) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        void *member = owner + field->offset;
        if (field->record != NULL && field->type != FIELD_LIST) {
            record_init(field->record, member);
        } else if (field->type == FIELD_HELD) {
            *(enum result_held *)member = RESULT_HELD_UNDECIDED;
        } else if (field->never_null) {
            *(const char **)member = "";
        } else if (field->sampled || field->zero_is_null) {
            continue;
        } else if (field->type == FIELD_COUNT) {
            *(uint64_t *)member = RESULT_UNKNOWN;
        } else if (field->type == FIELD_NUMBER) {
            *(double *)member = NAN;
        }
    }
}

static char *map_item(const struct field_map *map, char *items, size_t count,
                      const char *name) {
    for (size_t i = 0; i < count; i++, items += map->size) {
        if (strcmp(*(const char *const *)(items + map->name), name) == 0) {
            return items;
        }
    }
    return NULL;
}

/* The item called @name, a new one behind the others if there is none. */
static char *map_item_made(struct reader *reader, const struct field *field,
                           char *owner, const char *name) {
    const struct field_map *map = field->map;
    char **items = (char **)(owner + field->offset);
    size_t *count = (size_t *)(owner + field->companion);
    char *item = map_item(map, *items, *count, name);
    if (item == NULL) {
        *items = arena_more(reader->arena, *items, *count, map->size);
        item = *items + (*count)++ * map->size;
        *(const char **)(item + map->name) = arena_text(reader->arena, name);
        if (!map->texts_only) {
            *(double *)(item + map->number) = NAN;
        }
    }
    return item;
}

static bool read_map(struct reader *reader, const struct place *place,
                     const struct field *field, char *owner, json_t *object) {
    const struct field_map *map = field->map;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value) {
        const struct place here = {.parent = place, .name = name};
        char *item = map_item_made(reader, field, owner, name);
        if (json_is_string(value)) {
            *(const char **)(item + map->text) =
                arena_text(reader->arena, json_string_value(value));
        } else if (json_is_number(value) && !map->texts_only) {
            *(double *)(item + map->number) = json_number_value(value);
        } else if (!json_is_null(value)) {
            return refuse(reader, &here,
                          map->texts_only ? "a text" : "a number or a text",
                          value);
        }
    }
    return true;
}

static bool read_record(struct reader *reader, const struct place *place,
                        const struct record *record, char *owner,
                        const json_t *object);

static bool read_list(struct reader *reader, const struct place *place,
                      const struct field *field, char *owner,
                      const json_t *list) {
    const struct record *record = field->record;
    const size_t count = json_array_size(list);
    char *items = arena_alloc(reader->arena, count * record->size);
    *(void **)(owner + field->offset) = items;
    *(size_t *)(owner + field->companion) = count;
    for (size_t i = 0; i < count; i++, items += record->size) {
        const struct place here = {.parent = place, .index = i};
        record_init(record, items);
        if (!read_record(reader, &here, record, items,
                         json_array_get(list, i))) {
            return false;
        }
    }
    return true;
}

static bool read_field(struct reader *reader, const struct place *place,
                       const struct field *field, char *owner, json_t *value) {
    void *companion = owner + field->companion;
    switch (field->type) {
    case FIELD_UNMEASURED:
        return true;
    case FIELD_OPTIONAL:
        *(bool *)companion = true;
        return read_record(reader, place, field->record, owner + field->offset,
                           value);
    case FIELD_OBJECT:
        return read_record(reader, place, field->record, owner + field->offset,
                           value);
    case FIELD_LIST:
        if (json_is_array(value)) {
            return read_list(reader, place, field, owner, value);
        }
        break;
    case FIELD_MAP:
        if (json_is_object(value)) {
            return read_map(reader, place, field, owner, value);
        }
        break;
    default:
        if (field->sampled && *(uint64_t *)companion == 0) {
            *(uint64_t *)companion = RESULT_UNKNOWN;
        }
        if (result_value_read(field, owner + field->offset, value,
                              reader->arena)) {
            return true;
        }
    }
    return refuse(reader, place, result_value_expected(field->type), value);
}

static bool is_told(const json_t *object, const struct field *field) {
    const json_t *value = json_object_get(object, field->name);
    return value != NULL && !json_is_null(value);
}

/* Of what was sampled, what the document does not tell is not known. */
static void forget_untold(const struct record *record, char *owner,
                          const json_t *object) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const bool is_sampled =
            field->sampled && *(uint64_t *)(owner + field->companion) != 0;
        if (!is_sampled || is_told(object, field)) {
            continue;
        }
        if (field->type == FIELD_NUMBER) {
            *(double *)(owner + field->offset) = NAN;
        } else {
            *(uint64_t *)(owner + field->offset) = RESULT_UNKNOWN;
        }
    }
}

static bool read_record(struct reader *reader, const struct place *place,
                        const struct record *record, char *owner,
                        const json_t *object) {
    if (!json_is_object(object)) {
        return refuse(reader, place, result_value_expected(FIELD_OBJECT),
                      object);
    }
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        const struct place here = {.parent = place, .name = field->name};
        json_t *value = json_object_get(object, field->name);
        if (value != NULL && !json_is_null(value)) {
            if (!read_field(reader, &here, field, owner, value)) {
                return false;
            }
        } else if (field->required) {
            return refuse(reader, &here, result_value_expected(field->type),
                          value);
        }
    }
    forget_untold(record, owner, object);
    return true;
}

/* The document, or NULL with the problem. */
static json_t *parse(struct reader *reader, const char *bytes, size_t size) {
    json_error_t error;
    json_t *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory) {
            check_out_of_memory();
        }
        reader->problem = arena_format(reader->arena, "line %d, column %d: %s",
                                       error.line, error.column, error.text);
    }
    return document;
}

static bool read_document(struct reader *reader, const json_t *document,
                          struct result *result) {
    const struct place root = {.parent = NULL};
    const struct place schema_place = {.parent = &root, .name = "schema"};
    if (json_is_object(document)) {
        const json_t *schema = json_object_get(document, "schema");
        const char *name = json_string_value(schema);
        if (name == NULL || strcmp(name, RESULT_SCHEMA) != 0) {
            return refuse(reader, &schema_place, "\"" RESULT_SCHEMA "\"",
                          schema);
        }
    }
    record_init(&result_record, (char *)result);
    return read_record(reader, &root, &result_record, (char *)result, document);
}

int result_json_read(const char *bytes, size_t size, struct arena *arena,
                     struct result **result_out, const char **problem_out) {
    struct reader reader = {.arena = arena};
    json_t *document = parse(&reader, bytes, size);
    if (document != NULL) {
        struct result *result = arena_alloc(arena, sizeof *result);
        if (read_document(&reader, document, result)) {
            *result_out = result;
        }
        json_decref(document);
    }
    if (reader.problem != NULL) {
        *problem_out = reader.problem;
        return -1;
    }
    return 0;
}

int result_json_read_cell(const char *bytes, size_t size, struct arena *arena,
                          struct result_cell *cell_out,
                          const char **problem_out) {
    struct reader reader = {.arena = arena};
    const struct place root = {.parent = NULL};
    json_t *document = parse(&reader, bytes, size);
    if (document != NULL) {
        struct result_cell cell = {.label = NULL};
        record_init(&result_cell_record, (char *)&cell);
        if (read_record(&reader, &root, &result_cell_record, (char *)&cell,
                        document)) {
            *cell_out = cell;
        }
        json_decref(document);
    }
    if (reader.problem != NULL) {
        *problem_out = reader.problem;
        return -1;
    }
    return 0;
}
