/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SESSION_H
#define DBPOOL_SESSION_H

#include "census.h"
#include "driver.h"
#include "guard.h"
#include "queue.h"
#include "slow.h"
#include "status.h"
#include "times.h"

struct dbpool;

/* What a thread has counted and not yet handed over. */
struct dbpool__work_counts {
    uint64_t batches;
    uint64_t wakeups;
    uint64_t connects;
    uint64_t connects_failed;
    uint64_t rollbacks;
    uint64_t closed[DBPOOL_CLOSED_CAUSES_MAX];
    uint64_t handed_over;
    uint64_t reads_ended_early;
    uint64_t left_open;
    uint64_t rollbacks_failed;
    uint64_t connections_lost;
    uint64_t connections_expired;
    struct dbpool__counts driver;
};

/* A thread's connection: opened for its first request, opened anew after it
 * was lost, and what is under way on it.
 *
 * Thread: its own, but for what the pool's mutex guards. */
struct dbpool__session {
    struct dbpool *pool;
    struct dbpool__owner owner;            /* the thread, for the census */
    struct dbpool__connection *connection; /* NULL: not open */
    bool shared_read;     /* the batch's read transaction is open */
    const char *read_sql; /* what the last of its reads was; NULL without that
                             transaction. Whoever
                             follows in the batch was unanswered together with
                             it, so the same address is the same SQL */
    uint8_t read_kind;
    struct dbpool__run read_run; /* its statement; the rest is for the next */
    struct dbpool__entry transaction_entry;
    struct dbpool__error error;   /* of the request under way */
    struct dbpool__error cleanup; /* of what had to follow it */
    struct dbpool__work_counts counts;
    struct dbpool__counts driver_seen;
    enum dbpool_closed close_cause; /* of the next close; then AT_END again */
    struct dbpool__open open;       /* guarded by the pool's mutex */
    struct dbpool__timing timing;   /* counted and not yet handed over */
    struct dbpool__guard guard;
    struct dbpool__waiter waiter;
    uint64_t patience_since;          /* when it began to wait for others */
    bool writes;                      /* what the batch may do */
    bool rests;                       /* as the lane's */
    struct dbpool__queue done;        /* of the batch, and not yet given back */
    uint64_t shared_ns;               /* the batch was begun, or something of it
                                         given back: see share.h */
    struct dbpool__queue handed_over; /* they turned out to write */
    uint64_t expires_ns;              /* options.max_lifetime_ms */
    uint64_t used_ns;  /* last, for options.validate_after_idle_ms */
    bool looked_after; /* in this batch: see upkeep.h */

    /* Guarded by the pool's mutex. */
    struct dbpool__connection *live; /* may be interrupted; NULL: may not */

    /* See struct dbpool__lane; guarded by the pool's mutex. */
    bool reading;
    bool blocked;
    bool was_ours;
    bool for_readers; /* of its wait: see struct dbpool__waiter */
    uint64_t turn;
    uint64_t moves_seen;
};

/* Opens the connection where there is none. 0, or the driver's status and the
 * message in session->error. */
int dbpool__session_open(struct dbpool__session *session,
                         const struct dbpool_site *site);

/* Closes it, where there is one. */
void dbpool__session_close(struct dbpool__session *session);

/* Ends the open transaction by going back; where even that fails, by closing
 * the connection, and session->cleanup says why. */
void dbpool__session_roll_back(struct dbpool__session *session);

/* Says that a transaction is open, for the census; end() when it is not. */
void dbpool__session_begin_entry(struct dbpool__session *session,
                                 const struct dbpool_site *site,
                                 const char *text);
void dbpool__session_end_entry(struct dbpool__session *session);

/* Adds what was counted to the pool's. Mutex held. */
void dbpool__session_hand_over(struct dbpool__session *session);

/* Before the mutex is taken for it: asks the driver, too. */
void dbpool__session_count(struct dbpool__session *session);

#endif
