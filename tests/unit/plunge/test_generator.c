/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "database/generator.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/interrupt.h"
#include "database/database.h"
#include "database/header.h"
#include "people/people.h"
#include "support/scratch.h"
#include "support/suite.h"

#define USERS 2000
#define NOBODY 65534

/* What a generating process does at a point of its progress. */
struct order {
    struct scratch *scratch;
    enum generator_existing existing;
    uint64_t at; /* users done */
    int signal;  /* 0: report to the parent and wait for it */
    bool was_there;
    int reached[2];
    int resume[2];
};

static void at_point(void *data, uint64_t users_done, uint64_t users_total) {
    struct order *order = data;
    char byte = 0;

    (void)users_total;
    if (users_done != order->at || order->was_there) {
        return;
    }
    order->was_there = true;
    if (order->signal != 0) {
        (void)raise(order->signal);
    } else if (write(order->reached[1], &byte, 1) != 1 ||
               read(order->resume[0], &byte, 1) != 1) {
        _exit(99);
    }
}

/* 0: done, 1: interrupted, 2: refused or failed. */
static int generate_as_ordered(void *data) {
    struct order *order = data;
    const struct database_options options = {
        .users = USERS, .progress = at_point, .progress_data = order};
    const char *problem;

    /* Else it would wait for itself, should the parent fail. */
    (void)close(order->resume[1]);
    interrupt_install();
    if (generator_run(scratch_path(order->scratch, "users.db"), order->existing,
                      &options, order->scratch->arena, &problem) == 0) {
        return 0;
    }
    return problem == NULL ? 1 : 2;
}

static const char *generate(struct scratch *scratch) {
    const char *path = scratch_path(scratch, "users.db");
    const char *problem;

    if (database_generate(path, &(struct database_options){.users = USERS},
                          scratch->arena, &problem) != 0) {
        fail_msg("%s", problem);
    }
    return path;
}

static void assert_whole(struct scratch *scratch) {
    uint64_t bytes;
    assert_true(header_is_whole(scratch_path(scratch, "users.db"),
                                &(struct database_form){0}, &bytes));
}

/* A sentence that names the path and @reason, and no file but those before. */
static void assert_fails(struct scratch *scratch, const char *path,
                         uint64_t users, const char *reason) {
    size_t entries = scratch_entries(scratch);
    const char *problem = NULL;

    assert_int_equal(
        database_generate(path, &(struct database_options){.users = users},
                          scratch->arena, &problem),
        -1);
    assert_non_null(problem);
    if (strstr(problem, path) == NULL || strstr(problem, reason) == NULL) {
        fail_msg("no %s or no %s in: %s", path, reason, problem);
    }
    assert_null(strchr(problem, '\n'));
    assert_int_equal(scratch_entries(scratch), entries);
}

static void an_interrupted_generator_leaves_nothing(void **state) {
    static const int signals[] = {SIGINT, SIGTERM};

    for (size_t i = 0; i < 2; i++) {
        struct order order = {
            .scratch = *state, .signal = signals[i], .resume = {-1, -1}};
        assert_int_equal(scratch_in_child(generate_as_ordered, &order), 1);
        assert_int_equal(scratch_entries(*state), 0);
    }
}

static void an_interrupted_generator_leaves_the_old_file(void **state) {
    struct scratch *scratch = *state;
    struct order order = {
        .scratch = scratch, .signal = SIGINT, .resume = {-1, -1}};
    const char *path = scratch_write(scratch, "users.db", "precious");
    const char *copy = scratch_write(scratch, "copy", "precious");

    assert_int_equal(scratch_in_child(generate_as_ordered, &order), 1);
    assert_true(scratch_same_bytes(path, copy));
    assert_int_equal(scratch_entries(scratch), 2);
}

static void an_existing_file_is_replaced(void **state) {
    (void)scratch_write(*state, "users.db", "an older one");
    (void)generate(*state);
    assert_whole(*state);
    assert_int_equal(scratch_entries(*state), 1);
}

/* Starts a generator and returns when it stands at order->at. */
static int start_and_hold(struct order *order) {
    char byte;

    assert_int_equal(pipe(order->reached), 0);
    assert_int_equal(pipe(order->resume), 0);
    int pid = scratch_start_child(generate_as_ordered, order);
    assert_int_equal(read(order->reached[0], &byte, 1), 1);
    return pid;
}

static int await(struct order *order, int pid) {
    int result = scratch_await_child(pid);

    for (int i = 0; i < 2; i++) {
        (void)close(order->reached[i]);
        (void)close(order->resume[i]);
    }
    return result;
}

static int let_go(struct order *order, int pid) {
    char byte = 0;

    assert_int_equal(write(order->resume[1], &byte, 1), 1);
    return await(order, pid);
}

