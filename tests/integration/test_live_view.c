/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "support/program.h"
#include "support/suite.h"

#define LONG                                                                   \
    "title: Long\n"                                                            \
    "database: {users: 1k}\n"                                                  \
    "load: {phase: steady, in_flight: 100, for: 100s}\n"

#define SHORT                                                                  \
    "title: Short\n"                                                           \
    "database: {users: 1k}\n"                                                  \
    "load: {phase: steady, in_flight: 100, for: 1s}\n"                         \
    "expect:\n  - errors == 0\n"

static void run(struct program *program, const char *text,
                void (*start)(struct program *program, ...)) {
    char *path = strdup(program_write(program, "scenario.yaml", text));
    start(program, "run", "-o", program->folder, path, NULL);
    free(path);
}

static void who_asks_is_told_and_the_run_goes_on(void **state) {
    struct program *program = *state;
    run(program, LONG, program_start);
    (void)program_cell(program);
    assert_int_equal(kill(program->pid, SIGUSR1), 0);
    assert_int_equal(kill(program->pid, SIGINT), 0);
    program_wait(program);
    program_expect(program, 130);
    program_expect_words(&program->err, "dbpool");
    program_expect_words(&program->err, " answered\n  rate    ");
    program_expect_words(&program->err, " in flight");
    assert_null(strchr(program->err.bytes, '\033'));
}

static void nobody_is_told_who_did_not_ask(void **state) {
    struct program *program = *state;
    run(program, SHORT, program_run);
    program_expect(program, 0);
    assert_int_equal(program->err.size, 0);
}

/* On a terminal of its own, whose output is both of the program's. */
static void a_terminal_shows_what_is_under_way_in_place(void **state) {
    struct program *program = *state;
    static char *const terminal[] = {
        "python3", "-c",
        "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", NULL};
    program->under = terminal;
    run(program, SHORT, program_run);
    program_expect(program, 0);
    program_expect_words(&program->out, "dbpool, steady\r\n  [");
    program_expect_words(&program->out, "\r\n  p99     ");
    program_expect_words(&program->out, " in flight, ");
    /* Six lines go before the next six come. */
    program_expect_words(&program->out,
                         "\r\033[K\033[A\r\033[K\033[A\r\033[K\033[A\r\033[K"
                         "\033[A\r\033[K\033[A\r\033[Kdbpool");
    /* Nothing is left of it above the summary. */
    const char *summary = strstr(program->out.bytes, "Short");
    assert_non_null(summary);
    assert_null(strstr(summary, "\033[A"));
    program_expect_words(&program->out, "\n  report       ");
    program_expect_words(&program->out, "/report.html\r\n");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(who_asks_is_told_and_the_run_goes_on),
        TEST(nobody_is_told_who_did_not_ask),
        TEST(a_terminal_shows_what_is_under_way_in_place),
    };
    return SUITE_RUN(tests, argc, argv);
}
