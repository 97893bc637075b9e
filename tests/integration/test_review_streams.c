/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/program.h"
#include "support/suite.h"

/* Standard input, output and error that are closed, full, or that nobody reads
 * any more. */

#define SHOWN                                                                  \
    "title: Shown\n"                                                           \
    "database: {users: 3, temporary: removed}\n"                               \
    "load: {in_flight: 3, lookups: 3, show: answers}\n"

#define SILENT                                                                 \
    "title: Silent\n"                                                          \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 3, lookups: 3}\n"

/* Runs plunge @arguments @redirections by the shell; what it says on standard
 * error is in FOLDER/err, unless redirected. Returns the exit status. */
static int run_redirected(struct program *program, const char *arguments,
                          const char *redirections) {
    char line[2048];
    char self[512];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(size > 0);
    self[size] = '\0';
    char *folder = strstr(self, "/integration/");
    assert_non_null(folder);
    *folder = '\0';
    (void)snprintf(line, sizeof line, "exec %s/plunge %s 2>'%s/err' %s", self,
                   arguments, program->folder, redirections);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_text(struct program *program, const char *text,
                    const char *options, const char *redirections) {
    char arguments[1024];
    (void)snprintf(arguments, sizeof arguments, "run %s -o '%s/reports' '%s'",
                   options, program->folder,
                   program_write(program, "scenario.yaml", text));
    return run_redirected(program, arguments, redirections);
}

static void expect_reports(const struct program *program) {
    assert_int_equal(access(program_path(program, "reports/result.json"), F_OK),
                     0);
}

static void a_summary_that_cannot_be_written_is_3(void **state) {
    struct program *program = *state;
    assert_int_equal(run_text(program, SILENT, "", ">/dev/full"), 3);
    expect_reports(program);
    assert_int_equal(run_text(program, SILENT, "--json", ">/dev/full"), 3);
    assert_int_equal(run_redirected(program, "--help", ">/dev/full"), 3);
}

static void answers_that_cannot_be_written_are_3(void **state) {
    struct program *program = *state;
    assert_int_equal(run_text(program, SHOWN, "-q", ">/dev/full"), 3);
    expect_reports(program);
}

/* As `plunge run ... | head -1`: what is written to files is for others. */
static void a_reader_that_has_gone_costs_no_report(void **state) {
    struct program *program = *state;
    const int gone = 9; /* the shell knows single digits only */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], gone), gone);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(run_text(program, SILENT, "", ">&9"), 3);
    expect_reports(program);
    assert_int_equal(run_text(program, SHOWN, "-q", ">&9"), 3);
    expect_reports(program);
    (void)close(gone);
}

static void closed_standard_streams_are_not_taken_for_others(void **state) {
    struct program *program = *state;
    static const char *const closed[] = {">/dev/null <&-", ">/dev/null 2>&-",
                                         ">/dev/null <&- 2>&-"};
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        assert_int_equal(run_text(program, SILENT, "", closed[i]), 0);
        assert_int_equal(run_text(program, SHOWN, "--json", closed[i]), 0);
    }
    assert_int_equal(run_text(program, SILENT, "-q", ">&-"), 0);
    assert_int_equal(run_text(program, SILENT, "-q", "<&- >&- 2>&-"), 0);
    assert_int_equal(run_text(program, SILENT, "", ">&-"), 3);
    assert_int_equal(run_text(program, SHOWN, "-q", ">&-"), 3);
    expect_reports(program);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, program_setup, program_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_summary_that_cannot_be_written_is_3),
        TEST(answers_that_cannot_be_written_are_3),
        TEST(a_reader_that_has_gone_costs_no_report),
        TEST(closed_standard_streams_are_not_taken_for_others),
    };
    return SUITE_RUN(tests, argc, argv);
}
