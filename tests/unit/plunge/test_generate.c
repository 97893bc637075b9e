/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "command/command.h"
#include "database/database.h"
#include "database/header.h"
#include "support/scratch.h"
#include "support/suite.h"

#define ARGUMENTS_MAX 8

struct line {
    const char *arguments[ARGUMENTS_MAX]; /* after the command, then NULL */
    int signal;                           /* that came before; 0: none */
};

static int run_line(void *data) {
    const struct line *line = data;
    char *argv[ARGUMENTS_MAX + 2] = {"generate"};
    int argc = 1;

    for (; line->arguments[argc - 1] != NULL; argc++) {
        argv[argc] = (char *)line->arguments[argc - 1];
    }
    if (freopen("/dev/null", "w", stdout) == NULL ||
        freopen("/dev/null", "w", stderr) == NULL) {
        return 99;
    }
    if (line->signal != 0) {
        interrupt_install();
        (void)raise(line->signal);
    }
    return command_generate(argc, argv);
}

static int run(struct line line) {
    return scratch_in_child(run_line, &line);
}

static bool is_whole(const char *path) {
    uint64_t bytes;
    return header_is_whole(path, &(struct database_form){0}, &bytes);
}

static void a_file_is_written_as_ordered(void **state) {
    const char *one = scratch_path(*state, "one.db");
    const char *two = scratch_path(*state, "two.db");
    const char *other = scratch_path(*state, "other.db");

    assert_int_equal(run((struct line){{one, "--users", "1k", "--seed", "7"}}),
                     COMMAND_OK);
    assert_int_equal(
        run((struct line){{"-q", "--seed=7", "--users=1000", two}}),
        COMMAND_OK);
    assert_int_equal(run((struct line){{"--users", "1k", other}}), COMMAND_OK);
    assert_true(is_whole(one));
    assert_true(scratch_same_bytes(one, two));
    assert_false(scratch_same_bytes(one, other));
    assert_int_equal(scratch_entries(*state), 3);
}

static void an_existing_file_is_replaced_only_by_force(void **state) {
    const char *path = scratch_write(*state, "users.db", "precious");
    const char *copy = scratch_write(*state, "copy", "precious");

    assert_int_equal(run((struct line){{path, "--users", "3"}}),
                     COMMAND_NOT_COMPLETED);
    assert_true(scratch_same_bytes(path, copy));
    assert_int_equal(run((struct line){{path, "--users", "3", "--force"}}),
                     COMMAND_OK);
    assert_true(is_whole(path));
}

static void a_wrong_command_line_writes_nothing(void **state) {
    const char *path = scratch_path(*state, "users.db");
    const struct line lines[] = {
        {{NULL}},
        {{path, path}},
        {{path, "--bogus"}},
        {{path, "--users"}},
        {{path, "--users", "many"}},
        {{path, "--users", "-1"}},
        {{path, "--users", "2000G"}},
        {{path, "--seed", ""}},
        {{path, "--seed", "-1"}},
        {{path, "--seed", "7x"}},
        {{path, "--seed", "9007199254740992"}},
        {{path, "--seed", "99999999999999999999999"}},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(run(lines[i]), COMMAND_WRONG_INPUT);
    }
    assert_int_equal(scratch_entries(*state), 0);
}

static void what_cannot_be_written_is_not_completed(void **state) {
    struct scratch *scratch = *state;
    const char *missing = scratch_path(scratch, "missing/users.db");

    assert_int_equal(run((struct line){{missing}}), COMMAND_NOT_COMPLETED);
    assert_int_equal(run((struct line){{scratch->folder}}),
                     COMMAND_NOT_COMPLETED);
    assert_int_equal(scratch_entries(scratch), 0);
}

static void an_interrupt_tells_its_signal_and_leaves_nothing(void **state) {
    const char *path = scratch_path(*state, "users.db");

    assert_int_equal(run((struct line){{path}, .signal = SIGINT}),
                     COMMAND_INTERRUPTED);
    assert_int_equal(run((struct line){{path}, .signal = SIGTERM}),
                     COMMAND_TERMINATED);
    assert_int_equal(scratch_entries(*state), 0);
}

static void help_is_no_error_and_writes_nothing(void **state) {
    const char *path = scratch_path(*state, "users.db");

    assert_int_equal(run((struct line){{path, "--help"}}), COMMAND_OK);
    assert_int_equal(scratch_entries(*state), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_written_as_ordered),
        TEST(an_existing_file_is_replaced_only_by_force),
        TEST(a_wrong_command_line_writes_nothing),
        TEST(what_cannot_be_written_is_not_completed),
        TEST(an_interrupt_tells_its_signal_and_leaves_nothing),
        TEST(help_is_no_error_and_writes_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
