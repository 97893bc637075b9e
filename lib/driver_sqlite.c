/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "driver.h"
#include "sqlite.h"
#include "sqlite_error.h"
#include "statements.h"
#include "watch.h"

/* Statements of the connection's own: ending a transaction must not need memory
 * or push a user's statement out. Three are made when it is opened, for the
 * user's own SQL may begin one; the others when first there is use for them,
 * which a connection that only reads seldom has. */
enum control {
    CONTROL_BEGIN,
    CONTROL_BEGIN_IMMEDIATE,
    CONTROL_COMMIT,
    CONTROL_ROLLBACK,
    CONTROL_SAVEPOINT,
    CONTROL_RELEASE,
    CONTROL_ROLLBACK_TO,
    CONTROLS_COUNT,
};

static const char *const control_sql[CONTROLS_COUNT] = {
    [CONTROL_BEGIN] = "BEGIN",
    [CONTROL_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_SAVEPOINT] = "SAVEPOINT dbpool",
    [CONTROL_RELEASE] = "RELEASE dbpool",
    [CONTROL_ROLLBACK_TO] = "ROLLBACK TO dbpool",
};

struct dbpool__connection {
    struct sqlite3 *handle;
    struct sqlite3_stmt *controls[CONTROLS_COUNT];
    struct dbpool__statements statements;
    struct dbpool__entry entry;
    bool read_only;
    bool writable;     /* PRAGMA query_only is off */
    bool pragmas_step; /* it takes effect when stepped, see set_writable() */
    struct dbpool__watch watch;
};

/* Makes those of @which that are not there yet. */
static int prepare_controls(struct dbpool__connection *connection,
                            const enum control *which, int count,
                            struct dbpool__error *error) {
    for (int i = 0; i < count; i++) {
        struct sqlite3_stmt **control = &connection->controls[which[i]];
        int code = *control != NULL
                       ? SQLITE_OK
                       : sqlite3_prepare_v3(
                             connection->handle, control_sql[which[i]], -1,
                             SQLITE_PREPARE_PERSISTENT, control, NULL);
        if (code != SQLITE_OK) {
            return dbpool__sqlite_error(connection->handle, code, error);
        }
    }
    return DBPOOL_OK;
}

static void interrupt(struct dbpool__connection *connection) {
    sqlite3_interrupt(connection->handle);
}

/* An interrupt is forgotten when a statement begins. Until then it would keep
 * the last connection from writing the log back, and -wal and -shm would be
 * left. What is begun here ends with the connection. */
static void forget_interrupt(struct dbpool__connection *connection) {
    if (connection->controls[CONTROL_BEGIN] != NULL) {
        (void)sqlite3_step(connection->controls[CONTROL_BEGIN]);
    }
}

/* SQLite does not close what somebody still uses, by way of its handle. It
 * lists statements, not backups. */
static void say_what_is_left(const struct dbpool__connection *connection) {
    char what[512];
    struct sqlite3_stmt *left = sqlite3_next_stmt(connection->handle, NULL);
    const char *sql = left == NULL ? "a backup" : sqlite3_sql(left);
    (void)snprintf(what, sizeof what,
                   "a connection is closed that is still in use: opened for "
                   "%s:%d, left open is %.300s",
                   connection->entry.site.file, connection->entry.site.line,
                   sql != NULL ? sql : "a blob");
    dbpool__check_failed(what, "closed", "disconnect");
}

static void disconnect(struct dbpool__connection *connection) {
    forget_interrupt(connection);
    for (int i = 0; i < CONTROLS_COUNT; i++) {
        (void)sqlite3_finalize(connection->controls[i]);
    }
    dbpool__statements_fini(&connection->statements);
    /* Never sqlite3_close_v2(): it would hide a statement left open. */
    int code = dbpool__sqlite_close(connection->handle);
    if (code != SQLITE_OK) {
        say_what_is_left(connection);
    }
    dbpool__census_remove(&connection->entry);
    free(connection);
}

static void announce(struct dbpool__connection *connection,
                     const struct dbpool__owner *owner,
                     const struct dbpool_site *site, const char *path) {
    connection->entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_CONNECTION,
        .owner_id = owner->id,
        .tag = owner->tag,
        .pool_site = owner->pool_site,
        .object = connection->handle,
        .site = *site,
        .text = path,
    };
    dbpool__census_add(&connection->entry);
}

