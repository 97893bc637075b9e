/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_USE_H
#define PLUNGE_LEDGER_USE_H

struct arena;
struct proc_fd;
struct registry_entry;
struct view;

/* Who used a thing last: the SQL that a pool's connection was last asked for,
 * as dbpool's census has it. */
#define USE_SQL_SIZE_MAX 60

/* @site with ", last used by 'SELECT...'" behind it, where that is known; as
 * it is where not, and NULL stays NULL. */
const char *use_of_connection(const struct view *view,
                              const struct registry_entry *connection,
                              const char *site, struct arena *arena);

/* Of the connection whose file this is: opened by the same thread, and named
 * as its database, with or without -wal, -shm or -journal. */
const char *use_of_fd(const struct view *view,
                      const struct registry_entry *registered,
                      const struct proc_fd *fd, const char *site,
                      struct arena *arena);

#endif
