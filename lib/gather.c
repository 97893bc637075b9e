/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pool.h"

void dbpool_gather_init(struct dbpool_gather *gather, void *data) {
    *gather = (struct dbpool_gather){.data = data, .fired_index = -1};
}

static void fire(struct dbpool_gather *gather, int64_t index, int status) {
    gather->fired = true;
    gather->fired_index = index;
    gather->fired_status = status;
    if (gather->cb != NULL) {
        gather->cb(gather);
    }
}

void dbpool__gather_answered(struct dbpool_gather *gather, uint32_t index,
                             int status) {
    bool failed = status != DBPOOL_OK;
    gather->answered_count++;
    gather->failed_count += failed;
    if (gather->fired) {
        return;
    }
    bool first =
        failed ? gather->fire_on_one_errback : gather->fire_on_one_callback;
    if (first) {
        fire(gather, index, status);
    } else if (gather->answered_count == gather->requests_count) {
        fire(gather, -1, DBPOOL_OK);
    }
}

void dbpool__gather_fire_due(struct dbpool *pool) {
    struct dbpool_gather *gather = pool->gathers_due;
    pool->gathers_due = NULL;
    while (gather != NULL) {
        struct dbpool_gather *next = gather->next;
        fire(gather, -1, DBPOOL_OK);
        gather = dbpool__pool_is_forked(pool) ? NULL : next;
    }
}

static bool can_gather(const struct dbpool *pool,
                       struct dbpool_request *const *requests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct dbpool_request *request = requests[i];
        if (request->pool != pool || request->gather != NULL ||
            request->state != DBPOOL__REQUEST_UNANSWERED) {
            return false;
        }
    }
    return count <= UINT32_MAX;
}

/* All of @requests or, when one of them is twice in the list, none: false. */
static bool mark(struct dbpool_gather *gather, struct dbpool_request **requests,
                 size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (requests[i]->gather != NULL) {
            while (i-- > 0) {
                requests[i]->gather = NULL;
            }
            return false;
        }
        requests[i]->gather = gather;
        requests[i]->gather_index = (uint32_t)i;
    }
    return true;
}

static void make_due(struct dbpool *pool, struct dbpool_gather *gather) {
    struct dbpool_gather **end = &pool->gathers_due;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = gather;
    dbpool__turn_keep_loop(pool);
    (void)uv_async_send(&pool->wake);
}

int dbpool_gather(struct dbpool *pool, struct dbpool_gather *gather,
                  struct dbpool_request **requests, size_t requests_count,
                  dbpool_gather_cb cb) {
    if (dbpool__pool_is_forked(pool)) {
        return DBPOOL_EFORKED;
    }
    CHECK_LOOP_THREAD(pool);
    if (!can_gather(pool, requests, requests_count)) {
        return DBPOOL_EINVAL;
    }
    if (requests_count == 0 && pool->state != DBPOOL__OPEN) {
        return DBPOOL_ECLOSED;
    }
    if (!mark(gather, requests, requests_count)) {
        return DBPOOL_EINVAL;
    }
    bool never_fires = requests_count == 0 && gather->fire_on_one_callback;
    gather->pool = never_fires ? NULL : pool;
    gather->requests = requests;
    gather->requests_count = requests_count;
    gather->cb = cb;
    gather->next = NULL;
    gather->fired = false;
    gather->fired_index = -1;
    gather->fired_status = DBPOOL_OK;
    gather->answered_count = 0;
    gather->failed_count = 0;
    if (requests_count == 0 && !never_fires) {
        make_due(pool, gather);
    }
    return DBPOOL_OK;
}

int dbpool_gather_cancel(struct dbpool_gather *gather) {
    if (gather->pool == NULL || gather->fired) {
        return DBPOOL_EINVAL;
    }
    if (dbpool__pool_is_forked(gather->pool)) {
        return DBPOOL_EFORKED;
    }
    CHECK_LOOP_THREAD(gather->pool);
    for (size_t i = 0; i < gather->requests_count; i++) {
        if (gather->requests[i]->gather == gather) {
            (void)dbpool_cancel(gather->requests[i]);
        }
    }
    return DBPOOL_OK;
}
