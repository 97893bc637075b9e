/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_DRIVER_H
#define DBPOOL_DRIVER_H

#include "census.h"
#include "dbpool.h"
#include "status.h"

/* What the pool needs of a database. One connection belongs to one thread from
 * connect() to disconnect(); nothing but interrupt() is called on another.
 *
 * Errors: a status, and the same with code and message in @error. */

struct dbpool__connection;
struct dbpool__guard;
struct dbpool__session;

/* What the pool knows of a statement; a driver's own begins with it. */
struct dbpool__statement {
    bool is_read;    /* only reads, and may share a transaction with others */
    bool writes;     /* needs the right to write: see set_writable() */
    bool is_control; /* BEGIN, COMMIT, END, ROLLBACK: begins or ends a whole
                        transaction */
};

/* Where to connect to; borrowed from the pool for the connection's life. */
struct dbpool__target {
    const struct dbpool__driver *driver;
    const char *path; /* what stands behind the scheme */
    const struct dbpool_options *options;
};

/* What a session does while its connection waits for a lock of another's.
 *
 * Thread: the session's. */
struct dbpool__waiter {
    struct dbpool__session *session;
    struct dbpool__guard *guard; /* of the session */
    bool for_readers; /* it may be a lock to read that is waited for; the driver
                         says so before each wait */
    /* Waits for a moment, from 0 for the @tries-th time; false: no more. */
    bool (*wait)(struct dbpool__waiter *waiter, int tries);
    /* What waited is done, or failed. */
    void (*end)(struct dbpool__waiter *waiter);
    /* A statement of the user's is running: called now and then. */
    void (*meanwhile)(struct dbpool__waiter *waiter);
};

/* Transactions: a reading one gives all its statements the same state of the
 * database, a writing one may write without waiting half way. */
enum dbpool__mode {
    DBPOOL__READ,
    DBPOOL__WRITE,
};

/* A step of a savepoint; those of one connection nest. */
enum dbpool__savepoint {
    DBPOOL__SAVEPOINT_BEGIN,
    DBPOOL__SAVEPOINT_RELEASE,
    DBPOOL__SAVEPOINT_ROLL_BACK,
};

struct dbpool__counts {
    uint64_t statements_prepared;
    uint64_t statements_hit;
    uint64_t statements_evicted;
};

/* One run of a statement. */
struct dbpool__run {
    const struct dbpool__statement *statement;
    const struct dbpool_value *params;
    uint32_t params_count;
    bool keep_rows;
    bool names;
    struct dbpool_result *result; /* cleared by run() */

    /* After each row kept, unless NULL. It may put another result, of the same
     * columns, into *result, which goes on with it; and DBPOOL__STOP ends the
     * run well: what it has written stays. */
    int (*on_row)(void *data, struct dbpool_result **result);
    void *on_row_data;
};

#define DBPOOL__STOP 1

struct dbpool__driver {
    const char *scheme;

    /* Ends what runs on the connection, and perhaps what is begun next: for
     * connections on which everything is to die. Neither waits nor locks.
     * Thread: any, before disconnect() begins. */
    void (*interrupt)(struct dbpool__connection *connection);

    /* @owner: the thread's, for the census. @waiter: waits for locks, and
     * its guard is asked whether to stop while a statement runs; that is
     * DBPOOL_ECANCELED, where nothing else fits. */
    int (*connect)(const struct dbpool__target *target,
                   const struct dbpool__owner *owner,
                   const struct dbpool_site *site,
                   struct dbpool__waiter *waiter,
                   struct dbpool__connection **connection_out,
                   struct dbpool__error *error);
    void (*disconnect)(struct dbpool__connection *connection);

    /* From the connection's cache, else new; the cache owns it. It is valid
     * until the next prepare(), and nothing else ends it. */
    int (*prepare)(struct dbpool__connection *connection, const char *sql,
                   const struct dbpool_site *site,
                   const struct dbpool__statement **statement_out,
                   struct dbpool__error *error);

    /* A new connection may write. Outside of a transaction. */
    int (*set_writable)(struct dbpool__connection *connection, bool writable,
                        struct dbpool__error *error);

    int (*run)(struct dbpool__connection *connection,
               const struct dbpool__run *run, struct dbpool__error *error);

    int (*begin)(struct dbpool__connection *connection, enum dbpool__mode mode,
                 struct dbpool__error *error);
    int (*commit)(struct dbpool__connection *connection,
                  struct dbpool__error *error);
    int (*rollback)(struct dbpool__connection *connection,
                    struct dbpool__error *error);
    bool (*in_transaction)(const struct dbpool__connection *connection);

    int (*savepoint)(struct dbpool__connection *connection,
                     enum dbpool__savepoint which, struct dbpool__error *error);

    /* Ends the statements that somebody left running, and returns the SQL of
     * one, or what it is instead; NULL: there was none. Valid as long as that
     * statement. */
    const char *(*end_statements)(struct dbpool__connection *connection);

    void (*counts)(const struct dbpool__connection *connection,
                   struct dbpool__counts *counts_out);
    uint64_t (*census_id)(const struct dbpool__connection *connection);

    /* Whether @error may mean that the connection is of no more use. */
    bool (*may_be_lost)(const struct dbpool__error *error);

    /* Whether what was connected to has gone: cheap, asks no other process. */
    bool (*has_moved)(const struct dbpool__connection *connection);

    /* Looks whether the connection is sound: @good_sql, and what the driver
     * itself knows to ask. Others' locks and interrupts are no fault. No
     * transaction open. */
    int (*probe)(struct dbpool__connection *connection, const char *good_sql,
                 struct dbpool__error *error);
};

extern const struct dbpool__driver dbpool__driver_sqlite;

/* Finds the driver of @url: "sqlite:PATH", "sqlite:///PATH" or a plain path.
 * path_out points into @url. 0 or DBPOOL_EURL. */
int dbpool__driver_find(const char *url,
                        const struct dbpool__driver **driver_out,
                        const char **path_out);

#endif
