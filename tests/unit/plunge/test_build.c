/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "cell/build.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/interrupt.h"
#include "load/load.h"
#include "support/scratch.h"
#include "support/suite.h"

static const char *a_program(struct scratch *scratch, const char *script) {
    const char *path =
        scratch_write(scratch, "other",
                      arena_format(scratch->arena, "#!/bin/sh\n%s\n", script));
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

/* A program that says so much is refused, with @words. */
static void expect_refused(struct scratch *scratch, const char *path,
                           const char *words) {
    struct build build;
    const char *problem = NULL;
    assert_int_equal(build_open(path, scratch->arena, &build, &problem),
                     BUILD_WRONG);
    assert_non_null(problem);
    assert_null(strchr(problem, '\n'));
    if (strstr(problem, words) == NULL || strstr(problem, path) == NULL) {
        fail_msg("\"%s\" and its path are not in: %s", words, problem);
    }
}

static void who_speaks_the_protocol_is_taken(void **state) {
    struct scratch *scratch = *state;
    const char *path = a_program(
        scratch, arena_format(scratch->arena,
                              "[ \"$1\" = --cell-protocol ] || exit 1\n"
                              "echo 'plunge-cell %d %zu'\n"
                              "echo '0.7.0 (release)'",
                              BUILD_PROTOCOL, sizeof(struct load_board)));
    struct build build;
    const char *problem = NULL;
    assert_int_equal(build_open(path, scratch->arena, &build, &problem),
                     BUILD_OK);
    assert_string_equal(build.version, "0.7.0");
    assert_string_equal(build.variant, "release");
    /* What it was stays what is run, whatever has its place by now. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(access(build.program, X_OK), 0);
    build_close(&build);
    assert_int_equal(build.fd, -1);
}

static void who_does_not_answer_is_no_plunge(void **state) {
    struct scratch *scratch = *state;
    expect_refused(scratch, a_program(scratch, "exit 0"), "is not a plunge");
    expect_refused(scratch,
                   a_program(scratch, "echo usage: other FILE; exit 2"),
                   "is not a plunge");
    expect_refused(scratch, a_program(scratch, "kill -SEGV $$"),
                   "is not a plunge");
}

static void who_never_stops_talking_is_no_plunge(void **state) {
    struct scratch *scratch = *state;
    expect_refused(scratch, a_program(scratch, "exec yes"), "is not a plunge");
}

static void another_protocol_is_named_beside_ours(void **state) {
    struct scratch *scratch = *state;
    expect_refused(scratch,
                   a_program(scratch, "echo 'plunge-cell 99 8'\n"
                                      "echo '9.0.0 (release)'"),
                   "is plunge 9.0.0, whose cells speak protocol 99/8");
}

static void a_board_of_another_size_is_another_protocol(void **state) {
    struct scratch *scratch = *state;
    expect_refused(
        scratch,
        a_program(scratch,
                  arena_format(scratch->arena, "echo 'plunge-cell %d %zu'",
                               BUILD_PROTOCOL, sizeof(struct load_board) + 8)),
        "is plunge unknown, whose cells speak protocol");
}

static void what_cannot_be_executed_says_why(void **state) {
    struct scratch *scratch = *state;
    expect_refused(scratch, scratch_path(scratch, "nowhere"),
                   "No such file or directory");
    expect_refused(scratch, scratch->folder, "Is a directory");
    expect_refused(scratch, scratch_write(scratch, "text", "not a program\n"),
                   "Permission denied");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(who_speaks_the_protocol_is_taken),
        TEST(who_does_not_answer_is_no_plunge),
        TEST(who_never_stops_talking_is_no_plunge),
        TEST(another_protocol_is_named_beside_ours),
        TEST(a_board_of_another_size_is_another_protocol),
        TEST(what_cannot_be_executed_says_why),
    };
    return SUITE_RUN(tests, argc, argv);
}
