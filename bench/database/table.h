/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_TABLE_H
#define PLUNGE_DATABASE_TABLE_H

struct database_options;

/* The statement that makes the users' table: the same text by whichever writer,
 * since SQLite keeps it in the file. */
const char *table_sql(const struct database_options *options);

#endif
