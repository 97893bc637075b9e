/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_ACTIVITY_H
#define DBPOOL_ACTIVITY_H

#include "dbpool.h"

struct dbpool__session;

/* What this thread is doing, for dbpool_activity(). Pointers are borrowed
 * until they are replaced: a worker replaces the site with each request, the
 * loop thread restores what it found.
 *
 * Thread: each has its own. */
struct dbpool__activity {
    const struct dbpool *pool;
    const struct dbpool_site *site;
    const struct dbpool__session *session; /* NULL: not a pool's thread */
    unsigned thread_number;
    uint64_t tag; /* where there is no pool yet */
};

extern _Thread_local struct dbpool__activity dbpool__activity_now;

/* Of the request, or the pool, whose callback this loop thread is in; file is
 * NULL outside. */
extern _Thread_local struct dbpool_site dbpool__callback_site;

#endif
