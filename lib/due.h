/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_DUE_H
#define DBPOOL_DUE_H

#include "dbpool.h"

/* Requests by their deadlines, the nearest first: a heap, of which each request
 * knows its place, so that any of them may leave.
 *
 * Invariant: entries[i - 1].request->due == i; nobody is due before entry 0.
 * Thread:    the loop's. */
struct dbpool__due_entry {
    uint64_t ns;
    struct dbpool_request *request;
};

struct dbpool__due {
    struct dbpool__due_entry *entries; /* owned; as large as it ever was */
    uint32_t count;
    uint32_t room;
};

/* 0 or DBPOOL_ENOMEM: then @request is not in it. */
int dbpool__due_add(struct dbpool__due *due, struct dbpool_request *request,
                    uint64_t ns);

/* @request is in it. */
void dbpool__due_remove(struct dbpool__due *due,
                        struct dbpool_request *request);

/* The request that is due first, if it is by @ns; else NULL. */
static inline struct dbpool_request *
dbpool__due_by(const struct dbpool__due *due, uint64_t ns) {
    bool any = due->count != 0 && due->entries[0].ns <= ns;
    return any ? due->entries[0].request : NULL;
}

#endif
