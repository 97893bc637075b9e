/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "pool.h"

struct list {
    const struct dbpool *pool;
    struct dbpool_census_entry *entries;
    size_t capacity;
    size_t count;
};

static const char *text_of(const struct dbpool_request *request) {
    switch ((enum dbpool__request_kind)request->kind) {
    case DBPOOL__INTERACTION:
        return "interaction";
    case DBPOOL__WITH_CONNECTION:
        return "whole connection";
    default:
        return request->what.sql;
    }
}

/* @request: NULL for one that a thread has. */
static void add(struct list *list, const struct dbpool_request *request) {
    const struct dbpool *pool = list->pool;
    if (list->count < list->capacity) {
        struct dbpool_census_entry *entry = &list->entries[list->count];
        *entry = (struct dbpool_census_entry){
            .kind = DBPOOL_KIND_REQUEST,
            .owner_id = pool->owner.id,
            .tag = pool->owner.tag,
            .pool_site = pool->site,
        };
        if (request != NULL) {
            const char *text = text_of(request);
            entry->id = request->number;
            entry->object = request;
            entry->site = request->site;
            memcpy(entry->text, text, strnlen(text, sizeof entry->text - 1));
        }
    }
    list->count++;
}

static void add_queue(struct list *list, const struct dbpool__queue *queue) {
    const struct dbpool_request *request = queue->head;
    for (size_t i = 0; i < queue->count; i++) {
        add(list, request);
        request = request->next;
    }
}

/* What a thread has is in lists of its own, which nobody else may read: these
 * are known by their number. */
size_t dbpool_unanswered(struct dbpool *pool,
                         struct dbpool_census_entry *entries, size_t capacity) {
    struct list list = {pool, entries, capacity, 0};
    if (dbpool__pool_is_forked(pool) || !dbpool__pool_is_loop_thread(pool)) {
        return 0;
    }
    add_queue(&list, &pool->staged);
    add_queue(&list, &pool->staged_writes);
    add_queue(&list, &pool->parked);
    uv_mutex_lock(&pool->mutex);
    add_queue(&list, &pool->queue);
    add_queue(&list, &pool->lane.writes);
    add_queue(&list, &pool->finished);
    uv_mutex_unlock(&pool->mutex);
    while (list.count < pool->stats.unanswered) {
        add(&list, NULL);
    }
    return list.count;
}
