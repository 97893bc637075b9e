/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "database/database.h"
#include "support/scratch.h"
#include "support/suite.h"

#define USERS 500

static const struct database_options options = {.users = USERS, .seed = 7};

static int use_folder(void **state) {
    if (scratch_setup(state) != 0) {
        return -1;
    }
    struct scratch *scratch = *state;
    return setenv("PLUNGE_CACHE", scratch_path(scratch, "cache"), 1);
}

static const char *cached(struct scratch *scratch,
                          const struct database_options *of,
                          struct result_database *facts_out) {
    const char *path = NULL;
    const char *problem = NULL;

    if (database_cached(of, scratch->arena, &path, facts_out, &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_null(problem);
    return path;
}

static void the_first_asks_for_it_and_the_next_have_it(void **state) {
    struct result_database first;
    struct result_database next;
    struct stat info;
    const char *path = cached(*state, &options, &first);

    assert_int_equal(stat(path, &info), 0);
    assert_false(first.cached);
    assert_true(first.generate_s > 0);
    assert_int_equal(first.users, USERS);
    assert_int_equal(first.bytes, info.st_size);

    assert_string_equal(cached(*state, &options, &next), path);
    assert_true(next.cached);
    assert_true(next.generate_s == 0);
    assert_int_equal(next.users, USERS);
    assert_int_equal(next.bytes, info.st_size);
}

static void the_name_tells_all_that_the_bytes_depend_on(void **state) {
    struct scratch *scratch = *state;
    struct result_database facts;
    const char *path = cached(scratch, &options, &facts);
    const char *expected =
        arena_format(scratch->arena, "users-500-seed-7-v2-sqlite-%s.db",
                     sqlite3_libversion());

    assert_string_equal(strrchr(path, '/') + 1, expected);
    assert_int_equal(path[0], '/');
    const struct database_options others[] = {
        {.users = USERS, .seed = 8},
        {.users = 501, .seed = 7},
        {.users = USERS, .seed = 7, .form = {.page_size = 512}},
        {.users = USERS, .seed = 7, .form = {.journal = DATABASE_DELETE}},
        {.users = USERS, .seed = 7, .form = {.without_rowid = true}},
        {.users = USERS, .seed = 7, .bio = {.median = 20, .sigma = 1}},
        {.users = USERS, .seed = 7, .bio = {.median = 20, .sigma = 1.5}},
    };
    const char *paths[sizeof others / sizeof others[0]];

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        paths[i] = cached(scratch, &others[i], &facts);
        assert_false(facts.cached);
        assert_string_not_equal(paths[i], path);
        for (size_t other = 0; other < i; other++) {
            assert_string_not_equal(paths[i], paths[other]);
        }
        assert_string_equal(cached(scratch, &others[i], &facts), paths[i]);
        assert_true(facts.cached);
    }
}

static void a_damaged_file_is_generated_again(void **state) {
    struct scratch *scratch = *state;
    struct result_database facts;
    const char *path = cached(scratch, &options, &facts);
    const uint64_t bytes = facts.bytes;

    assert_int_equal(truncate(path, 0), 0);
    assert_string_equal(cached(scratch, &options, &facts), path);
    assert_false(facts.cached);

    assert_int_equal(truncate(path, (off_t)bytes - 4096), 0);
    (void)cached(scratch, &options, &facts);
    assert_false(facts.cached);

    assert_int_equal(file_write(path, "not a database", 14), 0);
    (void)cached(scratch, &options, &facts);
    assert_false(facts.cached);
    assert_int_equal(facts.bytes, bytes);

    (void)cached(scratch, &options, &facts);
    assert_true(facts.cached);
}

static sqlite3 *open_and_read(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM users", NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

/* With one open, an equal one must not take its place under it. */
static void a_cached_database_in_use_is_handed_out(void **state) {
    struct result_database facts;
    const char *path = cached(*state, &options, &facts);

    sqlite3 *db = open_and_read(path);
    assert_string_equal(cached(*state, &options, &facts), path);
    assert_true(facts.cached);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct other_process {
    struct scratch *scratch;
    bool was_held;
    int reached[2];
    int resume[2];
};

static void hold_at_start(void *data, uint64_t users_done,
                          uint64_t users_total) {
    struct other_process *other = data;
    char byte = 0;

    (void)users_done;
    (void)users_total;
    if (other->was_held) {
        return;
    }
    other->was_held = true;
    if (write(other->reached[1], &byte, 1) != 1 ||
        read(other->resume[0], &byte, 1) != 1) {
        _exit(99);
    }
}

static int ask_for_it_slowly(void *data) {
    struct other_process *other = data;
    const struct database_options slow = {.users = USERS,
                                          .seed = 7,
                                          .progress = hold_at_start,
                                          .progress_data = other};
    struct result_database facts;
    const char *path;
    const char *problem;

    /* Else it would wait for itself, should the parent fail. */
    (void)close(other->resume[1]);
    return database_cached(&slow, other->scratch->arena, &path, &facts,
                           &problem) == 0 &&
                   facts.bytes != 0
               ? 0
               : 1;
}

static void two_processes_that_ask_at_once_both_get_it(void **state) {
    struct other_process other = {.scratch = *state};
    struct result_database facts;
    struct stat before;
    struct stat after;
    char byte;

    assert_int_equal(pipe(other.reached), 0);
    assert_int_equal(pipe(other.resume), 0);
    int pid = scratch_start_child(ask_for_it_slowly, &other);
    assert_int_equal(read(other.reached[0], &byte, 1), 1);

    /* It is not done, we are, and work with ours already. */
    const char *path = cached(*state, &options, &facts);
    assert_int_equal(stat(path, &before), 0);
    sqlite3 *db = open_and_read(path);

    assert_int_equal(write(other.resume[1], &byte, 1), 1);
    assert_int_equal(scratch_await_child(pid), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        (void)close(other.reached[i]);
        (void)close(other.resume[i]);
    }
}

static void a_folder_that_cannot_be_made_is_told(void **state) {
    struct scratch *scratch = *state;
    const char *file = scratch_write(scratch, "cache", "a file");
    struct result_database facts;
    const char *path;
    const char *problem = NULL;

    assert_int_equal(
        database_cached(&options, scratch->arena, &path, &facts, &problem), -1);
    assert_non_null(strstr(problem, file));
    assert_non_null(strstr(problem, "Not a directory"));
    assert_non_null(strstr(problem, "PLUNGE_CACHE"));
}

struct place {
    struct scratch *scratch;
    const char *chosen; /* NULL: unset */
    const char *cache;
    const char *home;
    bool has_build;
    const char *expected; /* in the scratch folder; NULL: an error */
};

static void set_or_unset(const char *name, const char *value) {
    if (value == NULL) {
        (void)unsetenv(name);
    } else {
        (void)setenv(name, value, 1);
    }
}

static int look_for_place(void *data) {
    const struct place *place = data;
    struct scratch *scratch = place->scratch;
    struct result_database facts;
    const char *path;
    const char *problem;

    if (chdir(scratch->folder) != 0 ||
        (place->has_build && mkdir("build", 0777) != 0)) {
        return 3;
    }
    set_or_unset("PLUNGE_CACHE", place->chosen);
    set_or_unset("XDG_CACHE_HOME", place->cache);
    set_or_unset("HOME", place->home);
    if (database_cached(&options, scratch->arena, &path, &facts, &problem) !=
        0) {
        return place->expected == NULL &&
                       strstr(problem, "PLUNGE_CACHE") != NULL
                   ? 0
                   : 1;
    }
    char expected[PATH_MAX];
    if (realpath(place->expected, expected) == NULL) {
        return 2;
    }
    size_t size = strlen(expected);
    return strncmp(path, expected, size) == 0 && path[size] == '/' ? 0 : 2;
}

static void the_cache_is_where_it_is_said_or_usual(void **state) {
    struct scratch *scratch = *state;
    const char *xdg = scratch_path(scratch, "xdg");
    struct place places[] = {
        {.chosen = "mine",
         .cache = "xdg",
         .has_build = true,
         .expected = "mine"},
        {.chosen = "", .cache = xdg, .home = "home", .expected = "xdg/plunge"},
        {.cache = "xdg", .home = "home", .expected = "home/.cache/plunge"},
        {.cache = "", .home = "home", .expected = "home/.cache/plunge"},
        {.home = ""},
        {.cache = xdg, .has_build = true, .expected = "build/data"},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        places[i].scratch = scratch;
        assert_int_equal(scratch_in_child(look_for_place, &places[i]), 0);
        assert_int_equal(file_remove_tree(scratch_path(scratch, "build")), 0);
    }
}

static void stop(void *data, uint64_t users_done, uint64_t users_total) {
    (void)data;
    (void)users_done;
    (void)users_total;
    (void)raise(SIGINT);
}

static int ask_and_interrupt(void *data) {
    struct scratch *scratch = data;
    struct result_database facts;
    const char *path;
    const char *problem = "not told";

    interrupt_install();
    return database_cached(
               &(struct database_options){.users = USERS, .progress = stop},
               scratch->arena, &path, &facts, &problem) == -1 &&
                   problem == NULL
               ? 0
               : 1;
}

static void an_interrupt_is_no_problem_and_leaves_nothing(void **state) {
    struct scratch *scratch = *state;

    assert_int_equal(scratch_in_child(ask_and_interrupt, scratch), 0);
    /* The empty folder. */
    assert_int_equal(scratch_entries(scratch), 1);
    assert_int_equal(rmdir(scratch_path(scratch, "cache")), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, use_folder, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_first_asks_for_it_and_the_next_have_it),
        TEST(the_name_tells_all_that_the_bytes_depend_on),
        TEST(a_damaged_file_is_generated_again),
        TEST(a_cached_database_in_use_is_handed_out),
        TEST(two_processes_that_ask_at_once_both_get_it),
        TEST(a_folder_that_cannot_be_made_is_told),
        TEST(the_cache_is_where_it_is_said_or_usual),
        TEST(an_interrupt_is_no_problem_and_leaves_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
