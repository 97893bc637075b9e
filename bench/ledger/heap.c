/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/heap.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "ledger/blocks.h"

/* Each thread counts in a place of its own, as long as there are no more of
 * them than places: threads of a pool must not meet at a counter. */
#define PLACES_COUNT 64u
#define CACHE_LINE 64

struct place {
    alignas(CACHE_LINE) _Atomic int64_t blocks[HEAP_OWNERS_COUNT];
    _Atomic int64_t bytes[HEAP_OWNERS_COUNT];
    _Atomic uint64_t made[HEAP_OWNERS_COUNT];
    _Atomic uint64_t made_bytes[HEAP_OWNERS_COUNT];
};

static struct place places[PLACES_COUNT];
static _Atomic unsigned threads_seen;
static _Thread_local struct place *own_place;

static bool libuv_is_counted;
static bool sqlite_is_counted;
static sqlite3_mem_methods sqlite;
static bool is_listing;
static _Atomic int64_t unlisted[HEAP_OWNERS_COUNT];

static struct place *place_of_thread(void) {
    if (own_place == NULL) {
        unsigned number =
            atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed);
        own_place = &places[number % PLACES_COUNT];
    }
    return own_place;
}

/* Relaxed: what counts must order nothing else, or a race would hide behind
 * it. */
static void note(enum heap_owner owner, int64_t blocks, int64_t bytes) {
    struct place *place = place_of_thread();
    (void)atomic_fetch_add_explicit(&place->blocks[owner], blocks,
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&place->bytes[owner], bytes,
                                    memory_order_relaxed);
}

