/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/private_folder.h"
#include "support/scratch.h"
#include "support/suite.h"

static char *given_folder; /* TMPDIR */

static int setup(void **state) {
    const char *given = getenv("TMPDIR");
    given_folder = given == NULL ? NULL : strdup(given);
    int status = scratch_setup(state);
    struct scratch *scratch = *state;
    return status != 0 ? status : setenv("TMPDIR", scratch->folder, 1);
}

static int teardown(void **state) {
    int status = given_folder == NULL ? unsetenv("TMPDIR")
                                      : setenv("TMPDIR", given_folder, 1);
    free(given_folder);
    return scratch_teardown(state) != 0 ? -1 : status;
}

static const char *make(struct scratch *scratch) {
    const char *wanted = NULL;
    const char *path = private_folder_make(scratch->arena, &wanted);
    assert_non_null(path);
    assert_string_equal(path, wanted);
    return path;
}

static void make_and_remove(struct scratch *scratch) {
    private_folder_remove(make(scratch));
}

/* As one that a killed process left, an hour ago. */
static const char *abandon(struct scratch *scratch, const char *name,
                           mode_t mode) {
    const char *path = scratch_path(scratch, name);
    struct timespec then = {.tv_sec = time(NULL) - 3600};
    assert_int_equal(mkdir(path, mode), 0);
    int fd = open(arena_format(scratch->arena, "%s/users.db", path),
                  O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(
        utimensat(AT_FDCWD, path, (struct timespec[]){then, then}, 0), 0);
    return path;
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static void each_is_its_own_and_goes_with_all_in_it(void **state) {
    struct scratch *scratch = *state;
    const char *one = make(scratch);
    const char *other = make(scratch);
    assert_string_not_equal(one, other);
    struct stat info;
    assert_int_equal(stat(one, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    int fd = open(arena_format(scratch->arena, "%s/file", one),
                  O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(close(fd), 0);
    private_folder_remove(one);
    assert_false(is_there(one));
    assert_true(is_there(other));
    private_folder_remove(other);
    assert_int_equal(scratch_entries(scratch), 0);
}

static void what_a_killed_process_left_is_swept(void **state) {
    struct scratch *scratch = *state;
    (void)abandon(scratch, "plunge-aB3xyz", 0700);
    (void)abandon(scratch, "plunge-000000", 0700);
    make_and_remove(scratch);
    assert_int_equal(scratch_entries(scratch), 0);
}

static void what_may_be_somebodys_is_left_alone(void **state) {
    struct scratch *scratch = *state;
    const char *others[] = {
        abandon(scratch, "plunge-aB3xy", 0700),
        abandon(scratch, "plunge-aB3xyzz", 0700),
        abandon(scratch, "plunge-aB3.yz", 0700),
        abandon(scratch, "plunges-aB3xy", 0700),
        abandon(scratch, "plunge-aB3xyz", 0755), /* not as they are made */
    };
    const char *used = abandon(scratch, "plunge-locked", 0700);
    int fd = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    const char *young = scratch_path(scratch, "plunge-young0");
    assert_int_equal(mkdir(young, 0700), 0); /* is it being locked? */
    const char *own = make(scratch);
    make_and_remove(scratch);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_true(is_there(others[i]));
    }
    assert_true(is_there(used));
    assert_true(is_there(young));
    assert_true(is_there(own));
    private_folder_remove(young); /* not made by this process */
    assert_true(is_there(young));
    assert_int_equal(close(fd), 0);
    private_folder_remove(own);
}

static void where_none_can_be_made_it_is_said(void **state) {
    struct scratch *scratch = *state;
    const char *wanted = NULL;
    const char *parent = scratch_path(scratch, "none");
    assert_int_equal(setenv("TMPDIR", parent, 1), 0);
    errno = 0;
    assert_null(private_folder_make(scratch->arena, &wanted));
    assert_int_equal(errno, ENOENT);
    assert_memory_equal(wanted, parent, strlen(parent));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(each_is_its_own_and_goes_with_all_in_it),
        TEST(what_a_killed_process_left_is_swept),
        TEST(what_may_be_somebodys_is_left_alone),
        TEST(where_none_can_be_made_it_is_said),
    };
    return SUITE_RUN(tests, argc, argv);
}
