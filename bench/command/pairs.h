/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_PAIRS_H
#define PLUNGE_COMMAND_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct result;

/* Two saved results, or all of two folders of runs, pair by pair. */
struct pair {
    const char *base_path;
    const char *new_path;
    struct result *base;
    struct result *newer;
};

struct pairs {
    struct pair *items;
    size_t count;
    const char **lonely; /* runs that one folder has alone: a sentence each */
    size_t lonely_count;
    bool is_missing; /* one of those is a run that @base has: it may be what has
                        become worse */
};

/* @base and @newer are each a result.json or a run's folder; or both folders of
 * such, as `run -o` writes them: then runs of one name are a pair. Says on
 * standard error what is wrong. Memory: in @arena.
 *
 * Returns: 0; 2 when one is no result, or there is no pair; 3 when one cannot
 *          be read. */
int pairs_read(const char *base, const char *newer, struct arena *arena,
               struct pairs *pairs_out);

/* Whether @path is a folder, and no run's. */
bool pairs_is_collection(const char *path, struct arena *arena);

#endif
