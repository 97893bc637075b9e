/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_CELL_H
#define PLUNGE_CELL_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;
struct build;
struct cell_database;
struct cell_under;
struct scenario;
struct scenario_override;

/* One cell in a process of its own: a program of the user's (program.h), or
 * this program again, started by exec with a
 * clean state, in its own session, dying with its parent, without a core file
 * or a thread-stack cache. The supervisor makes the cell's private copy of the
 * database where it wants one, watches the child's progress, its wall-clock
 * limit and its stall limit, and after it is gone looks at files and processes
 * and removes what it finds. */
struct cell_order {
    const struct scenario *scenario; /* with the load that it is to have */
    const struct scenario_override *overrides; /* the scenario's own */
    size_t overrides_count;
    size_t cell;
    unsigned block;
    uint64_t seed;                        /* below 2^53 */
    const struct cell_database *database; /* cell/prepare.h */
    bool answers_on_stderr;
    const struct cell_under *under; /* cell/instrument.h; NULL: by itself */
    const char *scaling;            /* what that did to the load, or NULL */
    const char *plant; /* a defect to be planted, by its name; NULL: none */
    const struct build *build; /* cell/build.h; NULL: this program */
    bool is_exact;             /* the board counts each answer at once */
};

/* What a watcher sees; called about ten times a second. */
struct cell_progress {
    uint64_t answered;
    uint64_t cycles;
    double elapsed_s;
    double planned_s;       /* 0: unknown */
    const char *prediction; /* how it will fail; NULL: not said (yet) */

    /* RESULT_UNKNOWN where nobody has looked, and of a command. */
    const char *phase; /* or NULL */
    uint64_t in_flight;
    uint64_t waiting; /* of these, for a thread */
    uint64_t p50_ns;  /* of about the last second */
    uint64_t p99_ns;
    struct result_usage usage;
};

typedef void (*cell_progress_cb)(void *data,
                                 const struct cell_progress *progress);

/* Before any cell is run: NULL, or in one sentence why this machine does not
 * offer what the cell's limits ask for. Tries it. */
const char *cell_objection(const struct scenario *scenario, size_t cell,
                           struct arena *arena);

/* Runs the cell to its end, whatever that is: cell_out->outcome says. A crash,
 * a hang or a limit is an outcome, not an error here. Interrupted: the child
 * is asked to stop, and what it measured is kept. No process is left.
 *
 * Thread:  the main one of a process that has no other children: it becomes
 *          the reaper of its descendants, and whatever is orphaned is ended.
 * Memory:  in @arena. cell_out->parameters are the scenario's own.
 * Returns: 0, or -1 with a sentence when no child could be made at all (NULL:
 *          interrupted before there was one). */
int cell_run(const struct cell_order *order, cell_progress_cb progress,
             void *progress_data, struct arena *arena,
             struct result_cell *cell_out, const char **problem_out);

/* The child's side: what main() calls when the first argument is CELL_COMMAND.
 * Returns the exit status. */
#define CELL_COMMAND "--cell"

/* In the environment, as a cell's process finds it too: backtraces are taken
 * of all that is acquired. */
#define CELL_SITES "PLUNGE_SITES"
#define CELL_SITES_FULL "full"
int cell_main(int argc, char **argv);

#endif
