/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/suite.h"

/* Databases of the user's (database.file): asked with a query of his, and left
 * as they were. */

#define ACCOUNTS                                                               \
    "CREATE TABLE accounts (mail TEXT UNIQUE, age INT);"                       \
    "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE "    \
    "n < 500) INSERT INTO accounts SELECT 'm' || n || '@example.org', n "      \
    "FROM i;"

/* accounts.db, and a copy of its bytes. */
static void make(struct program *program, const char *sql) {
    struct program_file path = program_file(program, "accounts.db");
    char command[2048];
    sqlite3 *db;
    char *message = NULL;
    (void)unlink(path.path);
    assert_int_equal(sqlite3_open(path.path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s", message);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    (void)snprintf(command, sizeof command, "cp '%s' '%s.before'", path.path,
                   path.path);
    assert_int_equal(system(command), 0);
}

/* It is what it was, and nothing is beside it. */
static void expect_untouched(struct program *program) {
    struct program_file path = program_file(program, "accounts.db");
    struct program_file before = program_file(program, "accounts.db.before");
    struct program_file log = program_file(program, "accounts.db-wal");
    struct program_file index = program_file(program, "accounts.db-shm");
    assert_true(scratch_same_bytes(path.path, before.path));
    assert_int_not_equal(access(log.path, F_OK), 0);
    assert_int_not_equal(access(index.path, F_OK), 0);
}

static void write_scenario(struct program *program, const char *database,
                           const char *rest) {
    char text[2048];
    struct program_file path = program_file(program, "accounts.db");
    (void)snprintf(text, sizeof text,
                   "title: Accounts\ndatabase: {file: %s, %s}\n%s", path.path,
                   database, rest);
    (void)program_write(program, "scenario.yaml", text);
}

static void run(struct program *program, int status) {
    struct program_file path = program_file(program, "scenario.yaml");
    program_run(program, "run", "-q", "-o", program->folder, path.path, NULL);
    program_expect(program, status);
}

#define MAILS                                                                  \
    "query: SELECT * FROM accounts WHERE mail = ?, "                           \
    "keys: SELECT mail FROM accounts"

static void every_subject_drives_it_and_leaves_it_as_it_was(void **state) {
    static const char *const journals[] = {
        "PRAGMA journal_mode = WAL;" ACCOUNTS, ACCOUNTS};
    struct program *program = *state;
    for (size_t i = 0; i < 2; i++) {
        make(program, journals[i]);
        write_scenario(program, MAILS,
                       "load: {in_flight: 10, lookups: 500, keys: sequential, "
                       "misses: 1%}\n"
                       "sweep: {pool.subject: [dbpool, direct, uvwork, "
                       "\"null\"]}\n"
                       "expect: [errors == 0, completed == 500]\n");
        run(program, 0);
        json_t *result = program_json(program, "result.json");
        assert_int_equal(json_int_at(result, "cells/0/database/users"), 500);
        assert_non_null(strstr(json_text_at(result, "cells/0/database/file"),
                               "accounts.db"));
        json_decref(result);
        program_validate(program, "result.json");
        expect_untouched(program);
    }
}

/* A pattern of 6,000 bytes takes 400 KiB of stack. */
static void what_the_pool_can_run_every_subject_can(void **state) {
    struct program *program = *state;
    make(program, ACCOUNTS);
    write_scenario(program,
                   "query: \"SELECT ? || replace(hex(zeroblob(3000)), '00', "
                   "'a') LIKE replace(hex(zeroblob(3000)), '00', '%a')\", "
                   "keys: SELECT mail FROM accounts",
                   "load: {in_flight: 2, lookups: 4}\n"
                   "sweep: {pool.subject: [dbpool, direct, uvwork]}\n"
                   "expect: [errors == 0, completed == 4]\n");
    run(program, 0);
}

static void the_summary_says_that_answers_are_not_checked(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "scenario.yaml");
    make(program, ACCOUNTS);
    write_scenario(program, MAILS, "load: {in_flight: 10, lookups: 100}\n");
    program_run(program, "run", "-o", program->folder, path.path, NULL);
    program_expect(program, 0);
    program_expect_words(&program->out,
                         "accounts.db, 500 keys, answers not checked");
}

static void a_pool_that_is_never_shut_down_leaves_it_as_it_was(void **state) {
    struct program *program = *state;
    make(program, "PRAGMA journal_mode = WAL;" ACCOUNTS);
    write_scenario(program, MAILS,
                   "pool: {shutdown: missing}\n"
                   "load: {in_flight: 10, lookups: 100}\ncycles: 3\n");
    run(program, 0);
    expect_untouched(program);
}

/* It hangs in the unmeasured cycle, before there is a phase. */
static void a_query_without_an_end_is_a_hang_with_its_threads(void **state) {
    struct program *program = *state;
    make(program, ACCOUNTS);
    write_scenario(program,
                   "query: \"WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT "
                   "n + 1 FROM i) SELECT sum(n) FROM i WHERE ? <> ''\", "
                   "keys: SELECT mail FROM accounts",
                   "load: {in_flight: 10, lookups: 100}\n"
                   "limits: {stall: 1s}\n");
    run(program, 3);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "cells/0/outcome/state"), "hung");
    /* The loop's, and the pool's. */
    assert_true(json_array_size(json_at(result, "cells/0/findings")) >= 2);
    assert_string_equal(json_text_at(result, "cells/0/findings/0/kind"),
                        "hang");
    json_decref(result);
    expect_untouched(program);
}

