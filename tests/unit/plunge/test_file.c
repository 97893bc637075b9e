/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/suite.h"

struct fixture {
    struct arena *arena;
    struct text text;
    char folder[64];
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture.arena = arena_new();
    text_init(&fixture.text);
    strcpy(fixture.folder, "/tmp/plunge-test-file.XXXXXX");
    *state = &fixture;
    return mkdtemp(fixture.folder) == NULL ? -1 : 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    const int status = file_remove_tree(fixture->folder);
    arena_free(fixture->arena);
    text_fini(&fixture->text);
    return status;
}

static const char *in(const struct fixture *fixture, const char *name) {
    return arena_format(fixture->arena, "%s/%s", fixture->folder, name);
}

static size_t entries_count(const char *folder) {
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    size_t count = 0;
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    return count - 2; /* . and .. */
}

static void what_is_written_is_read(void **state) {
    struct fixture *fixture = *state;
    enum { SIZE = 300000 };
    char *bytes = arena_alloc(fixture->arena, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        bytes[i] = (char)(i * 7);
    }
    const char *path = in(fixture, "a");
    assert_int_equal(file_write(path, bytes, SIZE), 0);
    text_append(&fixture->text, "before ");
    assert_int_equal(file_read(path, SIZE, &fixture->text), 0);
    assert_int_equal(fixture->text.size, 7 + SIZE);
    assert_memory_equal(fixture->text.bytes, "before ", 7);
    assert_memory_equal(fixture->text.bytes + 7, bytes, SIZE);
}

static void an_empty_file_is_a_file(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "a"), "", 0), 0);
    assert_int_equal(file_read(in(fixture, "a"), 0, &fixture->text), 0);
    assert_int_equal(fixture->text.size, 0);
}

static void writing_replaces_and_leaves_nothing_beside(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "a"), "a longer one", 12), 0);
    assert_int_equal(file_write(in(fixture, "a"), "short", 5), 0);
    assert_int_equal(file_read(in(fixture, "a"), 100, &fixture->text), 0);
    assert_string_equal(fixture->text.bytes, "short");
    assert_int_equal(entries_count(fixture->folder), 1);
}

static void who_reads_while_it_is_replaced_keeps_the_old_file(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "a"), "old", 3), 0);
    const int fd = open(in(fixture, "a"), O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(file_write(in(fixture, "a"), "new!", 4), 0);
    char bytes[8];
    assert_int_equal(read(fd, bytes, sizeof bytes), 3);
    assert_memory_equal(bytes, "old", 3);
    (void)close(fd);
}

static void a_write_that_fails_leaves_nothing(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "none/a"), "x", 1), -ENOENT);
    /* Fails in the last step, when all has been written. */
    assert_int_equal(file_make_folder(in(fixture, "folder/child")), 0);
    assert_int_equal(file_write(in(fixture, "folder"), "x", 1), -EISDIR);
    assert_int_equal(entries_count(fixture->folder), 1);
}

static void what_a_killed_writer_left_is_no_hindrance(void **state) {
    struct fixture *fixture = *state;
    const char *stale = arena_format(fixture->arena, "%s.%ld.tmp",
                                     in(fixture, "a"), (long)getpid());
    assert_int_equal(file_write(stale, "half", 4), 0);
    assert_int_equal(file_write(in(fixture, "a"), "whole", 5), 0);
    assert_int_equal(entries_count(fixture->folder), 1);
}

static void a_file_has_the_mode_that_the_umask_leaves(void **state) {
    struct fixture *fixture = *state;
    const mode_t before = umask(027);
    assert_int_equal(file_write(in(fixture, "a"), "x", 1), 0);
    (void)umask(before);
    struct stat info;
    assert_int_equal(stat(in(fixture, "a"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void a_read_that_fails_appends_nothing(void **state) {
    struct fixture *fixture = *state;
    struct text *text = &fixture->text;
    enum { SIZE = 200000 };
    const char *bytes = arena_alloc(fixture->arena, SIZE);
    assert_int_equal(file_write(in(fixture, "a"), bytes, SIZE), 0);
    text_append(text, "kept");
    assert_int_equal(file_read(in(fixture, "a"), SIZE - 1, text), -EFBIG);
    assert_int_equal(file_read(in(fixture, "none"), SIZE, text), -ENOENT);
    assert_int_equal(file_read(fixture->folder, SIZE, text), -EISDIR);
    assert_string_equal(text->bytes, "kept");
    assert_int_equal(text->size, 4);
}

static void a_folder_is_made_with_those_above_it(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_make_folder(in(fixture, "a/b//c/")), 0);
    assert_int_equal(file_make_folder(in(fixture, "a/b/c")), 0);
    struct stat info;
    assert_int_equal(stat(in(fixture, "a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(file_make_folder("/"), 0);
}

static void a_folder_cannot_be_made_of_a_file(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "a"), "x", 1), 0);
    assert_int_equal(file_make_folder(in(fixture, "a")), -ENOTDIR);
    assert_int_equal(file_make_folder(in(fixture, "a/b")), -ENOTDIR);
    assert_int_equal(file_make_folder(""), -ENOENT);
}

static void a_tree_is_removed_and_what_it_points_to_is_not(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_write(in(fixture, "outside"), "x", 1), 0);
    assert_int_equal(file_make_folder(in(fixture, "tree/deep")), 0);
    assert_int_equal(file_write(in(fixture, "tree/deep/a"), "x", 1), 0);
    assert_int_equal(symlink(fixture->folder, in(fixture, "tree/link")), 0);
    assert_int_equal(symlink("nowhere", in(fixture, "tree/dangling")), 0);
    assert_int_equal(file_remove_tree(in(fixture, "tree")), 0);
    assert_int_equal(entries_count(fixture->folder), 1);
    assert_int_equal(access(in(fixture, "outside"), F_OK), 0);
}

static void removing_what_is_not_there_is_no_error(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(file_remove_tree(in(fixture, "none")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(an_empty_file_is_a_file),
        TEST(writing_replaces_and_leaves_nothing_beside),
        TEST(who_reads_while_it_is_replaced_keeps_the_old_file),
        TEST(a_write_that_fails_leaves_nothing),
        TEST(what_a_killed_writer_left_is_no_hindrance),
        TEST(a_file_has_the_mode_that_the_umask_leaves),
        TEST(a_read_that_fails_appends_nothing),
        TEST(a_folder_is_made_with_those_above_it),
        TEST(a_folder_cannot_be_made_of_a_file),
        TEST(a_tree_is_removed_and_what_it_points_to_is_not),
        TEST(removing_what_is_not_there_is_no_error),
    };
    return SUITE_RUN(tests, argc, argv);
}
