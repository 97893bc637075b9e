/* SPDX-License-Identifier: Apache-2.0 */
#include "command/explain.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/prepare.h"
#include "database/database.h"
#include "dbpool.h"
#include "run/plan.h"
#include "scenario/expectation.h"
#include "scenario/prediction.h"
#include "scenario/resolved.h"
#include "scenario/scenario.h"
#include "scenario/unit.h"
#include "scenario/yaml_write.h"

/* Of 100,000 users 6,823,936 bytes, of 1,000,000 68,517,888. */
#define BYTES_PER_USER 68.5

/* What the library holds for a request at most, with the block that its row is
 * in: reports/million.md. */
#define BYTES_PER_REQUEST (sizeof(struct dbpool_request) + 128)

/* Of a hundred million users, which is more than the disk's cache took: 411 MB
 * a second (reports/generation.md). Fewer go two or three times as fast. */
#define GENERATED_PER_S 400e6

#define CELLS_SHOWN_MAX 100

/* ---- Cells ---------------------------------------------------------------*/

static void explain_cell(const struct scenario_cell *cell, struct text *text) {
    const struct scenario_pool *pool = &cell->settings.pool;
    text_format(text, "#   %s%s%s", scenario_subject_name(pool->subject),
                *cell->label == '\0' ? "" : " ", cell->label);
    if (pool->subject != SCENARIO_COMMAND) {
        text_format(text, ": %u to %u threads, shutdown %s", pool->min,
                    pool->max, scenario_shutdown_name(pool->shutdown));
    }
    text_append(text, cell->reference ? ", only to be compared with\n" : "\n");
}

static void explain_cells(const struct scenario *scenario, struct text *text) {
    const size_t count = scenario->cells_count;
    text_format(text, "#\n# %zu cell%s in %u block%s: %zu run%s\n", count,
                count == 1 ? "" : "s", scenario->blocks,
                scenario->blocks == 1 ? "" : "s", count * scenario->blocks,
                count * scenario->blocks == 1 ? "" : "s");
    for (size_t i = 0; i < count && i < CELLS_SHOWN_MAX; i++) {
        explain_cell(&scenario->cells[i], text);
    }
    if (count > CELLS_SHOWN_MAX) {
        text_format(text, "#   and %zu more\n", count - CELLS_SHOWN_MAX);
    }
}

static void explain_implied(const struct scenario *scenario,
                            struct text *text) {
    const char *heading = "#\n# Expected without being written:\n";
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        if (expectation->implied) {
            text_format(text, "%s#   - %s\n", heading, expectation->text);
            heading = "";
        }
    }
}

/* Of a process with its main thread alone, as a cell's is. What descriptors a
 * connection takes is measured when the cell runs. */
static void explain_predictions(const struct scenario *scenario,
                                struct arena *arena, struct text *text) {
    static const struct prediction_basis basis = {.threads = 1};
    const char *heading = "#\n# Predicted:\n";
    for (size_t i = 0; i < scenario->cells_count && i < CELLS_SHOWN_MAX; i++) {
        const struct scenario_cell *cell = &scenario->cells[i];
        struct result_cycles cycles = {.planned = cell->settings.cycles};
        if (cell->settings.limits.fds == 0) {
            prediction_make(&cell->settings, &basis, &cycles);
        }
        if (cycles.is_predicted) {
            text_format(text, "%s#   %s%s%s\n", heading, cell->label,
                        *cell->label == '\0' ? "" : ": ",
                        prediction_statement(&cycles, arena));
            heading = "";
        }
    }
}

/* ---- What it will take ---------------------------------------------------*/

