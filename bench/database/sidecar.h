/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_SIDECAR_H
#define PLUNGE_DATABASE_SIDECAR_H

struct arena;

/* The files that SQLite keeps beside an open database, -wal, -shm and
 * -journal. They are told by the database's name alone: one that outlives its
 * database is taken for part of the next under that name, and ruins it. */

/* The path (in @arena) of one that is there, or NULL. */
const char *sidecar_find(const char *path, struct arena *arena);

/* The same, after SQLite has put away what nobody uses: a program that was
 * killed, or that only read, leaves them. */
const char *sidecar_settle(const char *path, struct arena *arena);

void sidecar_remove(const char *path, struct arena *arena);

#endif
