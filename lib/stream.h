/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_STREAM_H
#define DBPOOL_STREAM_H

#include <uv.h>

#include "dbpool.h"

struct dbpool__session;

/* A large result on its way, a chunk at a time, in bounded memory: the thread
 * fills one of two chunks while the loop reads the other, and waits for the
 * loop before it hands over the next. It lives on the thread's stack, so it
 * does not end before the loop has given the last chunk back.
 *
 * Invariant: ready is never the chunk that is being filled. */
struct dbpool__stream {
    /* This thread only; what is ready is lent to the loop. */
    struct dbpool *pool;
    struct dbpool_request *request;
    struct dbpool_result chunks[2];
    struct dbpool_result *filling;
    size_t used;         /* by the rows of filling so far */
    size_t row_size_max; /* of all rows so far */

    /* Guarded by the pool's mutex. */
    const struct dbpool_result *ready; /* NULL: the loop has read it */
    struct dbpool__stream *next;
};

/* A pool's. Guarded by its mutex. */
struct dbpool__streams {
    uv_cond_t consumed;           /* the loop has read a chunk */
    struct dbpool__stream *ready; /* those with a chunk for the loop */
};

/* Runs a stream to its end on the session's connection. Returns its status;
 * session->error says more. */
int dbpool__stream_run(struct dbpool__session *session,
                       struct dbpool_request *request);

/* Calls back with all chunks that are ready. Thread: the loop's. */
void dbpool__streams_deliver(struct dbpool *pool);

#endif
