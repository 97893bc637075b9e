/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_STOP_H
#define DBPOOL_STOP_H

#include "queue.h"
#include "status.h"

struct dbpool;

/* Why a request is not run, or not to its end. */
enum dbpool__stop {
    DBPOOL__STOP_NONE,
    DBPOOL__STOP_CANCELED, /* dbpool_cancel() */
    DBPOOL__STOP_CLOSED,   /* it waited when its pool was closed */
    DBPOOL__STOP_QUEUE_TIMEOUT,
    DBPOOL__STOP_RUN_TIMEOUT,
    DBPOOL__STOP_ABORTED, /* it ran when its pool was aborted */
    DBPOOL__STOP_ENOUGH,  /* dbpool_stream_stop(): no failure */
};

/* Where an unanswered request is. */
enum dbpool__place {
    DBPOOL__PLACE_WAITING, /* staged, or in the queue */
    DBPOOL__PLACE_LANE,    /* staged, or in the queue, of the writes */
    DBPOOL__PLACE_PARKED,  /* there is no room in the queue: queue_policy */
    DBPOOL__PLACE_TAKEN,   /* by a thread, or finished */
    DBPOOL__PLACE_STOPPED, /* not to be run: being answered, with a reason that
                              is read without the mutex and so stands */
};

/* The reason for which @request is to stop; @begun: it runs already. Mutex
 * held. */
enum dbpool__stop dbpool__stop_reason(const struct dbpool *pool,
                                      const struct dbpool_request *request,
                                      bool begun);

/* Fills @error in; returns its status. */
int dbpool__stop_error(const struct dbpool_request *request,
                       enum dbpool__stop stop, struct dbpool__error *error);

/* How long @request may wait for a thread; 0: no limit. */
uint32_t dbpool__stop_queue_ms(const struct dbpool_request *request);

/* @request, which is in no queue any more, is not to be run because of @stop:
 * into @stopped. Mutex held. */
void dbpool__stop_one(struct dbpool_request *request, enum dbpool__stop stop,
                      struct dbpool__queue *stopped);

/* Answers all of them, in the way in which threads do. Thread: any. */
void dbpool__stop_all(struct dbpool *pool, struct dbpool__queue *stopped);

#endif
