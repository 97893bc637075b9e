/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <dirent.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "support/json_at.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/suite.h"

/* Databases of users, as `plunge generate` and `plunge run` write them. */

#define MORE_THAN_ANYBODY_WAITS_FOR "50M"

/* Hidden ones too. */
static int entries(const char *path) {
    DIR *folder = opendir(path);
    assert_non_null(folder);
    int count = -2; /* . and .. */
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void generate(struct program *program, const char *seed,
                     const char *path) {
    program_run(program, "generate", "--users", "2000", "--seed", seed, path,
                NULL);
    program_expect(program, 0);
}

/* ---- What is written -----------------------------------------------------*/

static void a_database_is_written_and_summed_up(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "users.db");
    generate(program, "7", path.path);
    program_expect_words(&program->out, path.path);
    program_expect_words(&program->out, "2,000 users");
    assert_int_equal(program->err.size, 0);
    assert_int_equal(entries(program->folder), 1);
    program_run(program, "generate", "-q", "--users=5", "--force", path.path,
                NULL);
    program_expect(program, 0);
    assert_int_equal(program->out.size, 0);
    assert_int_equal(program->err.size, 0);
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    struct program *program = *state;
    struct program_file one = program_file(program, "one.db");
    struct program_file two = program_file(program, "two.db");
    struct program_file other = program_file(program, "other.db");
    generate(program, "7", one.path);
    generate(program, "7", two.path);
    generate(program, "8", other.path);
    assert_true(scratch_same_bytes(one.path, two.path));
    assert_false(scratch_same_bytes(one.path, other.path));
}

/* What stands under @pattern in the folder, for free(). */
static char *only_match(const struct program *program, const char *pattern) {
    struct program_file whole = program_file(program, pattern);
    glob_t found;
    assert_int_equal(glob(whole.path, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    char *path = strdup(found.gl_pathv[0]);
    globfree(&found);
    return path;
}

static void a_run_makes_the_same_bytes_once(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "users.db");
    struct program_file cache = program_file(program, "cache");
    generate(program, "7", path.path);
    assert_int_equal(setenv("PLUNGE_CACHE", cache.path, 1), 0);
    for (int i = 0; i < 2; i++) {
        program_run(program, "run", "-q", "-o", program->folder, "-s",
                    "database.users=2000", "-s", "database.seed=7", "-s",
                    "cycles=3", "scenarios/clean-shutdown.yaml", NULL);
        program_expect(program, 0);
        json_t *result = program_json(program, "result.json");
        assert_true(json_boolean_value(
                        json_at(result, "cells/0/database/cached")) == (i > 0));
        assert_int_equal(json_int_at(result, "cells/0/database/users"), 2000);
        json_decref(result);
    }
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    char *cached = only_match(program, "cache/users-2000-seed-7-*.db");
    assert_true(scratch_same_bytes(path.path, cached));
    free(cached);
    assert_int_equal(entries(cache.path), 1);
}

/* Immutable: a reader of a database in WAL mode would leave files beside it. */
static int users_in(const char *path) {
    char uri[3 * PROGRAM_FOLDER_SIZE];
    sqlite3 *db;
    sqlite3_stmt *statement;
    (void)snprintf(uri, sizeof uri, "file:%s?immutable=1", path);
    assert_int_equal(
        sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM users", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

static void any_number_of_users_may_be_had(void **state) {
    struct program *program = *state;
    static const struct {
        char *users;
        int count;
    } orders[] = {{"0", 0}, {"1", 1}, {"3", 3}, {"12k", 12000}};
    struct program_file path = program_file(program, "users.db");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        program_run(program, "generate", "--force", "--users", orders[i].users,
                    path.path, NULL);
        program_expect(program, 0);
        assert_int_equal(users_in(path.path), orders[i].count);
    }
}

/* ---- What is there already -----------------------------------------------*/

static void an_existing_file_is_refused_without_force(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "users.db");
    struct program_file kept = program_file(program, "kept.db");
    generate(program, "7", path.path);
    generate(program, "7", kept.path);
    program_run(program, "generate", "--users", "10", path.path, NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, "exists already");
    program_expect_words(&program->err, "--force");
    assert_int_equal(program->out.size, 0);
    assert_true(scratch_same_bytes(path.path, kept.path));
    program_run(program, "generate", "--users", "10", "--force", path.path,
                NULL);
    program_expect(program, 0);
    assert_int_equal(users_in(path.path), 10);
    assert_int_equal(entries(program->folder), 2);
}

static void a_folder_that_is_not_there_is_3(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "nowhere/users.db");
    program_run(program, "generate", "--users", "10", path.path, NULL);
    program_expect(program, 3);
    program_expect_words(&program->err, "No such file or directory");
    assert_int_equal(entries(program->folder), 0);
}

/* ---- Interrupted ---------------------------------------------------------*/

/* Waits until a file under @pattern in the folder grows. */
static void await_bytes(const struct program *program, const char *pattern) {
    const struct timespec pause = {.tv_nsec = 5000000};
    struct program_file whole = program_file(program, pattern);
    for (off_t size = 0; size == 0;) {
        glob_t found;
        struct stat info;
        if (glob(whole.path, 0, NULL, &found) == 0 &&
            stat(found.gl_pathv[0], &info) == 0) {
            size = info.st_size;
        }
        globfree(&found);
        assert_int_equal(kill(program->pid, 0), 0);
        (void)nanosleep(&pause, NULL);
    }
}

