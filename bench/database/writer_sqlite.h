/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_WRITER_SQLITE_H
#define PLUNGE_DATABASE_WRITER_SQLITE_H

#include "database/rows.h"

struct arena;
struct database_options;

/* Writes @rows into the empty file @file through SQLite, without locks, journal
 * or fsync.
 *
 * Returns: as writer_fill(). */
int writer_sqlite_fill(const char *file, const struct database_options *options,
                       struct rows *rows, struct arena *arena,
                       const char **reason_out);

#endif
