/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_UPKEEP_H
#define DBPOOL_UPKEEP_H

#include <stdbool.h>

#include "session.h"

/* Whether a thread's connection may go on being used; one that may not is
 * closed, and the next use connects again.
 *
 * Thread: the session's. No transaction is open. */

/* The connection is new. */
void dbpool__upkeep_opened(struct dbpool__session *session);

/* Before the first request of a batch that is run, and behind the last. What is
 * asked of the database then may take its time: the request's guard is on. */
void dbpool__upkeep_before_batch(struct dbpool__session *session);
static inline void dbpool__upkeep_before(struct dbpool__session *session) {
    if (!session->looked_after) {
        session->looked_after = true;
        dbpool__upkeep_before_batch(session);
    }
}
void dbpool__upkeep_after_batch(struct dbpool__session *session);

/* After a request has failed with session->error: whether that calls for
 * dbpool__upkeep_after_error(). */
bool dbpool__upkeep_may_be_lost(const struct dbpool__session *session);

/* Probes the connection, where there still is one; if that fails, closes it,
 * and session->cleanup says DBPOOL_ELOST and why. */
void dbpool__upkeep_after_error(struct dbpool__session *session);

#endif
