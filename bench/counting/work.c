/* SPDX-License-Identifier: Apache-2.0 */
#include "counting/work.h"

#include <stddef.h>

#include <sqlite3.h>

#include "base/check.h"

#define CONNECTIONS_MAX 64

static sqlite3 *connections[CONNECTIONS_MAX];
static size_t connections_count;
static struct work gone; /* with statements and connections that have ended */

static uint64_t status_of(sqlite3_stmt *statement, int counter) {
    return (uint64_t)(unsigned)sqlite3_stmt_status(statement, counter, 0);
}

static void add_statement(struct work *work, sqlite3_stmt *statement) {
    work->statements += status_of(statement, SQLITE_STMTSTATUS_RUN);
    work->steps += status_of(statement, SQLITE_STMTSTATUS_VM_STEP);
}

static uint64_t pages_of(sqlite3 *connection, int counter) {
    int pages = 0;
    int highest = 0;
    CHECK(sqlite3_db_status(connection, counter, &pages, &highest, 0) ==
          SQLITE_OK);
    return (uint64_t)(unsigned)pages;
}

static void add_pages(struct work *work, sqlite3 *connection) {
    work->pages_found += pages_of(connection, SQLITE_DBSTATUS_CACHE_HIT);
    work->pages_read += pages_of(connection, SQLITE_DBSTATUS_CACHE_MISS);
    work->pages_written += pages_of(connection, SQLITE_DBSTATUS_CACHE_WRITE);
}

struct work work_done(void) {
    struct work work = gone;
    for (size_t i = 0; i < connections_count; i++) {
        sqlite3_stmt *statement = NULL;
        while ((statement = sqlite3_next_stmt(connections[i], statement)) !=
               NULL) {
            add_statement(&work, statement);
        }
        add_pages(&work, connections[i]);
    }
    return work;
}

/* ---- Connections and statements ------------------------------------------*/

int __real_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs);
int __real_sqlite3_close(sqlite3 *handle);
int __wrap_sqlite3_close(sqlite3 *handle);
int __real_sqlite3_finalize(sqlite3_stmt *statement);
int __wrap_sqlite3_finalize(sqlite3_stmt *statement);

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **handle_out, int flags,
                           const char *vfs) {
    int code = __real_sqlite3_open_v2(path, handle_out, flags, vfs);
    if (code == SQLITE_OK) {
        CHECK(connections_count < CONNECTIONS_MAX);
        connections[connections_count++] = *handle_out;
    }
    return code;
}

int __wrap_sqlite3_close(sqlite3 *handle) {
    for (size_t i = 0; i < connections_count; i++) {
        if (connections[i] == handle) {
            add_pages(&gone, handle);
            connections[i] = connections[--connections_count];
            break;
        }
    }
    return __real_sqlite3_close(handle);
}

int __wrap_sqlite3_finalize(sqlite3_stmt *statement) {
    if (statement != NULL) {
        add_statement(&gone, statement);
    }
    return __real_sqlite3_finalize(statement);
}
