/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/origins.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "dbpool.h"
#include "ledger/leaf.h"
#include "ledger/origin.h"
#include "ledger/stacks.h"

/* Past the wraps: the ledger's own is in no ledger. */
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);

#define BUCKETS_COUNT 1024u
#define CHUNK_SIZE ((size_t)64 * 1024)

/* Most of what a thread makes has the origin of what it made before. */
#define RECENT_COUNT 8u

/* A lookup makes blocks of its own, and a backtrace for each would slow it
 * down: in each cycle each thread takes some, and then one now and again. */
#define STACKS_OF_CYCLE 1000u
#define STACKS_ONE_OF 64u

struct node {
    struct node *next;
    struct origin origin;
};

static struct node *buckets[BUCKETS_COUNT];
static _Thread_local const struct origin *recent[RECENT_COUNT];

struct moment {
    struct dbpool_activity activity;
    const char *primitive;
    const char *within;
    unsigned stack;
};

static inline bool is_same_site(const struct dbpool_site *one,
                                const struct dbpool_site *other) {
    return one->file == other->file && one->line == other->line &&
           one->function == other->function;
}

static inline bool is_named(const struct origin *origin, const char *name) {
    return name == NULL
               ? origin->pool_name[0] == '\0'
               : strncmp(origin->pool_name, name, ORIGIN_NAME_SIZE - 1) == 0;
}

static inline bool is_alike(const struct origin *origin,
                            const struct moment *moment) {
    const struct dbpool_activity *activity = &moment->activity;
    return origin->primitive == moment->primitive &&
           origin->within == moment->within && origin->stack == moment->stack &&
           origin->thread_number == activity->thread_number &&
           is_same_site(&origin->pool_site, &activity->pool_site) &&
           is_same_site(&origin->site, &activity->site);
}

static inline bool is_of(const struct origin *origin,
                         const struct moment *moment) {
    return is_alike(origin, moment) &&
           is_named(origin, moment->activity.pool_name);
}

/* A pool's thread is no other pool's, so it need not look at the name. */
static inline bool is_recent(const struct origin *origin,
                             const struct moment *moment) {
    return origin != NULL && is_alike(origin, moment) &&
           (moment->activity.thread_number != 0 ||
            is_named(origin, moment->activity.pool_name));
}

static struct node **bucket_of(const struct moment *moment) {
    const struct dbpool_activity *activity = &moment->activity;
    const uint64_t parts[] = {
        (uintptr_t)moment->primitive,
        (uintptr_t)moment->within,
        moment->stack,
        activity->thread_number,
        (uintptr_t)activity->pool_site.file,
        (uint64_t)activity->pool_site.line,
        (uintptr_t)activity->site.file,
        (uint64_t)activity->site.line,
    };
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash = (hash ^ parts[i]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return &buckets[(hash >> 32) % BUCKETS_COUNT];
}

/* From the kernel: what is kept for good is no block that somebody lost. */
static struct node *next_node(void) {
    static struct node *nodes;
    static size_t nodes_left;
    if (nodes_left == 0) {
        void *memory = __real_mmap(NULL, CHUNK_SIZE, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            check_out_of_memory();
        }
        nodes = memory;
        nodes_left = CHUNK_SIZE / sizeof *nodes;
    }
    nodes_left--;
    return nodes++;
}

static struct node *node_new(const struct moment *moment) {
    const struct dbpool_activity *activity = &moment->activity;
    struct node *node = next_node();
    node->origin = (struct origin){
        .primitive = moment->primitive,
        .within = moment->within,
        .thread_number = activity->thread_number,
        .stack = moment->stack,
        .pool_site = activity->pool_site,
        .site = activity->site,
    };
    if (activity->pool_name != NULL) {
        memcpy(node->origin.pool_name, activity->pool_name,
               strnlen(activity->pool_name, ORIGIN_NAME_SIZE - 1));
    }
    return node;
}

static const struct origin *keep(const struct moment *moment) {
    struct node **bucket = bucket_of(moment);
    leaf_lock(LEAF_ORIGINS);
    struct node *node = *bucket;
    while (node != NULL && !is_of(&node->origin, moment)) {
        node = node->next;
    }
    if (node == NULL) {
        node = node_new(moment);
        node->next = *bucket;
        *bucket = node;
    }
    leaf_unlock(LEAF_ORIGINS);
    return &node->origin;
}

static bool stack_is_due(uint64_t tag) {
    static _Thread_local uint64_t cycle;
    static _Thread_local unsigned count;
    if (cycle != tag) {
        cycle = tag;
        count = 0;
    }
    count++;
    return count <= STACKS_OF_CYCLE || count % STACKS_ONE_OF == 0;
}

const struct origin *origins_now(const char *primitive, uint64_t *tag_out) {
    struct moment moment;
    moment.activity = dbpool_activity();
    moment.primitive = primitive;
    moment.within = origin_outermost;
    *tag_out = origin_tag(&moment.activity);
    moment.stack =
        stacks_are_taken() && stack_is_due(*tag_out) ? stacks_now() : 0;
    const struct origin **last =
        &recent[((uintptr_t)primitive >> 3) % RECENT_COUNT];
    if (!is_recent(*last, &moment)) {
        *last = keep(&moment);
    }
    return *last;
}
