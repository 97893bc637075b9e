/* SPDX-License-Identifier: Apache-2.0 */
#include "statements.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite_error.h"

int dbpool__statements_init(struct dbpool__statements *statements,
                            struct sqlite3 *connection,
                            struct dbpool__entry *census, size_t max) {
    size_t buckets_count = 8;
    while (buckets_count < max) {
        buckets_count *= 2;
    }
    *statements = (struct dbpool__statements){
        .connection = connection,
        .census = census,
        .buckets_count = buckets_count,
        .max = max,
    };
    statements->buckets = calloc(buckets_count, sizeof(void *));
    return statements->buckets == NULL ? DBPOOL_ENOMEM : DBPOOL_OK;
}

/* FNV-1a: SQL is short, and the most recent statement is found without it. */
static uint64_t hash_of(const char *sql) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *sql != '\0'; sql++) {
        hash = (hash ^ (unsigned char)*sql) * UINT64_C(1099511628211);
    }
    return hash;
}

static struct dbpool__cached **bucket_of(struct dbpool__statements *statements,
                                         uint64_t hash) {
    return &statements->buckets[hash & (statements->buckets_count - 1)];
}

static void list_remove(struct dbpool__statements *statements,
                        struct dbpool__cached *statement) {
    *(statement->newer != NULL ? &statement->newer->older
                               : &statements->newest) = statement->older;
    *(statement->older != NULL ? &statement->older->newer
                               : &statements->oldest) = statement->newer;
}

static void list_add_newest(struct dbpool__statements *statements,
                            struct dbpool__cached *statement) {
    statement->newer = NULL;
    statement->older = statements->newest;
    *(statements->newest != NULL ? &statements->newest->newer
                                 : &statements->oldest) = statement;
    statements->newest = statement;
    atomic_store_explicit(&statements->census->last, &statement->entry,
                          memory_order_release);
}

static void discard(struct dbpool__statements *statements,
                    struct dbpool__cached *statement) {
    struct dbpool__cached **link = bucket_of(statements, statement->hash);
    while (*link != statement) {
        link = &(*link)->bucket_next;
    }
    *link = statement->bucket_next;
    list_remove(statements, statement);
    statements->count--;
    dbpool__census_remove_last(statements->census, &statement->entry);
    (void)sqlite3_finalize(statement->handle);
    free(statement);
}

void dbpool__statements_fini(struct dbpool__statements *statements) {
    while (statements->oldest != NULL) {
        discard(statements, statements->oldest);
    }
    free(statements->buckets);
    statements->buckets = NULL;
}

/* BEGIN, PRAGMA and ATTACH only read, too, as SQLite sees it; but they change
 * the connection, so they never share a transaction. */
static bool only_selects(struct sqlite3_stmt *handle) {
    if (sqlite3_stmt_readonly(handle) == 0 ||
        sqlite3_column_count(handle) == 0) {
        return false;
    }
    const char *sql = sqlite3_sql(handle);
    sql += strspn(sql, " \t\r\n");
    return sqlite3_strnicmp(sql, "SELECT", 6) == 0 ||
           sqlite3_strnicmp(sql, "WITH", 4) == 0 ||
           sqlite3_strnicmp(sql, "VALUES", 6) == 0;
}

/* What SQLite skips in front of a word: comments, a byte order mark anywhere,
 * and \v, though only behind another blank (by itself it compiles nothing). */
static const char *skip_blank(const char *sql) {
    static const char mark[] = "\xEF\xBB\xBF";
    for (;;) {
        sql += strspn(sql, " \t\r\n\f\v;");
        if (strncmp(sql, "--", 2) == 0) {
            sql += strcspn(sql, "\n");
        } else if (strncmp(sql, "/*", 2) == 0) {
            const char *end = strstr(sql + 2, "*/");
            sql = end == NULL ? sql + strlen(sql) : end + 2;
        } else if (strncmp(sql, mark, 3) == 0) {
            sql += 3;
        } else {
            return sql;
        }
    }
}

/* Goes behind @word where it stands at *sql. */
static bool take_word(const char **sql, const char *word) {
    const char *start = skip_blank(*sql);
    size_t size = strlen(word);
    if (sqlite3_strnicmp(start, word, (int)size) != 0 ||
        isalnum((unsigned char)start[size]) || start[size] == '_') {
        return false;
    }
    *sql = start + size;
    return true;
}

/* Every statement does. */
static bool begins_with_a_letter(const char *sql) {
    char first = *skip_blank(sql);
    return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
}

/* ROLLBACK TO ends a part of a transaction, as a savepoint began one. A
 * statement was compiled: where it seems not to be one, SQLite has skipped what
 * is unknown here, and it may be any.
 *
 * SQLite tells only its authorizer what a statement is. A connection has one,
 * which may be the user's: it can be replaced, but not asked for, and so not
 * put back; and a new one has all statements compiled anew. */
static bool controls_transaction(const char *sql) {
    if (!begins_with_a_letter(sql)) {
        return true;
    }
    if (take_word(&sql, "ROLLBACK")) {
        (void)take_word(&sql, "TRANSACTION");
        return !take_word(&sql, "TO");
    }
    return take_word(&sql, "BEGIN") || take_word(&sql, "COMMIT") ||
           take_word(&sql, "END");
}

