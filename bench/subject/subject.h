/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SUBJECT_SUBJECT_H
#define PLUNGE_SUBJECT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dbpool.h"
#include "people/avatar.h"
#include "people/people.h"

/* What a load drives. There are two shapes: a subject that lookups are
 * submitted to (submit), and one that runs them on threads of its own and asks
 * for the next (drive). Which one it is, its calls say: the other is NULL.
 *
 * Where the lookups come from and where the answers go, the load fills in, so
 * that a subject knows neither load nor measurement.
 *
 * Thread: the loop's, but for a source and a sink that a lane calls. */

struct people;
struct uv_loop_s;
struct subject_calls;

/* The first member of every subject. */
struct subject {
    const struct subject_calls *calls;
};

/* A login of nobody in the database; one of somebody who has signed up, or may
 * have. */
#define SUBJECT_NOBODY UINT64_MAX
#define SUBJECT_NEWCOMER (UINT64_MAX - 1)

/* What a request asks for, each in a transaction of its own. Every subject can
 * do all of them. */
enum subject_operation {
    SUBJECT_LOOKUP,
    SUBJECT_RENAME,   /* the errand's one is called otherwise */
    SUBJECT_SIGN_UP,  /* the errand's one is new */
    SUBJECT_SIGN_OFF, /* who has the login goes */
    SUBJECT_TRANSFER, /* the errand's two exchange what they are called */
    SUBJECT_SCAN,     /* a page of users, from the login on */
    SUBJECT_OPERATIONS_COUNT,
};

/* Rows of a page. */
#define SUBJECT_SCAN_ROWS 20

/* Whom a request is about, where a login is not all. Owner: as the request's.
 *
 * one:   rename, sign-up: as he is to be, login and sealed names. Lookup of a
 *        newcomer: as he signed up.
 * other: transfer: its login, as one's.
 *
 * Out: after a transfer that has changed two rows both are as they are now. */
struct subject_errand {
    struct person one;
    struct person other;
    struct dbpool_value params[3]; /* the subject's own, while in flight */
    uint64_t changes;
};

/* One request. Owner: the load, until it is submitted; the subject, until it is
 * answered: in the sink already it is the load's again, which may submit it
 * anew before it returns. */
struct subject_request {
    /* In. */
    enum subject_operation operation;
    const char *login;
    size_t login_size;
    uint64_t user;                 /* whose login that is, SUBJECT_NOBODY, or
                                      SUBJECT_NEWCOMER */
    struct subject_errand *errand; /* NULL: the load only looks up and scans */
    struct dbpool_site site;       /* of the phase in the scenario */
    void *data;

    /* Where it is not NULL, the subject says there how far the lookup got when:
     * ns of clock_now_ns(), and 0 for what it has no such moment of. Until it
     * is submitted anew. */
    struct dbpool_request_times *times;

    /* The subject's own, while it is in flight. */
    struct subject *subject;
    struct subject_request *next;
    struct dbpool_value param;
    struct dbpool_request pooled;
};

void subject_request_init(struct subject_request *request, void *data);

/* Not while it is in flight. */
void subject_request_fini(struct subject_request *request);

/* status below zero: failed, and error says why. Else, of a lookup, found says
 * whether there is a row; of a scan, rows are what there is; of what writes,
 * changes is how many rows were changed. Everything is borrowed during the
 * call. */
struct subject_answer {
    int status;
    const char *error;
    bool found;
    struct avatar_row row;
    const struct avatar_row *rows;
    size_t rows_count; /* SUBJECT_SCAN_ROWS at most */
    uint64_t changes;
};

/* @lane counts the subject's own threads from 0; it is 0 on the loop. */
struct subject_sink {
    void *data;
    void (*answered)(void *data, unsigned lane, struct subject_request *request,
                     const struct subject_answer *answer);
};

/* NULL: there is no more for this lane. A lane asks again only after it has
 * answered the last one. */
struct subject_source {
    void *data;
    struct subject_request *(*next)(void *data, unsigned lane);
};

#define SUBJECT_LANES_MAX 64

/* Borrowed during open(), but for people and the site's strings, which stay
 * until the subject is closed, or the process ends. */
struct subject_options {
    struct uv_loop_s *loop;
    const char *database;        /* path */
    const char *query;           /* what a lookup runs, on a database that is
                                    only read: its rows are not looked into.
                                    Stays; NULL: SUBJECT_LOOKUP_SQL */
    const struct people *people; /* who is in it: for null */
    unsigned min;
    unsigned max;
    unsigned batch;          /* lookups in a read transaction: for direct */
    bool writes;             /* requests may write: then a lookup sees all that
                                was answered before it, whatever batch says */
    struct dbpool_site site; /* of the pool in the scenario */
    uint64_t cycle;
    bool stages; /* requests have times */
    struct subject_sink sink;
};

