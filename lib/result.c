/* SPDX-License-Identifier: Apache-2.0 */
#include "result.h"

#include <stdlib.h>
#include <string.h>

/* Room for one row of a user, so that a lookup allocates once, at first use. */
#define BLOCK_SIZE_FIRST ((size_t)192)

#define BLOCK_SIZE_LITTLE ((size_t)4096)

struct cell {
    uint32_t type;
    uint32_t size;
    union {
        int64_t integer;
        double real;
        uint64_t from_end;
    } as;
};

void dbpool_result_init(struct dbpool_result *result) {
    *result = (struct dbpool_result){0};
}

void dbpool_result_fini(struct dbpool_result *result) {
    free(result->block);
    *result = (struct dbpool_result){0};
}

void dbpool__result_clear(struct dbpool_result *result) {
    result->rows_count = 0;
    result->columns_count = 0;
    result->named = false;
    result->changes = 0;
    result->last_insert_id = 0;
    result->cells_size = 0;
    result->bytes_size = 0;
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

/* Makes room for @more bytes between cells and bytes. */
static int reserve(struct dbpool_result *result, size_t more) {
    size_t used = result->cells_size + result->bytes_size;
    if (more <= result->block_size - used) {
        return DBPOOL_OK;
    }
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

static unsigned char *take_bytes(struct dbpool_result *result, size_t size) {
    result->bytes_size += size;
    return result->block + result->block_size - result->bytes_size;
}

static int add_bytes(struct dbpool_result *result, struct cell *cell,
                     const void *bytes, size_t size) {
    if (size > UINT32_MAX - 1) {
        return DBPOOL_ETOOBIG;
    }
    int status = reserve(result, sizeof *cell + size + 1);
    if (status != DBPOOL_OK) {
        return status;
    }
    unsigned char *to = take_bytes(result, size + 1);
    if (size != 0) {
        memcpy(to, bytes, size);
    }
    to[size] = '\0';
    cell->size = (uint32_t)size;
    cell->as.from_end = result->bytes_size;
    return DBPOOL_OK;
}

int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value) {
    struct cell cell = {.type = (uint32_t)value->type};
    int status;
    switch (value->type) {
    case DBPOOL_TEXT:
        status = add_bytes(result, &cell, value->as.text, value->size);
        break;
    case DBPOOL_BLOB:
        status = add_bytes(result, &cell, value->as.blob, value->size);
        break;
    case DBPOOL_REAL:
        cell.as.real = value->as.real;
        status = reserve(result, sizeof cell);
        break;
    case DBPOOL_INTEGER:
        cell.as.integer = value->as.integer;
        status = reserve(result, sizeof cell);
        break;
    case DBPOOL_NULL:
    default:
        status = reserve(result, sizeof cell);
        break;
    }
    if (status == DBPOOL_OK) {
        memcpy(result->block + result->cells_size, &cell, sizeof cell);
        result->cells_size += sizeof cell;
    }
    return status;
}

static struct dbpool_value value_at(const struct dbpool_result *result,
                                    size_t index) {
    struct cell cell;
    memcpy(&cell, result->block + index * sizeof cell, sizeof cell);
    struct dbpool_value value = {.type = (enum dbpool_type)cell.type};
    switch (value.type) {
    case DBPOOL_TEXT:
    case DBPOOL_BLOB:
        value.size = cell.size;
        value.as.blob = result->block + result->block_size - cell.as.from_end;
        break;
    case DBPOOL_REAL:
        value.as.real = cell.as.real;
        break;
    case DBPOOL_INTEGER:
        value.as.integer = cell.as.integer;
        break;
    case DBPOOL_NULL:
    default:
        break;
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
    if (size > 1 && reserve(result, size) == DBPOOL_OK) {
        memcpy(take_bytes(result, size), message, size);
    }
}

const char *dbpool__result_message(const struct dbpool_result *result) {
    if (result->cells_size != 0 || result->bytes_size == 0) {
        return NULL;
    }
    return (const char *)result->block + result->block_size -
           result->bytes_size;
}
