/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_RUN_RUN_H
#define PLUNGE_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct result;
struct scenario;
struct scenario_override;

/* What a watcher is told while a scenario runs. Any may be NULL. */
struct run_watch {
    void *data;
    void (*generating)(void *data, uint64_t done, uint64_t total);
    void (*running)(void *data, const char *what, double fraction,
                    uint64_t answered);
};

struct run_options {
    const struct scenario_override *overrides;
    size_t overrides_count;
    uint64_t seed;
    bool answers_on_stderr;
    struct run_watch watch;
};

/* Prepares the databases, runs every cell of every block in seeded random
 * order, judges, and fills in the whole result.
 *
 * Memory:  in @arena.
 * Returns: 0; -1 with a sentence when nothing could be measured (no database,
 *          no child): exit status 3. Interrupted: 0, the verdict is partial. */
int run_scenario(const struct scenario *scenario,
                 const struct run_options *options, struct arena *arena,
                 struct result **result_out, const char **problem_out);

#endif
