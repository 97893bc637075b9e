/* SPDX-License-Identifier: Apache-2.0 */
#include "support/people_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "people/people.h"

static void bind(sqlite3_stmt *insert, int column, const char *text,
                 size_t size) {
    (void)sqlite3_bind_text(insert, column, text, (int)size, SQLITE_STATIC);
}

static int insert_people(sqlite3 *connection, const struct people *people) {
    sqlite3_stmt *insert;
    if (sqlite3_prepare_v2(connection, "INSERT INTO users VALUES (?, ?, ?)", -1,
                           &insert, NULL) != SQLITE_OK) {
        return -1;
    }
    int status = 0;
    for (uint64_t i = 0; i < people->users && status == 0; i++) {
        struct person person;
        people_person(people, i, &person);
        bind(insert, 1, person.login, person.login_size);
        bind(insert, 2, person.name, person.name_size);
        bind(insert, 3, person.forname, person.forname_size);
        status = sqlite3_step(insert) == SQLITE_DONE ? 0 : -1;
        (void)sqlite3_reset(insert);
    }
    (void)sqlite3_finalize(insert);
    return status;
}

static int execute(sqlite3 *connection, const char *sql) {
    return sqlite3_exec(connection, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                        : -1;
}

int people_database_make(struct people_database *database,
                         const struct people *people) {
    const char *parent = getenv("TMPDIR");
    (void)snprintf(database->folder, sizeof database->folder,
                   "%s/plunge-XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(database->folder) == NULL) {
        return -1;
    }
    (void)snprintf(database->path, sizeof database->path, "%s/users.db",
                   database->folder);
    sqlite3 *connection;
    int status = -1;
    if (sqlite3_open(database->path, &connection) == SQLITE_OK &&
        execute(connection, "PRAGMA journal_mode = WAL; BEGIN;"
                            "CREATE TABLE users (login TEXT PRIMARY KEY,"
                            " name TEXT, forname TEXT)") == 0 &&
        insert_people(connection, people) == 0) {
        status = execute(connection, "COMMIT");
    }
    (void)sqlite3_close(connection);
    return status;
}

void people_database_remove(struct people_database *database) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[PATH_MAX + 32];
        (void)snprintf(path, sizeof path, "%s%s", database->path, suffixes[i]);
        (void)unlink(path);
    }
    (void)rmdir(database->folder);
}
