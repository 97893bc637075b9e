/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_DEADLINES_H
#define DBPOOL_DEADLINES_H

#include <uv.h>

#include "due.h"

/* What a pool does by the clock: give up requests that have waited too long,
 * and close harder. One timer, armed for the earliest deadline, and only while
 * there is one.
 *
 * Thread: the loop's. */
struct dbpool__deadlines {
    uv_timer_t timer;
    uint64_t armed_ns; /* what for; 0: it is not */
    struct dbpool__due due;
    uint64_t cancel_ns; /* a close becomes this hard; 0: never */
    uint64_t abort_ns;
};

/* @request may wait for @ms, not 0. 0 or DBPOOL_ENOMEM: then there is no
 * deadline. */
int dbpool__deadlines_add(struct dbpool *pool, struct dbpool_request *request,
                          uint32_t ms);

/* @request, which has a deadline, was answered. */
void dbpool__deadlines_remove(struct dbpool *pool,
                              struct dbpool_request *request);

/* A close is to become harder: at the earlier of this and what was said before;
 * 0: never. */
void dbpool__deadlines_escalate(struct dbpool *pool, uint64_t cancel_ns,
                                uint64_t abort_ns);

#endif
