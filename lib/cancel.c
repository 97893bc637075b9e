/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pool.h"

/* Where @request waits; NULL: nowhere any more. */
static struct dbpool__queue *queue_of(struct dbpool *pool,
                                      const struct dbpool_request *request) {
    switch (request->place) {
    case DBPOOL__PLACE_WAITING:
        return &pool->queue;
    case DBPOOL__PLACE_LANE:
        return &pool->lane.writes;
    case DBPOOL__PLACE_PARKED:
        return &pool->parked;
    default:
        return NULL;
    }
}

/* The one that has @request finds the reason when it asks. Mutex held. */
static void alarm_thread(struct dbpool *pool, struct dbpool_request *request,
                         enum dbpool__stop stop) {
    if (request->stop == DBPOOL__STOP_NONE || stop == DBPOOL__STOP_CANCELED) {
        request->stop = (uint8_t)stop;
    }
    if (!request->alarmed) {
        request->alarmed = true;
        (void)atomic_fetch_add(&pool->alarms, 1);
    }
}

void dbpool__pool_stop(struct dbpool *pool, struct dbpool_request *request,
                       enum dbpool__stop stop) {
    struct dbpool__queue stopped = {0};
    dbpool__turn_flush(pool);
    uv_mutex_lock(&pool->mutex);
    struct dbpool__queue *queue = queue_of(pool, request);
    if (queue != NULL) {
        dbpool__queue_remove(queue, request);
        dbpool__stop_one(request, stop, &stopped);
    } else if (request->place == DBPOOL__PLACE_TAKEN) {
        alarm_thread(pool, request, stop);
    }
    uv_cond_broadcast(&pool->lane.changed);
    uv_mutex_unlock(&pool->mutex);
    dbpool__stop_all(pool, &stopped);
}

int dbpool_cancel(struct dbpool_request *request) {
    if (request->state != DBPOOL__REQUEST_UNANSWERED) {
        return DBPOOL_EINVAL;
    }
    if (dbpool__pool_is_forked(request->pool)) {
        return DBPOOL_EFORKED;
    }
    CHECK_LOOP_THREAD(request->pool);
    dbpool__pool_stop(request->pool, request, DBPOOL__STOP_CANCELED);
    return DBPOOL_OK;
}
