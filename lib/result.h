/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_RESULT_H
#define DBPOOL_RESULT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dbpool.h"

/* A result is one block of memory: cells of a fixed size grow from its front,
 * the bytes of texts and blobs from its end, so that a row is copied once and
 * the block can grow without touching what is in it.
 *
 *     | cell cell cell cell ...  free  ... bytes bytes bytes |
 *       0                cells_size        ^ block_size - bytes_size
 *
 * Invariant: cells_size + bytes_size <= block_size. A cell holds a distance
 *            from the end of the block, which growing does not change.
 * Thread:    the worker while the request runs, then the loop.
 * Errors:    DBPOOL_ENOMEM, DBPOOL_ETOOBIG; the result is then good for
 *            clear() and set_message() only. */

struct dbpool__cell {
    uint32_t type;
    uint32_t size;
    union {
        int64_t integer;
        double real;
        uint64_t from_end;
    } as;
};

/* No rows, no message; the block is kept. */
static inline void dbpool__result_clear(struct dbpool_result *result) {
    result->rows_count = 0;
    result->columns_count = 0;
    result->named = false;
    result->changes = 0;
    result->last_insert_id = 0;
    result->cells_size = 0;
    result->bytes_size = 0;
}

/* A block of at least @size bytes before there is anything in it. */
int dbpool__result_reserve(struct dbpool_result *result, size_t size);

/* Room for @more bytes between cells and bytes. */
int dbpool__result_grow(struct dbpool_result *result, size_t more);
static inline int dbpool__result_make_room(struct dbpool_result *result,
                                           size_t more) {
    size_t room = result->block_size - result->cells_size - result->bytes_size;
    return more <= room ? DBPOOL_OK : dbpool__result_grow(result, more);
}

/* For which there is room. */
static inline void dbpool__result_add_cell(struct dbpool_result *result,
                                           struct dbpool__cell cell) {
    memcpy(result->block + result->cells_size, &cell, sizeof cell);
    result->cells_size += sizeof cell;
}
static inline unsigned char *
dbpool__result_take_bytes(struct dbpool_result *result, size_t size) {
    result->bytes_size += size;
    return result->block + result->block_size - result->bytes_size;
}

/* As memcpy(), of which @size may be 0: most texts are so short that to call it
 * costs more than they do. */
static inline void dbpool__result_copy(unsigned char *to,
                                       const unsigned char *from, size_t size) {
    uint64_t head;
    uint64_t tail;
    if (size - sizeof head > sizeof tail) {
        if (size != 0) {
            memcpy(to, from, size);
        }
        return;
    }
    memcpy(&head, from, sizeof head); /* they overlap */
    memcpy(&tail, from + size - sizeof tail, sizeof tail);
    memcpy(to, &head, sizeof head);
    memcpy(to + size - sizeof tail, &tail, sizeof tail);
}

/* One cell more, of a text or blob. A row is columns_count of them; the driver
 * counts rows. */
static inline int dbpool__result_add_bytes(struct dbpool_result *result,
                                           enum dbpool_type type,
                                           const void *bytes, size_t size) {
    if (size > UINT32_MAX - 1) {
        return DBPOOL_ETOOBIG;
    }
    int status = dbpool__result_make_room(result, sizeof(struct dbpool__cell) +
                                                      size + 1);
    if (status != DBPOOL_OK) {
        return status;
    }
    unsigned char *to = dbpool__result_take_bytes(result, size + 1);
    dbpool__result_add_cell(
        result, (struct dbpool__cell){.type = (uint32_t)type,
                                      .size = (uint32_t)size,
                                      .as.from_end = result->bytes_size});
    to[size] = '\0';
    dbpool__result_copy(to, bytes, size);
    return DBPOOL_OK;
}

/* The same for any value. */
int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value);

/* An error message instead of rows; lost when there is no memory for it. */
void dbpool__result_set_message(struct dbpool_result *result,
                                const char *message);

/* NULL: there is none. */
const char *dbpool__result_message(const struct dbpool_result *result);

#endif
