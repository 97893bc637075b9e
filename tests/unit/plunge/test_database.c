/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "database/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "database/header.h"
#include "people/avatar.h"
#include "people/people.h"
#include "support/scratch.h"
#include "support/suite.h"

/* Enough for an index of three levels. */
#define MANY 10000

static const uint64_t sizes[] = {0, 1, 2, 3, 4, MANY};
#define SIZES_COUNT (sizeof sizes / sizeof sizes[0])

static const char *generate(struct scratch *scratch, const char *name,
                            const struct database_options *options) {
    const char *path = scratch_path(scratch, name);
    const char *problem = "none was written";

    if (database_generate(path, options, scratch->arena, &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_null(problem);
    return path;
}

/* As a user would: by its name, read-only. */
static sqlite3 *open_database(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
                     SQLITE_OK);
    return statement;
}

static const char *text_of(sqlite3_stmt *statement, int column) {
    return (const char *)sqlite3_column_text(statement, column);
}

static void assert_answer(sqlite3 *db, const char *sql, const char *expected) {
    sqlite3_stmt *statement = prepare(db, sql);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(text_of(statement, 0), expected);
    sqlite3_finalize(statement);
}

/* The statement stands on a row of login, name, forname. */
static void assert_row_is(sqlite3_stmt *statement,
                          const struct person *person) {
    assert_int_equal(sqlite3_column_count(statement), 3);
    assert_string_equal(sqlite3_column_name(statement, 0), "login");
    assert_string_equal(sqlite3_column_name(statement, 1), "name");
    assert_string_equal(sqlite3_column_name(statement, 2), "forname");
    assert_string_equal(text_of(statement, 0), person->login);
    assert_string_equal(text_of(statement, 1), person->name);
    assert_string_equal(text_of(statement, 2), person->forname);
}

static void every_row_is_the_user_of_its_index(void **state) {
    for (size_t i = 0; i < SIZES_COUNT; i++) {
        struct people people = {.users = sizes[i], .seed = 7};
        const char *path =
            generate(*state, "users.db",
                     &(struct database_options){.users = sizes[i], .seed = 7});
        sqlite3 *db = open_database(path);
        sqlite3_stmt *statement =
            prepare(db, "SELECT * FROM users ORDER BY rowid");

        for (uint64_t index = 0; index < people.users; index++) {
            struct person person;
            people_person(&people, index, &person);
            assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
            assert_row_is(statement, &person);
        }
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

static void a_lookup_finds_every_user_by_the_index(void **state) {
    struct people people = {.users = MANY, .seed = 7};
    const char *path =
        generate(*state, "users.db",
                 &(struct database_options){.users = MANY, .seed = 7});
    sqlite3 *db = open_database(path);
    sqlite3_stmt *statement =
        prepare(db, "SELECT * FROM users WHERE login = ?");

    for (uint64_t index = 0; index < people.users; index++) {
        struct person person;
        people_person(&people, index, &person);
        sqlite3_bind_text(statement, 1, person.login, (int)person.login_size,
                          SQLITE_STATIC);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        assert_row_is(statement, &person);
        assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);

    statement =
        prepare(db, "EXPLAIN QUERY PLAN SELECT * FROM users WHERE login = 'a'");
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_non_null(strstr(text_of(statement, 3), "USING INDEX"));
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void the_avatar_of_every_row_verifies(void **state) {
    struct people people = {.users = MANY, .seed = 7};
    const char *path =
        generate(*state, "users.db",
                 &(struct database_options){.users = MANY, .seed = 7});
    sqlite3 *db = open_database(path);
    sqlite3_stmt *statement = prepare(db, "SELECT * FROM users");
    uint64_t rows = 0;

    for (; sqlite3_step(statement) == SQLITE_ROW; rows++) {
        struct avatar_row row = {
            .login = text_of(statement, 0),
            .login_size = (size_t)sqlite3_column_bytes(statement, 0),
            .name = text_of(statement, 1),
            .name_size = (size_t)sqlite3_column_bytes(statement, 1),
            .forname = text_of(statement, 2),
            .forname_size = (size_t)sqlite3_column_bytes(statement, 2),
        };
        struct avatar avatar;
        avatar_render(&avatar, &row);
        assert_true(avatar_verify(&people, &avatar, row.login, row.login_size));
    }
    assert_int_equal(rows, MANY);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_database_is_sound_and_in_wal_mode(void **state) {
    struct scratch *scratch = *state;

    for (size_t i = 0; i < SIZES_COUNT; i++) {
        const char *path =
            generate(scratch, "users.db",
                     &(struct database_options){.users = sizes[i], .seed = 7});
        assert_int_equal(scratch_entries(scratch), 1);

        sqlite3 *db = open_database(path);
        assert_answer(db, "PRAGMA integrity_check", "ok");
        assert_answer(db, "PRAGMA journal_mode", "wal");
        assert_answer(db, "PRAGMA encoding", "UTF-8");
        assert_answer(db, "PRAGMA page_size", "4096");
        assert_answer(db, "PRAGMA freelist_count", "0");
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

static void a_login_cannot_be_there_twice(void **state) {
    const char *path =
        generate(*state, "users.db", &(struct database_options){.users = 3});
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO users VALUES ('yoen', 'a', 'b')",
                                  NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct elsewhere {
    struct scratch *scratch;
    const char *name;
    struct database_options options;
};

static int generate_elsewhere(void *data) {
    struct elsewhere *elsewhere = data;
    const char *problem;

    return database_generate(scratch_path(elsewhere->scratch, elsewhere->name),
                             &elsewhere->options, elsewhere->scratch->arena,
                             &problem) == 0
               ? 0
               : 1;
}

/* Another name, process, time and state of the heap. */
static void the_same_seed_gives_the_same_bytes(void **state) {
    for (size_t i = 0; i < SIZES_COUNT; i++) {
        struct elsewhere elsewhere = {
            .scratch = *state,
            .name = "a-longer-name-than-the-other.db",
            .options = {.users = sizes[i], .seed = 7}};
        const char *here = generate(*state, "users.db", &elsewhere.options);
        const char *again = generate(*state, "again.db", &elsewhere.options);

        assert_int_equal(scratch_in_child(generate_elsewhere, &elsewhere), 0);
        assert_true(scratch_same_bytes(here, again));
        assert_true(
            scratch_same_bytes(here, scratch_path(*state, elsewhere.name)));
    }
}

static void another_seed_gives_other_bytes(void **state) {
    const char *one = generate(
        *state, "one.db", &(struct database_options){.users = 100, .seed = 1});
    const char *two = generate(
        *state, "two.db", &(struct database_options){.users = 100, .seed = 2});

    assert_false(scratch_same_bytes(one, two));
}

static void a_whole_file_is_told_from_any_other(void **state) {
    struct scratch *scratch = *state;
    const char *path =
        generate(scratch, "users.db", &(struct database_options){.users = 100});
    uint64_t bytes = 0;
    FILE *file;

    assert_true(header_is_whole(path, &(struct database_form){0}, &bytes));
    file = fopen(path, "ab");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_int_equal(bytes, ftell(file));
    assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    assert_false(header_is_whole(path, &(struct database_form){0}, &bytes));

    assert_false(header_is_whole(scratch_path(scratch, "missing"),
                                 &(struct database_form){0}, &bytes));
    assert_false(
        header_is_whole(scratch->folder, &(struct database_form){0}, &bytes));
    assert_false(header_is_whole(scratch_write(scratch, "empty", ""),
                                 &(struct database_form){0}, &bytes));
    assert_false(
        header_is_whole(scratch_write(scratch, "short", "SQLite format 3"),
                        &(struct database_form){0}, &bytes));
}

struct progress {
    uint64_t calls;
    uint64_t last;
    bool is_rising;
};

static void count_progress(void *data, uint64_t users_done,
                           uint64_t users_total) {
    struct progress *progress = data;

    progress->is_rising =
        (progress->calls == 0 ? users_done == 0 : progress->is_rising) &&
        users_done >= progress->last && users_total == MANY;
    progress->calls++;
    progress->last = users_done;
}

static void progress_rises_from_none_to_all(void **state) {
    struct progress progress = {0};

    (void)generate(*state, "users.db",
                   &(struct database_options){.users = MANY,
                                              .progress = count_progress,
                                              .progress_data = &progress});
    assert_true(progress.is_rising);
    assert_int_equal(progress.last, MANY);
    assert_in_range(progress.calls, 2, 1000);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_row_is_the_user_of_its_index),
        TEST(a_lookup_finds_every_user_by_the_index),
        TEST(the_avatar_of_every_row_verifies),
        TEST(a_database_is_sound_and_in_wal_mode),
        TEST(a_login_cannot_be_there_twice),
        TEST(the_same_seed_gives_the_same_bytes),
        TEST(another_seed_gives_other_bytes),
        TEST(a_whole_file_is_told_from_any_other),
        TEST(progress_rises_from_none_to_all),
    };
    return SUITE_RUN(tests, argc, argv);
}
