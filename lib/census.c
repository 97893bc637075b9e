/* SPDX-License-Identifier: Apache-2.0 */
#include "census.h"

#include <pthread.h>
#include <string.h>

#include "annotate.h"

/* A ring with its head outside of it: id 0, never counted. */
static struct dbpool__entry ring = {.next = &ring, .previous = &ring};
static uint64_t last_id;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void dbpool__census_add(struct dbpool__entry *entry) {
    DBPOOL__IS_ATOMIC(entry->last);
    (void)pthread_mutex_lock(&mutex);
    entry->id = ++last_id;
    entry->next = &ring;
    entry->previous = ring.previous;
    ring.previous->next = entry;
    ring.previous = entry;
    (void)pthread_mutex_unlock(&mutex);
}

static void take_out(struct dbpool__entry *entry) {
    entry->next->previous = entry->previous;
    entry->previous->next = entry->next;
    entry->id = 0;
}

void dbpool__census_remove(struct dbpool__entry *entry) {
    if (entry->id == 0) {
        return;
    }
    (void)pthread_mutex_lock(&mutex);
    take_out(entry);
    (void)pthread_mutex_unlock(&mutex);
}

/* In one step: who reads the list follows the connection's pointer. */
void dbpool__census_remove_last(struct dbpool__entry *connection,
                                struct dbpool__entry *statement) {
    (void)pthread_mutex_lock(&mutex);
    if (atomic_load_explicit(&connection->last, memory_order_relaxed) ==
        statement) {
        atomic_store_explicit(&connection->last, NULL, memory_order_relaxed);
    }
    take_out(statement);
    (void)pthread_mutex_unlock(&mutex);
}

void dbpool__census_lock(void) {
    (void)pthread_mutex_lock(&mutex);
}

void dbpool__census_unlock(void) {
    (void)pthread_mutex_unlock(&mutex);
}

bool dbpool__census_forget(void) {
    bool in_use = false;
    for (const struct dbpool__entry *entry = ring.next; entry != &ring;
         entry = entry->next) {
        in_use |= entry->kind == DBPOOL_KIND_THREAD ||
                  entry->kind == DBPOOL_KIND_CONNECTION;
    }
    ring.next = ring.previous = &ring;
    dbpool__census_unlock();
    return in_use;
}

void dbpool__census_set_thread(struct dbpool__entry *entry, int64_t thread_id) {
    (void)pthread_mutex_lock(&mutex);
    entry->thread_id = thread_id;
    (void)pthread_mutex_unlock(&mutex);
}

/* A statement is in the list before it is somebody's last, and leaves it under
 * the mutex. */
static uint64_t last_id_of(const struct dbpool__entry *entry) {
    const struct dbpool__entry *last =
        atomic_load_explicit(&entry->last, memory_order_acquire);
    return last == NULL ? 0 : last->id;
}

static void describe(const struct dbpool__entry *entry,
                     struct dbpool_census_entry *out) {
    *out = (struct dbpool_census_entry){
        .kind = entry->kind,
        .id = entry->id,
        .owner_id = entry->owner_id,
        .last_id = last_id_of(entry),
        .tag = entry->tag,
        .object = entry->object,
        .thread_id = entry->thread_id,
        .site = entry->site,
        .pool_site = entry->pool_site,
    };
    if (entry->text != NULL) {
        size_t size = strnlen(entry->text, sizeof out->text - 1);
        memcpy(out->text, entry->text, size);
    }
}

size_t dbpool_census(struct dbpool_census_entry *entries, size_t capacity) {
    size_t count = 0;
    (void)pthread_mutex_lock(&mutex);
    for (const struct dbpool__entry *entry = ring.next; entry != &ring;
         entry = entry->next) {
        if (count < capacity) {
            describe(entry, &entries[count]);
        }
        count++;
    }
    (void)pthread_mutex_unlock(&mutex);
    return count;
}
