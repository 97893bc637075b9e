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
    return DBPOOL__STOP_NONE;
}

int dbpool__stop_error(enum dbpool__stop stop, struct dbpool__error *error) {
    (void)stop;
    return dbpool__error_set(error, DBPOOL_ECANCELED, 0, "%s", "");
}

void dbpool__stop_all(struct dbpool *pool, struct dbpool__queue *stopped) {
    if (stopped->count == 0) {
        return;
    }
    struct dbpool__error error;
    for (struct dbpool_request *request = stopped->head;;
         request = request->next) {
        request->status = dbpool__stop_error(request->stop, &error);
        request->code = error.code;
        dbpool__result_set_message(&request->result, error.message);
        if (request == stopped->tail) {
            break;
        }
    }
    uv_mutex_lock(&pool->mutex);
    bool wake = pool->finished.count == 0;
    dbpool__queue_append(&pool->finished, stopped);
    uv_mutex_unlock(&pool->mutex);
    if (wake) {
        (void)uv_async_send(&pool->wake);
    }
}
