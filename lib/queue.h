/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_QUEUE_H
#define DBPOOL_QUEUE_H

#include <stddef.h>

#include "dbpool.h"

/* Requests in order, linked through themselves in both directions; what is
 * before the head and behind the tail is undefined.
 *
 * Invariant: count is the length; tail is undefined while count is 0. */
struct dbpool__queue {
    struct dbpool_request *head;
    struct dbpool_request *tail;
    size_t count;
};

static inline void dbpool__queue_push(struct dbpool__queue *queue,
                                      struct dbpool_request *request) {
    request->next = NULL;
    if (queue->count == 0) {
        queue->head = request;
    } else {
        queue->tail->next = request;
        request->previous = queue->tail;
    }
    queue->tail = request;
    queue->count++;
}

static inline struct dbpool_request *
dbpool__queue_pop(struct dbpool__queue *queue) {
    if (queue->count == 0) {
        return NULL;
    }
    struct dbpool_request *request = queue->head;
    queue->head = request->next;
    queue->count--;
    return request;
}

/* Moves the first @count of @from, of which @last is the last one, into @to,
 * which is empty. */
static inline void dbpool__queue_cut(struct dbpool__queue *to,
                                     struct dbpool__queue *from,
                                     struct dbpool_request *last,
                                     size_t count) {
    *to = (struct dbpool__queue){from->head, last, count};
    from->head = last->next;
    from->count -= count;
    last->next = NULL;
}

/* @request is in @queue. */
static inline void dbpool__queue_remove(struct dbpool__queue *queue,
                                        struct dbpool_request *request) {
    if (request == queue->head) {
        queue->head = request->next;
    } else {
        request->previous->next = request->next;
    }
    if (request == queue->tail) {
        queue->tail = request->previous;
    } else {
        request->next->previous = request->previous;
    }
    queue->count--;
}

/* Moves all of @from behind what is in @to. */
static inline void dbpool__queue_append(struct dbpool__queue *to,
                                        struct dbpool__queue *from) {
    if (from->count == 0) {
        return;
    }
    if (to->count == 0) {
        to->head = from->head;
    } else {
        to->tail->next = from->head;
        from->head->previous = to->tail;
    }
    to->tail = from->tail;
    to->count += from->count;
    *from = (struct dbpool__queue){0};
}

#endif
