/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/interrupt.h"
#include "cell/build.h"
#include "cell/cell.h"
#include "command/command.h"
#include "dbpool.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *purpose;
} commands[] = {
    {"run", command_run, "run scenarios, print a summary, write reports"},
    {"check", command_check, "validate scenarios; nothing runs"},
    {"report", command_report, "render saved results again, in any format"},
    {"compare", command_compare,
     "two saved results: better, same, worse, or not decided"},
    {"generate", command_generate, "write a database of users"},
    {"schema", command_schema,
     "the JSON Schema of scenario files, for editors"},
    {"selftest", command_selftest,
     "plant defects, and show that each is caught"},
    {"doctor", command_doctor,
     "what this machine is, how noisy, what is missing"},
};

enum { COMMANDS_COUNT = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *to) {
    (void)fprintf(
        to, "plunge stress-tests pooled database queries and proves what they "
            "leave behind.\n\n"
            "usage: plunge COMMAND [OPTION...] [ARGUMENT...]\n\n");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        (void)fprintf(to, "  %-10s %s\n", commands[i].name,
                      commands[i].purpose);
    }
    (void)fprintf(
        to, "\n"
            "  --help     this text; after a command, about that command\n"
            "  --version  versions of plunge, SQLite and libuv\n\n"
            "Try: plunge run scenarios/tutorial.yaml\n");
}

static void print_version(void) {
    printf("plunge %s (%s)\nSQLite %s\nlibuv %s\n", PLUNGE_VERSION,
           PLUNGE_VARIANT, sqlite3_libversion(), uv_version_string());
}

static int dispatch(int argc, char **argv) {
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        print_usage(stdout);
        return COMMAND_OK;
    }
    if (strcmp(name, "--version") == 0) {
        print_version();
        return COMMAND_OK;
    }
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            char speaker[32];
            (void)snprintf(speaker, sizeof speaker, "plunge: %s", name);
            argv[1] = speaker;
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr,
                  "plunge: there is no command \"%s\": run, check, "
                  "report, compare, generate, schema, selftest or doctor "
                  "(plunge --help)\n",
                  name);
    return COMMAND_WRONG_INPUT;
}

/* What is closed would be taken by the first file that is opened, a database
 * among them. Standard output cannot be written then, either; nobody misses
 * the other two. */
static void fill_standard_streams(void) {
    static const int modes[] = {
        [STDIN_FILENO] = O_RDONLY,
        [STDOUT_FILENO] = O_RDONLY,
        [STDERR_FILENO] = O_WRONLY,
    };
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)open("/dev/null", modes[fd]); /* the lowest that is free */
        }
    }
}

/* With whatever was written earlier and did not get through. */
static int finish_output(int status) {
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    (void)fprintf(stderr, "plunge: standard output: cannot be written\n");
    return command_worse(status, COMMAND_NOT_COMPLETED);
}

int main(int argc, char **argv) {
    fill_standard_streams();
    /* A reader that has gone is an error of that write, not our end: reports
     * are to be written, temporary files removed. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_usage(stderr);
        return COMMAND_WRONG_INPUT;
    }
    interrupt_install();
    (void)dbpool_tune_process(); /* before SQLite's first use */
    if (strcmp(argv[1], BUILD_QUESTION) == 0) {
        build_answer();
        return finish_output(COMMAND_OK);
    }
    if (strcmp(argv[1], CELL_COMMAND) == 0) {
        return cell_main(argc, argv);
    }
    return finish_output(dispatch(argc, argv));
}
