/* SPDX-License-Identifier: Apache-2.0 */
#include "deadlines.h"

#include "close.h"
#include "pool.h"

#define NS_PER_MS UINT64_C(1000000)

/* 0 is never. */
static uint64_t earlier(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0) {
        return a + b;
    }
    return a < b ? a : b;
}

static void on_due(uv_timer_t *timer);

/* It may ring early: the loop's clock stands still during a turn. Then nothing
 * is due, and it is armed again. */
static void arm(struct dbpool *pool) {
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    uint64_t next = earlier(deadlines->cancel_ns, deadlines->abort_ns);
    if (deadlines->due.count != 0) {
        next = earlier(next, deadlines->due.entries[0].ns);
    }
    if (next == 0) {
        deadlines->armed_ns = 0;
        (void)uv_timer_stop(&deadlines->timer);
    } else if (deadlines->armed_ns == 0 || next < deadlines->armed_ns) {
        uint64_t now = uv_hrtime();
        uint64_t ns = next > now ? next - now : 0;
        deadlines->armed_ns = next;
        (void)uv_timer_start(&deadlines->timer, on_due,
                             (ns + NS_PER_MS - 1) / NS_PER_MS, 0);
    }
}

static void on_due(uv_timer_t *timer) {
    struct dbpool *pool = timer->data;
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    if (dbpool__pool_is_forked(pool)) {
        return;
    }
    uint64_t now = uv_hrtime();
    deadlines->armed_ns = 0;
    struct dbpool_request *request;
    while ((request = dbpool__due_by(&deadlines->due, now)) != NULL) {
        dbpool__due_remove(&deadlines->due, request);
        dbpool__pool_stop(pool, request, DBPOOL__STOP_QUEUE_TIMEOUT);
    }
    if (deadlines->cancel_ns != 0 && deadlines->cancel_ns <= now) {
        deadlines->cancel_ns = 0;
        dbpool__close_harden(pool, DBPOOL_CLOSE_CANCEL);
    }
    if (deadlines->abort_ns != 0 && deadlines->abort_ns <= now) {
        deadlines->abort_ns = 0;
        dbpool__close_harden(pool, DBPOOL_CLOSE_ABORT);
    }
    arm(pool);
}

int dbpool__deadlines_add(struct dbpool *pool, struct dbpool_request *request,
                          uint32_t ms) {
    int status = dbpool__due_add(&pool->deadlines.due, request,
                                 uv_hrtime() + ms * NS_PER_MS);
    if (status == DBPOOL_OK) {
        arm(pool);
    }
    return status;
}

void dbpool__deadlines_remove(struct dbpool *pool,
                              struct dbpool_request *request) {
    dbpool__due_remove(&pool->deadlines.due, request);
    if (pool->deadlines.due.count == 0) {
        arm(pool);
    }
}

void dbpool__deadlines_escalate(struct dbpool *pool, uint64_t cancel_ns,
                                uint64_t abort_ns) {
    struct dbpool__deadlines *deadlines = &pool->deadlines;
    deadlines->cancel_ns = earlier(deadlines->cancel_ns, cancel_ns);
    deadlines->abort_ns = earlier(deadlines->abort_ns, abort_ns);
    arm(pool);
}