static void explain_time(const struct scenario *scenario, struct text *text) {
    char duration[QUANTITY_SIZE];
    double seconds = 0;
    bool by_lookups = false;
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_settings *settings = &scenario->cells[i].settings;
        seconds += plan_weight_s(settings);
        for (size_t j = 0; j < settings->phases_count; j++) {
            by_lookups = by_lookups || settings->phases[j].lookups != 0;
        }
    }
    seconds *= scenario->blocks;
    text_format(
        text, "#   time: %s%s%s\n",
        quantity_duration(duration, seconds * CLOCK_NS_PER_S),
        by_lookups ? ", where 200,000 lookups are answered in a second" : "",
        scenario->find != NULL ? ", for each value that is asked for" : "");
}

/* The texts of users are as long as their law has it on average. */
static double expected_bytes(const struct scenario_settings *settings) {
    const struct scenario_database *database = &settings->database;
    const struct bio_law law = {.median = database->bio_median,
                                .sigma = database->bio_sigma};
    return (double)database->users * (BYTES_PER_USER + bio_size_mean(&law));
}

static const char *size_of(struct arena *arena, double bytes) {
    char text[QUANTITY_SIZE];
    return arena_text(arena, quantity_size(text, bytes));
}

/* Each database once; a cell's own copy is gone before the next one's comes. */
static void explain_disk(const struct scenario *scenario, struct arena *arena,
                         struct text *text) {
    double bytes[2] = {0, 0}; /* to be generated, in the cache */
    double copy = 0;
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_settings *settings = &scenario->cells[i].settings;
        struct cell_database_plan plan;
        cell_database_plan(scenario, i, arena, &plan);
        const double size =
            plan.cached ? (double)plan.bytes : expected_bytes(settings);
        bytes[plan.cached] += plan.first ? size : 0;
        if (scenario_wants_private_copy(settings) && size > copy) {
            copy = size;
        }
    }
    text_format(text, "#   disk: %s of databases that are there, ",
                size_of(arena, bytes[1]));
    text_format(text, "%s to be generated before that time begins",
                size_of(arena, bytes[0]));
    if (bytes[0] > 0) {
        char duration[QUANTITY_SIZE];
        text_format(text, ", %s where a second writes 400 MB",
                    quantity_duration(duration, bytes[0] / GENERATED_PER_S *
                                                    CLOCK_NS_PER_S));
    }
    if (copy > 0) {
        text_format(text, "; %s for a cell's own copy", size_of(arena, copy));
    }
    text_append(text, "\n");
}

static void explain_memory(const struct scenario *scenario, struct arena *arena,
                           struct text *text) {
    struct dbpool_options options;
    uint64_t requests = 0;
    uint64_t threads = 0;
    dbpool_options_init(&options);
    for (size_t i = 0; i < scenario->cells_count; i++) {
        const struct scenario_settings *settings = &scenario->cells[i].settings;
        const uint64_t peak = scenario_in_flight_peak(settings);
        requests = peak > requests ? peak : requests;
        threads = settings->pool.max > threads ? settings->pool.max : threads;
    }
    text_format(text,
                "#   memory: %s for %s in flight (dbpool's own, %zu bytes "
                "each)",
                size_of(arena, (double)(requests * BYTES_PER_REQUEST)),
                unit_count_text(arena, requests), BYTES_PER_REQUEST);
    text_format(text, "; %s reserved for the stacks of %" PRIu64 " threads\n",
                size_of(arena, (double)threads * (double)options.stack_size),
                threads);
}

void explain(const struct scenario *scenario, struct arena *arena,
             struct text *text) {
    text_format(text, "# %s, with what it leaves to be understood.\n",
                scenario->path);
    yaml_write(resolved_tree(scenario, arena), text);
    explain_cells(scenario, text);
    explain_implied(scenario, text);
    explain_predictions(scenario, arena, text);
    text_append(text, "#\n# It will take, as an estimate:\n");
    explain_time(scenario, text);
    explain_disk(scenario, arena, text);
    if (scenario->cells[0].settings.pool.subject != SCENARIO_COMMAND) {
        explain_memory(scenario, arena, text);
    }
}
