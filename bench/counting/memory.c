/* SPDX-License-Identifier: Apache-2.0 */
#include "counting/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"

static struct memory memory;
static sqlite3_mem_methods plain; /* SQLite's own */

struct memory memory_made(void) {
    return memory;
}

const char *memory_owner_name(enum memory_owner owner) {
    static const char *const names[] = {"dbpool", "libuv", "SQLite"};
    return names[owner];
}

static void note(enum memory_owner owner, size_t bytes) {
    memory.made[owner].allocations++;
    memory.made[owner].bytes += bytes;
}

/* ---- By way of malloc: dbpool, libuv -------------------------------------*/

static void *note_block(enum memory_owner owner, void *block) {
    if (block != NULL) {
        note(owner, malloc_usable_size(block));
    }
    return block;
}

/* What dbpool's objects call (mk/build.mk). */
void *heap_dbpool_malloc(size_t size);
void *heap_dbpool_calloc(size_t count, size_t size);
void *heap_dbpool_realloc(void *block, size_t size);
char *heap_dbpool_strdup(const char *text);
void heap_dbpool_free(void *block);

void *heap_dbpool_malloc(size_t size) {
    return note_block(MEMORY_DBPOOL, malloc(size));
}

void *heap_dbpool_calloc(size_t count, size_t size) {
    return note_block(MEMORY_DBPOOL, calloc(count, size));
}

void *heap_dbpool_realloc(void *block, size_t size) {
    return note_block(MEMORY_DBPOOL, realloc(block, size));
}

char *heap_dbpool_strdup(const char *text) {
    return note_block(MEMORY_DBPOOL, strdup(text));
}

void heap_dbpool_free(void *block) {
    free(block);
}

static void *libuv_malloc(size_t size) {
    return note_block(MEMORY_LIBUV, malloc(size));
}

static void *libuv_calloc(size_t count, size_t size) {
    return note_block(MEMORY_LIBUV, calloc(count, size));
}

static void *libuv_realloc(void *block, size_t size) {
    return note_block(MEMORY_LIBUV, realloc(block, size));
}

/* ---- SQLite: on top of its own allocator ---------------------------------*/

static void *sqlite_malloc(int size) {
    void *block = plain.xMalloc(size);
    if (block != NULL) {
        note(MEMORY_SQLITE, (size_t)plain.xSize(block));
    }
    return block;
}

static void *sqlite_realloc(void *block, int size) {
    void *other = plain.xRealloc(block, size);
    if (other != NULL) {
        note(MEMORY_SQLITE, (size_t)plain.xSize(other));
    }
    return other;
}

void memory_count(void) {
    CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) == SQLITE_OK);
    sqlite3_mem_methods methods = plain;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    CHECK(uv_replace_allocator(libuv_malloc, libuv_realloc, libuv_calloc,
                               free) == 0);
}