/* Leaves a generator dead in the middle of it. */
static void start_and_kill(struct scratch *scratch, uint64_t at) {
    struct order order = {.scratch = scratch, .at = at};
    int pid = start_and_hold(&order);

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(await(&order, pid), 128 + SIGKILL);
}

/* Before the first row, and when all are written but not shown yet. */
static void a_killed_generator_leaves_nothing_that_looks_whole(void **state) {
    struct scratch *scratch = *state;
    static const uint64_t points[] = {0, USERS};

    for (size_t i = 0; i < 2; i++) {
        start_and_kill(scratch, points[i]);
        assert_int_equal(access(scratch_path(scratch, "users.db"), F_OK), -1);
        assert_int_equal(scratch_entries(scratch), 1);
    }
}

static void what_dead_generators_left_is_removed_by_the_next(void **state) {
    struct scratch *scratch = *state;

    start_and_kill(scratch, USERS);
    (void)scratch_write(scratch, ".users.db.tmp-4711.0", "left");
    (void)scratch_write(scratch, ".users.db.tmp-4711.0-wal", "left");
    (void)scratch_write(scratch, ".users.db.tmp-4712.1", "left");
    (void)generate(scratch);
    assert_whole(scratch);
    assert_int_equal(scratch_entries(scratch), 1);
}

static void files_that_only_look_like_leftovers_stay(void **state) {
    struct scratch *scratch = *state;
    static const char *const names[] = {".users.db.tmp-", ".users.db.tmp-4x",
                                        ".users.db.tmp-7.0-wal",
                                        ".users.dbx.tmp-7.0", "users.db.tmp-7"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)scratch_write(scratch, names[i], "somebody's");
    }
    (void)generate(scratch);
    assert_int_equal(scratch_entries(scratch),
                     1 + sizeof names / sizeof names[0]);
}

static void two_generators_of_one_file_both_succeed(void **state) {
    struct scratch *scratch = *state;
    struct order order = {.scratch = scratch, .at = 0};
    int pid = start_and_hold(&order);

    (void)generate(scratch);
    assert_whole(scratch);
    assert_int_equal(scratch_entries(scratch), 2);
    assert_int_equal(let_go(&order, pid), 0);
    assert_whole(scratch);
    assert_int_equal(scratch_entries(scratch), 1);
}

static ino_t inode_of(const char *path) {
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_ino;
}

static void a_whole_file_of_another_process_can_be_kept(void **state) {
    struct scratch *scratch = *state;
    struct order order = {
        .scratch = scratch, .existing = GENERATOR_KEEP_WHOLE, .at = USERS};
    int pid = start_and_hold(&order);
    ino_t first = inode_of(generate(scratch));

    assert_int_equal(let_go(&order, pid), 0);
    assert_int_equal(inode_of(scratch_path(scratch, "users.db")), first);
    assert_int_equal(scratch_entries(scratch), 1);
}

static sqlite3 *open_and_read(const char *path, int flags) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, flags, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM users", NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

