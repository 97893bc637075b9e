/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_HEAP_H
#define PLUNGE_LEDGER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The heap by owner: how many blocks dbpool, libuv and SQLite hold, and of how
 * many bytes, as the C library's allocator rounds them. Counted, not sampled,
 * beneath the three and on top of the C library: dbpool's objects are linked
 * with their allocating calls renamed (mk/build.mk), libuv and SQLite have
 * hooks. What plunge itself allocates is in none of them. */
enum heap_owner {
    HEAP_DBPOOL,
    HEAP_LIBUV,
    HEAP_SQLITE,
    HEAP_OWNERS_COUNT,
};

struct heap_held {
    int64_t blocks;
    int64_t bytes;
};

/* Begins to count libuv's and SQLite's, and to list the blocks of all three
 * (blocks.h). An allocation costs some tens of nanoseconds more from then on:
 * SQLite makes five a lookup.
 *
 * Thread:  before others start, and before the first use of either. */
void heap_count(void);

/* Whether all three are counted: SQLite refuses when it is already in use. */
bool heap_is_counted(void);

struct heap_held heap_held(enum heap_owner owner);

/* Ever made, from the count's beginning; a block that is made larger or smaller
 * is made anew. */
struct heap_made {
    uint64_t allocations;
    uint64_t bytes;
};

struct heap_made heap_made(enum heap_owner owner);

/* Of these, the blocks that are not listed: they were made before. */
int64_t heap_unlisted(enum heap_owner owner);

/* "dbpool", "libuv", "SQLite" */
const char *heap_owner_name(enum heap_owner owner);

/* What dbpool's objects call instead of malloc and its like. */
void *heap_dbpool_malloc(size_t size);
void *heap_dbpool_calloc(size_t count, size_t size);
void *heap_dbpool_realloc(void *block, size_t size);
char *heap_dbpool_strdup(const char *text);
void heap_dbpool_free(void *block);

#endif
