/* SPDX-License-Identifier: Apache-2.0 */
#include "result.h"

#include <stdlib.h>
#include <string.h>

/* Room for one row of a user, so that a lookup allocates once, at first use. */
#define BLOCK_SIZE_FIRST ((size_t)192)

#define BLOCK_SIZE_LITTLE ((size_t)4096)

void dbpool_result_init(struct dbpool_result *result) {
    *result = (struct dbpool_result){0};
}

void dbpool_result_fini(struct dbpool_result *result) {
    free(result->block);
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

int dbpool__result_grow(struct dbpool_result *result, size_t more) {
    size_t used = result->cells_size + result->bytes_size;
    if (more > SIZE_MAX / 4 - used) {
        return DBPOOL_ETOOBIG;
    }
    size_t size = grown(result->block_size, used + more, more);
    unsigned char *block = realloc(result->block, size);
    if (block == NULL) {
        return DBPOOL_ENOMEM;
    }
    memmove(block + size - result->bytes_size,
            block + result->block_size - result->bytes_size,
            result->bytes_size);
    result->block = block;
    result->block_size = size;
    return DBPOOL_OK;
}

int dbpool__result_reserve(struct dbpool_result *result, size_t size) {
    if (size <= result->block_size) {
        return DBPOOL_OK;
    }
    unsigned char *block = malloc(size);
    if (block == NULL) {
        return DBPOOL_ENOMEM;
    }
    dbpool__result_clear(result);
    free(result->block);
    result->block = block;
    result->block_size = size;
    return DBPOOL_OK;
}

int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value) {
    struct dbpool__cell cell = {.type = (uint32_t)value->type};
    if (value->type == DBPOOL_TEXT || value->type == DBPOOL_BLOB) {
        return dbpool__result_add_bytes(result, value->type, value->as.blob,
                                        value->size);
    }
    if (value->type == DBPOOL_REAL) {
        cell.as.real = value->as.real;
    } else if (value->type == DBPOOL_INTEGER) {
        cell.as.integer = value->as.integer;
    }
    int status = dbpool__result_make_room(result, sizeof cell);
    if (status == DBPOOL_OK) {
        dbpool__result_add_cell(result, cell);
    }
    return status;
}

/* A number's bits are the same in the cell and in the value. */
static inline struct dbpool_value value_at(const struct dbpool_result *result,
                                           size_t index) {
    struct dbpool__cell cell;
    memcpy(&cell, result->block + index * sizeof cell, sizeof cell);
    struct dbpool_value value = {
        .type = (enum dbpool_type)cell.type,
        .as.integer = cell.as.integer,
        .size = cell.size,
    };
    if (value.type == DBPOOL_TEXT || value.type == DBPOOL_BLOB) {
        value.as.blob = result->block + result->block_size - cell.as.from_end;
    }
    return value;
}

struct dbpool_value dbpool_value(const struct dbpool_result *result, size_t row,
                                 uint32_t column) {
    if (row >= result->rows_count || column >= result->columns_count) {
        return dbpool_null();
    }
    size_t first = result->named ? result->columns_count : 0;
    return value_at(result, first + row * result->columns_count + column);
}

const char *dbpool_column_name(const struct dbpool_result *result,
                               uint32_t column) {
    if (!result->named || column >= result->columns_count) {
        return NULL;
    }
    return value_at(result, column).as.text;
}

void dbpool__result_set_message(struct dbpool_result *result,
                                const char *message) {
    dbpool__result_clear(result);
    size_t size = strlen(message) + 1;
    if (size > 1 && dbpool__result_make_room(result, size) == DBPOOL_OK) {
        memcpy(dbpool__result_take_bytes(result, size), message, size);
    }
}

const char *dbpool__result_message(const struct dbpool_result *result) {
    if (result->cells_size != 0 || result->bytes_size == 0) {
        return NULL;
    }
    return (const char *)result->block + result->block_size -
           result->bytes_size;
}
