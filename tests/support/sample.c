/* SPDX-License-Identifier: Apache-2.0 */
#include "support/sample.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

static const struct result_phase good_phase = {
    .name = "main",
    .measured = true,
    .duration_s = 10,
    .submitted = 100000,
    .completed = 100000,
    .completed_in_window = 100000,
    .in_flight_peak = 1000,
    .throughput_per_s = 10000,
    .latency =
        {
            .count = 100000,
            .min = 1000000,
            .mean = 2500000,
            .p50 = 2000000,
            .p90 = 3000000,
            .p99 = 4000000,
            .p99_9 = 5000000,
            .p99_99 = 6000000,
            .max = 7000000,
        },
    .service =
        {
            .count = 100000,
            .min = 500000,
            .mean = 1250000,
            .p50 = 1000000,
            .p90 = 1500000,
            .p99 = 2000000,
            .p99_9 = 2500000,
            .p99_99 = 3000000,
            .max = 3500000,
        },
};

/* The label becomes the cell's one parameter too: that is what tells the points
 * of a sweep apart. */
static void name_cell(struct sample *sample, struct result_cell *cell,
                      const char *label) {
    cell->label = label;
    if (*label != '\0') {
        cell->parameters_count = 1;
        cell->parameters = arena_alloc(sample->arena, sizeof *cell->parameters);
        cell->parameters[0] = (struct result_parameter){
            .path = "pool.label",
            .word = label,
            .text = label,
        };
    }
}

static struct result_cell *add_cell(struct sample *sample, const char *label,
                                    unsigned block) {
    struct result *result = &sample->result;
    result->cells = arena_more(sample->arena, result->cells,
                               result->cells_count, sizeof *result->cells);
    struct result_cell *cell = &result->cells[result->cells_count++];
    result_cell_init(cell);
    cell->subject = "dbpool";
    cell->block = block;
    cell->outcome.state = RESULT_COMPLETED;
    cell->database = (struct result_database){
        .users = 1000000,
        .bytes = 64 * UINT64_C(1048576),
        .cached = true,
    };
    cell->cycles = (struct result_cycles){.planned = 1, .completed = 1};
    name_cell(sample, cell, label);
    sample_add_phase(sample, cell, "main");
    return cell;
}

/* The planned cells are one for each label and role, as in a sweep. */
static void plan(struct sample *sample, bool reference) {
    struct scenario *scenario = &sample->scenario;
    scenario->cells =
        arena_more(sample->arena, scenario->cells, scenario->cells_count,
                   sizeof *scenario->cells);
    scenario->cells[scenario->cells_count++] =
        (struct scenario_cell){.reference = reference};
}

void sample_init(struct sample *sample) {
    *sample = (struct sample){.arena = arena_new()};
    sample->scenario.blocks = 1;
    sample->result.version = "0.1.0";
    sample->result.seed = 7;
    sample->result.scenario = (struct result_scenario){
        .path = "scenarios/sample.yaml",
        .title = "A sample",
    };
    (void)sample_add_cell(sample, "", 0);
}

void sample_fini(struct sample *sample) {
    arena_free(sample->arena);
}

int sample_setup(void **state) {
    static struct sample sample;
    sample_init(&sample);
    *state = &sample;
    return 0;
}

int sample_teardown(void **state) {
    sample_fini(*state);
    return 0;
}

struct result_cell *sample_add_cell(struct sample *sample, const char *label,
                                    unsigned block) {
    if (block == 0) {
        plan(sample, false);
    } else if (block >= sample->scenario.blocks) {
        sample->scenario.blocks = block + 1;
    }
    return add_cell(sample, label, block);
}

struct result_cell *sample_add_reference(struct sample *sample,
                                         const char *subject, const char *label,
                                         unsigned block) {
    if (block == 0) {
        plan(sample, true);
    }
    struct result_cell *cell = add_cell(sample, label, block);
    cell->subject = subject;
    cell->reference = true;
    return cell;
}

struct result_phase *sample_add_phase(struct sample *sample,
                                      struct result_cell *cell,
                                      const char *name) {
    cell->phases = arena_more(sample->arena, cell->phases, cell->phases_count,
                              sizeof *cell->phases);
    struct result_phase *phase = &cell->phases[cell->phases_count++];
    *phase = good_phase;
    phase->name = name;
    return phase;
}

void sample_add_leftover(struct sample *sample, struct result_cell *cell,
                         enum result_kind kind, uint64_t count) {
    cell->leftovers =
        arena_more(sample->arena, cell->leftovers, cell->leftovers_count,
                   sizeof *cell->leftovers);
    cell->leftovers[cell->leftovers_count++] = (struct result_leftover){
        .kind = kind,
        .identity = "one",
        .count = count,
        .bytes = RESULT_UNKNOWN,
    };
}

void sample_add_slope(struct sample *sample, struct result_cell *cell,
                      const char *metric, double per_cycle) {
    cell->slopes = arena_more(sample->arena, cell->slopes, cell->slopes_count,
                              sizeof *cell->slopes);
    cell->slopes[cell->slopes_count++] = (struct result_slope){
        .metric = metric,
        .per_cycle = per_cycle,
        .upper_bound = per_cycle,
        .lower_bound = per_cycle,
        .limit = NAN,
        .confidence = 1,
        .verdict = per_cycle > 0 ? "leak" : "clean",
    };
}