static int connect_to(const struct dbpool__target *target,
                      const struct dbpool__owner *owner,
                      const struct dbpool_site *site,
                      struct dbpool__waiter *waiter,
                      struct dbpool__connection **connection_out,
                      struct dbpool__error *error) {
    struct dbpool__connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return dbpool__error_plain(error, DBPOOL_ENOMEM);
    }
    connection->read_only = target->options->read_only;
    connection->writable = true;
    connection->watch.busy =
        (struct dbpool__busy){.waiter = waiter, .path = target->path};
    int status = dbpool__sqlite_open(target->path, target->options,
                                     waiter == NULL ? NULL : &connection->watch,
                                     &connection->handle, error);
    dbpool__busy_end(&connection->watch.busy);
    if (status != DBPOOL_OK) {
        free(connection);
        return status;
    }
    announce(connection, owner, site, target->path);
    status = dbpool__statements_init(&connection->statements,
                                     connection->handle, &connection->entry,
                                     target->options->statements_max);
    if (status != DBPOOL_OK) {
        (void)dbpool__error_plain(error, status);
    } else {
        status = prepare_controls(
            connection,
            (enum control[]){CONTROL_BEGIN, CONTROL_COMMIT, CONTROL_ROLLBACK},
            3, error);
    }
    if (status != DBPOOL_OK) {
        disconnect(connection);
        return status;
    }
    *connection_out = connection;
    return DBPOOL_OK;
}

static int prepare(struct dbpool__connection *connection, const char *sql,
                   const struct dbpool_site *site,
                   const struct dbpool__statement **statement_out,
                   struct dbpool__error *error) {
    /* The schema may have to be read for it. */
    dbpool__busy_begin(&connection->watch.busy);
    const struct dbpool__cached *statement = NULL;
    int status = dbpool__statements_get(&connection->statements, sql, site,
                                        &statement, error);
    if (status == DBPOOL_EBUSY) {
        (void)dbpool__busy_error(&connection->watch.busy, error->code, false,
                                 error);
    }
    dbpool__busy_end(&connection->watch.busy);
    *statement_out = status == DBPOOL_OK ? &statement->base : NULL;
    return status;
}

/* The statement that this driver's prepare() has given. */
static const struct dbpool__cached *
cached_of(const struct dbpool__statement *statement) {
    return (const struct dbpool__cached *)(const void *)statement;
}

static int set_query_only(struct dbpool__connection *connection, bool on,
                          struct dbpool__error *error) {
    struct sqlite3_stmt *pragma = NULL;
    int code = sqlite3_prepare_v2(connection->handle,
                                  on ? "PRAGMA query_only = ON"
                                     : "PRAGMA query_only = OFF",
                                  -1, &pragma, NULL);
    if (code == SQLITE_OK && connection->pragmas_step) {
        code = sqlite3_step(pragma) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
    }
    (void)sqlite3_finalize(pragma);
    return code == SQLITE_OK
               ? DBPOOL_OK
               : dbpool__sqlite_error(connection->handle, code, error);
}

static bool is_query_only(struct dbpool__connection *connection) {
    struct sqlite3_stmt *pragma = NULL;
    bool on = sqlite3_prepare_v2(connection->handle, "PRAGMA query_only", -1,
                                 &pragma, NULL) == SQLITE_OK &&
              sqlite3_step(pragma) == SQLITE_ROW &&
              sqlite3_column_int(pragma, 0) != 0;
    (void)sqlite3_finalize(pragma);
    return on;
}

/* The user's own SQL may have changed it. A connection that is to write, and
 * was left so, is not looked at: whoever has forbidden it to meant that. */
static void look_at_query_only(struct dbpool__connection *connection) {
    if (connection->statements.query_only_named) {
        connection->statements.query_only_named = false;
        connection->writable = !is_query_only(connection);
    }
}

/* SQLite sets this flag when the pragma is compiled, and throws all compiled
 * statements away when it is stepped. So it is not stepped; unless it turns out
 * to have no effect, since nobody promises that. */
static int set_writable(struct dbpool__connection *connection, bool writable,
                        struct dbpool__error *error) {
    if (connection->read_only || (writable && connection->writable)) {
        return DBPOOL_OK;
    }
    look_at_query_only(connection);
    if (connection->writable == writable) {
        return DBPOOL_OK;
    }
    int status = set_query_only(connection, !writable, error);
    if (status == DBPOOL_OK && !connection->pragmas_step &&
        is_query_only(connection) == writable) {
        connection->pragmas_step = true;
        status = set_query_only(connection, !writable, error);
    }
    if (status == DBPOOL_OK) {
        connection->writable = writable;
    }
    return status;
}

static int run_statement(struct dbpool__connection *connection,
                         const struct dbpool__run *run,
                         struct dbpool__error *error) {
    return dbpool__sqlite_run(&connection->watch, cached_of(run->statement),
                              run, error);
}

