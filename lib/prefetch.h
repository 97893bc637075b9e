/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_PREFETCH_H
#define DBPOOL_PREFETCH_H

#include <stddef.h>

#include "pool.h"
#include "queue.h"

/* A request goes from the loop's processor to a thread's and back, and whoever
 * gets it waits for each cache line that the other has written. Requests lie in
 * memory in no order that a processor would foresee, so the next one is fetched
 * while this one is seen to.
 *
 * Nothing is read but what is the caller's already; the pointers found there
 * may be stale, as they are fetched and not followed. */

#define DBPOOL__CACHE_LINE 64

/* Always: gcc takes a function that does nothing but fetch for one without an
 * effect, and leaves out the calls that it has not inlined by then. */
#define DBPOOL__PREFETCH __attribute__((always_inline)) static inline void

DBPOOL__PREFETCH dbpool__prefetch(const struct dbpool_request *request) {
    const char *bytes = (const char *)request;
    for (size_t at = 0; at < sizeof *request; at += DBPOOL__CACHE_LINE) {
        __builtin_prefetch(bytes + at);
    }
}

/* Where rows were kept before, and will be again: the first of them. */
DBPOOL__PREFETCH dbpool__prefetch_rows(const struct dbpool_result *result) {
    const struct dbpool_value *values = result->values;
    if (values != NULL) {
        __builtin_prefetch(values);
        __builtin_prefetch((const char *)values + DBPOOL__CACHE_LINE);
    }
}

/* What running the first of @queue, which has been fetched, will look at. */
DBPOOL__PREFETCH
dbpool__prefetch_to_run(const struct dbpool__queue *queue) {
    if (queue->count == 0) {
        return;
    }
    const struct dbpool_request *next = queue->head;
    if (next->params_count != 0 && !dbpool__kind_is_function(next->kind)) {
        __builtin_prefetch(next->params->as.blob);
    }
    dbpool__prefetch_rows(&next->result);
}

/* What answering the first of @queue will look at, and the one behind it. */
DBPOOL__PREFETCH
dbpool__prefetch_to_answer(const struct dbpool__queue *queue) {
    if (queue->count == 0) {
        return;
    }
    const struct dbpool_request *next = queue->head;
    dbpool__prefetch(next->next);
    __builtin_prefetch(next->data);
    dbpool__prefetch_rows(&next->result);
}

#endif
