/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dbpool.h"
#include "support/suite.h"

/* What programs read is written for them, wherever the user lives. */

#define TEXT_SIZE ((size_t)64 * 1024)

static char *metrics_of(const struct dbpool_stats *stats) {
    char *text = malloc(TEXT_SIZE);
    assert_non_null(text);
    size_t size = dbpool_stats_openmetrics(stats, "users", text, TEXT_SIZE);
    assert_int_equal(size, strlen(text));
    return text;
}

static int run_program(char *const *arguments) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO); /* what the locale does not have */
        (void)execvp(arguments[0], arguments);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

/* A locale that has nothing but a comma where C has a point: those of people
 * may not be installed. NULL: this system makes none. */
static const char *use_comma_locale(const char *folder) {
    static const char source[] = "LC_NUMERIC\n"
                                 "decimal_point \"<U002C>\"\n"
                                 "thousands_sep \"<U002E>\"\n"
                                 "grouping 3;3\n"
                                 "END LC_NUMERIC\n";
    char source_path[64];
    char locale_path[64];
    (void)snprintf(source_path, sizeof source_path, "%s/comma", folder);
    (void)snprintf(locale_path, sizeof locale_path, "%s/xx_XX", folder);
    FILE *file = fopen(source_path, "w");
    assert_non_null(file);
    assert_true(fputs(source, file) >= 0);
    assert_int_equal(fclose(file), 0);
    char program[] = "localedef";
    char despite_warnings[] = "-c";
    char from[] = "-i";
    char charmap[] = "--charmap=ANSI_X3.4-1968"; /* localedef's own */
    char *arguments[] = {program,     despite_warnings, charmap, from,
                         source_path, locale_path,      NULL};
    (void)run_program(arguments); /* 1, for the warnings */
    assert_int_equal(setenv("LOCPATH", folder, 1), 0);
    return setlocale(LC_NUMERIC, "xx_XX");
}

static void the_text_is_the_same_in_every_locale(void **state) {
    (void)state;
    struct dbpool_stats stats = {.submitted = 1234567};
    stats.wait.sum_ns = 1500000000;
    char *expected = metrics_of(&stats);
    char folder[] = "/tmp/dbpool-locale-XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *locale = use_comma_locale(folder);
    char number[16];
    (void)snprintf(number, sizeof number, "%.1f", 0.5);
    char *text = metrics_of(&stats);
    (void)setlocale(LC_NUMERIC, "C");
    (void)unsetenv("LOCPATH");
    char program[] = "rm";
    char how[] = "-r";
    char *arguments[] = {program, how, folder, NULL};
    assert_int_equal(run_program(arguments), 0);
    bool same = strcmp(text, expected) == 0;
    free(text);
    free(expected);
    if (locale == NULL) {
        skip();
    }
    assert_string_equal(number, "0,5");
    assert_true(same);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_the_same_in_every_locale),
    };
    return SUITE_RUN(tests, argc, argv);
}