static int control(struct dbpool__connection *connection, enum control which,
                   struct dbpool__error *error) {
    struct sqlite3_stmt *handle = connection->controls[which];
    int status = DBPOOL_OK;
    dbpool__busy_begin(&connection->watch.busy);
    int code = sqlite3_step(handle);
    if (code != SQLITE_DONE) {
        status = dbpool__busy_error(&connection->watch.busy, code,
                                    which != CONTROL_BEGIN, error);
    }
    dbpool__busy_end(&connection->watch.busy);
    (void)sqlite3_reset(handle);
    return status;
}

static int begin(struct dbpool__connection *connection, enum dbpool__mode mode,
                 struct dbpool__error *error) {
    /* IMMEDIATE: two transactions that read first and write later would end in
     * a SQLITE_BUSY_SNAPSHOT that no waiting cures. */
    bool write = mode == DBPOOL__WRITE && !connection->read_only;
    const enum control begins = write ? CONTROL_BEGIN_IMMEDIATE : CONTROL_BEGIN;
    int status = prepare_controls(connection, &begins, 1, error);
    return status == DBPOOL_OK ? control(connection, begins, error) : status;
}

static int commit(struct dbpool__connection *connection,
                  struct dbpool__error *error) {
    return control(connection, CONTROL_COMMIT, error);
}

static int rollback(struct dbpool__connection *connection,
                    struct dbpool__error *error) {
    return control(connection, CONTROL_ROLLBACK, error);
}

/* Of those with one name SQLite means the innermost. */
static int savepoint(struct dbpool__connection *connection,
                     enum dbpool__savepoint which,
                     struct dbpool__error *error) {
    static const enum control steps[] = {
        [DBPOOL__SAVEPOINT_BEGIN] = CONTROL_SAVEPOINT,
        [DBPOOL__SAVEPOINT_RELEASE] = CONTROL_RELEASE,
        [DBPOOL__SAVEPOINT_ROLL_BACK] = CONTROL_ROLLBACK_TO,
    };
    int status = prepare_controls(connection, steps, 3, error);
    return status == DBPOOL_OK ? control(connection, steps[which], error)
                               : status;
}

static const char *end_statements(struct dbpool__connection *connection) {
    const char *sql = NULL;
    struct sqlite3_stmt *handle = sqlite3_next_stmt(connection->handle, NULL);
    for (; handle != NULL;
         handle = sqlite3_next_stmt(connection->handle, handle)) {
        if (sqlite3_stmt_busy(handle) != 0) {
            (void)sqlite3_reset(handle);
            sql = sqlite3_sql(handle);
            sql = sql != NULL ? sql : "(an open blob)"; /* which has none */
        }
    }
    return sql;
}

static bool in_transaction(const struct dbpool__connection *connection) {
    return sqlite3_get_autocommit(connection->handle) == 0;
}

static void counts(const struct dbpool__connection *connection,
                   struct dbpool__counts *counts_out) {
    *counts_out = connection->statements.counts;
}

static bool may_be_lost(const struct dbpool__error *error) {
    switch (error->code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
        return true;
    default:
        return error->code == SQLITE_READONLY_DBMOVED;
    }
}

static bool has_moved(const struct dbpool__connection *connection) {
    int moved = 0; /* stays so for what is no file */
    (void)sqlite3_file_control(connection->handle, "main",
                               SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

static int probe(struct dbpool__connection *connection, const char *good_sql,
                 struct dbpool__error *error) {
    if (has_moved(connection)) {
        return dbpool__error_set(error, DBPOOL_EIO, SQLITE_READONLY_DBMOVED,
                                 "the file was deleted, moved or replaced");
    }
    dbpool__busy_begin(&connection->watch.busy);
    int code = dbpool__sqlite_touch(connection->handle, &connection->watch);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(connection->handle, good_sql, NULL, NULL, NULL);
    }
    dbpool__busy_end(&connection->watch.busy);
    bool kept_out = (code & 0xff) == SQLITE_BUSY ||
                    (code & 0xff) == SQLITE_LOCKED || code == SQLITE_INTERRUPT;
    return code == SQLITE_OK || kept_out
               ? DBPOOL_OK
               : dbpool__sqlite_error(connection->handle, code, error);
}

static uint64_t census_id(const struct dbpool__connection *connection) {
    return connection->entry.id;
}

const struct dbpool__driver dbpool__driver_sqlite = {
    .scheme = "sqlite",
    .interrupt = interrupt,
    .connect = connect_to,
    .disconnect = disconnect,
    .prepare = prepare,
    .set_writable = set_writable,
    .run = run_statement,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .in_transaction = in_transaction,
    .savepoint = savepoint,
    .end_statements = end_statements,
    .counts = counts,
    .census_id = census_id,
    .may_be_lost = may_be_lost,
    .has_moved = has_moved,
    .probe = probe,
};
