/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/program.h"
#include "support/suite.h"

/* build/VARIANT/tutorial, which examples/tutorial.c was built into. */

/* Runs it in FOLDER/run, which is there already. */
static void run_tutorial(struct program *program) {
    char self[PATH_MAX];
    char command[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(size > 0);
    self[size] = '\0';
    *strrchr(self, '/') = '\0'; /* build/VARIANT/integration */
    (void)snprintf(command, sizeof command,
                   "cd '%s/run' && '%s/../tutorial' >../out 2>&1",
                   program->folder, self);
    int status = system(command);
    assert_true(WIFEXITED(status));
    program->status = WEXITSTATUS(status);
    text_clear(&program->out);
    assert_int_equal(
        file_read(program_path(program, "out"), PATH_MAX, &program->out), 0);
}

static int setup(void **state) {
    assert_int_equal(program_setup(state), 0);
    assert_int_equal(mkdir(program_path(*state, "run"), 0700), 0);
    return 0;
}

static void the_tutorial_greets_three_and_leaves_no_file(void **state) {
    struct program *program = *state;
    run_tutorial(program);
    program_expect(program, 0);
    assert_string_equal(
        program->out.bytes,
        "Mr 'Yoen Van der Veld' is connected under 'yoen'\n"
        "Mr 'Estebán Garcia Marquez' is connected under 'esteban'\n"
        "Mr 'Mohamed Al Ghâlib' is connected under 'mohamed'\n");
    assert_int_equal(rmdir(program_path(program, "run")), 0); /* is empty */
}

static void the_tutorial_leaves_what_is_not_its_own_alone(void **state) {
    struct program *program = *state;
    (void)program_write(program, "run/tutorial.db", "mine");
    run_tutorial(program);
    program_expect(program, 1);
    assert_string_equal(program->out.bytes,
                        "tutorial: tutorial.db is there already\n");
    text_clear(&program->out);
    assert_int_equal(file_read(program_path(program, "run/tutorial.db"),
                               PATH_MAX, &program->out),
                     0);
    assert_string_equal(program->out.bytes, "mine");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(the_tutorial_greets_three_and_leaves_no_file),
        TEST(the_tutorial_leaves_what_is_not_its_own_alone),
    };
    return SUITE_RUN(tests, argc, argv);
}
