/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "pool.h"

void dbpool__pool_stop(struct dbpool *pool, struct dbpool_request *request,
                       enum dbpool__stop stop) {
    struct dbpool__queue stopped = {0};
    dbpool__pool_flush(pool);
    uv_mutex_lock(&pool->mutex);
    if (request->stop == DBPOOL__STOP_NONE || stop == DBPOOL__STOP_CANCELED) {
        request->stop = (uint8_t)stop;
    }
    bool parked = request->place == DBPOOL__PLACE_PARKED;
    if (parked || request->place == DBPOOL__PLACE_WAITING) {
        dbpool__queue_remove(parked ? &pool->parked : &pool->queue, request);
        dbpool__queue_push(&stopped, request);
        request->place = DBPOOL__PLACE_TAKEN;
    } else if (!request->alarmed) {
        request->alarmed = true;
        (void)atomic_fetch_add(&pool->alarms, 1);
    }
    uv_cond_broadcast(&pool->alarm);
    uv_mutex_unlock(&pool->mutex);
    dbpool__stop_all(pool, &stopped);
}

int dbpool_cancel(struct dbpool_request *request) {
    if (request->state != DBPOOL__REQUEST_UNANSWERED) {
        return DBPOOL_EINVAL;
    }
    CHECK_LOOP_THREAD(request->pool);
    dbpool__pool_stop(request->pool, request, DBPOOL__STOP_CANCELED);
    return DBPOOL_OK;
}
