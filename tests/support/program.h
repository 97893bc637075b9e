/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/text.h"

/* The real program, run as a user would, with what it says kept. */
#define PROGRAM_FOLDER_SIZE 256

struct program {
    char folder[PROGRAM_FOLDER_SIZE]; /* of its own; -o may point into it */
    struct text out;
    struct text err;
    uid_t user; /* 0: the test's own. Another one has its $TMPDIR and its
                   $PLUNGE_CACHE in folder */
    char *const *under; /* NULL, or a command to run it under, with arguments
                           and a NULL */
    bool itself;        /* runs the test's own program instead of plunge */
    int status;         /* exit status; 128 + the signal that ended it */
    pid_t pid;
    int out_fd;
    int err_fd;
};

/* cmocka's setup and teardown: *state becomes the struct program. The teardown
 * fails unless everything that the program left in $TMPDIR is in folder. */
int program_setup(void **state);
int program_teardown(void **state);

/* plunge ARGUMENT... NULL, in the repository's root. Runs it to its end. */
void program_run(struct program *program, ...);

/* The two halves: the end of the started one is waited for by wait(). */
void program_start(struct program *program, ...);
void program_wait(struct program *program);

/* Waits, looking every few milliseconds, until the program has a child that
 * has started threads (a cell under load), and returns its PID. */
pid_t program_cell(const struct program *program);

/* FOLDER/NAME, in a static buffer. */
const char *program_path(const struct program *program, const char *name);

/* The same, to be kept. */
struct program_file {
    char path[2 * PROGRAM_FOLDER_SIZE];
};

struct program_file program_file(const struct program *program,
                                 const char *name);

/* FOLDER/NAME gets @text. Returns its path. */
const char *program_write(const struct program *program, const char *name,
                          const char *text);

/* The parsed FOLDER/NAME; fails the test when it is not JSON. */
json_t *program_json(const struct program *program, const char *name);

/* Fails the test unless FOLDER/NAME fits the published schema. */
void program_validate(const struct program *program, const char *name);

/* Fails the test with both outputs unless @status is the exit status. */
void program_expect(const struct program *program, int status);

/* Fails the test unless @words are in the text. */
void program_expect_words(const struct text *text, const char *words);

#endif
