/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_CENSUS_H
#define DBPOOL_CENSUS_H

#include <stdatomic.h>
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
    /* Of a connection: its newest statement, which is in the list; NULL: none.
     * Written by the connection's thread alone. */
    _Atomic(const struct dbpool__entry *) last;
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

/* Removes a statement's, which is its connection's last no more. */
void dbpool__census_remove_last(struct dbpool__entry *connection,
                                struct dbpool__entry *statement);

/* Around a fork: fork.c. In the child nothing of the parent's is listed; says
 * whether there were threads or connections. */
void dbpool__census_lock(void);
void dbpool__census_unlock(void);
bool dbpool__census_forget(void);

/* Which kernel thread a thread's entry is about, once that runs. */
void dbpool__census_set_thread(struct dbpool__entry *entry, int64_t thread_id);

#endif
