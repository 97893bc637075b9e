/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_WORKER_H
#define DBPOOL_WORKER_H

#include <uv.h>

#include "census.h"
#include "session.h"
#include "spin.h"

/* One thread of a pool: takes batches while there are any, closes its
 * connection as its last act. */
struct dbpool__worker {
    /* Fixed from the thread's start to its join. */
    struct dbpool *pool;
    unsigned number; /* from 1 */
    uv_thread_t thread;
    char name[DBPOOL_CENSUS_TEXT_SIZE];
    struct dbpool_site site; /* of the request that called for it */
    struct dbpool__entry entry;

    /* The loop thread only. */
    bool started; /* and not joined */

    /* This thread only. */
    struct dbpool__session session;
    struct dbpool__spin spin;

    /* Guarded by the pool's mutex: see idle.h. */
    bool idle;      /* for too long */
    bool dismissed; /* by the loop; no longer counted */
    bool left;
};

/* Starts the thread. 0 or a libuv error; then nothing was started. */
int dbpool__worker_start(struct dbpool__worker *worker, struct dbpool *pool,
                         unsigned number, const struct dbpool_site *site);

/* After it has told the loop that it leaves. */
void dbpool__worker_join(struct dbpool__worker *worker);

#endif
