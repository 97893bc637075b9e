/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_WORKER_H
#define DBPOOL_WORKER_H

#include <uv.h>

#include "census.h"
#include "driver.h"
#include "queue.h"
#include "status.h"

/* One thread of a pool with its connection, which is opened for its first
 * request and closed as its last act. */
struct dbpool__work_counts {
    uint64_t batches;
    uint64_t wakeups;
    uint64_t connects;
    uint64_t connects_failed;
    uint64_t rollbacks;
    struct dbpool__counts driver;
};

struct dbpool__worker {
    /* Fixed from the thread's start to its join. */
    struct dbpool *pool;
    unsigned number; /* from 1 */
    uv_thread_t thread;
    char name[DBPOOL_CENSUS_TEXT_SIZE];
    struct dbpool_site site; /* of the request that called for it */
    struct dbpool__entry entry;

    /* This thread only. */
    struct dbpool__connection *connection; /* NULL: not open */
    bool shared_read; /* the batch's read transaction is open */
    struct dbpool__entry transaction_entry;
    struct dbpool__error error;
    struct dbpool__work_counts counts; /* since they were last handed over */
    struct dbpool__counts driver_seen;
};

/* Starts the thread. 0 or a libuv error; then nothing was started. */
int dbpool__worker_start(struct dbpool__worker *worker, struct dbpool *pool,
                         unsigned number, const struct dbpool_site *site);

/* After it has told the loop that it leaves. */
void dbpool__worker_join(struct dbpool__worker *worker);

/* Runs the whole batch; every request in it gets its status and result.
 * batch.c */
void dbpool__batch_run(struct dbpool__worker *worker,
                       struct dbpool__queue *batch);

/* The worker's connection, opened when there is none. batch.c */
int dbpool__worker_connect(struct dbpool__worker *worker,
                           const struct dbpool_site *site);

/* Closes it, in an order among the pool's that lets SQLite remove the
 * write-ahead log: the last one alone. worker.c */
void dbpool__worker_disconnect(struct dbpool__worker *worker);

/* Runs an interaction or a with_connection; returns its status. transaction.c
 */
int dbpool__transaction_run(struct dbpool__worker *worker,
                            struct dbpool_request *request);

/* options.on_connect on a fresh connection; transaction.c */
int dbpool__transaction_on_connect(struct dbpool__worker *worker);

#endif