static void note_made(enum heap_owner owner, int64_t bytes) {
    struct place *place = place_of_thread();
    (void)atomic_fetch_add_explicit(&place->made[owner], 1,
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&place->made_bytes[owner], (uint64_t)bytes,
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

struct heap_made heap_made(enum heap_owner owner) {
    struct heap_made made = {0};
    for (unsigned i = 0; i < PLACES_COUNT; i++) {
        made.allocations +=
            atomic_load_explicit(&places[i].made[owner], memory_order_relaxed);
        made.bytes += atomic_load_explicit(&places[i].made_bytes[owner],
                                           memory_order_relaxed);
    }
    return made;
}

const char *heap_owner_name(enum heap_owner owner) {
    static const char *const names[] = {"dbpool", "libuv", "SQLite"};
    return names[owner];
}

int64_t heap_unlisted(enum heap_owner owner) {
    return atomic_load_explicit(&unlisted[owner], memory_order_relaxed);
}

/* ---- What happens to a block --------------------------------------------- */

static void made(enum heap_owner owner, const char *primitive,
                 const void *block, int64_t bytes) {
    note(owner, 1, bytes);
    note_made(owner, bytes);
    if (is_listing) {
        blocks_add(owner, primitive, block, (uint64_t)bytes);
    }
}

static void is_gone(enum heap_owner owner, int64_t bytes, bool was_listed) {
    note(owner, -1, -bytes);
    if (!was_listed) {
        (void)atomic_fetch_sub_explicit(&unlisted[owner], is_listing,
                                        memory_order_relaxed);
    }
}

/* Before it is given back. */
static void leaves(enum heap_owner owner, const void *block, int64_t bytes) {
    is_gone(owner, bytes, is_listing && blocks_remove(block, NULL));
}

/* A block that is made larger or smaller stays the same one. */
struct resizing {
    enum heap_owner owner;
    int64_t bytes;
    bool is_listed;
    struct blocks_entry entry;
};

static struct resizing resizing(enum heap_owner owner, const void *block,
                                int64_t bytes) {
    struct resizing resizing = {.owner = owner, .bytes = bytes};
    resizing.is_listed = is_listing && blocks_remove(block, &resizing.entry);
    return resizing;
}

static void resized(struct resizing *resizing, const void *block,
                    int64_t bytes) {
    note(resizing->owner, 0, bytes - resizing->bytes);
    if (resizing->is_listed) {
        resizing->entry.bytes = (uint64_t)bytes;
        blocks_restore(block, &resizing->entry);
    }
}

/* ---- By way of malloc ---------------------------------------------------- */

static int64_t size_of(void *block) {
    return (int64_t)malloc_usable_size(block);
}

static void *new_block(enum heap_owner owner, const char *primitive,
                       void *block) {
    if (block != NULL) {
        made(owner, primitive, block, size_of(block));
    }
    return block;
}

static void *resize_block(enum heap_owner owner, void *block, size_t size) {
    if (block == NULL) {
        return new_block(owner, "realloc", realloc(NULL, size));
    }
    struct resizing change = resizing(owner, block, size_of(block));
    void *other = realloc(block, size);
    if (other != NULL) {
        note_made(owner, size_of(other));
        resized(&change, other, size_of(other));
    } else if (size != 0) {
        resized(&change, block, change.bytes);
    } else {
        is_gone(owner, change.bytes, change.is_listed);
    }
    return other;
}

static void free_block(enum heap_owner owner, void *block) {
    if (block != NULL) {
        leaves(owner, block, size_of(block));
        free(block);
    }
}

void *heap_dbpool_malloc(size_t size) {
    return new_block(HEAP_DBPOOL, "malloc", malloc(size));
}

void *heap_dbpool_calloc(size_t count, size_t size) {
    return new_block(HEAP_DBPOOL, "calloc", calloc(count, size));
}

void *heap_dbpool_realloc(void *block, size_t size) {
    return resize_block(HEAP_DBPOOL, block, size);
}

char *heap_dbpool_strdup(const char *text) {
    return new_block(HEAP_DBPOOL, "strdup", strdup(text));
}

void heap_dbpool_free(void *block) {
    free_block(HEAP_DBPOOL, block);
}

static void *libuv_malloc(size_t size) {
    return new_block(HEAP_LIBUV, "malloc", malloc(size));
}

static void *libuv_calloc(size_t count, size_t size) {
    return new_block(HEAP_LIBUV, "calloc", calloc(count, size));
}

static void *libuv_realloc(void *block, size_t size) {
    return resize_block(HEAP_LIBUV, block, size);
}

static void libuv_free(void *block) {
    free_block(HEAP_LIBUV, block);
}

/* ---- SQLite: on top of its own allocator --------------------------------- */

static void *sqlite_malloc(int size) {
    void *block = sqlite.xMalloc(size);
    if (block != NULL) {
        made(HEAP_SQLITE, "sqlite3_malloc", block, sqlite.xSize(block));
    }
    return block;
}

static void *sqlite_realloc(void *block, int size) {
    struct resizing change = resizing(HEAP_SQLITE, block, sqlite.xSize(block));
    void *other = sqlite.xRealloc(block, size);
    if (other != NULL) {
        note_made(HEAP_SQLITE, sqlite.xSize(other));
        resized(&change, other, sqlite.xSize(other));
    } else {
        resized(&change, block, change.bytes);
    }
    return other;
}

static void sqlite_free(void *block) {
    if (block != NULL) {
        leaves(HEAP_SQLITE, block, sqlite.xSize(block));
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

static void begin_listing(void) {
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        atomic_store(&unlisted[i], heap_held((enum heap_owner)i).blocks);
    }
    is_listing = true;
}

void heap_count(void) {
    if (!libuv_is_counted) {
        libuv_is_counted = uv_replace_allocator(libuv_malloc, libuv_realloc,
                                                libuv_calloc, libuv_free) == 0;
    }
    if (!sqlite_is_counted) {
        sqlite_is_counted = count_sqlite();
    }
    if (!is_listing && heap_is_counted()) {
        begin_listing();
    }
}

bool heap_is_counted(void) {
    return libuv_is_counted && sqlite_is_counted;
}