static void rows_and_their_absence_are_shown(void **state) {
    struct program *program = *state;
    make(program, ACCOUNTS);
    write_scenario(program, "query: SELECT age FROM accounts WHERE rowid = ?",
                   "load: {in_flight: 1, lookups: 2, show: answers,\n"
                   "  keys: [\"7\", \"7000\"]}\n");
    run(program, 0);
    program_expect_words(&program->out, "a row for '7'\nno row for '7000'\n");
    expect_untouched(program);
}

/* Keys come out of the database in their order, whole. */
static void keys_are_those_of_their_query(void **state) {
    struct program *program = *state;
    make(program, ACCOUNTS);
    write_scenario(program,
                   "query: SELECT age FROM accounts WHERE mail = ?, "
                   "keys: \"SELECT mail FROM accounts WHERE age IN (9, 10, "
                   "500)\"",
                   "load: {in_flight: 1, lookups: 4, show: answers, keys: "
                   "sequential}\n");
    run(program, 0);
    program_expect_words(&program->out, "a row for 'm9@example.org'\n"
                                        "a row for 'm10@example.org'\n"
                                        "a row for 'm500@example.org'\n"
                                        "a row for 'm9@example.org'\n");
}

/* What is beside it is somebody else's, who may have it open. */
static void a_log_that_was_there_stays(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "accounts.db");
    struct program_file log = program_file(program, "accounts.db-wal");
    sqlite3 *db;
    make(program, "PRAGMA journal_mode = WAL;" ACCOUNTS);
    assert_int_equal(sqlite3_open(path.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO accounts VALUES ('new', 1)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    write_scenario(program, MAILS,
                   "load: {in_flight: 10, lookups: 100}\n"
                   "expect: [errors == 0]\n");
    run(program, 0);
    struct stat info;
    assert_int_equal(stat(log.path, &info), 0);
    assert_true(info.st_size > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_cannot_be_asked_is_said_before_anything_runs(void **state) {
    static const struct {
        const char *database;
        const char *words;
    } wrong[] = {
        {"query: SELECT 1, keys: SELECT mail FROM accounts",
         "database.query: expected one parameter (?) for the key, got 0"},
        {"query: \"SELECT ?, ?\", keys: SELECT mail FROM accounts", "got 2"},
        {"query: DELETE FROM accounts WHERE mail = ?, keys: SELECT mail FROM "
         "accounts",
         "database.query: writes, and the database is driven read-only"},
        {"query: \"SELECT ?; SELECT 2\", keys: SELECT mail FROM accounts",
         "database.query: expected one statement"},
        {"query: \"SELECT ?\", keys: SELECT nobody FROM accounts",
         "database.keys: no such column: nobody"},
        {"query: \"SELECT ?\", keys: SELECT * FROM accounts",
         "database.keys: expected one column, the key"},
        {"query: \"SELECT ?\", keys: SELECT hex(zeroblob(32)) FROM accounts",
         "database.keys: a key has 1 to 63 bytes, one in row 1 has 64"},
        {"query: \"SELECT ?\", keys: SELECT mail FROM accounts WHERE 0",
         "database.keys: there is no row, so there is nobody to look up"},
        {"query: \"SELECT ?\", keys: SELECT NULL FROM accounts",
         "database.keys: a key has 1 to 63 bytes, one in row 1 has 0"},
    };
    struct program *program = *state;
    make(program, ACCOUNTS);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_scenario(program, wrong[i].database,
                       "load: {in_flight: 10, lookups: 100}\n");
        run(program, 3);
        program_expect_words(&program->err, wrong[i].words);
        expect_untouched(program);
    }
}

static void what_is_no_database_is_refused(void **state) {
    struct program *program = *state;
    write_scenario(program, MAILS, "load: {in_flight: 10, lookups: 100}\n");
    run(program, 3);
    program_expect_words(&program->err,
                         "accounts.db: cannot be opened: No such "
                         "file or directory");
    (void)program_write(program, "accounts.db",
                        "this is a text, and a long "
                        "one, but no database at all");
    run(program, 3);
    program_expect_words(&program->err, "file is not a database");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_subject_drives_it_and_leaves_it_as_it_was),
        TEST(what_the_pool_can_run_every_subject_can),
        TEST(the_summary_says_that_answers_are_not_checked),
        TEST(a_pool_that_is_never_shut_down_leaves_it_as_it_was),
        TEST(a_query_without_an_end_is_a_hang_with_its_threads),
        TEST(rows_and_their_absence_are_shown),
        TEST(keys_are_those_of_their_query),
        TEST(a_log_that_was_there_stays),
        TEST(what_cannot_be_asked_is_said_before_anything_runs),
        TEST(what_is_no_database_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
