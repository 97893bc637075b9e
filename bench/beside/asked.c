/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/asked.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/check.h"
#include "beside/fail.h"

static size_t read_logins(struct asked *asked, struct sqlite3_stmt *statement) {
    size_t found = 0;
    while (found < asked->count && sqlite3_step(statement) == SQLITE_ROW) {
        (void)snprintf(asked->logins[found++], ASKED_LOGIN_SIZE, "%s",
                       (const char *)sqlite3_column_text(statement, 0));
    }
    return found;
}

void asked_init(struct asked *asked, const char *database, size_t count) {
    asked->count = count;
    asked->logins = calloc(count, sizeof *asked->logins);
    if (asked->logins == NULL) {
        check_out_of_memory();
    }
    struct sqlite3 *handle = NULL;
    struct sqlite3_stmt *statement = NULL;
    if (sqlite3_open_v2(database, &handle, SQLITE_OPEN_READWRITE, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(handle, "SELECT login FROM users", -1, &statement,
                           NULL) != SQLITE_OK) {
        fail("%s: %s", database, sqlite3_errmsg(handle));
    }
    size_t found = read_logins(asked, statement);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(handle);
    if (found < count) {
        fail("%s: has %zu users, %zu are asked for: plunge generate --users "
             "makes more",
             database, found, count);
    }
}

void asked_fini(struct asked *asked) {
    free(asked->logins);
}
