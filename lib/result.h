/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_RESULT_H
#define DBPOOL_RESULT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dbpool.h"

/* A result is one block of memory: values grow from its front, the bytes of
 * texts and blobs from its end, so that a row is copied once, and read where it
 * lies.
 *
 *     | value value value ...        free        ... bytes bytes bytes |
 *       values               values_end       bytes bytes_end
 *
 * Invariant: values_end <= bytes. Who lets the block grow moves the pointers of
 *            the values along.
 * Thread:    the worker while the request runs, then the loop.
 * Errors:    DBPOOL_ENOMEM; the result is then good for clear() and
 *            set_message() only. */

/* No rows, no message; the block is kept. */
static inline void dbpool__result_clear(struct dbpool_result *result) {
    result->rows_count = 0;
    result->columns_count = 0;
    result->named = false;
    result->changes = 0;
    result->last_insert_id = 0;
    result->values_end = result->values;
    result->bytes = result->bytes_end;
}

/* The bytes in use. */
static inline size_t dbpool__result_size(const struct dbpool_result *result) {
    return (size_t)((char *)result->values_end - (char *)result->values) +
           (size_t)(result->bytes_end - result->bytes);
}

/* Of the whole block. */
static inline size_t
dbpool__result_block_size(const struct dbpool_result *result) {
    return (size_t)(result->bytes_end - (unsigned char *)result->values);
}

/* A block of @size bytes for a result that has none yet. */
int dbpool__result_reserve(struct dbpool_result *result, size_t size);

/* Room for @more bytes between values and bytes. */
int dbpool__result_grow(struct dbpool_result *result, size_t more);
static inline int dbpool__result_make_room(struct dbpool_result *result,
                                           size_t more) {
    size_t room = (size_t)(result->bytes - (unsigned char *)result->values_end);
    return more <= room ? DBPOOL_OK : dbpool__result_grow(result, more);
}

/* As memcpy(), of which @size may be 0: most texts are so short that to call it
 * costs more than they do. Their first and last part are copied, which overlap.
 */
static inline void dbpool__result_copy(unsigned char *to,
                                       const unsigned char *from, size_t size) {
    if (size > 16) {
        memcpy(to, from, size);
    } else if (size >= 8) {
        uint64_t first;
        uint64_t last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + size - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + size - sizeof last, &last, sizeof last);
    } else if (size >= 4) {
        uint32_t first;
        uint32_t last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + size - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + size - sizeof last, &last, sizeof last);
    } else if (size != 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        to[size - 1] = from[size - 1];
    }
}

/* One value more, a text or blob; a row is columns_count of them, and the
 * driver counts rows. */
static inline int dbpool__result_add_bytes(struct dbpool_result *result,
                                           enum dbpool_type type,
                                           const void *bytes, uint32_t size) {
    int status = dbpool__result_make_room(result, sizeof *result->values +
                                                      (size_t)size + 1);
    if (status != DBPOOL_OK) {
        return status;
    }
    unsigned char *to = result->bytes - ((size_t)size + 1);
    result->bytes = to;
    *result->values_end++ =
        (struct dbpool_value){.type = type, .size = size, .as.blob = to};
    to[size] = '\0';
    dbpool__result_copy(to, bytes, size);
    return DBPOOL_OK;
}

/* The same of any value. */
int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value);

/* An error message instead of rows; lost when there is no memory for it. */
void dbpool__result_set_message(struct dbpool_result *result,
                                const char *message);

/* NULL: there is none. */
const char *dbpool__result_message(const struct dbpool_result *result);

#endif
