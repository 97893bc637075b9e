/* SPDX-License-Identifier: Apache-2.0 */
#include "database/writer.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "database/database.h"
#include "database/header.h"
#include "people/people.h"

/* All that a build of SQLite may choose for itself is said, for the same bytes
 * everywhere... */
static const struct {
    const char *name;
    int value;
} kept_settings[] = {
    {"page_size", HEADER_PAGE_SIZE},
    {"auto_vacuum", 0},
    {"application_id", HEADER_APPLICATION_ID},
    {"user_version", HEADER_VERSION},
};

/* ...and what is not kept in the file, for speed. */
#define SETTINGS_OF_THE_CONNECTION                                             \
    "PRAGMA encoding = 'UTF-8';"                                               \
    "PRAGMA locking_mode = EXCLUSIVE;"                                         \
    "PRAGMA journal_mode = OFF;"                                               \
    "PRAGMA synchronous = OFF;"                                                \
    "PRAGMA cache_size = -16384;"

#define SCHEMA                                                                 \
    "CREATE TABLE users (login TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL," \
    " forname TEXT NOT NULL)"

/* How often the clock and the stop are looked at. */
#define ROWS_PER_LOOK 512
#define PROGRESS_EVERY_NS (100 * CLOCK_NS_PER_MS)

struct writer {
    const struct database_options *options;
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint64_t told_ns;
    bool interrupted;
    const char *reason; /* where SQLite has none */
};

static void tell(struct writer *writer, uint64_t users_done) {
    const struct database_options *options = writer->options;

    if (options->progress != NULL) {
        options->progress(options->progress_data, users_done, options->users);
    }
    writer->told_ns = clock_now_ns();
}

/* SQLITE_INTERRUPT when it is time to stop. */
static int look(struct writer *writer, uint64_t users_done) {
    if (clock_now_ns() - writer->told_ns >= PROGRESS_EVERY_NS) {
        tell(writer, users_done);
    }
    if (interrupt_pending() != 0) {
        writer->interrupted = true;
        return SQLITE_INTERRUPT;
    }
    return SQLITE_OK;
}

static void bind(sqlite3_stmt *insert, int column, const char *text,
                 size_t size) {
    /* Nothing is copied: only a column that is not there could fail. */
    CHECK(sqlite3_bind_text(insert, column, text, (int)size, SQLITE_STATIC) ==
          SQLITE_OK);
}

static int insert_users(struct writer *writer) {
    const struct people people = {.users = writer->options->users,
                                  .seed = writer->options->seed};
    struct person person;

    for (uint64_t i = 0; i < people.users; i++) {
        if (i % ROWS_PER_LOOK == 0 && look(writer, i) != SQLITE_OK) {
            return SQLITE_INTERRUPT;
        }
        people_person(&people, i, &person);
        bind(writer->insert, 1, person.login, person.login_size);
        bind(writer->insert, 2, person.name, person.name_size);
        bind(writer->insert, 3, person.forname, person.forname_size);
        (void)sqlite3_step(writer->insert);
        int status = sqlite3_reset(writer->insert);
        if (status != SQLITE_OK) {
            return status;
        }
    }
    return SQLITE_OK;
}

static int execute(struct writer *writer, const char *sql) {
    return sqlite3_exec(writer->db, sql, NULL, NULL, NULL);
}

static int apply_settings(struct writer *writer) {
    struct text sql;
    text_init(&sql);
    for (size_t i = 0; i < sizeof kept_settings / sizeof kept_settings[0];
         i++) {
        text_format(&sql, "PRAGMA %s = %d;", kept_settings[i].name,
                    kept_settings[i].value);
    }
    text_append(&sql, SETTINGS_OF_THE_CONNECTION);
    int status = execute(writer, sql.bytes);
    text_fini(&sql);
    return status;
}

/* In one transaction, in the order of the logins: the index grows at its end
 * only, and every page is written once. */
static int write_users(struct writer *writer) {
    int status = execute(writer, "BEGIN");

    if (status == SQLITE_OK) {
        status = execute(writer, SCHEMA);
    }
    if (status == SQLITE_OK) {
        status =
            sqlite3_prepare_v2(writer->db, "INSERT INTO users VALUES (?, ?, ?)",
                               -1, &writer->insert, NULL);
    }
    if (status == SQLITE_OK) {
        tell(writer, 0);
        status = insert_users(writer);
    }
    /* Finalizing repeats an error of the last step. */
    (void)sqlite3_finalize(writer->insert);
    writer->insert = NULL;
    if (status == SQLITE_OK) {
        status = execute(writer, "COMMIT");
    }
    return status;
}

/* The pragma succeeds even where it could not do what it says. */
static int switch_to_wal(struct writer *writer) {
    sqlite3_stmt *statement;
    int status = sqlite3_prepare_v2(writer->db, "PRAGMA journal_mode = WAL", -1,
                                    &statement, NULL);

    if (status != SQLITE_OK) {
        return status;
    }
    (void)sqlite3_step(statement);
    const unsigned char *mode = sqlite3_column_text(statement, 0);
    if (mode == NULL || strcmp((const char *)mode, "wal") != 0) {
        writer->reason = "SQLite does not change to WAL";
    }
    status = sqlite3_finalize(statement);
    if (status == SQLITE_OK && writer->reason != NULL) {
        return SQLITE_ERROR;
    }
    if (status == SQLITE_OK) {
        status = sqlite3_wal_checkpoint_v2(
            writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    return status;
}

static const char *reason_of(struct writer *writer, int status,
                             struct arena *arena) {
    /* sqlite3_system_errno() is 0 after a failed commit. */
    int error = 0;

    if (writer->interrupted) {
        return NULL;
    }
    if (writer->reason != NULL) {
        return writer->reason;
    }
    if ((status & 0xff) == SQLITE_FULL) {
        return strerror(ENOSPC);
    }
    if ((status & 0xff) == SQLITE_IOERR &&
        sqlite3_file_control(writer->db, NULL, SQLITE_FCNTL_LAST_ERRNO,
                             &error) == SQLITE_OK &&
        error != 0) {
        return arena_text(arena, strerror(error));
    }
    return arena_text(arena, writer->db == NULL ? sqlite3_errstr(status)
                                                : sqlite3_errmsg(writer->db));
}

int writer_fill(const char *file, const struct database_options *options,
                struct arena *arena, const char **reason_out) {
    struct writer writer = {.options = options, .told_ns = clock_now_ns()};
    /* "unix-none" takes no locks: on a network file system they could clash
     * with the one that temporary.c holds. */
    int status = sqlite3_open_v2(file, &writer.db,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                 "unix-none");

    if (status == SQLITE_OK) {
        status = apply_settings(&writer);
    }
    if (status == SQLITE_OK) {
        status = write_users(&writer);
    }
    if (status == SQLITE_OK) {
        status = switch_to_wal(&writer);
    }
    if (status != SQLITE_OK) {
        *reason_out = reason_of(&writer, status, arena);
    }
    int closed = sqlite3_close(writer.db);
    if (status == SQLITE_OK && closed != SQLITE_OK) {
        *reason_out = sqlite3_errstr(closed);
        status = closed;
    }
    if (status == SQLITE_OK) {
        tell(&writer, options->users);
    }
    return status == SQLITE_OK ? 0 : -1;
}
