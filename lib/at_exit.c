/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include "dbpool.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static dbpool_exit_cb callback; /* guarded by mutex, down to here */
static void *callback_data;
static bool registered;

struct snapshot {
    struct dbpool_census_entry *entries; /* their ids rise */
    size_t count;
};

static int compare_ids(const void *key, const void *item) {
    const uint64_t *id = key;
    const struct dbpool_census_entry *entry = item;
    return (*id > entry->id) - (*id < entry->id);
}

static const struct dbpool_census_entry *find(const struct snapshot *snapshot,
                                              uint64_t id) {
    return bsearch(&id, snapshot->entries, snapshot->count,
                   sizeof *snapshot->entries, compare_ids);
}

/* A statement's connection's thread's pool. */
static uint64_t pool_of(const struct snapshot *snapshot,
                        const struct dbpool_census_entry *entry) {
    while (entry != NULL && entry->owner_id != 0) {
        entry = find(snapshot, entry->owner_id);
    }
    return entry == NULL ? 0 : entry->id;
}

static void report(const struct snapshot *snapshot,
                   const struct dbpool_census_entry *pool, dbpool_exit_cb cb,
                   void *data) {
    struct dbpool_exit_report report = {.pool = *pool};
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct dbpool_census_entry *entry = &snapshot->entries[i];
        if (entry->id > pool->id && pool_of(snapshot, entry) == pool->id) {
            report.threads_count += entry->kind == DBPOOL_KIND_THREAD;
            report.connections_count += entry->kind == DBPOOL_KIND_CONNECTION;
            report.statements_count += entry->kind == DBPOOL_KIND_STATEMENT;
        }
    }
    cb(&report, data);
}

/* Threads may still run: what there is, is what there was at this moment. */
static void report_all(void) {
    (void)pthread_mutex_lock(&mutex);
    dbpool_exit_cb cb = callback;
    void *data = callback_data;
    (void)pthread_mutex_unlock(&mutex);
    size_t count = cb == NULL ? 0 : dbpool_census(NULL, 0);
    if (count == 0) {
        return;
    }
    struct snapshot snapshot = {.entries =
                                    calloc(count, sizeof *snapshot.entries)};
    if (snapshot.entries == NULL) {
        return;
    }
    snapshot.count = dbpool_census(snapshot.entries, count);
    if (snapshot.count > count) {
        snapshot.count = count; /* more has come in between */
    }
    for (size_t i = 0; i < snapshot.count; i++) {
        if (snapshot.entries[i].kind == DBPOOL_KIND_POOL) {
            report(&snapshot, &snapshot.entries[i], cb, data);
        }
    }
    free(snapshot.entries);
}

int dbpool_at_exit(dbpool_exit_cb report_cb, void *data) {
    (void)pthread_mutex_lock(&mutex);
    if (!registered && report_cb != NULL) {
        registered = atexit(report_all) == 0;
    }
    bool done = registered || report_cb == NULL;
    if (done) {
        callback = report_cb;
        callback_data = data;
    }
    (void)pthread_mutex_unlock(&mutex);
    return done ? DBPOOL_OK : DBPOOL_ENOMEM;
}
