/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SUBJECT_LANE_H
#define PLUNGE_SUBJECT_LANE_H

#include "subject/subject.h"

struct sqlite3;
struct sqlite3_stmt;

/* The rows of a page, copied: SQLite's own last up to the next one. */
struct lane_page {
    struct person people[SUBJECT_SCAN_ROWS];
    struct avatar_row rows[SUBJECT_SCAN_ROWS];
};

/* One connection and the requests on it: what a thread of the direct subject
 * does, and one of libuv's for uvwork. One read transaction spans @batch
 * lookups; with 1 every lookup is a transaction by itself, and so is all that
 * is no lookup.
 *
 * Thread: one at a time. */
struct lane {
    unsigned number; /* of the lane, from 0 */
    unsigned batch;
    bool in_transaction;
    unsigned batched; /* lookups in it so far */
    bool is_plain;    /* rows are not looked into */
    struct subject_sink sink;
    struct sqlite3 *connection;
    struct sqlite3_stmt *begin;
    struct sqlite3_stmt *lookup;
    struct sqlite3_stmt *commit;

    /* Prepared when first needed. */
    struct sqlite3_stmt *begin_writing;
    struct sqlite3_stmt *rollback;
    struct sqlite3_stmt *others[SUBJECT_OPERATIONS_COUNT];
    struct lane_page page;
    char error[SUBJECT_ERROR_SIZE];
};

/* Opens @database with dbpool's own settings; read-only where there is a
 * @query (of struct subject_options). 0 or -1 with the error; then
 * lane_fini() is still to be called. A zeroed lane may be given to it, too. */
int lane_init(struct lane *lane, const char *database, const char *query,
              struct subject_error *error_out);
void lane_fini(struct lane *lane);

/* Of a thread that runs one, in bytes: what its connection may make use of. */
size_t lane_stack_size(void);

/* Whatever @request asks for, in a transaction of its own. What @answer_out
 * points to is the lane's, until lane_release(), which has to follow. */
void lane_do(struct lane *lane, struct subject_request *request,
             struct subject_answer *answer_out);
void lane_release(struct lane *lane);

/* The same of requests that are no lookups (lane_errand.c). */
void lane_errand(struct lane *lane, struct subject_request *request,
                 struct subject_answer *answer_out);
void lane_errand_fini(struct lane *lane);

/* Does and answers until @source is dry. */
void lane_run(struct lane *lane, const struct subject_source *source);

#endif