static bool is_pragma(const char *sql) {
    return take_word(&sql, "PRAGMA");
}

/* Whether there is nothing to run in @sql: white space, semicolons, comments.
 */
static bool is_blank(struct sqlite3 *connection, const char *sql) {
    int code = SQLITE_OK;
    while (code == SQLITE_OK && sql[0] != '\0') {
        struct sqlite3_stmt *handle = NULL;
        code = sqlite3_prepare_v3(connection, sql, -1, 0, &handle, &sql);
        if (handle != NULL) {
            (void)sqlite3_finalize(handle);
            return false;
        }
    }
    return code == SQLITE_OK;
}

/* SQLite's message, and the place in @sql that it is about. */
static int syntax_error(struct sqlite3 *connection, int code, const char *sql,
                        struct dbpool__error *error) {
    struct dbpool__error why;
    int status = dbpool__sqlite_error(connection, code, &why);
#if SQLITE_VERSION_NUMBER >= 3038000
    int offset = sqlite3_error_offset(connection);
#else
    int offset = -1;
#endif
    if (offset < 0) {
        *error = why;
        return status;
    }
    return dbpool__error_set(error, status, why.code,
                             "%.300s (at byte %d: \"%.100s\")", why.message,
                             offset, sql + offset);
}

static int compile(struct dbpool__statements *statements, const char *sql,
                   struct sqlite3_stmt **handle_out,
                   struct dbpool__error *error) {
    struct sqlite3_stmt *handle = NULL;
    const char *tail = NULL;
    int code = sqlite3_prepare_v3(statements->connection, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, &handle, &tail);
    if (code != SQLITE_OK) {
        return syntax_error(statements->connection, code, sql, error);
    }
    if (handle == NULL) {
        return dbpool__error_set(error, DBPOOL_ESQL, SQLITE_MISUSE,
                                 "there is no statement in \"%s\"", sql);
    }
    if (!is_blank(statements->connection, tail)) {
        (void)sqlite3_finalize(handle);
        return dbpool__error_set(error, DBPOOL_ESQL, SQLITE_MISUSE,
                                 "one statement at a time: \"%s\" follows",
                                 tail + strspn(tail, " \t\r\n;"));
    }
    *handle_out = handle;
    return DBPOOL_OK;
}

static int add(struct dbpool__statements *statements, const char *sql,
               uint64_t hash, const struct dbpool_site *site,
               const struct dbpool__cached **statement_out,
               struct dbpool__error *error) {
    size_t size = strlen(sql) + 1;
    bool names_query_only = strcasestr(sql, "query_only") != NULL;
    statements->query_only_named |= names_query_only;
    struct dbpool__cached *statement = calloc(1, sizeof *statement + size);
    if (statement == NULL) {
        return dbpool__error_plain(error, DBPOOL_ENOMEM);
    }
    int status = compile(statements, sql, &statement->handle, error);
    if (status != DBPOOL_OK) {
        free(statement);
        return status;
    }
    if (statements->count == statements->max) {
        discard(statements, statements->oldest);
        statements->counts.statements_evicted++;
    }
    memcpy(statement->sql, sql, size);
    statement->hash = hash;
    statement->names_query_only = names_query_only;
    bool is_read = only_selects(statement->handle);
    statement->base = (struct dbpool__statement){
        .is_read = is_read,
        .writes = sqlite3_stmt_readonly(statement->handle) == 0,
        .is_control = !is_read && controls_transaction(sql),
    };
    statement->is_pragma = !is_read && is_pragma(sql);
    statement->params_count = sqlite3_bind_parameter_count(statement->handle);
    statement->entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_STATEMENT,
        .owner_id = statements->census->id,
        .tag = statements->census->tag,
        .pool_site = statements->census->pool_site,
        .object = statement->handle,
        .site = *site,
        .text = statement->sql,
    };
    dbpool__census_add(&statement->entry);
    struct dbpool__cached **bucket = bucket_of(statements, hash);
    statement->bucket_next = *bucket;
    *bucket = statement;
    list_add_newest(statements, statement);
    statements->count++;
    statements->counts.statements_prepared++;
    *statement_out = statement;
    return DBPOOL_OK;
}

int dbpool__statements_get(struct dbpool__statements *statements,
                           const char *sql, const struct dbpool_site *site,
                           const struct dbpool__cached **statement_out,
                           struct dbpool__error *error) {
    struct dbpool__cached *found = statements->newest;
    if (found == NULL || strcmp(found->sql, sql) != 0) {
        uint64_t hash = hash_of(sql);
        found = *bucket_of(statements, hash);
        while (found != NULL &&
               (found->hash != hash || strcmp(found->sql, sql) != 0)) {
            found = found->bucket_next;
        }
        if (found == NULL) {
            return add(statements, sql, hash, site, statement_out, error);
        }
        list_remove(statements, found);
        list_add_newest(statements, found);
    }
    statements->query_only_named |= found->names_query_only;
    statements->counts.statements_hit++;
    *statement_out = found;
    return DBPOOL_OK;
}
