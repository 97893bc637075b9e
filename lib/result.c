/* SPDX-License-Identifier: Apache-2.0 */
#include "result.h"

#include <stdlib.h>
#include <string.h>

/* Room for one row of a user, so that a lookup allocates once, at first use;
 * with what malloc() needs for itself, two cache lines. */
#define BLOCK_SIZE_FIRST ((size_t)120)

#define BLOCK_SIZE_LITTLE ((size_t)4096)

void dbpool_result_init(struct dbpool_result *result) {
    *result = (struct dbpool_result){0};
}

void dbpool_result_fini(struct dbpool_result *result) {
    free(result->values);
    *result = (struct dbpool_result){0};
}

/* Doubled, so that rows are cheap to add. But for a value that is a good part
 * of the whole no more than it needs, and a little for what comes with it:
 * there would be room for it twice. */
static size_t grown(size_t size, size_t needed, size_t more) {
    const size_t exact = needed + BLOCK_SIZE_LITTLE;
    if (size == 0) {
        size = BLOCK_SIZE_FIRST;
    }
    while (size < needed) {
        size *= 2;
    }
    return more > needed / 4 && exact < size ? exact : size;
}

/* What began with @values and ended at @bytes_end before it was moved. */
static void point_anew(struct dbpool_result *result, uintptr_t bytes_end) {
    for (struct dbpool_value *value = result->values;
         value != result->values_end; value++) {
        if (value->type == DBPOOL_TEXT || value->type == DBPOOL_BLOB) {
            value->as.blob =
                result->bytes_end - (bytes_end - (uintptr_t)value->as.blob);
        }
    }
}

/* @values has @size bytes, and nothing in it. */
static void take_block(struct dbpool_result *result,
                       struct dbpool_value *values, size_t size) {
    result->values = values;
    result->values_end = values;
    result->bytes_end = (unsigned char *)values + size;
    result->bytes = result->bytes_end;
}

int dbpool__result_grow(struct dbpool_result *result, size_t more) {
    size_t used = dbpool__result_size(result);
    if (more > SIZE_MAX / 4 - used) {
        return DBPOOL_ENOMEM;
    }
    size_t size_before = dbpool__result_block_size(result);
    size_t values_count = (size_t)(result->values_end - result->values);
    size_t bytes_size = (size_t)(result->bytes_end - result->bytes);
    uintptr_t end_before = (uintptr_t)result->bytes_end;
    size_t size = grown(size_before, used + more, more);
    struct dbpool_value *values = realloc(result->values, size);
    if (values == NULL) {
        return DBPOOL_ENOMEM;
    }
    take_block(result, values, size);
    result->values_end = values + values_count;
    result->bytes = result->bytes_end - bytes_size;
    memmove(result->bytes, (unsigned char *)values + size_before - bytes_size,
            bytes_size);
    point_anew(result, end_before);
    return DBPOOL_OK;
}

int dbpool__result_reserve(struct dbpool_result *result, size_t size) {
    struct dbpool_value *values = malloc(size);
    if (values == NULL) {
        return DBPOOL_ENOMEM;
    }
    take_block(result, values, size);
    return DBPOOL_OK;
}

int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value) {
    if (value->type == DBPOOL_TEXT || value->type == DBPOOL_BLOB) {
        return dbpool__result_add_bytes(result, value->type, value->as.blob,
                                        value->size);
    }
    int status = dbpool__result_make_room(result, sizeof *value);
    if (status == DBPOOL_OK) {
        *result->values_end++ = *value;
    }
    return status;
}

const struct dbpool_value *dbpool_row(const struct dbpool_result *result,
                                      size_t row) {
    if (row >= result->rows_count) {
        return NULL;
    }
    size_t first = result->named ? result->columns_count : 0;
    return result->values + first + row * result->columns_count;
}

struct dbpool_value dbpool_value(const struct dbpool_result *result, size_t row,
                                 uint32_t column) {
    const struct dbpool_value *values = dbpool_row(result, row);
    return values != NULL && column < result->columns_count ? values[column]
                                                            : dbpool_null();
}

const char *dbpool_column_name(const struct dbpool_result *result,
                               uint32_t column) {
    if (!result->named || column >= result->columns_count) {
        return NULL;
    }
    return result->values[column].as.text;
}

void dbpool__result_set_message(struct dbpool_result *result,
                                const char *message) {
    dbpool__result_clear(result);
    size_t size = strlen(message) + 1;
    if (size > 1 && dbpool__result_make_room(result, size) == DBPOOL_OK) {
        result->bytes -= size;
        memcpy(result->bytes, message, size);
    }
}

const char *dbpool__result_message(const struct dbpool_result *result) {
    bool is_message = result->values_end == result->values &&
                      result->bytes != result->bytes_end;
    return is_message ? (const char *)result->bytes : NULL;
}
