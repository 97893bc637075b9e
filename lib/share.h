/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SHARE_H
#define DBPOOL_SHARE_H

#include <stdbool.h>

#include "queue.h"

struct dbpool;
struct dbpool__session;

/* A batch saves locks, wake-ups and transactions, but nobody is to wait for it:
 *
 * - a thread takes its share beside those that are idle, and one alone when it
 *   has to connect first, which may take any time;
 * - what is done goes back before the batch is, when the loop is awake and
 *   would have it at once, or when it has taken a while;
 * - what has not begun goes back, after a while, when a thread is idle that
 *   could run it: half of it between two requests, all of it while a statement
 *   runs.
 *
 * A while is DBPOOL__SHARE_AFTER_NS; during a statement it is looked for every
 * thousand steps of SQLite's machine.
 *
 * Thread: the session's. */
#define DBPOOL__SHARE_AFTER_NS UINT64_C(100000)

/* So many answers are worth to be handed back alone. */
#define DBPOOL__SHARE_ANSWERS 16

/* From @from, one of the pool's queues, into @batch. Mutex held. */
void dbpool__share_take(const struct dbpool__session *session,
                        struct dbpool__queue *from,
                        struct dbpool__queue *batch);

/* Between two requests of a batch; @long_one: what comes next may take any
 * time. */
void dbpool__share_look(struct dbpool__session *session, bool long_one);

/* While a statement runs, now and then. */
void dbpool__share_meanwhile(struct dbpool__session *session);

#endif
