/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/blocks.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "base/annotate.h"
#include "base/check.h"
#include "ledger/origin.h"
#include "ledger/origins.h"

/* Past the wraps: the ledger's own is in no ledger. */
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset);
int __real_munmap(void *address, size_t size);

/* Tables of places, each twice as large as the one before it. A block's place
 * is one of the next PROBES_MAX from where its address says, in the first table
 * that has one of them free; so a table never has to be made anew, and what is
 * made and given back over and over finds its old place. */
#define TABLES_MAX 24u
#define TABLE_BITS 14u
#define PROBES_MAX 16u

/* What is no address is below 3. */
#define KEY_FREE 0u  /* never used: what would be behind it is not there */
#define KEY_LEFT 1u  /* used before */
#define KEY_TAKEN 2u /* being written */
#define KEY_MASK UINT64_C(0xA5A5000000000000)

/* Relaxed, but that a key says that the rest is written: what is listed must
 * order nothing, or a race would hide behind it. */
struct place {
    _Atomic uint64_t key;
    _Atomic uint64_t serial; /* the owner in its lowest bits */
    _Atomic uint64_t bytes;
    _Atomic uint64_t tag;
    _Atomic(const struct origin *) origin;
};

#define OWNER_BITS 2u
#define OWNER_MASK ((1u << OWNER_BITS) - 1)

static _Atomic(struct place *) tables[TABLES_MAX];

static uint64_t key_of(const void *block) {
    return (uintptr_t)block ^ KEY_MASK;
}

static uint64_t load(const _Atomic uint64_t *value) {
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void store(_Atomic uint64_t *value, uint64_t wanted) {
    atomic_store_explicit(value, wanted, memory_order_relaxed);
}

static size_t places_count(unsigned table) {
    return (size_t)1 << (TABLE_BITS + table);
}

/* All of its pages at once: if they came with their first use, memory would
 * seem to grow for a long time. */
static struct place *table_new(unsigned number) {
    size_t size = places_count(number) * sizeof(struct place);
    void *memory = __real_mmap(
        NULL, size, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        check_out_of_memory();
    }
    ANNOTATE_UNCHECKED_BYTES(memory, size);
    struct place *none = NULL;
    if (!atomic_compare_exchange_strong(&tables[number], &none, memory)) {
        (void)__real_munmap(memory, size);
        return none; /* another thread was first */
    }
    return memory;
}

/* Where to look first; the others follow, at the end from the beginning. */
static inline size_t start_of(uint64_t key, unsigned table) {
    uint64_t hash = key * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> (64 - TABLE_BITS - table));
}

static inline struct place *place_at(struct place *table, unsigned number,
                                     size_t index) {
    return &table[index & (places_count(number) - 1)];
}

static inline bool take(struct place *place) {
    uint64_t now = load(&place->key);
    return now <= KEY_LEFT && atomic_compare_exchange_strong_explicit(
                                  &place->key, &now, KEY_TAKEN,
                                  memory_order_acquire, memory_order_relaxed);
}

static struct place *take_place(uint64_t key) {
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        struct place *table =
            atomic_load_explicit(&tables[i], memory_order_acquire);
        if (table == NULL) {
            table = table_new(i);
        }
        size_t start = start_of(key, i);
        for (size_t j = start; j < start + PROBES_MAX; j++) {
            struct place *place = place_at(table, i, j);
            if (take(place)) {
                return place;
            }
        }
    }
    check_out_of_memory();
}

static struct place *find_place(uint64_t key) {
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        struct place *table =
            atomic_load_explicit(&tables[i], memory_order_acquire);
        if (table == NULL) {
            return NULL;
        }
        size_t start = start_of(key, i);
        for (size_t j = start; j < start + PROBES_MAX; j++) {
            struct place *place = place_at(table, i, j);
            uint64_t now = load(&place->key);
            if (now == key) {
                return place;
            }
            if (now == KEY_FREE) {
                break;
            }
        }
    }
    return NULL;
}

/* Unique without asking other threads: whose it is, and its how manieth. */
static uint64_t next_serial(void) {
    static _Thread_local uint64_t last;
    if (last == 0) {
        last = origin_thread() << 38;
    }
    return ++last;
}

void blocks_restore(const void *block, const struct blocks_entry *entry) {
    uint64_t key = key_of(block);
    struct place *place = take_place(key);
    store(&place->serial, entry->serial << OWNER_BITS | (uint64_t)entry->owner);
    store(&place->bytes, entry->bytes);
    store(&place->tag, entry->tag);
    atomic_store_explicit(&place->origin, entry->origin, memory_order_relaxed);
    atomic_store_explicit(&place->key, key, memory_order_release);
}

void blocks_add(enum heap_owner owner, const char *primitive, const void *block,
                uint64_t bytes) {
    struct blocks_entry entry = {
        .owner = owner,
        .serial = next_serial(),
        .bytes = bytes,
    };
    entry.origin = origins_now(primitive, &entry.tag);
    blocks_restore(block, &entry);
}

static void read_place(const struct place *place, struct blocks_entry *out) {
    uint64_t serial = load(&place->serial);
    *out = (struct blocks_entry){
        .owner = (enum heap_owner)(serial & OWNER_MASK),
        .serial = serial >> OWNER_BITS,
        .bytes = load(&place->bytes),
        .tag = load(&place->tag),
        .origin = atomic_load_explicit(&place->origin, memory_order_relaxed),
    };
}

bool blocks_remove(const void *block, struct blocks_entry *entry_out) {
    struct place *place = find_place(key_of(block));
    if (place == NULL) {
        return false;
    }
    if (entry_out != NULL) {
        read_place(place, entry_out);
    }
    /* Not before it is read: who takes the place writes over it. */
    atomic_store_explicit(&place->key, KEY_LEFT, memory_order_release);
    return true;
}

size_t blocks_list(struct blocks_entry *entries, size_t capacity) {
    size_t count = 0;
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        struct place *table = atomic_load(&tables[i]);
        for (size_t j = 0; table != NULL && j < places_count(i); j++) {
            uint64_t key =
                atomic_load_explicit(&table[j].key, memory_order_acquire);
            if (key <= KEY_TAKEN) {
                continue;
            }
            if (count < capacity) {
                read_place(&table[j], &entries[count]);
            }
            count++;
        }
    }
    return count;
}
