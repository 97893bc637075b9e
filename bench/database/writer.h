/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_WRITER_H
#define PLUNGE_DATABASE_WRITER_H

struct arena;
struct database_options;

/* Fills the empty file @file with the table of users and closes it, whole,
 * without anything beside it. Nobody else may know the file: it is written
 * without locks, journal or fsync.
 *
 * Returns: 0 or -1; then *reason_out (in @arena, or static) says why, or is
 *          NULL when interrupted. What is in the file then is worthless. */
int writer_fill(const char *file, const struct database_options *options,
                struct arena *arena, const char **reason_out);

#endif
