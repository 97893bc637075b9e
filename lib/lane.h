/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_LANE_H
#define DBPOOL_LANE_H

#include <stdatomic.h>
#include <uv.h>

#include "queue.h"

struct dbpool;
struct dbpool__session;

/* The one lane that a pool's writes go through, in the order in which they were
 * submitted: whoever has taken it writes, all other threads read. No thread is
 * its own; each that comes for work may take it, and reads otherwise.
 *
 * Without a write-ahead log a writer waits for the readers' locks, and readers
 * for the writer's. Within the pool nobody loses patience: the lane knows who
 * reads, and who waits for whom.
 *
 * Invariant: readers_before <= readers; readers_before is the number of those
 *            whose turn is not the lane's. */
struct dbpool__lane {
    /* Fixed from open to close. */
    bool used; /* else every thread runs everything */

    /* Atomic. */
    atomic_bool readers_leave; /* the writer waits: commit early */

    /* Guarded by the pool's mutex. */
    uv_cond_t changed; /* a reader has left or goes on; the lane was left; or
                          an alarm: something is to stop */
    struct dbpool__queue writes;
    bool taken;
    bool paused;              /* the writer lets readers go first */
    bool waits_for_others;    /* the writer waits, and not for our readers */
    bool rests;               /* who has the lane runs nothing, and has no
                                 transaction open: it holds no lock */
    unsigned connecting;      /* of the readers, those whose on_connect may
                                 write */
    uint64_t turn;            /* counts the writer's waits */
    unsigned readers;         /* threads that may hold a lock to read */
    unsigned readers_before;  /* of them, those since before the last wait */
    unsigned readers_blocked; /* threads that the writer keeps from reading */
    uint64_t readers_unblocked;
    uint64_t waits; /* for locks, of all threads */
    uint64_t moves; /* counts how often somebody took or gave up what may be a
                       lock: took, left or paused the lane, rested in it, or
                       connected */
};

/* The answer of a statement that is for the lane. */
#define DBPOOL__HAND_OVER 1

/* Whether a thread that comes now finds work; for how many there is some. Mutex
 * held. */
bool dbpool__lane_has_work(const struct dbpool *pool);
size_t dbpool__lane_servable(const struct dbpool *pool);

/* Takes a fair share of what waits, of one kind, and the lane with the writes.
 * Mutex held; there is work. */
void dbpool__lane_take(struct dbpool__session *session,
                       struct dbpool__queue *batch);

/* Hands over to the lane what turned out to write, behind what was submitted
 * earlier, but what is to stop to @stopped. Mutex held. */
void dbpool__lane_pass_on(struct dbpool__session *session,
                          struct dbpool__queue *stopped);

/* The batch was run: leaves the lane, and passes on. Mutex held. */
void dbpool__lane_leave(struct dbpool__session *session,
                        struct dbpool__queue *stopped);

/* Before each request of a batch, whose guard is on. The writer lets those
 * readers go first that wait for it, unless it is to stop. A reader looks
 * whether the writer waits for it: then it has to commit, and to make room. */
void dbpool__lane_let_readers_go_first(struct dbpool__session *session);
static inline bool dbpool__lane_readers_leave(const struct dbpool__lane *lane) {
    return atomic_load_explicit(&lane->readers_leave, memory_order_relaxed);
}
void dbpool__lane_make_room(struct dbpool__session *session);

/* Around functions of the caller's that run without a transaction, and around
 * what they execute: whether who has the lane holds no lock meanwhile. */
void dbpool__lane_rest(struct dbpool__session *session, bool rests);

/* Around connecting. */
void dbpool__lane_connect(struct dbpool__session *session, bool connects);

/* The session's struct dbpool__waiter: what it does while the database waits
 * for a lock. busy_timeout_ms counts for locks of others; one that is held by
 * another thread of the pool is waited for as long as it takes; and nothing is
 * waited for by a request that is to stop. */
void dbpool__lane_init_waiter(struct dbpool__session *session);

#endif
