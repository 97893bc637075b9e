/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_IDLE_H
#define DBPOOL_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct dbpool;
struct dbpool__worker;

/* Threads that leave because they have been idle: options.idle_timeout_ms.
 *
 *   SERVING --says that it is idle--> (the loop decides) --dismissed--> LEAVING
 *   LEAVING --recalled by the loop--> SERVING
 *   LEAVING --its connection closed, says that it has left--> LEFT
 *   LEFT --joined by the loop--> its place is free for another
 *
 * Only the loop takes a thread out of the count, so that it always knows how
 * many there are, without a lock. */

/* Waits for work or for the loop's word, or until the thread has been idle for
 * too long; *deadline_ns is 0 at first. Mutex held, let go in between.
 *
 * Thread: the worker's. */
void dbpool__idle_wait(struct dbpool__worker *worker, uint64_t *deadline_ns);

/* Dismisses those that have been idle, as many as the rule lets go; joins those
 * that have left. Thread: the loop's. */
void dbpool__idle_attend(struct dbpool *pool);

/* One that was dismissed and has not left serves again; false: there is none.
 * Thread: the loop's. */
bool dbpool__idle_recall(struct dbpool *pool);

/* A place for a thread, when fewer serve than may. Thread: the loop's. */
struct dbpool__worker *dbpool__idle_place(struct dbpool *pool);

#endif
