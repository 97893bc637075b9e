/* SPDX-License-Identifier: Apache-2.0 */
#include "stop.h"

#include "pool.h"
#include "result.h"

enum dbpool__stop dbpool__stop_reason(const struct dbpool *pool,
                                      const struct dbpool_request *request,
                                      bool begun) {
    if (request->stop == DBPOOL__STOP_CANCELED) {
        return DBPOOL__STOP_CANCELED;
    }
    if (pool->grade == DBPOOL_CLOSE_ABORT) {
        return DBPOOL__STOP_ABORTED;
    }
    if (pool->grade == DBPOOL_CLOSE_CANCEL && !begun) {
        return DBPOOL__STOP_CLOSED;
    }
    if (request->stop == DBPOOL__STOP_QUEUE_TIMEOUT && !begun) {
        return DBPOOL__STOP_QUEUE_TIMEOUT;
    }
    return DBPOOL__STOP_NONE;
}

uint32_t dbpool__stop_queue_ms(const struct dbpool_request *request) {
    return request->queue_timeout_ms != 0
               ? request->queue_timeout_ms
               : request->pool->options.acquire_timeout_ms;
}

int dbpool__stop_error(const struct dbpool_request *request,
                       enum dbpool__stop stop, struct dbpool__error *error) {
    switch (stop) {
    case DBPOOL__STOP_QUEUE_TIMEOUT:
        return dbpool__error_set(error, DBPOOL_ETIMEDOUT, 0,
                                 "timed out: no thread had taken it after %u ms"
                                 " (queue_timeout_ms)",
                                 dbpool__stop_queue_ms(request));
    case DBPOOL__STOP_RUN_TIMEOUT:
        return dbpool__error_set(error, DBPOOL_ETIMEDOUT, 0,
                                 "timed out: it was not done after %u ms"
                                 " (run_timeout_ms)",
                                 request->run_timeout_ms);
    case DBPOOL__STOP_NONE:
    case DBPOOL__STOP_CANCELED:
    case DBPOOL__STOP_CLOSED:
    case DBPOOL__STOP_ABORTED:
    case DBPOOL__STOP_ENOUGH:
    default:
        return dbpool__error_plain(error, DBPOOL_ECANCELED);
    }
}

void dbpool__stop_one(struct dbpool_request *request, enum dbpool__stop stop,
                      struct dbpool__queue *stopped) {
    request->place = DBPOOL__PLACE_STOPPED;
    request->stop = (uint8_t)stop;
    dbpool__queue_push(stopped, request);
}

void dbpool__stop_all(struct dbpool *pool, struct dbpool__queue *stopped) {
    if (stopped->count == 0) {
        return;
    }
    struct dbpool__error error;
    for (struct dbpool_request *request = stopped->head;;
         request = request->next) {
        request->status = dbpool__stop_error(request, request->stop, &error);
        request->code = error.code;
        dbpool__result_set_message(&request->result, error.message);
        if (request == stopped->tail) {
            break;
        }
    }
    uv_mutex_lock(&pool->mutex);
    bool wake = dbpool__turn_finish(pool, stopped);
    pool->counts.wakeups += wake && !dbpool__pool_is_loop_thread(pool);
    uv_mutex_unlock(&pool->mutex);
    if (wake) {
        (void)uv_async_send(&pool->wake);
    }
}
