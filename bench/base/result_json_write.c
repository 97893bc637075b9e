/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result_json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/result_fields.h"
#include "base/text.h"

/* From here on a double no longer holds every whole number, and with it many a
 * reader of JSON: what is larger goes as a string. */
#define EXACT_MAX (UINT64_C(1) << 53)

/* jansson gives NULL for want of memory only, where all else is right. */
static json_t *made(json_t *value) {
    if (value == NULL) {
        check_out_of_memory();
    }
    return value;
}

/* Takes @value. */
static void put(json_t *object, const char *name, json_t *value) {
    if (json_object_set_new(object, name, made(value)) != 0) {
        check_out_of_memory();
    }
}

/* The length of the UTF-8 sequence at @bytes; 0: there is none. */
static size_t sequence_length(const unsigned char *bytes) {
    static const struct {
        unsigned char mask;
        unsigned char lead;
        unsigned least;
    } forms[] = {
        {0x80, 0x00, 0},
        {0xe0, 0xc0, 0x80},
        {0xf0, 0xe0, 0x800},
        {0xf8, 0xf0, 0x10000},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((bytes[0] & forms[i].mask) != forms[i].lead) {
            continue;
        }
        unsigned point = bytes[0] & (unsigned char)~forms[i].mask;
        for (size_t k = 1; k <= i; k++) {
            if ((bytes[k] & 0xc0) != 0x80) {
                return 0;
            }
            point = point << 6 | (bytes[k] & 0x3f);
        }
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        return point < forms[i].least || surrogate || point > 0x10ffff ? 0
                                                                       : i + 1;
    }
    return 0;
}

/* A path, or what a program said, may be any bytes; JSON is UTF-8. */
static json_t *repaired(const char *string) {
    struct text text;
    text_init(&text);
    while (*string != '\0') {
        const size_t length = sequence_length((const unsigned char *)string);
        if (length == 0) {
            text_append(&text, "\xef\xbf\xbd"); /* U+FFFD */
            string++;
        } else {
            text_append_n(&text, string, length);
            string += length;
        }
    }
    json_t *value = made(json_stringn_nocheck(text.bytes, text.size));
    text_fini(&text);
    return value;
}

static json_t *json_of_text(const char *string) {
    if (string == NULL) {
        return json_null();
    }
    json_t *value = json_string(string);
    return value != NULL ? value : repaired(string);
}

static json_t *json_of_count(uint64_t count) {
    if (count == RESULT_UNKNOWN) {
        return json_null();
    }
    if (count <= EXACT_MAX) {
        return json_integer((json_int_t)count);
    }
    return made(json_sprintf("%llu", (unsigned long long)count));
}

static json_t *json_of_number(double number) {
    if (!isfinite(number)) {
        return json_null();
    }
    if (number == floor(number) && fabs(number) <= (double)EXACT_MAX) {
        return json_integer((json_int_t)number);
    }
    return json_real(number);
}

static json_t *json_of_held(enum result_held held) {
    return held == RESULT_HELD_UNDECIDED
               ? json_null()
               : json_boolean(held == RESULT_HELD_YES);
}

static json_t *json_of_map(const struct field_map *map, const char *items,
                           size_t count) {
    json_t *object = made(json_object());
    for (size_t i = 0; i < count; i++, items += map->size) {
        const char *name = *(const char *const *)(items + map->name);
        const char *text = *(const char *const *)(items + map->text);
        const bool as_text = text != NULL || map->texts_only;
        put(object, name,
            as_text ? json_of_text(text)
                    : json_of_number(*(const double *)(items + map->number)));
    }
    return object;
}

static json_t *json_of_record(const struct record *record, const void *owner);

static json_t *json_of_list(const struct record *record, const char *items,
                            size_t count) {
    json_t *list = made(json_array());
    for (size_t i = 0; i < count; i++, items += record->size) {
        if (json_array_append_new(list, json_of_record(record, items)) != 0) {
            check_out_of_memory();
        }
    }
    return list;
}

static bool is_null(const struct field *field, const char *owner) {
    const void *member = owner + field->offset;
    const void *companion = owner + field->companion;
    if (field->type == FIELD_UNMEASURED) {
        return true;
    }
    if (field->type == FIELD_OPTIONAL) {
        return !*(const bool *)companion;
    }
    if (field->sampled && *(const uint64_t *)companion == 0) {
        return true;
    }
    if (!field->zero_is_null) {
        return false;
    }
    return field->type == FIELD_COUNT ? *(const uint64_t *)member == 0
                                      : *(const unsigned *)member == 0;
}

static json_t *json_of_field(const struct field *field, const char *owner) {
    const void *member = owner + field->offset;
    const void *companion = owner + field->companion;
    switch (field->type) {
    case FIELD_TEXT: {
        const char *text = *(const char *const *)member;
        return json_of_text(text == NULL && field->never_null ? "" : text);
    }
    case FIELD_COUNT:
        return json_of_count(*(const uint64_t *)member);
    case FIELD_NUMBER:
        return json_of_number(*(const double *)member);
    case FIELD_FLAG:
        return json_boolean(*(const bool *)member);
    case FIELD_INT:
        return json_integer(*(const int *)member);
    case FIELD_UNSIGNED:
        return json_integer(*(const unsigned *)member);
    case FIELD_HELD:
        return json_of_held(*(const enum result_held *)member);
    case FIELD_VERDICT:
        return json_of_text(
            result_verdict_name(*(const enum result_verdict *)member));
    case FIELD_STATE:
        return json_of_text(
            result_state_name(*(const enum result_state *)member));
    case FIELD_KIND:
        return json_of_text(
            result_kind_name(*(const enum result_kind *)member));
    case FIELD_OBJECT:
    case FIELD_OPTIONAL:
        return json_of_record(field->record, member);
    case FIELD_LIST:
        return json_of_list(field->record, *(const char *const *)member,
                            *(const size_t *)companion);
    case FIELD_MAP:
        return json_of_map(field->map, *(const char *const *)member,
                           *(const size_t *)companion);
    case FIELD_UNMEASURED:
        break;
    }
    return json_null();
}

static void put_fields(json_t *object, const struct record *record,
                       const void *owner) {
    for (size_t i = 0; i < record->fields_count; i++) {
        const struct field *field = &record->fields[i];
        put(object, field->name,
            is_null(field, owner) ? json_null() : json_of_field(field, owner));
    }
}

static json_t *json_of_record(const struct record *record, const void *owner) {
    json_t *object = made(json_object());
    put_fields(object, record, owner);
    return object;
}

static int append(const char *bytes, size_t size, void *data) {
    text_append_n(data, bytes, size);
    return 0;
}

/* Takes @value. */
static void dump(json_t *value, size_t form_flags, struct text *text) {
    const size_t flags =
        form_flags | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17);
    if (json_dump_callback(value, append, text, flags) != 0) {
        check_out_of_memory();
    }
    json_decref(value);
}

void result_json_write(const struct result *result, enum result_json_form form,
                       struct text *text) {
    json_t *object = made(json_object());
    put(object, "schema", json_string(RESULT_SCHEMA));
    put_fields(object, &result_record, result);
    dump(object, form == RESULT_JSON_LINE ? JSON_COMPACT : JSON_INDENT(2),
         text);
    text_append(text, "\n");
}

void result_json_write_cell(const struct result_cell *cell, struct text *text) {
    dump(json_of_record(&result_cell_record, cell), JSON_COMPACT, text);
}
