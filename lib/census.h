/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_CENSUS_H
#define DBPOOL_CENSUS_H

#include <stdint.h>

#include "dbpool.h"

/* The list behind dbpool_census(): one entry a thing, embedded in the thing.
 *
 * Thread: any; one process-wide mutex, a leaf, held for list work only. */
struct dbpool__entry {
    struct dbpool__entry *next;
    struct dbpool__entry *previous;
    enum dbpool_kind kind;
    uint64_t id; /* 0: not in the list */
    uint64_t owner_id;
    uint64_t tag;
    const void *object;
    int64_t thread_id;
    struct dbpool_site site;
    struct dbpool_site pool_site;
    const char *text; /* borrowed while in the list; NULL: none */
};

/* What the entries of one pool share, and the next thing's owner. */
struct dbpool__owner {
    uint64_t id;
    uint64_t tag;
    struct dbpool_site pool_site;
};

/* All fields but the links and the id are filled in by the caller. */
void dbpool__census_add(struct dbpool__entry *entry);

/* An entry that is not in the list is ignored. */
void dbpool__census_remove(struct dbpool__entry *entry);

/* Around a fork: fork.c. In the child nothing of the parent's is listed; says
 * whether there were threads or connections. */
void dbpool__census_lock(void);
void dbpool__census_unlock(void);
bool dbpool__census_forget(void);

/* Which kernel thread a thread's entry is about, once that runs. */
void dbpool__census_set_thread(struct dbpool__entry *entry, int64_t thread_id);

#endif