static void a_database_in_use_is_not_replaced(void **state) {
    struct scratch *scratch = *state;
    const char *path = generate(scratch);
    ino_t before = inode_of(path);
    sqlite3 *db = open_and_read(path, SQLITE_OPEN_READWRITE);

    assert_fails(scratch, path, USERS, "users.db-wal");
    assert_int_equal(inode_of(path), before);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* It was opened while the new one was written. */
static void a_database_that_came_into_use_is_not_replaced(void **state) {
    struct scratch *scratch = *state;
    const char *path = generate(scratch);
    ino_t before = inode_of(path);
    struct order order = {.scratch = scratch, .at = USERS};
    int pid = start_and_hold(&order);
    sqlite3 *db = open_and_read(path, SQLITE_OPEN_READWRITE);

    assert_int_equal(let_go(&order, pid), 2);
    assert_int_equal(inode_of(path), before);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(scratch_entries(scratch), 1);
}

static void sidecars_that_nobody_uses_are_put_away(void **state) {
    struct scratch *scratch = *state;
    sqlite3 *db = open_and_read(generate(scratch), SQLITE_OPEN_READONLY);

    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(scratch_entries(scratch), 3);
    (void)generate(scratch);
    assert_whole(scratch);
    assert_int_equal(scratch_entries(scratch), 1);
}

static void a_sidecar_without_its_database_is_refused(void **state) {
    struct scratch *scratch = *state;

    (void)scratch_write(scratch, "users.db-journal", "somebody's");
    assert_fails(scratch, scratch_path(scratch, "users.db"), USERS,
                 "users.db-journal");
}

static void a_link_is_followed(void **state) {
    struct scratch *scratch = *state;
    struct stat info;
    const char *link = scratch_path(scratch, "link.db");
    const char *problem;

    (void)scratch_write(scratch, "users.db", "older");
    assert_int_equal(symlink("users.db", link), 0);
    assert_int_equal(
        database_generate(link, &(struct database_options){.users = USERS},
                          scratch->arena, &problem),
        0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_whole(scratch);
}

static void a_path_without_a_folder_is_in_the_current_one(void **state) {
    struct scratch *scratch = *state;
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *problem;

    assert_int_equal(chdir(scratch->folder), 0);
    int status = database_generate("users.db",
                                   &(struct database_options){.users = USERS},
                                   scratch->arena, &problem);
    assert_int_equal(fchdir(here), 0);
    (void)close(here);
    assert_int_equal(status, 0);
    assert_whole(scratch);
}

static void what_cannot_be_a_database_is_refused(void **state) {
    struct scratch *scratch = *state;

    assert_fails(scratch, scratch->folder, USERS, "a folder");
    assert_fails(scratch, scratch_path(scratch, "missing/users.db"), USERS,
                 "No such file or directory");
    assert_fails(scratch, scratch_path(scratch, "missing/"), USERS,
                 "names no file");
    assert_fails(scratch, "", USERS, "names no file");
    assert_fails(scratch, "/dev/null", USERS, "not a regular file");
    (void)scratch_write(scratch, "file", "");
    assert_fails(scratch, scratch_path(scratch, "file/users.db"), USERS,
                 "Not a directory");
}

static void more_users_than_logins_are_refused(void **state) {
    struct scratch *scratch = *state;

    assert_fails(scratch, scratch_path(scratch, "users.db"),
                 PEOPLE_USERS_MAX + 1, "1,099,511,627,776");
}

/* As many as there are logins for take 48 TiB and more. */
static void what_no_disk_holds_is_not_begun(void **state) {
    struct scratch *scratch = *state;

    assert_fails(scratch, scratch_path(scratch, "users.db"), PEOPLE_USERS_MAX,
                 "its users take more than 48.0 TiB, and there are ");
}

/* 0: refused with the reason, nothing left. */
static int generate_for_reason(struct scratch *scratch, const char *folder,
                               const char *reason) {
    const char *path = arena_format(scratch->arena, "%s/users.db", folder);
    const char *problem = NULL;

    if (database_generate(path, &(struct database_options){.users = USERS},
                          scratch->arena, &problem) == 0 ||
        problem == NULL) {
        return 1;
    }
    return strstr(problem, path) != NULL && strstr(problem, reason) != NULL ? 0
                                                                            : 2;
}

static int generate_on_a_small_disk(void *data) {
    struct scratch *scratch = data;
    const struct rlimit limit = {.rlim_cur = 40000, .rlim_max = 40000};

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 3;
    }
    return generate_for_reason(scratch, scratch->folder, "File too large");
}

static void a_full_disk_is_told_and_nothing_left(void **state) {
    assert_int_equal(scratch_in_child(generate_on_a_small_disk, *state), 0);
    assert_int_equal(scratch_entries(*state), 0);
}

static int generate_without_rights(void *data) {
    struct scratch *scratch = data;

    if (getuid() == 0 && setuid(NOBODY) != 0) {
        return 3;
    }
    return generate_for_reason(scratch, scratch->folder, "Permission denied");
}

static void a_folder_without_rights_is_told(void **state) {
    struct scratch *scratch = *state;

    assert_int_equal(chmod(scratch->folder, 0555), 0);
    assert_int_equal(scratch_in_child(generate_without_rights, scratch), 0);
    assert_int_equal(chmod(scratch->folder, 0755), 0);
    assert_int_equal(scratch_entries(scratch), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_interrupted_generator_leaves_nothing),
        TEST(an_interrupted_generator_leaves_the_old_file),
        TEST(an_existing_file_is_replaced),
        TEST(a_killed_generator_leaves_nothing_that_looks_whole),
        TEST(what_dead_generators_left_is_removed_by_the_next),
        TEST(files_that_only_look_like_leftovers_stay),
        TEST(two_generators_of_one_file_both_succeed),
        TEST(a_whole_file_of_another_process_can_be_kept),
        TEST(a_database_in_use_is_not_replaced),
        TEST(a_database_that_came_into_use_is_not_replaced),
        TEST(sidecars_that_nobody_uses_are_put_away),
        TEST(a_sidecar_without_its_database_is_refused),
        TEST(a_link_is_followed),
        TEST(a_path_without_a_folder_is_in_the_current_one),
        TEST(what_cannot_be_a_database_is_refused),
        TEST(more_users_than_logins_are_refused),
        TEST(what_no_disk_holds_is_not_begun),
        TEST(a_full_disk_is_told_and_nothing_left),
        TEST(a_folder_without_rights_is_told),
    };
    return SUITE_RUN(tests, argc, argv);
}
