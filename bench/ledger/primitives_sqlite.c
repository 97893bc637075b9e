/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <sqlite3.h>
#include <string.h>

#include "base/check.h"
#include "ledger/registry.h"

/* A connection that could not be opened is one all the same: it must be closed
 * too. */
static int opened(const char *primitive, int status, sqlite3 *connection,
                  const char *path) {
    if (connection != NULL) {
        struct registry_entry entry = {
            .kind = REGISTRY_CONNECTION,
            .key = (uintptr_t)connection,
            .origin.primitive = primitive,
        };
        if (path != NULL) {
            memcpy(entry.text, path, strnlen(path, sizeof entry.text - 1));
        }
        registry_add(&entry);
    }
    return status;
}

int __real_sqlite3_open(const char *path, sqlite3 **connection_out);
int __wrap_sqlite3_open(const char *path, sqlite3 **connection_out);
int __wrap_sqlite3_open(const char *path, sqlite3 **connection_out) {
    const char *outer = origin_enter("sqlite3_open");
    int status = __real_sqlite3_open(path, connection_out);
    origin_leave(outer);
    return opened("sqlite3_open", status, *connection_out, path);
}

int __real_sqlite3_open_v2(const char *path, sqlite3 **connection_out,
                           int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **connection_out,
                           int flags, const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **connection_out,
                           int flags, const char *vfs) {
    const char *outer = origin_enter("sqlite3_open_v2");
    int status = __real_sqlite3_open_v2(path, connection_out, flags, vfs);
    origin_leave(outer);
    return opened("sqlite3_open_v2", status, *connection_out, path);
}

/* The database, its log and that one's index are opened by what reads first:
 * by a statement run at once, or by compiling one. sqlite3_step(), of which
 * there is one and more a lookup, stays as it is. */
int __real_sqlite3_exec(sqlite3 *connection, const char *sql,
                        sqlite3_callback row, void *data, char **message_out);
int __wrap_sqlite3_exec(sqlite3 *connection, const char *sql,
                        sqlite3_callback row, void *data, char **message_out);
int __wrap_sqlite3_exec(sqlite3 *connection, const char *sql,
                        sqlite3_callback row, void *data, char **message_out) {
    const char *outer = origin_enter("sqlite3_exec");
    int status = __real_sqlite3_exec(connection, sql, row, data, message_out);
    origin_leave(outer);
    return status;
}

int __real_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size,
                              sqlite3_stmt **statement_out, const char **tail);
int __wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size,
                              sqlite3_stmt **statement_out, const char **tail);
int __wrap_sqlite3_prepare_v2(sqlite3 *connection, const char *sql, int size,
                              sqlite3_stmt **statement_out, const char **tail) {
    const char *outer = origin_enter("sqlite3_prepare_v2");
    int status =
        __real_sqlite3_prepare_v2(connection, sql, size, statement_out, tail);
    origin_leave(outer);
    return status;
}

int __real_sqlite3_prepare_v3(sqlite3 *connection, const char *sql, int size,
                              unsigned flags, sqlite3_stmt **statement_out,
                              const char **tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *connection, const char *sql, int size,
                              unsigned flags, sqlite3_stmt **statement_out,
                              const char **tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *connection, const char *sql, int size,
                              unsigned flags, sqlite3_stmt **statement_out,
                              const char **tail) {
    const char *outer = origin_enter("sqlite3_prepare_v3");
    int status = __real_sqlite3_prepare_v3(connection, sql, size, flags,
                                           statement_out, tail);
    origin_leave(outer);
    return status;
}

int __real_sqlite3_close(sqlite3 *connection);
int __wrap_sqlite3_close(sqlite3 *connection);
int __wrap_sqlite3_close(sqlite3 *connection) {
    struct registry_entry entry;
    bool is_known =
        registry_remove(REGISTRY_CONNECTION, (uintptr_t)connection, &entry);
    int status = __real_sqlite3_close(connection);
    if (is_known && status != SQLITE_OK) {
        registry_restore(&entry);
    }
    return status;
}

/* It turns a statement that was left open into a connection that nobody can
 * see and nobody can close. */
int __wrap_sqlite3_close_v2(sqlite3 *connection);
int __wrap_sqlite3_close_v2(sqlite3 *connection) {
    bool is_sqlite3_close_used = connection == NULL;
    CHECK(is_sqlite3_close_used);
    return SQLITE_OK;
}
