/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_DATABASE_H
#define PLUNGE_DATABASE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "people/people.h"

struct arena;
struct result_database;

/* Databases of users: generated once, kept in a cache, copied where a cell
 * wants its own. A file is WAL, checkpointed, and the same byte for byte for
 * the same key (seed, users, schema, SQLite's version). It appears under its
 * name by a rename, whole, or not at all.
 *
 * Errors: 0 or -1; then *problem_out (in the arena) is one sentence with path
 *         and reason, and nothing half-written is left. Interrupted
 *         (interrupt.h): -1 with *problem_out == NULL. */

/* There are logins for so many. */
#define DATABASE_USERS_MAX PEOPLE_USERS_MAX

/* Told from time to time while rows are written; may be NULL. */
typedef void (*database_progress_cb)(void *data, uint64_t users_done,
                                     uint64_t users_total);

/* What the file says of its journal. The other modes of a rollback journal are
 * a connection's own: in the file they are the same as DELETE. */
enum database_journal {
    DATABASE_WAL,
    DATABASE_DELETE,
};

/* Who writes the file. The rows, and what SQLite says of the database, are the
 * same; where in the file a page lies is not. */
enum database_writer {
    DATABASE_BY_PAGES, /* page by page, in SQLite's file format */
    DATABASE_BY_SQLITE,
};

#define DATABASE_PAGE_SIZE_DEFAULT 4096
#define DATABASE_PAGE_SIZE_MIN 512
#define DATABASE_PAGE_SIZE_MAX 65536

bool database_page_size_is(uint64_t size);

/* Where only the median is said. */
#define DATABASE_BIO_SIGMA_DEFAULT 1.0

/* How the users are laid out. */
struct database_form {
    uint32_t page_size; /* a power of two; 0: the default */
    enum database_journal journal;
    bool without_rowid;
};

/* Zeros are defaults. */
struct database_options {
    uint64_t users;
    uint64_t seed;
    struct bio_law bio;
    struct database_form form;
    enum database_writer writer;
    bool no_sync; /* do not wait until the disk has it */
    database_progress_cb progress;
    void *progress_data;
};

/* Writes a new database to @path; an existing file is replaced at the end. */
int database_generate(const char *path, const struct database_options *options,
                      struct arena *arena, const char **problem_out);

/* The cached database of these options, generated when it is not there yet.
 * path_out is in @arena. The cache is $PLUNGE_CACHE, else build/data where
 * build/ exists, else $XDG_CACHE_HOME/plunge or ~/.cache/plunge. */
int database_cached(const struct database_options *options, struct arena *arena,
                    const char **path_out, struct result_database *facts_out,
                    const char **problem_out);

/* Whether that is there, and how large it is. Makes nothing. */
bool database_is_cached(const struct database_options *options,
                        struct arena *arena, uint64_t *bytes_out);

/* Where the cache is, an absolute path; made where it was not there. NULL with
 * a sentence. */
const char *database_folder(struct arena *arena, const char **problem_out);

/* A private folder (base/private_folder.h) with a copy called users.db. */
int database_copy(const char *path, struct arena *arena,
                  const char **folder_out, const char **path_out,
                  const char **problem_out);

#endif
