/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>
#include <string.h>

#include "result.h"
#include "sqlite.h"
#include "sqlite_error.h"
#include "statements.h"
#include "watch.h"

/* ---- Parameters ---- */

static int bind_one(struct sqlite3_stmt *handle, int index,
                    const struct dbpool_value *value) {
    switch (value->type) {
    case DBPOOL_INTEGER:
        return sqlite3_bind_int64(handle, index, value->as.integer);
    case DBPOOL_REAL:
        return sqlite3_bind_double(handle, index, value->as.real);
    case DBPOOL_TEXT:
        return sqlite3_bind_text64(handle, index, value->as.text, value->size,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case DBPOOL_BLOB:
        if (value->size == 0) { /* a NULL pointer would bind NULL */
            return sqlite3_bind_zeroblob(handle, index, 0);
        }
        return sqlite3_bind_blob64(handle, index, value->as.blob, value->size,
                                   SQLITE_STATIC);
    case DBPOOL_NULL:
    default:
        return sqlite3_bind_null(handle, index);
    }
}

static int bind_all(struct sqlite3 *connection,
                    const struct dbpool__cached *statement,
                    const struct dbpool__run *run,
                    struct dbpool__error *error) {
    const uint32_t count = (uint32_t)statement->params_count;
    if (count != run->params_count) {
        return dbpool__error_set(error, DBPOOL_EPARAMS, SQLITE_RANGE,
                                 "the statement has %u parameters, %u given",
                                 count, run->params_count);
    }
    const struct dbpool_value *values = run->params;
    for (uint32_t i = 0; i < count; i++) {
        int code = bind_one(statement->handle, (int)i + 1, &values[i]);
        if (code != SQLITE_OK) {
            return dbpool__sqlite_error(connection, code, error);
        }
    }
    return DBPOOL_OK;
}

/* ---- Rows ---- */

static int add_other(struct dbpool_result *result, struct sqlite3_value *from,
                     int type) {
    struct dbpool_value value = dbpool_null();
    if (type == SQLITE_INTEGER) {
        value = dbpool_integer(sqlite3_value_int64(from));
    } else if (type == SQLITE_FLOAT) {
        value = dbpool_real(sqlite3_value_double(from));
    } else if (type == SQLITE_BLOB) {
        value.type = DBPOOL_BLOB; /* its size first: without memory for its
                                     bytes it becomes NULL */
        value.size = (uint32_t)sqlite3_value_bytes(from);
        value.as.blob = sqlite3_value_blob(from);
        if (value.as.blob == NULL && value.size != 0) {
            return DBPOOL_ENOMEM; /* to an empty one there is no pointer */
        }
    }
    return dbpool__result_add(result, &value);
}

/* By the value, not by sqlite3_column_text() and its like, each of which takes
 * and checks the column anew. Values of rows are not protected against other
 * threads that use the connection: there are none. */
static inline int add_value(struct dbpool_result *result,
                            struct sqlite3_value *from) {
    int type = sqlite3_value_type(from);
    if (type != SQLITE_TEXT) {
        return add_other(result, from, type);
    }
    const void *text = sqlite3_value_text(from);
    if (text == NULL) { /* SQLite has no memory for it, and says so again
                           until the statement is reset */
        return DBPOOL_ENOMEM;
    }
    return dbpool__result_add_bytes(result, DBPOOL_TEXT, text,
                                    (uint32_t)sqlite3_value_bytes(from));
}

static int add_row(struct sqlite3_stmt *handle, struct dbpool_result *result) {
    for (uint32_t i = 0; i < result->columns_count; i++) {
        int status = add_value(result, sqlite3_column_value(handle, (int)i));
        if (status != DBPOOL_OK) {
            return status;
        }
    }
    result->rows_count++;
    return DBPOOL_OK;
}

static int add_names(struct sqlite3_stmt *handle, struct dbpool_result *result,
                     struct dbpool__error *error) {
    for (uint32_t i = 0; i < result->columns_count; i++) {
        const char *name = sqlite3_column_name(handle, (int)i);
        struct dbpool_value value = dbpool_text(name);
        int status =
            name == NULL ? DBPOOL_ENOMEM : dbpool__result_add(result, &value);
        if (status != DBPOOL_OK) {
            return dbpool__error_plain(error, status);
        }
    }
    result->named = true;
    return DBPOOL_OK;
}

/* After the first step: until then SQLite may compile the statement anew,
 * because somebody has changed the schema. */
static int take_shape(struct sqlite3_stmt *handle,
                      const struct dbpool__run *run,
                      struct dbpool__error *error) {
    run->result->columns_count = (uint32_t)sqlite3_column_count(handle);
    return run->names ? add_names(handle, run->result, error) : DBPOOL_OK;
}

/* ---- Steps ---- */

/* A statement that returns rows has written all before the first of them. If
 * they cannot be kept it has failed, and a mere reset would commit it. */
static void undo(struct sqlite3 *connection,
                 const struct dbpool__cached *statement) {
    if (statement->base.writes) {
        sqlite3_interrupt(connection);
        (void)sqlite3_step(statement->handle); /* ends at once, and rolls back
                                                */
    }
}

static int next_rows(const struct dbpool__run *run,
                     struct dbpool_result **result,
                     struct dbpool__error *error) {
    int status = run->on_row(run->on_row_data, result);
    return status < DBPOOL_OK ? dbpool__error_plain(error, status) : status;
}

/* To the end, or to a row that cannot be kept or is enough: then *code is
 * SQLITE_ROW still, and the status not DBPOOL_OK. */
static int step_rows(struct sqlite3_stmt *handle, const struct dbpool__run *run,
                     struct dbpool_result **result, int *code,
                     struct dbpool__error *error) {
    int status = DBPOOL_OK;
    *code = sqlite3_step(handle);
    if (run->keep_rows && (*code == SQLITE_ROW || *code == SQLITE_DONE)) {
        status = take_shape(handle, run, error);
    }
    while (*code == SQLITE_ROW) {
        if (status == DBPOOL_OK && run->keep_rows) {
            status = add_row(handle, *result);
            if (status != DBPOOL_OK) {
                return dbpool__error_plain(error, status);
            }
        }
        if (status == DBPOOL_OK && run->on_row != NULL) {
            status = next_rows(run, result, error);
        }
        if (status != DBPOOL_OK) {
            break;
        }
        *code = sqlite3_step(handle);
    }
    return status;
}

static int step_all(struct dbpool__watch *watch,
                    const struct dbpool__cached *statement,
                    const struct dbpool__run *run,
                    struct dbpool__error *error) {
    struct sqlite3 *connection = watch->busy.handle;
    struct dbpool_result *result = run->result;
    const bool writes = statement->base.writes;
    int64_t changed_before = writes ? sqlite3_total_changes64(connection) : 0;
    int code;
    int status = step_rows(statement->handle, run, &result, &code, error);
    if (status == DBPOOL__STOP) {
        status = DBPOOL_OK;
    } else if (code == SQLITE_ROW) {
        undo(connection, statement);
        return status;
    } else if (code != SQLITE_DONE) {
        return dbpool__busy_error(&watch->busy, code, writes, error);
    }
    if (writes) {
        /* CREATE and its like leave the count of the last that counted. */
        if (sqlite3_total_changes64(connection) != changed_before) {
            result->changes = sqlite3_changes64(connection);
        }
        result->last_insert_id = sqlite3_last_insert_rowid(connection);
    }
    return status;
}

int dbpool__sqlite_run(struct dbpool__watch *watch,
                       const struct dbpool__cached *statement,
                       const struct dbpool__run *run,
                       struct dbpool__error *error) {
    dbpool__result_clear(run->result);
    int status = bind_all(watch->busy.handle, statement, run, error);
    dbpool__busy_begin(&watch->busy);
    if (status == DBPOOL_OK) {
        watch->running = true;
        watch->busy.is_pragma = statement->is_pragma;
        status = step_all(watch, statement, run, error);
        watch->busy.is_pragma = false;
        watch->running = false;
    }
    dbpool__busy_end(&watch->busy);
    /* A step's error comes again here; it is known already. */
    (void)sqlite3_reset(statement->handle);
    (void)sqlite3_clear_bindings(statement->handle);
    return status;
}
