/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/heap.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Each thread counts in a place of its own, as long as there are no more of
 * them than places: threads of a pool must not meet at a counter. */
#define PLACES_COUNT 64u
#define CACHE_LINE 64

struct place {
    alignas(CACHE_LINE) _Atomic int64_t blocks[HEAP_OWNERS_COUNT];
    _Atomic int64_t bytes[HEAP_OWNERS_COUNT];
};

static struct place places[PLACES_COUNT];
static _Atomic unsigned threads_seen;
static _Thread_local struct place *own_place;

static bool libuv_is_counted;
static bool sqlite_is_counted;
static sqlite3_mem_methods sqlite;

/* Relaxed: what counts must order nothing else, or a race would hide behind
 * it. */
static void note(enum heap_owner owner, int64_t blocks, int64_t bytes) {
    if (own_place == NULL) {
        unsigned number =
            atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed);
        own_place = &places[number % PLACES_COUNT];
    }
    (void)atomic_fetch_add_explicit(&own_place->blocks[owner], blocks,
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&own_place->bytes[owner], bytes,
                                    memory_order_relaxed);
}

struct heap_held heap_held(enum heap_owner owner) {
    struct heap_held held = {0};
    for (unsigned i = 0; i < PLACES_COUNT; i++) {
        held.blocks += atomic_load_explicit(&places[i].blocks[owner],
                                            memory_order_relaxed);
        held.bytes +=
            atomic_load_explicit(&places[i].bytes[owner], memory_order_relaxed);
    }
    return held;
}

const char *heap_owner_name(enum heap_owner owner) {
    static const char *const names[] = {"dbpool", "libuv", "SQLite"};
    return names[owner];
}

/* ---- By way of malloc ---------------------------------------------------- */

static int64_t size_of(void *block) {
    return (int64_t)malloc_usable_size(block);
}

static void *made(enum heap_owner owner, void *block) {
    if (block != NULL) {
        note(owner, 1, size_of(block));
    }
    return block;
}

static void *resized(enum heap_owner owner, void *block, size_t size) {
    int64_t before = block == NULL ? 0 : size_of(block);
    bool is_new = block == NULL;
    void *other = realloc(block, size);
    if (other != NULL) {
        note(owner, is_new ? 1 : 0, size_of(other) - before);
    } else if (size == 0 && !is_new) {
        note(owner, -1, -before);
    }
    return other;
}

static void released(enum heap_owner owner, void *block) {
    if (block != NULL) {
        note(owner, -1, -size_of(block));
        free(block);
    }
}

void *heap_dbpool_malloc(size_t size) {
    return made(HEAP_DBPOOL, malloc(size));
}

void *heap_dbpool_calloc(size_t count, size_t size) {
    return made(HEAP_DBPOOL, calloc(count, size));
}

void *heap_dbpool_realloc(void *block, size_t size) {
    return resized(HEAP_DBPOOL, block, size);
}

char *heap_dbpool_strdup(const char *text) {
    return made(HEAP_DBPOOL, strdup(text));
}

void heap_dbpool_free(void *block) {
    released(HEAP_DBPOOL, block);
}

static void *libuv_malloc(size_t size) {
    return made(HEAP_LIBUV, malloc(size));
}

static void *libuv_calloc(size_t count, size_t size) {
    return made(HEAP_LIBUV, calloc(count, size));
}

static void *libuv_realloc(void *block, size_t size) {
    return resized(HEAP_LIBUV, block, size);
}

static void libuv_free(void *block) {
    released(HEAP_LIBUV, block);
}

/* ---- SQLite: on top of its own allocator --------------------------------- */

static void *sqlite_malloc(int size) {
    void *block = sqlite.xMalloc(size);
    if (block != NULL) {
        note(HEAP_SQLITE, 1, sqlite.xSize(block));
    }
    return block;
}

static void *sqlite_realloc(void *block, int size) {
    int before = sqlite.xSize(block);
    void *other = sqlite.xRealloc(block, size);
    if (other != NULL) {
        note(HEAP_SQLITE, 0, sqlite.xSize(other) - before);
    }
    return other;
}

static void sqlite_free(void *block) {
    if (block != NULL) {
        note(HEAP_SQLITE, -1, -sqlite.xSize(block));
    }
    sqlite.xFree(block);
}

static bool count_sqlite(void) {
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite) != SQLITE_OK) {
        return false;
    }
    sqlite3_mem_methods counting = sqlite;
    counting.xMalloc = sqlite_malloc;
    counting.xRealloc = sqlite_realloc;
    counting.xFree = sqlite_free;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK;
}

void heap_count(void) {
    if (!libuv_is_counted) {
        libuv_is_counted = uv_replace_allocator(libuv_malloc, libuv_realloc,
                                                libuv_calloc, libuv_free) == 0;
    }
    if (!sqlite_is_counted) {
        sqlite_is_counted = count_sqlite();
    }
}

bool heap_is_counted(void) {
    return libuv_is_counted && sqlite_is_counted;
}
