/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SQLITE_H
#define DBPOOL_SQLITE_H

#include "driver.h"

struct sqlite3;
struct dbpool__cached;
struct dbpool__watch;

/* What the SQLite driver's files share. */

/* Opens @path with the settings of @options, and reads it once: a file that is
 * no database is found here, and the write-ahead log is touched, so that the
 * last connection to close removes it. @watch: waits for locks, and its handle
 * is set; or NULL, for a connection that nobody stops: busy_timeout_ms alone.
 */
int dbpool__sqlite_open(const char *path, const struct dbpool_options *options,
                        struct dbpool__watch *watch,
                        struct sqlite3 **handle_out,
                        struct dbpool__error *error);

/* Closes @handle (or NULL) while no other is being closed, so that the last one
 * of a database removes its write-ahead log. As sqlite3_close(). */
int dbpool__sqlite_close(struct sqlite3 *handle);

/* Reads the header of the file; waits for a recovery of the write-ahead log,
 * unless @watch (or NULL) stops it. An SQLite code. */
int dbpool__sqlite_touch(struct sqlite3 *handle,
                         const struct dbpool__watch *watch);

/* Binds, steps, keeps the rows, and leaves @statement reset and unbound; the
 * driver's run(). @watch: the connection's. */
int dbpool__sqlite_run(struct dbpool__watch *watch,
                       const struct dbpool__cached *statement,
                       const struct dbpool__run *run,
                       struct dbpool__error *error);

#endif
