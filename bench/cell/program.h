/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PROGRAM_H
#define PLUNGE_CELL_PROGRAM_H

#include "cell/cell.h"

struct scenario_settings;

/* A cell whose subject is a program of the user's. It runs until it has written
 * `plunge: closed` or has come to rest; its ledger is read from outside at each
 * marker and then; it is ended, and what it left of files and processes is
 * looked at.
 *
 *    started --ready--opened--answered--> closed ---> read -> ended: completed
 *       |  \_______ quiet (quiet.h) ______________/
 *       +--> ended by itself: crashed
 *       +--> over limits.time, .threads, .fds or .memory: over_limit
 *       +--> no marker for limits.stall and never quiet: hung
 */
struct program_order {
    const struct scenario_settings *settings;
    const char *scenario_path;
    const char *folder;   /* of the private copy */
    const char *database; /* in it */
    bool output_on_stderr;
    cell_progress_cb progress;
    void *progress_data;
};

/* As cell_run(): however it ends, cell_out->outcome says so, and no process is
 * left. Returns 0, or -1 with a sentence where the program cannot be executed.
 */
int program_run(const struct program_order *order, struct arena *arena,
                struct result_cell *cell_out, const char **problem_out);

#endif
