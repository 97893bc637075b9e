/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DBPOOL_BLOCKS_H
#define TESTS_SUPPORT_DBPOOL_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* What is allocated and not yet given back, by who asked for it: exact, so
 * that one byte too many is seen.
 *
 * Thread: any. */
enum blocks_owner {
    BLOCKS_DBPOOL, /* and the test itself: malloc and its like, as linked */
    BLOCKS_LIBUV,
    BLOCKS_SQLITE,
    BLOCKS_OWNERS_COUNT,
};

struct blocks {
    int64_t count;
    int64_t bytes;
};

struct blocks blocks_live(enum blocks_owner owner);

/* The most bytes at once since the last call of begin(), less those of then. */
void blocks_peak_begin(void);
int64_t blocks_peak_bytes(enum blocks_owner owner);

/* libuv's are told from dbpool's: the first call of the process, which libuv
 * asks for. */
void blocks_count_libuv(void);

/* Before SQLite's first use; until then its blocks are nobody's. */
void blocks_count_sqlite(void);

/* For what wraps malloc() and free(): a block was made, or is about to go. */
void blocks_add(void *block);
void blocks_remove(void *block);

#endif
