/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "database/pages.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "database/database.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What is written page by page is what SQLite would have written: it finds
 * nothing wrong in it, and reads the same schema, settings and rows. */

static const char *generate(struct scratch *scratch, const char *name,
                            struct database_options options,
                            enum database_writer writer) {
    const char *path = scratch_path(scratch, name);
    const char *problem = NULL;

    options.no_sync = true;
    options.writer = writer;
    if (database_generate(path, &options, scratch->arena, &problem) != 0) {
        fail_msg("%s", problem);
    }
    return path;
}

static sqlite3 *open_database(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    return statement;
}

static void assert_sound(sqlite3 *db) {
    sqlite3_stmt *statement = prepare(db, "PRAGMA integrity_check");
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
}

static void assert_same_row(sqlite3_stmt *one, sqlite3_stmt *other) {
    int columns = sqlite3_column_count(one);
    assert_int_equal(columns, sqlite3_column_count(other));
    for (int i = 0; i < columns; i++) {
        int size = sqlite3_column_bytes(one, i);
        assert_string_equal(sqlite3_column_name(one, i),
                            sqlite3_column_name(other, i));
        assert_int_equal(sqlite3_column_type(one, i),
                         sqlite3_column_type(other, i));
        assert_int_equal(size, sqlite3_column_bytes(other, i));
        if (size != 0) {
            assert_memory_equal(sqlite3_column_blob(one, i),
                                sqlite3_column_blob(other, i), (size_t)size);
        }
    }
}

/* Returns how many rows. */
static uint64_t assert_same_answer(sqlite3 *one, sqlite3 *other,
                                   const char *sql) {
    sqlite3_stmt *first = prepare(one, sql);
    sqlite3_stmt *second = prepare(other, sql);
    uint64_t rows = 0;
    int code;

    while ((code = sqlite3_step(first)) == SQLITE_ROW) {
        assert_int_equal(sqlite3_step(second), SQLITE_ROW);
        assert_same_row(first, second);
        rows++;
    }
    assert_int_equal(code, SQLITE_DONE);
    assert_int_equal(sqlite3_step(second), SQLITE_DONE);
    sqlite3_finalize(first);
    sqlite3_finalize(second);
    return rows;
}

static const char *const facts[] = {
    "SELECT * FROM sqlite_schema",
    "PRAGMA page_size",
    "PRAGMA encoding",
    "PRAGMA user_version",
    "PRAGMA application_id",
    "PRAGMA journal_mode",
    "PRAGMA auto_vacuum",
    "PRAGMA freelist_count",
    "PRAGMA schema_version",
    "PRAGMA table_xinfo(users)",
    "PRAGMA legacy_file_format",
    "PRAGMA index_list(users)",
    "PRAGMA default_cache_size",
};

static void assert_as_sqlite_writes_it(struct scratch *scratch,
                                       struct database_options options) {
    const char *rows = options.form.without_rowid
                           ? "SELECT * FROM users"
                           : "SELECT rowid, * FROM users";
    sqlite3 *ours = open_database(
        generate(scratch, "pages.db", options, DATABASE_BY_PAGES));
    sqlite3 *theirs = open_database(
        generate(scratch, "sqlite.db", options, DATABASE_BY_SQLITE));

    assert_sound(ours);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        (void)assert_same_answer(ours, theirs, facts[i]);
    }
    assert_int_equal(assert_same_answer(ours, theirs, rows), options.users);
    /* Through the index, from both ends. */
    (void)assert_same_answer(ours, theirs,
                             "SELECT login FROM users ORDER BY login DESC");
    assert_int_equal(sqlite3_close(ours), SQLITE_OK);
    assert_int_equal(sqlite3_close(theirs), SQLITE_OK);
}

static const uint32_t page_sizes[] = {512, 1024, 4096, 65536};
#define PAGE_SIZES_COUNT (sizeof page_sizes / sizeof page_sizes[0])

