/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"

#include "pool.h"

_Thread_local struct dbpool__activity dbpool__activity_now;
_Thread_local struct dbpool_site dbpool__callback_site;

struct dbpool_activity dbpool_activity(void) {
    const struct dbpool__activity *now = &dbpool__activity_now;
    struct dbpool_activity activity = {.thread_number = now->thread_number,
                                       .tag = now->tag};
    if (now->pool != NULL) {
        activity.pool_name = now->pool->name;
        activity.tag = now->pool->options.tag;
        activity.pool_site = now->pool->site;
    }
    if (now->site != NULL) {
        activity.site = *now->site;
    }
    return activity;
}
