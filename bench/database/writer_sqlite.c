/* SPDX-License-Identifier: Apache-2.0 */
#include "database/writer_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "database/database.h"
#include "database/header.h"
#include "database/table.h"

/* All that a build of SQLite may choose for itself is said, for the same bytes
 * everywhere, and what is not kept in the file, for speed. */
#define SETTINGS_OF_THE_CONNECTION                                             \
    "PRAGMA encoding = 'UTF-8';"                                               \
    "PRAGMA locking_mode = EXCLUSIVE;"                                         \
    "PRAGMA journal_mode = OFF;"                                               \
    "PRAGMA synchronous = OFF;"                                                \
    "PRAGMA cache_size = -16384;"

struct writer {
    const struct database_options *options;
    sqlite3 *db;
    sqlite3_stmt *insert;
    bool interrupted;
    const char *reason; /* where SQLite has none */
};

/* Returns what is behind it. */
static const char *bind(sqlite3_stmt *insert, int column, const char *text,
                        size_t size) {
    /* Nothing is copied: only a column that is not there could fail. */
    CHECK(sqlite3_bind_text(insert, column, text, (int)size, SQLITE_STATIC) ==
          SQLITE_OK);
    return text + size;
}

static int insert_row(struct writer *writer, const struct row *row) {
    const char *at = bind(writer->insert, 1, row->bytes, row->login_size);

    at = bind(writer->insert, 2, at, row->name_size);
    at = bind(writer->insert, 3, at, row->forname_size);
    if (writer->options->bio.median != 0) {
        (void)bind(writer->insert, 4, at, row->bio_size);
    }
    (void)sqlite3_step(writer->insert);
    return sqlite3_reset(writer->insert);
}

static int insert_rows(struct writer *writer, struct rows *rows) {
    const struct rows_batch *batch;
    enum rows_next next;
    int status = SQLITE_OK;

    while (status == SQLITE_OK &&
           (next = rows_next(rows, &batch)) != ROWS_END) {
        if (next == ROWS_INTERRUPTED) {
            writer->interrupted = true;
            return SQLITE_INTERRUPT;
        }
        for (size_t i = 0; i < batch->count && status == SQLITE_OK; i++) {
            status = insert_row(writer, &batch->rows[i]);
        }
    }
    return status;
}

static int execute(struct writer *writer, const char *sql) {
    return sqlite3_exec(writer->db, sql, NULL, NULL, NULL);
}

static int apply_settings(struct writer *writer) {
    struct text sql;
    text_init(&sql);
    text_format(&sql,
                "PRAGMA page_size = %u; PRAGMA auto_vacuum = 0;"
                "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                header_page_size(&writer->options->form), HEADER_APPLICATION_ID,
                HEADER_VERSION);
    text_append(&sql, SETTINGS_OF_THE_CONNECTION);
    int status = execute(writer, sql.bytes);
    text_fini(&sql);
    return status;
}

/* In one transaction, in the order of the logins: the index grows at its end
 * only, and every page is written once. */
static int write_users(struct writer *writer, struct rows *rows) {
    const char *insert = writer->options->bio.median == 0
                             ? "INSERT INTO users VALUES (?, ?, ?)"
                             : "INSERT INTO users VALUES (?, ?, ?, ?)";
    int status = execute(writer, "BEGIN");

    if (status == SQLITE_OK) {
        status = execute(writer, table_sql(writer->options));
    }
    if (status == SQLITE_OK) {
        status =
            sqlite3_prepare_v2(writer->db, insert, -1, &writer->insert, NULL);
    }
    if (status == SQLITE_OK) {
        status = insert_rows(writer, rows);
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

int writer_sqlite_fill(const char *file, const struct database_options *options,
                       struct rows *rows, struct arena *arena,
                       const char **reason_out) {
    struct writer writer = {.options = options};
    /* "unix-none" takes no locks: on a network file system they could clash
     * with the one that temporary.c holds. */
    int status = sqlite3_open_v2(file, &writer.db,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                 "unix-none");

    if (status == SQLITE_OK) {
        status = apply_settings(&writer);
    }
    if (status == SQLITE_OK) {
        status = write_users(&writer, rows);
    }
    if (status == SQLITE_OK && options->form.journal == DATABASE_WAL) {
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
    return status == SQLITE_OK ? 0 : -1;
}
