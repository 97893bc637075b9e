/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_RUN_H
#define PLUNGE_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct baseline;
struct build;
struct cell_progress;
struct cell_under;
struct result;
struct result_fact;
struct scenario;
struct scenario_override;

/* How far a run is, and what the cell under way is at. Borrowed for the call,
 * but for `what`, which stays the same one while the cell does. */
struct run_sight {
    const char *what;                 /* "block 2 of 5: dbpool pool.max=8" */
    double fraction;                  /* of the whole run: 0 .. 1 */
    double left_s;                    /* NAN: nobody knows yet */
    const struct cell_progress *cell; /* cell/cell.h */
};

/* What a watcher is told while a scenario runs. Any may be NULL. */
struct run_watch {
    void *data;
    void (*generating)(void *data, uint64_t done, uint64_t total);
    void (*running)(void *data, const struct run_sight *sight);
    /* Of @what, once and before it happens. */
    void (*predicted)(void *data, const char *what, const char *prediction);
};

/* Another build, beside which this one is run. */
struct run_versus {
    const struct build *build; /* cell/build.h */
    double for_s;     /* blocks are added up to that, until all is decided; 0:
                         none are */
    double tolerance; /* a share; 0: the default */
    const char *const *metrics; /* that are asked for; none: all */
    size_t metrics_count;
};

struct run_options {
    const struct scenario_override *overrides;
    size_t overrides_count;
    uint64_t seed; /* below 2^53 */
    bool answers_on_stderr;
    const struct cell_under *under; /* cell/instrument.h; NULL: none */
    const char *const *scaling;     /* of each cell, where there is one */
    const char *plant; /* a defect for each cell (plant/plant.h); NULL: none */
    const struct run_versus *versus; /* NULL: this build alone */
    struct result_fact *environment; /* measure/environment.h; not copied */
    size_t environment_count;
    struct run_watch watch;
    const struct baseline *baseline; /* verdict/baseline.h; NULL: none */
};

/* Prepares the databases, runs every cell of every block in seeded random
 * order, one at a time, judges, and fills in the whole result. The cells of a
 * block share one seed: subjects are compared on the same keys.
 *
 * Memory:  in @arena.
 * Thread:  the main one of a process without other children.
 * Returns: 0; -1 with a sentence when nothing could be measured (no database,
 *          no child): exit status 3. Interrupted: 0, the verdict is partial,
 *          and the cells are those that were begun. */
int run_scenario(const struct scenario *scenario,
                 const struct run_options *options, struct arena *arena,
                 struct result **result_out, const char **problem_out);

#endif
