/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_BATCH_H
#define DBPOOL_BATCH_H

#include "queue.h"

struct dbpool__session;

/* Runs the requests of @batch in order, but for those that it gives away
 * meanwhile, see share.h; every one gets its status, code and result, and goes
 * to session->done. Its reads share a transaction. Those that turn out to
 * write, where the session may not, move to session->handed_over.
 * Thread: the session's. */
void dbpool__batch_run(struct dbpool__session *session,
                       struct dbpool__queue *batch);

#endif
