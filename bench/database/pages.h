/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_PAGES_H
#define PLUNGE_DATABASE_PAGES_H

#include "database/rows.h"

struct database_options;

/* Writes @rows into the empty file @file as a database, without SQLite: the
 * rows come in the order of their logins, so the pages of the table and of its
 * index can be written from the first to the last, each once.
 *
 * What SQLite reads from it is what it would have written itself
 * (writer_sqlite.h), but for the places of the pages in the file.
 * Returns: 0, -errno, or -ECANCELED when interrupted. */
int pages_write(const char *file, const struct database_options *options,
                struct rows *rows);

#endif
