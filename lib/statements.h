/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_STATEMENTS_H
#define DBPOOL_STATEMENTS_H

#include "driver.h"

struct sqlite3;
struct sqlite3_stmt;

/* A connection's prepared statements, by their SQL, least recently used out
 * first.
 *
 * Invariant: a statement in the cache is reset, has nothing bound, and is in
 *            exactly one bucket and once in the list; at most max of them.
 * Thread:    the connection's. */
struct dbpool__cached {
    struct dbpool__statement base; /* what the pool knows of it */
    int params_count;
    bool names_query_only;
    bool is_pragma;
    struct dbpool__cached *newer;
    struct dbpool__cached *older;
    struct dbpool__cached *bucket_next;
    struct sqlite3_stmt *handle;
    uint64_t hash;
    struct dbpool__entry entry;
    char sql[]; /* as it was given; SQLite's copy ends with the semicolon */
};

struct dbpool__statements {
    struct sqlite3 *connection;
    struct dbpool__entry *census; /* the connection's */
    struct dbpool__cached **buckets;
    struct dbpool__cached *newest;
    struct dbpool__cached *oldest;
    size_t buckets_count; /* a power of two */
    size_t count;
    size_t max;
    bool query_only_named; /* since somebody has set it back: SQL with the name
                              of this pragma, which takes effect when it is
                              compiled, refused or not, and perhaps anew when
                              it runs */
    struct dbpool__counts counts;
};

/* @census: the connection's entry, which outlives the cache and is told which
 * statement is the newest. 0 or DBPOOL_ENOMEM. */
int dbpool__statements_init(struct dbpool__statements *statements,
                            struct sqlite3 *connection,
                            struct dbpool__entry *census, size_t max);

/* Finalizes all. */
void dbpool__statements_fini(struct dbpool__statements *statements);

/* The cache keeps what it gives; the statement is valid until the next get. */
int dbpool__statements_get(struct dbpool__statements *statements,
                           const char *sql, const struct dbpool_site *site,
                           const struct dbpool__cached **statement_out,
                           struct dbpool__error *error);

#endif
