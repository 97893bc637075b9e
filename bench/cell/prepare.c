/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/prepare.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "database/database.h"
#include "database/existing.h"
#include "scenario/scenario.h"

static bool is_same_text(const char *one, const char *other) {
    return one == other ||
           (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool is_same(const struct scenario_database *one,
                    const struct scenario_database *other) {
    if (one->file != NULL || other->file != NULL) {
        return is_same_text(one->file, other->file) &&
               is_same_text(one->query, other->query) &&
               is_same_text(one->keys, other->keys);
    }
    return one->users == other->users && one->seed == other->seed &&
           one->page_size == other->page_size &&
           one->journal == other->journal &&
           one->without_rowid == other->without_rowid &&
           one->bio_median == other->bio_median &&
           (one->bio_median == 0 || one->bio_sigma == other->bio_sigma);
}

/* The index of the first cell that reads the same database: at most @cell. */
static size_t first_with_same(const struct scenario *scenario, size_t cell) {
    const struct scenario_database *wanted =
        &scenario->cells[cell].settings.database;
    for (size_t i = 0; i < cell; i++) {
        const struct scenario_database *other =
            &scenario->cells[i].settings.database;
        if (is_same(wanted, other)) {
            return i;
        }
    }
    return cell;
}

static int find_existing(const struct scenario_database *wanted,
                         struct arena *arena, struct cell_database *database,
                         const char **problem_out) {
    const struct existing existing = {
        .file = wanted->file, .query = wanted->query, .keys = wanted->keys};
    struct existing_found found;
    if (existing_find(&existing, arena, &found, &database->facts,
                      problem_out) != 0) {
        return -1;
    }
    database->path = found.path;
    database->facts.file = wanted->file;
    database->settled = found.alone;
    return 0;
}

static struct database_options
options_of(const struct scenario_database *wanted) {
    return (struct database_options){
        .users = wanted->users,
        .seed = wanted->seed,
        .bio = {.median = wanted->bio_median, .sigma = wanted->bio_sigma},
        .form = {.page_size = (uint32_t)wanted->page_size,
                 .journal = wanted->journal == SCENARIO_WAL ? DATABASE_WAL
                                                            : DATABASE_DELETE,
                 .without_rowid = wanted->without_rowid},
    };
}

void cell_database_plan(const struct scenario *scenario, size_t cell,
                        struct arena *arena,
                        struct cell_database_plan *plan_out) {
    const struct scenario_database *wanted =
        &scenario->cells[cell].settings.database;
    const struct database_options options = options_of(wanted);
    *plan_out = (struct cell_database_plan){
        .first = first_with_same(scenario, cell) == cell};
    plan_out->cached = wanted->file != NULL ||
                       database_is_cached(&options, arena, &plan_out->bytes);
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
        if (wanted->file != NULL) {
            if (find_existing(wanted, arena, &databases[i], problem_out) != 0) {
                return -1;
            }
            continue;
        }
        struct database_options options = options_of(wanted);
        options.progress = generating;
        options.progress_data = generating_data;
        if (database_cached(&options, arena, &databases[i].path,
                            &databases[i].facts, problem_out) != 0) {
            return -1;
        }
    }
    *databases_out = databases;
    return 0;
}
