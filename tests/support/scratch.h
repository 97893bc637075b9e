/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A folder of the test's own, and an arena for what it names. */
struct scratch {
    const char *folder;
    struct arena *arena;
};

/* For cmocka's setup and teardown: *state becomes the struct scratch. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* FOLDER/NAME */
const char *scratch_path(struct scratch *scratch, const char *name);

/* How many files and folders are in it, hidden ones too. */
size_t scratch_entries(struct scratch *scratch);

/* FOLDER/NAME gets @text as its whole content. */
const char *scratch_write(struct scratch *scratch, const char *name,
                          const char *text);

/* Fails the test where FOLDER/NAME does not have @words in it. */
void scratch_expect_in(struct scratch *scratch, const char *name,
                       const char *words);

/* false where one cannot be read, too. */
bool scratch_same_bytes(const char *one, const char *other);

/* Runs @work in a forked process: its result (0 .. 99), or 128 and the signal
 * that ended it. It must not assert. */
int scratch_in_child(int (*work)(void *data), void *data);

/* The two halves of it: the child's PID, and its result. */
int scratch_start_child(int (*work)(void *data), void *data);
int scratch_await_child(int pid);

#endif