/* What went wrong in a call: status, errno where there is one, and words. */
#define SUBJECT_ERROR_SIZE 256

struct subject_error {
    int status;
    int error_number;
    char text[SUBJECT_ERROR_SIZE];
};

/* Fills in @error_out; returns -1, as the call that failed does. @text: NULL
 * for the status's own words. */
int subject_fail(struct subject_error *error_out, int status, const char *text);

/* What a subject has in hand: of those that are unanswered some wait for a
 * thread. */
struct subject_queue {
    uint64_t unanswered;
    uint64_t waiting;
    uint64_t threads;
};

typedef void (*subject_cb)(void *data);

struct subject_calls {
    const char *name;
    bool reference; /* is always closed cleanly */
    bool forgets;   /* what is written; answers are as if, all the same */

    /* 0 or -1 with the error: nothing was made. */
    int (*open)(const struct subject_options *options,
                struct subject **subject_out, struct subject_error *error_out);

    /* Answered through the sink, exactly once, on the loop, never before this
     * returns. -1: not accepted, never answered. */
    int (*submit)(struct subject *subject, struct subject_request *request,
                  struct subject_error *error_out);

    /* Waits for @requests, all of them submitted in this turn of the loop:
     * calls
     * @done on the loop when the last has been answered, never before this
     * returns. @requests and what they point to stay until then. NULL: has no
     * such thing. */
    void (*gather)(struct subject *subject, struct subject_request **requests,
                   size_t requests_count, subject_cb done, void *data);

    /* Runs @source (copied) dry on all lanes, then calls @done on the loop.
     * -1: nothing was started. */
    int (*drive)(struct subject *subject, const struct subject_source *source,
                 subject_cb done, void *data, struct subject_error *error_out);

    /* @closed comes on the loop, never before this returns; nothing of the
     * subject is left then. A second call before that joins the first. May be
     * called at most twice. */
    void (*close)(struct subject *subject, subject_cb closed, void *data);

    /* Instead of close(), and NULL for references:
     *
     * abort:  as close(), but what runs is interrupted, what waits given up:
     *         both are answered DBPOOL_ECANCELED before @closed comes.
     * forget: the bug of the tutorial. Hands the close function to a gather as
     *         a value and never calls it. @done as in close().
     * drop:   calls nothing at all: the pool goes on.
     *
     * The last two give back what is the harness's own, so that what they leave
     * behind is exactly what a program would that made this mistake. */
    void (*abort)(struct subject *subject, subject_cb closed, void *data);
    void (*forget)(struct subject *subject, subject_cb done, void *data);
    void (*drop)(struct subject *subject);

    /* Of subjects that can be left open, else NULL:
     *
     * pool:  what forget() and drop() leave; asked before.
     * adopt: the subject of such a pool anew, only to be closed. */
    struct dbpool *(*pool)(const struct subject *subject);
    struct subject *(*adopt)(struct dbpool *pool);

    /* Between open() and close(); NULL: it has no queue of its own. */
    void (*queue)(const struct subject *subject,
                  struct subject_queue *queue_out);
};

/* For the program's own: dbpool, direct, uvwork, null. */
extern const struct subject_calls subject_dbpool;
extern const struct subject_calls subject_direct;
extern const struct subject_calls subject_uvwork;
extern const struct subject_calls subject_null;

/* What every subject runs, as the tutorial wrote it; columns in the order of
 * the table. */
#define SUBJECT_LOOKUP_SQL "SELECT * FROM users WHERE login = ?"

/* The others. A transfer looks both up and renames both. */
#define SUBJECT_RENAME_SQL                                                     \
    "UPDATE users SET name = ?, forname = ? WHERE login = ?"
#define SUBJECT_SIGN_UP_SQL                                                    \
    "INSERT INTO users (login, name, forname) VALUES (?, ?, ?)"
#define SUBJECT_SIGN_OFF_SQL "DELETE FROM users WHERE login = ?"
#define SUBJECT_SCAN_SQL                                                       \
    "SELECT login, name, forname FROM users WHERE login >= ? ORDER BY login"   \
    " LIMIT " SUBJECT_TEXT(SUBJECT_SCAN_ROWS)
#define SUBJECT_TEXT(number) SUBJECT_TEXT_OF(number)
#define SUBJECT_TEXT_OF(number) #number

enum subject_column {
    SUBJECT_COLUMN_LOGIN,
    SUBJECT_COLUMN_NAME,
    SUBJECT_COLUMN_FORNAME,
    SUBJECT_COLUMN_BIO, /* where there are any */
};

#endif
