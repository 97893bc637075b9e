/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_EXISTING_H
#define PLUNGE_DATABASE_EXISTING_H

#include <stdbool.h>

struct arena;
struct people_given;
struct result_database;

/* A database of the user's, which is read and never written. Who is in it is
 * known from a query of his alone, so nobody can tell a right row of it from a
 * wrong one.
 *
 * Errors: 0 or -1; then *problem_out (in the arena) is one sentence. */
#define EXISTING_KEYS_MAX 10000000

struct existing {
    const char *file;  /* as the user wrote it */
    const char *query; /* has one parameter */
    const char *keys;  /* a query of one column, or NULL */
};

struct existing_found {
    const char *path; /* absolute, in the arena */
    /* Nothing was beside it (sidecar.h): then nothing may be left there, and
     * sidecar_settle() after each use sees to that. */
    bool alone;
};

/* Whether all that is needed is there; the facts' users are the keys. */
int existing_find(const struct existing *existing, struct arena *arena,
                  struct existing_found *found_out,
                  struct result_database *facts_out, const char **problem_out);

/* All keys, in the order of their query, in the arena; @keys may be NULL:
 * none. */
int existing_read_keys(const char *path, const char *keys, struct arena *arena,
                       const struct people_given **given_out,
                       const char **problem_out);

#endif