static void interrupt(struct program *program, int signal_number) {
    assert_int_equal(kill(program->pid, signal_number), 0);
    program_wait(program);
    program_expect(program, 128 + signal_number);
}

static void expect_only_what_was_there(struct program *program,
                                       int signal_number) {
    struct program_file path = program_file(program, "users.db");
    struct program_file kept = program_file(program, "kept.db");
    program_start(program, "generate", "--users", MORE_THAN_ANYBODY_WAITS_FOR,
                  path.path, NULL);
    await_bytes(program, ".users.db.tmp-*");
    interrupt(program, signal_number);
    program_expect_words(&program->err, "interrupted, not written");
    assert_int_equal(program->out.size, 0);
    assert_int_equal(entries(program->folder), 0);

    generate(program, "7", path.path);
    generate(program, "7", kept.path);
    program_start(program, "generate", "--force", "--users",
                  MORE_THAN_ANYBODY_WAITS_FOR, path.path, NULL);
    await_bytes(program, ".users.db.tmp-*");
    interrupt(program, signal_number);
    assert_int_equal(entries(program->folder), 2);
    assert_true(scratch_same_bytes(path.path, kept.path));
}

static void an_interrupt_leaves_what_was_there(void **state) {
    expect_only_what_was_there(*state, SIGINT);
}

static void a_termination_does_so_too(void **state) {
    expect_only_what_was_there(*state, SIGTERM);
}

/* Killed, it leaves its own file, in the beginning SQLite's journal of it, too;
 * the next one takes them away. */
static void what_a_killed_one_left_is_removed_by_the_next(void **state) {
    struct program *program = *state;
    struct program_file path = program_file(program, "users.db");
    program_start(program, "generate", "--users", MORE_THAN_ANYBODY_WAITS_FOR,
                  path.path, NULL);
    await_bytes(program, ".users.db.tmp-*");
    interrupt(program, SIGKILL);
    assert_in_range(entries(program->folder), 1, 2);
    assert_int_not_equal(access(path.path, F_OK), 0);
    generate(program, "7", path.path);
    assert_int_equal(entries(program->folder), 1);
    assert_int_equal(users_in(path.path), 2000);
}

static bool has_children(pid_t pid) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
                   (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    bool any = fgetc(file) != EOF;
    (void)fclose(file);
    return any;
}

/* Nothing was measured yet, which is what is written. */
static void a_run_is_interrupted_before_its_first_cell(void **state) {
    struct program *program = *state;
    struct program_file cache = program_file(program, "cache");
    assert_int_equal(setenv("PLUNGE_CACHE", cache.path, 1), 0);
    program_start(program, "run", "-o", program->folder, "-s",
                  "database.users=" MORE_THAN_ANYBODY_WAITS_FOR,
                  "scenarios/clean-shutdown.yaml", NULL);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    await_bytes(program, "cache/.users-*.tmp-*");
    assert_false(has_children(program->pid));
    interrupt(program, SIGINT);
    assert_int_equal(entries(cache.path), 0);
    json_t *result = program_json(program, "result.json");
    assert_string_equal(json_text_at(result, "verdict"), "partial");
    assert_int_equal(json_array_size(json_at(result, "cells")), 0);
    json_decref(result);
    program_validate(program, "result.json");
}

static void scenarios_that_were_done_before_keep_their_results(void **state) {
    struct program *program = *state;
    struct program_file cache = program_file(program, "cache");
    char *second = strdup(
        program_write(program, "second.yaml",
                      "title: Second\n"
                      "database: {users: " MORE_THAN_ANYBODY_WAITS_FOR "}\n"
                      "load: {in_flight: 3, lookups: 3}\n"));
    assert_int_equal(setenv("PLUNGE_CACHE", cache.path, 1), 0);
    program_start(program, "run", "-o", program->folder,
                  "scenarios/tutorial.yaml", second,
                  "scenarios/missing-shutdown.yaml", NULL);
    assert_int_equal(unsetenv("PLUNGE_CACHE"), 0);
    free(second);
    await_bytes(program, "cache/.users-50000000-*.tmp-*");
    interrupt(program, SIGINT);
    assert_int_equal(entries(cache.path), 1);
    json_t *result = program_json(program, "tutorial/result.json");
    assert_string_equal(json_text_at(result, "verdict"), "pass");
    json_decref(result);
    result = program_json(program, "second/result.json");
    assert_string_equal(json_text_at(result, "verdict"), "partial");
    json_decref(result);
    assert_int_not_equal(
        access(program_path(program, "missing-shutdown"), F_OK), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_database_is_written_and_summed_up),
        TEST(the_same_seed_gives_the_same_bytes),
        TEST(a_run_makes_the_same_bytes_once),
        TEST(any_number_of_users_may_be_had),
        TEST(an_existing_file_is_refused_without_force),
        TEST(a_folder_that_is_not_there_is_3),
        TEST(an_interrupt_leaves_what_was_there),
        TEST(a_termination_does_so_too),
        TEST(what_a_killed_one_left_is_removed_by_the_next),
        TEST(a_run_is_interrupted_before_its_first_cell),
        TEST(scenarios_that_were_done_before_keep_their_results),
    };
    return SUITE_RUN(tests, argc, argv);
}
