/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SLOW_H
#define DBPOOL_SLOW_H

#include <uv.h>

#include "census.h"
#include "dbpool.h"

struct dbpool__session;

/* Interactions that are open for too long. A timer of the loop looks at what
 * each thread has open, as long as any interaction is unanswered. */

/* What a thread has open. Guarded by the pool's mutex. */
struct dbpool__open {
    const struct dbpool_request *request; /* NULL: nothing */
    uint64_t begun_ns;
    bool warned;
};

/* A pool's. Loop thread only. */
struct dbpool__slow {
    bool on;          /* the option is set, and somebody to be called: fixed */
    uv_timer_t timer; /* only if on */
    struct dbpool__entry entry;
};

/* Makes the timer, and says so to the census; cannot fail. Nothing where it is
 * not asked for. */
void dbpool__slow_init(struct dbpool *pool);
void dbpool__slow_announce(struct dbpool *pool);

/* The thread: an interaction is open; it is not any more. */
void dbpool__slow_begin(struct dbpool__session *session,
                        const struct dbpool_request *request);
void dbpool__slow_end(struct dbpool__session *session,
                      struct dbpool_request *request);

/* The loop: a request was staged; one that was warned of is answered. */
void dbpool__slow_staged(struct dbpool *pool,
                         const struct dbpool_request *request);
void dbpool__slow_answered(struct dbpool *pool,
                           const struct dbpool_request *request);

#endif
