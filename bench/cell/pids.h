/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PIDS_H
#define PLUNGE_CELL_PIDS_H

#include <stdint.h>

struct arena;

/* limits.by: pids. A control group of the pids controller, of its first or
 * second version, as a child of the one that this process is in or of one
 * above it, whichever first lets itself have one. */

/* Makes one, with nobody in it and without a limit. The path is in @arena.
 * Returns: 0, or -1 with a sentence. */
int pids_make(struct arena *arena, const char **path_out,
              const char **problem_out);

/* When all who were in it have ended. */
void pids_remove(const char *path);

/* Takes this process in. Returns: 0 or -errno. */
int pids_join(const char *path);

/* So many threads, and no more; 0: as many as they like. Returns: 0 or -errno.
 */
int pids_limit(const char *path, uint64_t threads);

#endif
