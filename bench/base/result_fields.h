/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_RESULT_FIELDS_H
#define PLUNGE_BASE_RESULT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* The schema plunge/1 as data: which member of which structure in result.h is
 * which field, in the order of the file. Writing and reading walk the same
 * tables, so what one knows the other knows. For result_json_*.c alone. */
enum field_type {
    FIELD_TEXT,     /* const char *; NULL is null */
    FIELD_COUNT,    /* uint64_t; RESULT_UNKNOWN is null */
    FIELD_NUMBER,   /* double; what is not finite is null */
    FIELD_FLAG,     /* bool */
    FIELD_INT,      /* int */
    FIELD_UNSIGNED, /* unsigned */
    FIELD_HELD,     /* enum result_held: true, false or null */
    FIELD_VERDICT,  /* this and the next two: enumerations, as words */
    FIELD_STATE,
    FIELD_KIND,
    FIELD_OBJECT,     /* a structure within, see record */
    FIELD_OPTIONAL,   /* the same, null unless the bool at companion */
    FIELD_LIST,       /* a pointer to as many as the size_t at companion */
    FIELD_MAP,        /* the same as an object, see map */
    FIELD_UNMEASURED, /* promised by the schema, always null so far */
};

struct field {
    const char *name;
    size_t offset; /* within the structure of the record */
    size_t companion;
    const struct record *record;
    const struct field_map *map;
    enum field_type type;
    bool required;     /* there is no value for "unknown" */
    bool zero_is_null; /* 0 means that there is none */
    bool sampled;      /* null while the uint64_t at companion, a count, is 0 */
    bool never_null;   /* a text that is "" when it is not there */
};

struct record {
    size_t size; /* of the structure */
    const struct field *fields;
    size_t fields_count;
};

/* How the members of a list are an object: a name each, with a text or, where
 * that is NULL, a number. */
struct field_map {
    size_t size;
    size_t name;
    size_t text;
    size_t number;
    bool texts_only; /* a second object of the same list: no numbers in it */
};

/* How a table is written. */
#define AT(owner, member) offsetof(struct owner, member)

#define FIELD(kind, json, owner, member)                                       \
    .name = (json), .type = FIELD_##kind, .offset = AT(owner, member)
#define LIST(owner, member) .companion = AT(owner, member##_count)

/* What people and programs tell it by: "" rather than nothing. */
#define NAME .never_null = true

#define RECORD(owner, table)                                                   \
    {                                                                          \
        .size = sizeof(struct owner), .fields = (table),                       \
        .fields_count = sizeof(table) / sizeof *(table),                       \
    }

extern const struct record result_record;
extern const struct record result_cell_record;
extern const struct record result_comparison_record;
extern const struct record result_slices_record;

#define RESULT_SCHEMA "plunge/1"

#endif
