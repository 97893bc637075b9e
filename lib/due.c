/* SPDX-License-Identifier: Apache-2.0 */
#include "due.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

static void put(struct dbpool__due *due, uint32_t at,
                struct dbpool__due_entry entry) {
    due->entries[at] = entry;
    entry.request->due = at + 1;
}

/* @entry belongs at @at, or nearer to the root. */
static void sift_up(struct dbpool__due *due, uint32_t at,
                    struct dbpool__due_entry entry) {
    while (at != 0 && entry.ns < due->entries[(at - 1) / 2].ns) {
        put(due, at, due->entries[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(due, at, entry);
}

/* @entry belongs at @at, or farther from the root. */
static void sift_down(struct dbpool__due *due, uint32_t at,
                      struct dbpool__due_entry entry) {
    for (uint32_t child = 2 * at + 1; child < due->count; child = 2 * at + 1) {
        if (child + 1 < due->count &&
            due->entries[child + 1].ns < due->entries[child].ns) {
            child++;
        }
        if (entry.ns <= due->entries[child].ns) {
            break;
        }
        put(due, at, due->entries[child]);
        at = child;
    }
    put(due, at, entry);
}

static int make_room(struct dbpool__due *due) {
    if (due->count < due->room) {
        return DBPOOL_OK;
    }
    if (due->room >= UINT32_MAX / 2 - 1) {
        return DBPOOL_ENOMEM;
    }
    uint32_t room = due->room == 0 ? ROOM_FIRST : due->room * 2;
    struct dbpool__due_entry *before = due->entries;
    struct dbpool__due_entry *entries = malloc(room * sizeof *entries);
    if (entries == NULL) {
        return DBPOOL_ENOMEM;
    }
    if (before != NULL) {
        memcpy(entries, before, due->count * sizeof *entries);
    }
    /* In this order: who is forked in between may lose it, but never gives it
     * back twice. */
    due->entries = entries;
    due->room = room;
    free(before);
    return DBPOOL_OK;
}

int dbpool__due_add(struct dbpool__due *due, struct dbpool_request *request,
                    uint64_t ns) {
    int status = make_room(due);
    if (status == DBPOOL_OK) {
        sift_up(due, due->count++, (struct dbpool__due_entry){ns, request});
    }
    return status;
}

/* The last one fills the gap. */
void dbpool__due_remove(struct dbpool__due *due,
                        struct dbpool_request *request) {
    uint32_t at = request->due - 1;
    request->due = 0;
    struct dbpool__due_entry last = due->entries[--due->count];
    if (at == due->count) {
        return;
    }
    if (at != 0 && last.ns < due->entries[(at - 1) / 2].ns) {
        sift_up(due, at, last);
    } else {
        sift_down(due, at, last);
    }
}
