/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COUNTING_MEMORY_H
#define PLUNGE_COUNTING_MEMORY_H

#include <stdint.h>

/* What dbpool, libuv and SQLite have allocated, each beneath itself and on top
 * of the C library, as the ledger counts it (ledger/heap.h), without its list:
 * dbpool's objects are linked with their allocating calls renamed, the others
 * have hooks. A block that is made larger or smaller is made anew; its bytes
 * are those that it can hold.
 *
 * Thread: whose turn it is (turns.h). */
enum memory_owner {
    MEMORY_DBPOOL,
    MEMORY_LIBUV,
    MEMORY_SQLITE,
    MEMORY_OWNERS_COUNT,
};

struct memory {
    struct memory_made {
        uint64_t allocations;
        uint64_t bytes;
    } made[MEMORY_OWNERS_COUNT];
};

/* Begins to count libuv's and SQLite's; before that they are what they are
 * without. Before the first use of either. */
void memory_count(void);

/* Up to now. */
struct memory memory_made(void);

/* "dbpool", "libuv", "SQLite" */
const char *memory_owner_name(enum memory_owner owner);

#endif
