/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_TURN_H
#define DBPOOL_TURN_H

#include <stdbool.h>
#include <stddef.h>

struct dbpool;
struct dbpool__queue;

/* What a turn of the loop does for the pool: it hands over what was submitted,
 * once, with one wake-up; and while answers are about to come it looks for them
 * instead of sleeping, so that nobody has to wake it.
 *
 *   ASLEEP --the threads wake it, or something is submitted--> AWAKE
 *   AWAKE --no answers, and none to be expected soon--> ASLEEP
 *
 * Awake, the idle handle is active, so that the loop does not block; it looks
 * at its other handles every few microseconds. */

/* The handle that makes the turns. */
void dbpool__turn_init(struct dbpool *pool);

/* Hands staged requests over to the threads: now, or in the next turn. */
void dbpool__turn_flush(struct dbpool *pool);
void dbpool__turn_flush_soon(struct dbpool *pool);

/* For @wanted requests that are in a queue. Whoever is awake comes by itself,
 * once. Mutex held. Thread: any. */
void dbpool__turn_call_threads(struct dbpool *pool, size_t wanted);

/* Begins to look for answers (again), or lets the loop sleep where none will
 * come. */
void dbpool__turn_go_on(struct dbpool *pool);

/* Keeps the loop alive while somebody waits for the pool, and no longer. */
void dbpool__turn_keep_loop(struct dbpool *pool);

/* Puts @answers where the loop finds them; true: it sleeps, and the caller has
 * to wake it. Mutex held. Thread: any. */
bool dbpool__turn_finish(struct dbpool *pool, struct dbpool__queue *answers);

#endif