static void every_form_is_as_sqlite_writes_it(void **state) {
    static const uint64_t sizes[] = {0, 1, 3, 2000};
    static const struct bio_law laws[] = {{0}, {.median = 300, .sigma = 2}};

    for (unsigned form = 0; form < PAGE_SIZES_COUNT * 4; form++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            assert_as_sqlite_writes_it(
                *state,
                (struct database_options){
                    .users = sizes[i],
                    .seed = 7,
                    .bio = laws[form & 1],
                    .form = {.page_size = page_sizes[form >> 2],
                             .journal = (form & 1) == 0 ? DATABASE_WAL
                                                        : DATABASE_DELETE,
                             .without_rowid = (form & 2) != 0}});
        }
    }
}

static void a_tree_of_five_levels_is_as_sqlite_writes_it(void **state) {
    assert_as_sqlite_writes_it(
        *state, (struct database_options){
                    .users = 30000, .seed = 7, .form = {.page_size = 512}});
}

/* Where a page is full by one cell, or has room for one more, at each level:
 * numbers of users in turn. The
 * third level begins between 500 and 700. */
static void every_number_of_users_makes_a_sound_database(void **state) {
    for (unsigned without_rowid = 0; without_rowid < 2; without_rowid++) {
        for (uint64_t users = 0; users < 700; users += users == 100 ? 400 : 1) {
            struct database_options options = {
                .users = users,
                .form = {.page_size = 512,
                         .without_rowid = without_rowid != 0}};
            sqlite3 *db = open_database(
                generate(*state, "pages.db", options, DATABASE_BY_PAGES));
            assert_sound(db);
            sqlite3_stmt *statement = prepare(db, "SELECT count(*) FROM users");
            assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
            assert_int_equal(sqlite3_column_int64(statement, 0), users);
            sqlite3_finalize(statement);
            assert_int_equal(sqlite3_close(db), SQLITE_OK);
        }
    }
}

/* So many bios that each size is there at which a row no longer fits its page,
 * or ends with a page of its chain. */
static void rows_of_every_size_are_read_back(void **state) {
    for (unsigned without_rowid = 0; without_rowid < 2; without_rowid++) {
        assert_as_sqlite_writes_it(
            *state, (struct database_options){
                        .users = 10000,
                        .bio = {.median = 400, .sigma = 1},
                        .form = {.page_size = 512,
                                 .without_rowid = without_rowid != 0}});
    }
}

static void the_largest_bios_are_read_back(void **state) {
    assert_as_sqlite_writes_it(
        *state,
        (struct database_options){.users = 5, .bio = {.median = BIO_SIZE_MAX}});
}

static void the_same_options_give_the_same_bytes(void **state) {
    struct database_options options = {
        .users = 5000, .seed = 7, .bio = {.median = 100, .sigma = 1}};
    const char *one = generate(*state, "one.db", options, DATABASE_BY_PAGES);
    const char *other =
        generate(*state, "other.db", options, DATABASE_BY_PAGES);
    assert_true(scratch_same_bytes(one, other));
}

/* SQLite's own page of 1 GiB is in the way of a table that is larger. */
static void a_database_over_one_gib_is_sound(void **state) {
    static const struct database_form forms[] = {
        {.page_size = 65536}, {.page_size = 512, .without_rowid = true}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct database_options options = {
            .users = 1100, .bio = {.median = BIO_SIZE_MAX}, .form = forms[i]};
        const char *path =
            generate(*state, "pages.db", options, DATABASE_BY_PAGES);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        assert_true(info.st_size > (off_t)1 << 30);
        sqlite3 *db = open_database(path);
        assert_sound(db);
        assert_int_equal(assert_same_answer(db, db, "SELECT * FROM users"),
                         options.users);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_form_is_as_sqlite_writes_it),
        TEST(a_tree_of_five_levels_is_as_sqlite_writes_it),
        TEST(every_number_of_users_makes_a_sound_database),
        TEST(rows_of_every_size_are_read_back),
        TEST(the_largest_bios_are_read_back),
        TEST(the_same_options_give_the_same_bytes),
        TEST(a_database_over_one_gib_is_sound),
    };
    return SUITE_RUN(tests, argc, argv);
}
