/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_NPROC_H
#define PLUNGE_CELL_NPROC_H

#include <stdint.h>

struct arena;

/* limits.by: nproc. RLIMIT_NPROC counts the threads of a user, and exempts
 * root: the process becomes a user that nobody else is. Of root's privileges
 * it keeps those that reach files, for the database is not the new user's. */

/* For good; what the supervisor does is done by root, still.
 *
 * Returns: 0, or -1 with a sentence: not root, or no user id to be had. */
int nproc_become_nobody_else(struct arena *arena, const char **problem_out);

/* So many threads of the process's user, and no more; again, if need be.
 * Returns: 0 or -errno. */
int nproc_limit(uint64_t threads);

/* As many as before the first nproc_limit(). */
void nproc_lift(void);

#endif
