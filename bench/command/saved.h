/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_SAVED_H
#define PLUNGE_COMMAND_SAVED_H

struct arena;
struct result;

/* A result that an earlier run has written: @path is the file, or a run's
 * folder with its result.json. What is read is whole: every histogram in it is
 * one. Says on standard error what is wrong, in one line that names the file
 * and the place in it.
 *
 * Memory:  in @arena.
 * Returns: the exit status that this decides: 0; 2 when it is no result; 3 when
 *          it cannot be read. */
int saved_read(const char *path, struct arena *arena,
               struct result **result_out);

#endif
