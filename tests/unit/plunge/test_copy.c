/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/interrupt.h"
#include "base/private_folder.h"
#include "database/database.h"
#include "support/scratch.h"
#include "support/suite.h"

static char usual_parent[PATH_MAX]; /* of temporary folders */

static int leave_folder(void **state) {
    (void)setenv("TMPDIR", usual_parent, 1);
    return scratch_teardown(state);
}

/* Copies are made in the scratch folder, so that what is left is seen. */
static int use_folder(void **state) {
    if (scratch_setup(state) != 0) {
        return -1;
    }
    struct scratch *scratch = *state;
    return setenv("TMPDIR", scratch->folder, 1);
}

static const char *generate(struct scratch *scratch) {
    const char *path = scratch_path(scratch, "source.db");
    const char *problem;

    assert_int_equal(
        database_generate(path, &(struct database_options){.users = 5000},
                          scratch->arena, &problem),
        0);
    return path;
}

static void a_copy_has_the_same_bytes_in_a_folder_of_its_own(void **state) {
    struct scratch *scratch = *state;
    const char *source = generate(scratch);
    const char *folders[2];
    struct stat info;

    for (int i = 0; i < 2; i++) {
        const char *path = NULL;
        const char *problem;
        assert_int_equal(
            database_copy(source, scratch->arena, &folders[i], &path, &problem),
            0);
        assert_true(scratch_same_bytes(source, path));
        assert_string_equal(
            path, arena_format(scratch->arena, "%s/users.db", folders[i]));
        assert_int_equal(stat(folders[i], &info), 0);
        assert_int_equal(info.st_mode & 0777, 0700);
        assert_non_null(
            strstr(folders[i], arena_format(scratch->arena, "%s/plunge-",
                                            scratch->folder)));
    }
    assert_string_not_equal(folders[0], folders[1]);
    private_folder_remove(folders[0]);
    private_folder_remove(folders[1]);
}

static void without_tmpdir_a_copy_is_in_tmp(void **state) {
    struct scratch *scratch = *state;
    const char *source = generate(scratch);
    const char *folder = NULL;
    const char *path;
    const char *problem;

    (void)unsetenv("TMPDIR");
    assert_int_equal(
        database_copy(source, scratch->arena, &folder, &path, &problem), 0);
    assert_int_equal(strncmp(folder, "/tmp/plunge-", 12), 0);
    private_folder_remove(folder);
}

/* The kernel does not copy out of /proc by itself. */
static void what_the_kernel_does_not_copy_is_copied_by_hand(void **state) {
    struct scratch *scratch = *state;
    const char *folder;
    const char *path = NULL;
    const char *problem;

    assert_int_equal(database_copy("/proc/version", scratch->arena, &folder,
                                   &path, &problem),
                     0);
    assert_true(scratch_same_bytes("/proc/version", path));
    private_folder_remove(folder);
}

/* A sentence with @path and @reason, and nothing new in the folder. */
static void assert_fails(struct scratch *scratch, const char *path,
                         const char *reason) {
    size_t entries = scratch_entries(scratch);
    const char *folder;
    const char *copy;
    const char *problem = NULL;

    assert_int_equal(
        database_copy(path, scratch->arena, &folder, &copy, &problem), -1);
    assert_non_null(problem);
    if (strstr(problem, path) == NULL || strstr(problem, reason) == NULL) {
        fail_msg("no %s or no %s in: %s", path, reason, problem);
    }
    assert_int_equal(scratch_entries(scratch), entries);
}

static void what_cannot_be_copied_is_told_and_nothing_left(void **state) {
    struct scratch *scratch = *state;
    const char *source = generate(scratch);

    assert_fails(scratch, scratch_path(scratch, "missing.db"),
                 "No such file or directory");
    assert_fails(scratch, scratch->folder, "Is a directory");
    (void)setenv("TMPDIR", scratch_path(scratch, "missing"), 1);
    assert_fails(scratch, source, "No such file or directory");
}

static void a_database_with_changes_in_its_wal_is_refused(void **state) {
    struct scratch *scratch = *state;
    const char *source = generate(scratch);
    const char *folder;
    const char *path;
    const char *problem;

    (void)scratch_write(scratch, "source.db-wal", "changes");
    assert_fails(scratch, source, "source.db-wal");
    /* One that only readers left has none. */
    (void)scratch_write(scratch, "source.db-wal", "");
    assert_int_equal(
        database_copy(source, scratch->arena, &folder, &path, &problem), 0);
    private_folder_remove(folder);
}

struct attempt {
    struct scratch *scratch;
    const char *source;
};

static int copy_to_a_small_disk(void *data) {
    const struct attempt *attempt = data;
    const struct rlimit limit = {.rlim_cur = 100000, .rlim_max = 100000};
    const char *folder;
    const char *path;
    const char *problem = NULL;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 3;
    }
    return database_copy(attempt->source, attempt->scratch->arena, &folder,
                         &path, &problem) == -1 &&
                   problem != NULL && strstr(problem, "File too large") != NULL
               ? 0
               : 1;
}

static void a_full_disk_is_told_and_nothing_left(void **state) {
    struct attempt attempt = {.scratch = *state, .source = generate(*state)};

    assert_int_equal(scratch_in_child(copy_to_a_small_disk, &attempt), 0);
    assert_int_equal(scratch_entries(*state), 1);
}

static int copy_when_interrupted(void *data) {
    const struct attempt *attempt = data;
    const char *folder;
    const char *path;
    const char *problem = "not told";

    interrupt_install();
    (void)raise(SIGTERM);
    return database_copy(attempt->source, attempt->scratch->arena, &folder,
                         &path, &problem) == -1 &&
                   problem == NULL
               ? 0
               : 1;
}

static void an_interrupt_is_no_problem_and_leaves_nothing(void **state) {
    struct attempt attempt = {.scratch = *state, .source = generate(*state)};

    assert_int_equal(scratch_in_child(copy_when_interrupted, &attempt), 0);
    assert_int_equal(scratch_entries(*state), 1);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, use_folder, leave_folder)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_copy_has_the_same_bytes_in_a_folder_of_its_own),
        TEST(without_tmpdir_a_copy_is_in_tmp),
        TEST(what_the_kernel_does_not_copy_is_copied_by_hand),
        TEST(what_cannot_be_copied_is_told_and_nothing_left),
        TEST(a_database_with_changes_in_its_wal_is_refused),
        TEST(a_full_disk_is_told_and_nothing_left),
        TEST(an_interrupt_is_no_problem_and_leaves_nothing),
    };
    const char *parent = getenv("TMPDIR");
    (void)snprintf(usual_parent, sizeof usual_parent, "%s",
                   parent == NULL ? "/tmp" : parent);
    return SUITE_RUN(tests, argc, argv);
}
