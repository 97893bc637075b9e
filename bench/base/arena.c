/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define BLOCK_SIZE ((size_t)16 * 1024)
#define ARRAY_FIRST 4

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

/* The first block is the one that is filled. */
struct arena {
    struct block *blocks;
};

struct arena *arena_new(void) {
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL) {
        check_out_of_memory();
    }
    return arena;
}

void arena_free(struct arena *arena) {
    if (arena == NULL) {
        return;
    }
    struct block *block = arena->blocks;
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static struct block *block_new(size_t size) {
    if (size > SIZE_MAX - sizeof(struct block)) {
        check_out_of_memory();
    }
    struct block *block = calloc(1, sizeof *block + size);
    if (block == NULL) {
        check_out_of_memory();
    }
    block->size = size;
    return block;
}

/* What is larger than a block gets one of its own, put behind the one that is
 * being filled, whose rest stays in use. */
static void *alloc_alone(struct arena *arena, size_t size) {
    struct block *block = block_new(size);
    block->used = size;
    if (arena->blocks == NULL) {
        arena->blocks = block;
    } else {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    }
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > BLOCK_SIZE / 2) {
        return alloc_alone(arena, size);
    }
    const size_t align = alignof(max_align_t);
    size = size == 0 ? align : (size + align - 1) / align * align;
    struct block *block = arena->blocks;
    if (block == NULL || size > block->size - block->used) {
        block = block_new(BLOCK_SIZE);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *bytes = block->bytes + block->used;
    block->used += size;
    return bytes;
}

char *arena_text(struct arena *arena, const char *text) {
    return text == NULL ? NULL : arena_text_n(arena, text, strlen(text));
}

char *arena_text_n(struct arena *arena, const char *bytes, size_t size) {
    if (bytes == NULL) {
        return NULL;
    }
    if (size == SIZE_MAX) {
        check_out_of_memory();
    }
    char *copy = arena_alloc(arena, size + 1);
    memcpy(copy, bytes, size);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *text = arena_vformat(arena, format, list);
    va_end(list);
    return text;
}

char *arena_vformat(struct arena *arena, const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    CHECK(length >= 0);
    size_t size = (size_t)length + 1;
    char *text = arena_alloc(arena, size);
    (void)vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

void *arena_more(struct arena *arena, void *items, size_t items_count,
                 size_t item_size) {
    /* The capacity is not kept: it is always ARRAY_FIRST doubled so often
     * that the items fit, so an array is full at exactly these counts. */
    bool full = items_count == 0 || (items_count >= ARRAY_FIRST &&
                                     (items_count & (items_count - 1)) == 0);
    if (!full) {
        return items;
    }
    size_t capacity = items_count == 0 ? ARRAY_FIRST : 2 * items_count;
    if (capacity > SIZE_MAX / item_size) {
        check_out_of_memory();
    }
    void *moved = arena_alloc(arena, capacity * item_size);
    if (items_count != 0) {
        memcpy(moved, items, items_count * item_size);
    }
    return moved;
}
