/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_FORK_H
#define DBPOOL_FORK_H

#include <stdbool.h>
#include <stdint.h>

/* A child that was forked has the memory of its parent's pools, and none of
 * their threads; a lock may be held by one that is not there, and SQLite must
 * not be used across a fork at all. So each pool knows in which process it was
 * opened, by the number of forks that lie between the first one and it. */

/* Written in a forked child only, before anything else runs there. */
extern uint32_t dbpool__fork_generation;

/* Whether the parent's pools had threads or connections at the fork. SQLite has
 * then left its lists of files and locks to the child: a connection that is
 * opened there believes in locks that only the parent has, and may be corrupted
 * or corrupt. */
extern bool dbpool__fork_inherits_sqlite;

/* Starts to count, once a process. 0 or DBPOOL_ENOMEM. Thread: any. */
int dbpool__fork_watch(void);

#endif
