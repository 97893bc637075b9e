/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/lane.h"

#include <stdio.h>

#include <sqlite3.h>

#include "people/naming.h"
#include "subject/errand.h"

void lane_errand_fini(struct lane *lane) {
    (void)sqlite3_finalize(lane->begin_writing);
    (void)sqlite3_finalize(lane->rollback);
    for (size_t i = 0; i < SUBJECT_OPERATIONS_COUNT; i++) {
        (void)sqlite3_finalize(lane->others[i]);
    }
}

static int prepared(struct lane *lane, const char *sql,
                    struct sqlite3_stmt **statement) {
    return *statement != NULL
               ? SQLITE_OK
               : sqlite3_prepare_v3(lane->connection, sql, -1,
                                    SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

static int bind(struct sqlite3_stmt *statement,
                const struct dbpool_value *params, unsigned params_count) {
    int code = SQLITE_OK;
    for (unsigned i = 0; i < params_count && code == SQLITE_OK; i++) {
        code = sqlite3_bind_text64(statement, (int)i + 1, params[i].as.text,
                                   params[i].size, SQLITE_STATIC, SQLITE_UTF8);
    }
    return code;
}

/* The statement of @operation with its parameters, ready to be stepped. */
static int start(struct lane *lane, enum subject_operation operation,
                 const struct dbpool_value *params, unsigned params_count) {
    struct sqlite3_stmt **statement = &lane->others[operation];
    int code = prepared(lane, errand_sql(operation), statement);
    return code == SQLITE_OK ? bind(*statement, params, params_count) : code;
}

/* Runs one that gives no rows; adds up what it changed. SQLITE_DONE, or why
 * not. */
static int run(struct lane *lane, struct sqlite3_stmt *statement,
               uint64_t *changes) {
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE && changes != NULL) {
        *changes += (uint64_t)sqlite3_changes64(lane->connection);
    }
    (void)sqlite3_reset(statement);
    return code;
}

static int run_simple(struct lane *lane, const char *sql,
                      struct sqlite3_stmt **statement) {
    int code = prepared(lane, sql, statement);
    return code == SQLITE_OK ? run(lane, *statement, NULL) : code;
}

static struct avatar_row row_of(struct sqlite3_stmt *statement) {
    struct avatar_row row = {0};
    row.login =
        (const char *)sqlite3_column_text(statement, SUBJECT_COLUMN_LOGIN);
    row.login_size =
        (size_t)sqlite3_column_bytes(statement, SUBJECT_COLUMN_LOGIN);
    row.name =
        (const char *)sqlite3_column_text(statement, SUBJECT_COLUMN_NAME);
    row.name_size =
        (size_t)sqlite3_column_bytes(statement, SUBJECT_COLUMN_NAME);
    row.forname =
        (const char *)sqlite3_column_text(statement, SUBJECT_COLUMN_FORNAME);
    row.forname_size =
        (size_t)sqlite3_column_bytes(statement, SUBJECT_COLUMN_FORNAME);
    return row;
}

/* ---- A page --------------------------------------------------------------*/

/* A row that is too long for a person is none of the people's. */
static int page_keep(struct lane_page *page, size_t index,
                     const struct avatar_row *row) {
    struct person *person = &page->people[index];
    if (!errand_copy(person, row)) {
        return SQLITE_TOOBIG;
    }
    page->rows[index] = avatar_row_of(person);
    return SQLITE_OK;
}

static int scan(struct lane *lane, const struct subject_request *request,
                struct subject_answer *answer_out) {
    struct dbpool_value params[ERRAND_PARAMS_MAX];
    int code =
        start(lane, SUBJECT_SCAN, params, errand_params(request, params));
    struct sqlite3_stmt *statement = lane->others[SUBJECT_SCAN];
    size_t count = 0;
    while (code == SQLITE_OK && count < SUBJECT_SCAN_ROWS &&
           (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct avatar_row row = row_of(statement);
        code = page_keep(&lane->page, count++, &row);
    }
    (void)sqlite3_reset(statement);
    answer_out->rows = lane->page.rows;
    answer_out->rows_count = count;
    return code == SQLITE_OK ? SQLITE_DONE : code;
}

/* ---- Writing -------------------------------------------------------------*/

static int write(struct lane *lane, const struct subject_request *request,
                 struct subject_answer *answer_out) {
    struct dbpool_value params[ERRAND_PARAMS_MAX];
    int code =
        start(lane, request->operation, params, errand_params(request, params));
    return code == SQLITE_OK ? run(lane, lane->others[request->operation],
                                   &answer_out->changes)
                             : code;
}

/* SQLITE_ROW: he is there, and @person as he is called. */
static int transfer_read(struct lane *lane, struct person *person) {
    const struct dbpool_value login =
        dbpool_text_n(person->login, person->login_size);
    int code = bind(lane->lookup, &login, 1);
    if (code == SQLITE_OK) {
        code = sqlite3_step(lane->lookup);
    }
    if (code == SQLITE_ROW) {
        const struct avatar_row row = row_of(lane->lookup);
        code = errand_copy(person, &row) ? SQLITE_ROW : SQLITE_TOOBIG;
    }
    (void)sqlite3_reset(lane->lookup);
    return code;
}

static int transfer_write(struct lane *lane, const struct person *person,
                          uint64_t *changes) {
    struct dbpool_value params[ERRAND_PARAMS_MAX];
    int code =
        start(lane, SUBJECT_RENAME, params, errand_rename(person, params));
    return code == SQLITE_OK ? run(lane, lane->others[SUBJECT_RENAME], changes)
                             : code;
}

/* SQLITE_DONE: both are written, or one is not there and none is. */
static int exchange(struct lane *lane, struct subject_errand *errand,
                    uint64_t *changes) {
    int code = transfer_read(lane, &errand->one);
    if (code == SQLITE_ROW) {
        code = transfer_read(lane, &errand->other);
    }
    if (code != SQLITE_ROW) {
        return code;
    }
    naming_exchange(&errand->one, &errand->other);
    code = transfer_write(lane, &errand->one, changes);
    if (code == SQLITE_DONE) {
        code = transfer_write(lane, &errand->other, changes);
    }
    return code;
}

/* Copied: a rollback would take the message's place. */
static void fail(struct lane *lane, int code,
                 struct subject_answer *answer_out) {
    const bool too_big = (code & 0xff) == SQLITE_TOOBIG;
    answer_out->status = too_big ? DBPOOL_ETOOBIG : DBPOOL_ESQL;
    (void)snprintf(lane->error, sizeof lane->error, "%s",
                   too_big ? dbpool_strerror(DBPOOL_ETOOBIG)
                           : sqlite3_errmsg(lane->connection));
    answer_out->error = lane->error;
}

static int transfer(struct lane *lane, struct subject_request *request,
                    struct subject_answer *answer_out) {
    int code = run_simple(lane, "BEGIN IMMEDIATE", &lane->begin_writing);
    if (code == SQLITE_DONE) {
        code = exchange(lane, request->errand, &answer_out->changes);
    }
    if (code == SQLITE_DONE) {
        code = run(lane, lane->commit, NULL);
    }
    return code;
}

void lane_errand(struct lane *lane, struct subject_request *request,
                 struct subject_answer *answer_out) {
    int code;
    switch (request->operation) {
    case SUBJECT_SCAN:
        code = scan(lane, request, answer_out);
        break;
    case SUBJECT_TRANSFER:
        code = transfer(lane, request, answer_out);
        break;
    default:
        code = write(lane, request, answer_out);
        break;
    }
    if (code != SQLITE_DONE) {
        fail(lane, code, answer_out);
    }
    if (sqlite3_get_autocommit(lane->connection) == 0) {
        (void)run_simple(lane, "ROLLBACK", &lane->rollback);
    }
}
