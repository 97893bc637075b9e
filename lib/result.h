/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_RESULT_H
#define DBPOOL_RESULT_H

#include <stddef.h>
#include <stdint.h>

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

/* No rows, no message; the block is kept. */
void dbpool__result_clear(struct dbpool_result *result);

/* A block of at least @size bytes before there is anything in it. */
int dbpool__result_reserve(struct dbpool_result *result, size_t size);

/* One cell more. A row is columns_count of them; the driver counts rows. */
int dbpool__result_add(struct dbpool_result *result,
                       const struct dbpool_value *value);

/* An error message instead of rows; lost when there is no memory for it. */
void dbpool__result_set_message(struct dbpool_result *result,
                                const char *message);

/* NULL: there is none. */
const char *dbpool__result_message(const struct dbpool_result *result);

#endif
