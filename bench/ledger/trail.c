/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/trail.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "ledger/leaf.h"

/* Past the wraps: the ledger's own is in no ledger. */
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);
int __real_munmap(void *address, size_t size);

#define BUCKETS_COUNT 8192u
#define CHUNK_NODES 2047u

/* One return address, reached by one way. */
struct node {
    struct node *next; /* in its bucket */
    const struct node *parent;
    uintptr_t address;
    ptrdiff_t step;  /* from its slot to that of the next frame, in words */
    unsigned number; /* not 0: the way ends here */
};

struct chunk {
    struct chunk *older;
    struct node nodes[CHUNK_NODES];
};

static _Atomic(struct node *) buckets[BUCKETS_COUNT];
static struct chunk *newest;
static unsigned nodes_left;

/* How far up this thread's stack was unwound: nobody reads beyond. */
static _Thread_local const uintptr_t *top;

static _Atomic(struct node *) *bucket_of(const struct node *parent,
                                         uintptr_t address) {
    uint64_t hash =
        ((uintptr_t)parent ^ (address << 16)) * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ address) * UINT64_C(0x9E3779B97F4A7C15);
    return &buckets[(hash >> 40) % BUCKETS_COUNT];
}

static inline bool is_at(const struct node *node, const struct node *parent,
                         uintptr_t address) {
    return node->parent == parent && node->address == address;
}

/* ---- Finding ------------------------------------------------------------- */

/* The stack is the calling thread's own, but of other functions' frames, which
 * a sanitizer would keep apart. */
__attribute__((no_sanitize("address"))) static uintptr_t
peek(const uintptr_t *slot) {
    return *(const volatile uintptr_t *)slot;
}

static const struct node *child_of(const struct node *parent,
                                   uintptr_t address) {
    const struct node *node =
        atomic_load_explicit(bucket_of(parent, address), memory_order_acquire);
    while (node != NULL && !is_at(node, parent, address)) {
        node = node->next;
    }
    return node;
}

unsigned trail_find(const uintptr_t *slot) {
    const struct node *node = NULL;
    while (slot <= top) {
        node = child_of(node, peek(slot));
        if (node == NULL) {
            return 0;
        }
        if (node->number != 0) {
            return node->number;
        }
        slot += node->step;
    }
    return 0;
}

/* ---- Adding -------------------------------------------------------------- */

static struct node *next_node(void) {
    if (nodes_left == 0) {
        struct chunk *chunk =
            __real_mmap(NULL, sizeof *chunk, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED) {
            check_out_of_memory();
        }
        chunk->older = newest;
        newest = chunk;
        nodes_left = CHUNK_NODES;
    }
    return &newest->nodes[--nodes_left];
}

static const struct node *descend(const struct node *wanted) {
    _Atomic(struct node *) *bucket = bucket_of(wanted->parent, wanted->address);
    struct node *first = atomic_load_explicit(bucket, memory_order_relaxed);
    for (struct node *node = first; node != NULL; node = node->next) {
        if (is_at(node, wanted->parent, wanted->address) &&
            node->step == wanted->step && node->number == wanted->number) {
            return node;
        }
    }
    struct node *node = next_node();
    *node = *wanted;
    node->next = first;
    atomic_store_explicit(bucket, node, memory_order_release);
    return node;
}

static bool can_be_walked(const struct trail_frame *frames, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (peek(frames[i].slot) != frames[i].address ||
            (i > 0 && frames[i].slot <= frames[i - 1].slot)) {
            return false;
        }
    }
    return count > 0;
}

void trail_add(const struct trail_frame *frames, unsigned count,
               unsigned number) {
    CHECK(number != 0);
    if (!can_be_walked(frames, count)) {
        return;
    }
    const struct node *parent = NULL;
    leaf_lock(LEAF_TRAIL);
    for (unsigned i = 0; i < count; i++) {
        const bool is_last = i + 1 == count;
        const struct node wanted = {
            .parent = parent,
            .address = frames[i].address,
            .step = is_last ? 0 : frames[i + 1].slot - frames[i].slot,
            .number = is_last ? number : 0,
        };
        parent = descend(&wanted);
    }
    leaf_unlock(LEAF_TRAIL);
    if (top < frames[count - 1].slot) {
        top = frames[count - 1].slot;
    }
}

void trail_forget(void) {
    leaf_lock(LEAF_TRAIL);
    for (unsigned i = 0; i < BUCKETS_COUNT; i++) {
        atomic_store_explicit(&buckets[i], NULL, memory_order_relaxed);
    }
    while (newest != NULL) {
        struct chunk *older = newest->older;
        (void)__real_munmap(newest, sizeof *newest);
        newest = older;
    }
    nodes_left = 0;
    leaf_unlock(LEAF_TRAIL);
}
