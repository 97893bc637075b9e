/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_MEMORY_H
#define DBPOOL_MEMORY_H

struct dbpool;

/* A database in memory, ":memory:": one for all of a pool's threads, where
 * SQLite by itself would give each connection another. It has a name that no
 * other pool's has, and lives as long as a connection to it: so the pool keeps
 * one of its own, which runs nothing, from its opening to its end.
 *
 * Thread: the loop's. */

/* Makes the database when the pool's target is one. 0, or a status. */
int dbpool__memory_open(struct dbpool *pool);

/* Where there is one. */
void dbpool__memory_close(struct dbpool *pool);

#endif
