/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dbpool/blocks.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

/* Relaxed: what counts must not order anything else, or a race would hide
 * behind it. */
struct counter {
    _Atomic int64_t count;
    _Atomic int64_t bytes;
    _Atomic int64_t peak;
    int64_t peak_base;
};

static struct counter counters[BLOCKS_OWNERS_COUNT];
static _Thread_local enum blocks_owner owner_now = BLOCKS_DBPOOL;

static void note(enum blocks_owner owner, int count, int64_t bytes) {
    struct counter *counter = &counters[owner];
    (void)atomic_fetch_add_explicit(&counter->count, count,
                                    memory_order_relaxed);
    int64_t now = bytes + atomic_fetch_add_explicit(&counter->bytes, bytes,
                                                    memory_order_relaxed);
    int64_t peak = atomic_load_explicit(&counter->peak, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak_explicit(
                             &counter->peak, &peak, now, memory_order_relaxed,
                             memory_order_relaxed)) {
    }
}

void blocks_add(void *block) {
    if (block != NULL && owner_now == BLOCKS_DBPOOL) {
        note(BLOCKS_DBPOOL, 1, (int64_t)malloc_usable_size(block));
    }
}

void blocks_remove(void *block) {
    if (block != NULL && owner_now == BLOCKS_DBPOOL) {
        note(BLOCKS_DBPOOL, -1, -(int64_t)malloc_usable_size(block));
    }
}

struct blocks blocks_live(enum blocks_owner owner) {
    const struct counter *counter = &counters[owner];
    return (struct blocks){
        .count = atomic_load_explicit(&counter->count, memory_order_relaxed),
        .bytes = atomic_load_explicit(&counter->bytes, memory_order_relaxed),
    };
}

void blocks_peak_begin(void) {
    for (int i = 0; i < BLOCKS_OWNERS_COUNT; i++) {
        counters[i].peak_base = atomic_load(&counters[i].bytes);
        atomic_store(&counters[i].peak, counters[i].peak_base);
    }
}

int64_t blocks_peak_bytes(enum blocks_owner owner) {
    return atomic_load(&counters[owner].peak) - counters[owner].peak_base;
}

/* ---- libuv's: malloc and its like are called in its name ---- */

static void *libuv_malloc(size_t size) {
    owner_now = BLOCKS_LIBUV;
    void *block = malloc(size);
    owner_now = BLOCKS_DBPOOL;
    if (block != NULL) {
        note(BLOCKS_LIBUV, 1, (int64_t)malloc_usable_size(block));
    }
    return block;
}

static void *libuv_calloc(size_t count, size_t size) {
    owner_now = BLOCKS_LIBUV;
    void *block = calloc(count, size);
    owner_now = BLOCKS_DBPOOL;
    if (block != NULL) {
        note(BLOCKS_LIBUV, 1, (int64_t)malloc_usable_size(block));
    }
    return block;
}

static void *libuv_realloc(void *block, size_t size) {
    int64_t before = block == NULL ? 0 : (int64_t)malloc_usable_size(block);
    owner_now = BLOCKS_LIBUV;
    void *other = realloc(block, size);
    owner_now = BLOCKS_DBPOOL;
    if (other != NULL) {
        note(BLOCKS_LIBUV, block == NULL,
             (int64_t)malloc_usable_size(other) - before);
    }
    return other;
}

static void libuv_free(void *block) {
    if (block != NULL) {
        note(BLOCKS_LIBUV, -1, -(int64_t)malloc_usable_size(block));
    }
    owner_now = BLOCKS_LIBUV;
    free(block);
    owner_now = BLOCKS_DBPOOL;
}

void blocks_count_libuv(void) {
    (void)uv_replace_allocator(libuv_malloc, libuv_realloc, libuv_calloc,
                               libuv_free);
}

/* ---- SQLite's: its own figures are off in a tuned process ---- */

static sqlite3_mem_methods sqlite_methods;

static void *sqlite_malloc(int size) {
    owner_now = BLOCKS_SQLITE;
    void *block = sqlite_methods.xMalloc(size);
    owner_now = BLOCKS_DBPOOL;
    if (block != NULL) {
        note(BLOCKS_SQLITE, 1, sqlite_methods.xSize(block));
    }
    return block;
}

static void *sqlite_realloc(void *block, int size) {
    int before = sqlite_methods.xSize(block);
    owner_now = BLOCKS_SQLITE;
    void *other = sqlite_methods.xRealloc(block, size);
    owner_now = BLOCKS_DBPOOL;
    if (other != NULL) {
        note(BLOCKS_SQLITE, 0, sqlite_methods.xSize(other) - before);
    }
    return other;
}

static void sqlite_free(void *block) {
    if (block != NULL) {
        note(BLOCKS_SQLITE, -1, -sqlite_methods.xSize(block));
    }
    owner_now = BLOCKS_SQLITE;
    sqlite_methods.xFree(block);
    owner_now = BLOCKS_DBPOOL;
}

void blocks_count_sqlite(void) {
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_methods);
    sqlite3_mem_methods counting = sqlite_methods;
    counting.xMalloc = sqlite_malloc;
    counting.xRealloc = sqlite_realloc;
    counting.xFree = sqlite_free;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
}
