/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/lane.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "base/text.h"

static int lane_prepare(struct lane *lane, const char *sql,
                        struct sqlite3_stmt **statement_out,
                        struct subject_error *error_out) {
    if (sqlite3_prepare_v3(lane->connection, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           statement_out, NULL) != SQLITE_OK) {
        return subject_fail(error_out, DBPOOL_ESQL,
                            sqlite3_errmsg(lane->connection));
    }
    return 0;
}

int lane_init(struct lane *lane, const char *database, const char *query,
              struct subject_error *error_out) {
    struct dbpool_options options;
    dbpool_options_init(&options);
    options.must_exist = true;
    options.read_only = query != NULL;
    lane->is_plain = query != NULL;
    struct text url;
    text_init(&url);
    text_format(&url, "sqlite:%s", database);
    char message[SUBJECT_ERROR_SIZE] = "";
    int status = dbpool_sqlite_open(url.bytes, &options, &lane->connection,
                                    message, sizeof message);
    text_fini(&url);
    if (status < 0) {
        return subject_fail(error_out, status,
                            message[0] != '\0' ? message : NULL);
    }
    if (lane_prepare(lane, "BEGIN", &lane->begin, error_out) < 0 ||
        lane_prepare(lane, "COMMIT", &lane->commit, error_out) < 0 ||
        lane_prepare(lane, query == NULL ? SUBJECT_LOOKUP_SQL : query,
                     &lane->lookup, error_out) < 0) {
        return -1;
    }
    return 0;
}

size_t lane_stack_size(void) {
    struct dbpool_options options;
    dbpool_options_init(&options);
    return options.stack_size;
}

void lane_fini(struct lane *lane) {
    (void)sqlite3_finalize(lane->begin);
    (void)sqlite3_finalize(lane->commit);
    (void)sqlite3_finalize(lane->lookup);
    lane_errand_fini(lane);
    (void)sqlite3_close(lane->connection);
}

/* SQLITE_DONE, or why not. */
static int lane_step(struct sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return code;
}

/* A transaction that cannot be begun leaves the lookup to run by itself, where
 * the same trouble, if it lasts, is its error. */
static void lane_begin(struct lane *lane) {
    if (lane->batch > 1 && !lane->in_transaction) {
        lane->in_transaction = lane_step(lane->begin) == SQLITE_DONE;
        lane->batched = 0;
    }
}

/* A read transaction has nothing that a commit could lose: that it ends is all
 * that matters. */
static void lane_commit(struct lane *lane) {
    if (lane->in_transaction) {
        (void)lane_step(lane->commit);
        lane->in_transaction = false;
    }
}

static const char *lane_text(struct lane *lane, enum subject_column column,
                             size_t *size_out) {
    const char *text =
        (const char *)sqlite3_column_text(lane->lookup, (int)column);
    *size_out = (size_t)sqlite3_column_bytes(lane->lookup, (int)column);
    return text;
}

static void lane_find(struct lane *lane, const struct subject_request *request,
                      struct subject_answer *answer_out) {
    int code = sqlite3_bind_text64(lane->lookup, 1, request->login,
                                   (sqlite3_uint64)request->login_size,
                                   SQLITE_STATIC, SQLITE_UTF8);
    if (code == SQLITE_OK) {
        code = sqlite3_step(lane->lookup);
    }
    if (code == SQLITE_ROW && lane->is_plain) {
        answer_out->found = true;
    } else if (code == SQLITE_ROW) {
        struct avatar_row *row = &answer_out->row;
        answer_out->found = true;
        row->login = lane_text(lane, SUBJECT_COLUMN_LOGIN, &row->login_size);
        row->name = lane_text(lane, SUBJECT_COLUMN_NAME, &row->name_size);
        row->forname =
            lane_text(lane, SUBJECT_COLUMN_FORNAME, &row->forname_size);
        if (sqlite3_column_count(lane->lookup) > SUBJECT_COLUMN_BIO) {
            row->bio = lane_text(lane, SUBJECT_COLUMN_BIO, &row->bio_size);
        }
    } else if (code != SQLITE_DONE) {
        answer_out->status = DBPOOL_ESQL;
        answer_out->error = sqlite3_errmsg(lane->connection);
    }
}

void lane_do(struct lane *lane, struct subject_request *request,
             struct subject_answer *answer_out) {
    *answer_out = (struct subject_answer){0};
    if (request->operation == SUBJECT_LOOKUP) {
        lane_find(lane, request, answer_out);
    } else {
        lane_errand(lane, request, answer_out);
    }
}

void lane_release(struct lane *lane) {
    (void)sqlite3_reset(lane->lookup);
}

static void lane_answer(struct lane *lane, struct subject_request *request) {
    struct subject_answer answer;
    if (request->times != NULL) {
        request->times->begun_ns = clock_now_ns();
    }
    lane_do(lane, request, &answer);
    if (request->times != NULL) {
        request->times->ended_ns = clock_now_ns();
    }
    lane->sink.answered(lane->sink.data, lane->number, request, &answer);
    lane_release(lane);
}

void lane_run(struct lane *lane, const struct subject_source *source) {
    struct subject_request *request;
    while ((request = source->next(source->data, lane->number)) != NULL) {
        if (request->operation == SUBJECT_LOOKUP) {
            lane_begin(lane);
        } else {
            lane_commit(lane);
        }
        lane_answer(lane, request);
        if (++lane->batched >= lane->batch) {
            lane_commit(lane);
        }
    }
    lane_commit(lane);
}
