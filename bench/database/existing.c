/* SPDX-License-Identifier: Apache-2.0 */
#include "database/existing.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "database/sidecar.h"
#include "people/people.h"

struct reading {
    const char *path;
    sqlite3 *db;
    struct arena *arena;
    const char *problem;
};

static int fail(struct reading *reading, const char *reason) {
    reading->problem = arena_format(reading->arena, "%s: %s", reading->path,
                                    arena_text(reading->arena, reason));
    return -1;
}

static int open_database(struct reading *reading) {
    if (sqlite3_open_v2(reading->path, &reading->db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        return fail(reading, sqlite3_errmsg(reading->db));
    }
    return 0;
}

/* One statement that only reads. */
static int prepare(struct reading *reading, const char *key, const char *sql,
                   sqlite3_stmt **statement_out) {
    const char *rest = NULL;
    const char *why = NULL;

    *statement_out = NULL;
    if (sqlite3_prepare_v2(reading->db, sql, -1, statement_out, &rest) !=
        SQLITE_OK) {
        why = sqlite3_errmsg(reading->db);
    } else if (*statement_out == NULL ||
               rest[strspn(rest, " \t\r\n;")] != '\0') {
        why = "expected one statement";
    } else if (sqlite3_stmt_readonly(*statement_out) == 0) {
        why = "writes, and the database is driven read-only";
    }
    if (why == NULL) {
        return 0;
    }
    int status = fail(
        reading, arena_format(reading->arena, "database.%s: %s", key, why));
    (void)sqlite3_finalize(*statement_out);
    return status;
}

static int check_query(struct reading *reading, const char *query) {
    sqlite3_stmt *statement;
    if (prepare(reading, "query", query, &statement) != 0) {
        return -1;
    }
    int parameters = sqlite3_bind_parameter_count(statement);
    (void)sqlite3_finalize(statement);
    return parameters == 1
               ? 0
               : fail(reading, arena_format(reading->arena,
                                            "database.query: expected one "
                                            "parameter (?) for the key, "
                                            "got %d",
                                            parameters));
}

/* Why the row that @statement stands on has no key, or NULL. */
static const char *refuse_key(sqlite3_stmt *statement, uint64_t count,
                              struct arena *arena) {
    if (sqlite3_column_count(statement) != 1) {
        return "database.keys: expected one column, the key";
    }
    int size = sqlite3_column_bytes(statement, 0);
    if (size == 0 || size > PEOPLE_FIELD_MAX) {
        return arena_format(arena,
                            "database.keys: a key has 1 to %d bytes, one in "
                            "row %llu has %d",
                            PEOPLE_FIELD_MAX, (unsigned long long)count + 1,
                            size);
    }
    if (count == EXISTING_KEYS_MAX) {
        return arena_format(arena, "database.keys: more than %d: add LIMIT %d",
                            EXISTING_KEYS_MAX, EXISTING_KEYS_MAX);
    }
    return NULL;
}

static int read_keys(struct reading *reading, const char *keys,
                     struct text *bytes, struct people_given *given_out) {
    struct arena *arena = reading->arena;
    const char *refused = NULL;
    uint32_t *ends = NULL;
    uint64_t count = 0;
    sqlite3_stmt *statement;
    int code;

    if (prepare(reading, "keys", keys, &statement) != 0) {
        return -1;
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && refused == NULL) {
        const char *key = (const char *)sqlite3_column_text(statement, 0);
        refused = refuse_key(statement, count, arena);
        if (refused == NULL) {
            text_append_n(bytes, key,
                          (size_t)sqlite3_column_bytes(statement, 0));
            ends = arena_more(arena, ends, count, sizeof *ends);
            ends[count++] = (uint32_t)bytes->size;
        }
    }
    int status = 0;
    if (refused == NULL && code == SQLITE_DONE && count == 0) {
        refused = "database.keys: there is no row, so there is nobody to look "
                  "up";
    }
    if (refused != NULL || code != SQLITE_DONE) {
        status = fail(reading,
                      refused != NULL ? refused : sqlite3_errmsg(reading->db));
    }
    (void)sqlite3_finalize(statement);
    given_out->ends = ends;
    given_out->count = count;
    return status;
}

int existing_read_keys(const char *path, const char *keys, struct arena *arena,
                       const struct people_given **given_out,
                       const char **problem_out) {
    struct reading reading = {.path = path, .arena = arena};
    struct people_given *given = arena_alloc(arena, sizeof *given);
    struct text bytes;
    *given_out = given;
    if (keys == NULL) {
        return 0;
    }
    text_init(&bytes);
    int status = open_database(&reading);
    if (status == 0) {
        status = read_keys(&reading, keys, &bytes, given);
    }
    (void)sqlite3_close(reading.db);
    given->text = arena_text_n(arena, bytes.bytes, bytes.size);
    text_fini(&bytes);
    *problem_out = reading.problem;
    return status;
}

static int look_into(struct reading *reading, const struct existing *existing,
                     uint64_t *keys_out) {
    struct arena *arena = arena_new();
    struct people_given given = {0};
    struct reading counting = {.path = reading->path, .arena = arena};
    struct text bytes;
    text_init(&bytes);
    int status = open_database(reading);
    if (status == 0) {
        status = check_query(reading, existing->query);
    }
    if (status == 0 && existing->keys != NULL) {
        counting.db = reading->db;
        status = read_keys(&counting, existing->keys, &bytes, &given);
        reading->problem = arena_text(reading->arena, counting.problem);
    }
    (void)sqlite3_close(reading->db);
    *keys_out = given.count;
    text_fini(&bytes);
    arena_free(arena);
    return status;
}

int existing_find(const struct existing *existing, struct arena *arena,
                  struct existing_found *found_out,
                  struct result_database *facts_out, const char **problem_out) {
    struct reading reading = {.path = existing->file, .arena = arena};
    struct stat info;
    char *real = realpath(existing->file, NULL);
    if (real == NULL || stat(real, &info) != 0) {
        *problem_out = arena_format(arena, "%s: cannot be opened: %s",
                                    existing->file, strerror(errno));
        free(real);
        return -1;
    }
    *found_out = (struct existing_found){
        .path = arena_text(arena, real),
        .alone = sidecar_find(real, arena) == NULL,
    };
    free(real);
    uint64_t keys = 0;
    int status = look_into(&reading, existing, &keys);
    if (found_out->alone) {
        (void)sidecar_settle(found_out->path, arena);
    }
    *facts_out = (struct result_database){.users = keys,
                                          .bytes = (uint64_t)info.st_size};
    *problem_out = reading.problem;
    return status;
}
