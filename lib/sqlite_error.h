/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SQLITE_ERROR_H
#define DBPOOL_SQLITE_ERROR_H

struct sqlite3;
struct dbpool__error;

/* Translates SQLite's last error on @handle (NULL: of @code alone). */
int dbpool__sqlite_error(struct sqlite3 *handle, int code,
                         struct dbpool__error *error);

#endif
