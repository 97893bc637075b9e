/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/prepare.h"

#include <stddef.h>

#include "base/arena.h"
#include "database/database.h"
#include "scenario/scenario.h"

/* The index of the first cell that reads the same database: at most @cell. */
static size_t first_with_same(const struct scenario *scenario, size_t cell) {
    const struct scenario_database *wanted =
        &scenario->cells[cell].settings.database;
    for (size_t i = 0; i < cell; i++) {
        const struct scenario_database *other =
            &scenario->cells[i].settings.database;
        if (other->users == wanted->users && other->seed == wanted->seed) {
            return i;
        }
    }
    return cell;
}

int cell_prepare(const struct scenario *scenario, cell_generating_cb generating,
                 void *generating_data, struct arena *arena,
                 struct cell_database **databases_out,
                 const char **problem_out) {
    struct cell_database *databases =
        arena_alloc(arena, scenario->cells_count * sizeof *databases);
    for (size_t i = 0; i < scenario->cells_count; i++) {
        size_t first = first_with_same(scenario, i);
        if (first != i) {
            databases[i] = databases[first];
            continue;
        }
        const struct scenario_database *wanted =
            &scenario->cells[i].settings.database;
        const struct database_options options = {
            .users = wanted->users,
            .seed = wanted->seed,
            .progress = generating,
            .progress_data = generating_data,
        };
        if (database_cached(&options, arena, &databases[i].path,
                            &databases[i].facts, problem_out) != 0) {
            return -1;
        }
    }
    *databases_out = databases;
    return 0;
}
