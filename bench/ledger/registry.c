/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry.h"

#include <stdlib.h>

#include "base/check.h"
#include "ledger/leaf.h"

/* Chains stay short: a process that holds more things than this was made to
 * leak, and adding is O(1) even then. */
#define BUCKETS_COUNT 4096u

struct node {
    struct node *next;
    struct registry_entry entry;
};

static struct node *buckets[BUCKETS_COUNT];
static size_t nodes_count;
static uint64_t kind_counts[REGISTRY_KINDS_COUNT];
static uint64_t last_serial;

/* Nobody gives these back. Without it every leak checker would find them. */
__attribute__((destructor)) static void forget_for_good(void) {
    leaf_lock(LEAF_REGISTRY);
    for (size_t i = 0; i < BUCKETS_COUNT; i++) {
        struct node **link = &buckets[i];
        while (*link != NULL) {
            struct node *node = *link;
            if (node->entry.kind == REGISTRY_AT_END ||
                node->entry.kind == REGISTRY_MAKER) {
                *link = node->next;
                nodes_count--;
                free(node);
            } else {
                link = &node->next;
            }
        }
    }
    leaf_unlock(LEAF_REGISTRY);
}

static struct node **bucket_of(enum registry_kind kind, uint64_t key) {
    /* Fibonacci hashing: addresses are multiples of 16. */
    uint64_t hash = (key ^ (uint64_t)kind << 60) * UINT64_C(0x9E3779B97F4A7C15);
    return &buckets[(hash >> 32) % BUCKETS_COUNT];
}

/* The link that points to the node, or to the NULL at the chain's end. */
static struct node **find(enum registry_kind kind, uint64_t key) {
    struct node **link = bucket_of(kind, key);
    while (*link != NULL &&
           ((*link)->entry.kind != kind || (*link)->entry.key != key)) {
        link = &(*link)->next;
    }
    return link;
}

static struct node *unlink_node(enum registry_kind kind, uint64_t key) {
    struct node **link = find(kind, key);
    struct node *node = *link;
    if (node != NULL) {
        *link = node->next;
        nodes_count--;
        kind_counts[kind]--;
    }
    return node;
}

static void insert(const struct registry_entry *entry, bool is_new) {
    struct node *node = malloc(sizeof *node);
    if (node == NULL) {
        check_out_of_memory();
    }
    node->entry = *entry;
    leaf_lock(LEAF_REGISTRY);
    struct node *replaced = unlink_node(entry->kind, entry->key);
    struct node **bucket = bucket_of(entry->kind, entry->key);
    if (is_new) {
        node->entry.serial = ++last_serial;
    }
    node->next = *bucket;
    *bucket = node;
    nodes_count++;
    kind_counts[entry->kind]++;
    leaf_unlock(LEAF_REGISTRY);
    free(replaced);
}

void registry_add(const struct registry_entry *entry) {
    struct registry_entry added = *entry;
    origin_now(entry->origin.primitive, &added.origin);
    insert(&added, true);
}

void registry_restore(const struct registry_entry *entry) {
    insert(entry, false);
}

bool registry_remove(enum registry_kind kind, uint64_t key,
                     struct registry_entry *entry_out) {
    leaf_lock(LEAF_REGISTRY);
    struct node *node = unlink_node(kind, key);
    leaf_unlock(LEAF_REGISTRY);
    if (node == NULL) {
        return false;
    }
    if (entry_out != NULL) {
        *entry_out = node->entry;
    }
    free(node);
    return true;
}

bool registry_closing(uint64_t key, void (*closed)(struct uv_handle_s *)) {
    leaf_lock(LEAF_REGISTRY);
    struct node *node = *find(REGISTRY_HANDLE, key);
    if (node != NULL) {
        node->entry.closed = closed;
    }
    leaf_unlock(LEAF_REGISTRY);
    return node != NULL;
}

size_t registry_list(struct registry_entry *entries, size_t capacity) {
    size_t written = 0;
    leaf_lock(LEAF_REGISTRY);
    size_t count = nodes_count;
    for (size_t i = 0; i < BUCKETS_COUNT; i++) {
        for (const struct node *node = buckets[i];
             node != NULL && written < capacity; node = node->next) {
            entries[written++] = node->entry;
        }
    }
    leaf_unlock(LEAF_REGISTRY);
    return count;
}

uint64_t registry_count(enum registry_kind kind) {
    leaf_lock(LEAF_REGISTRY);
    uint64_t count = kind_counts[kind];
    leaf_unlock(LEAF_REGISTRY);
    return count;
}
