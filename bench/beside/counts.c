/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/counts.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"

/* The allocator's own, in front of each block. */
#define HEADER_SIZE sizeof(size_t)

static _Atomic uint64_t threads;
static _Atomic uint64_t threads_joined;
static _Atomic uint64_t connections;
static _Atomic uint64_t connections_ended;
static struct {
    _Atomic uint64_t allocations;
    _Atomic uint64_t blocks;
    _Atomic uint64_t bytes;
} memory[COUNTS_PARTIES];

/* Whose call this thread is in. */
static _Thread_local enum counts_party party;

static void add(_Atomic uint64_t *number, uint64_t more) {
    (void)atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

struct counts counts_now(void) {
    struct counts now = {
        .threads = threads,
        .threads_joined = threads_joined,
        .connections = connections,
        .connections_ended = connections_ended,
    };
    for (int i = 0; i < COUNTS_PARTIES; i++) {
        now.memory[i] = (struct counts_memory){
            .allocations = memory[i].allocations,
            .blocks = memory[i].blocks,
            .bytes = memory[i].bytes,
        };
    }
    return now;
}

/* ---- Threads and connections ---------------------------------------------*/

int __real_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __real_pthread_join(pthread_t handle, void **result);
int __wrap_pthread_join(pthread_t handle, void **result);
int __real_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs);
int __real_sqlite3_close(sqlite3 *handle);
int __wrap_sqlite3_close(sqlite3 *handle);

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    add(&threads, 1);
    return __real_pthread_create(handle, attributes, start, argument);
}

int __wrap_pthread_join(pthread_t handle, void **result) {
    add(&threads_joined, 1);
    return __real_pthread_join(handle, result);
}

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs) {
    add(&connections, 1);
    return __real_sqlite3_open_v2(path, handle_out, flags, vfs);
}

int __wrap_sqlite3_close(sqlite3 *handle) {
    add(&connections_ended, 1);
    return __real_sqlite3_close(handle);
}

/* ---- Memory --------------------------------------------------------------*/

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
void __real_free(void *block);
void __wrap_free(void *block);

static void *note(void *block) {
    if (block != NULL) {
        add(&memory[party].allocations, 1);
        add(&memory[party].blocks, 1);
        add(&memory[party].bytes, malloc_usable_size(block) + HEADER_SIZE);
    }
    return block;
}

static void forget(size_t usable) {
    add(&memory[party].blocks, -UINT64_C(1));
    add(&memory[party].bytes, -(uint64_t)(usable + HEADER_SIZE));
}

void *__wrap_malloc(size_t size) {
    return note(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
    return note(__real_calloc(count, size));
}

/* The C library's own would take the block from where nobody counts. */
char *__wrap_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void *__wrap_realloc(void *block, size_t size) {
    size_t usable = malloc_usable_size(block);
    void *moved = note(__real_realloc(block, size));
    if (moved != NULL && block != NULL) {
        forget(usable);
    }
    return moved;
}

void __wrap_free(void *block) {
    if (block != NULL) {
        forget(malloc_usable_size(block));
    }
    __real_free(block);
}

/* ---- Whose ---------------------------------------------------------------*/

static sqlite3_mem_methods plain; /* SQLite's own */

static void *sqlite_malloc(int size) {
    party = COUNTS_SQLITE;
    void *block = plain.xMalloc(size);
    party = COUNTS_OWN;
    return block;
}

static void *sqlite_realloc(void *block, int size) {
    party = COUNTS_SQLITE;
    void *moved = plain.xRealloc(block, size);
    party = COUNTS_OWN;
    return moved;
}

static void sqlite_free(void *block) {
    party = COUNTS_SQLITE;
    plain.xFree(block);
    party = COUNTS_OWN;
}

static void *libuv_malloc(size_t size) {
    party = COUNTS_LIBUV;
    void *block = malloc(size);
    party = COUNTS_OWN;
    return block;
}

static void *libuv_calloc(size_t count, size_t size) {
    party = COUNTS_LIBUV;
    void *block = calloc(count, size);
    party = COUNTS_OWN;
    return block;
}

static void *libuv_realloc(void *block, size_t size) {
    party = COUNTS_LIBUV;
    void *moved = realloc(block, size);
    party = COUNTS_OWN;
    return moved;
}

static void libuv_free(void *block) {
    party = COUNTS_LIBUV;
    free(block);
    party = COUNTS_OWN;
}

void counts_begin(void) {
    sqlite3_mem_methods methods;
    CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) == SQLITE_OK);
    methods = plain;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    methods.xFree = sqlite_free;
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    CHECK(uv_replace_allocator(libuv_malloc, libuv_realloc, libuv_calloc,
                               libuv_free) == 0);
}
