/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/cell.h"
#include "cell/prepare.h"
#include "run/plan.h"
#include "scenario/scenario.h"
#include "verdict/judge.h"

struct run {
    const struct scenario *scenario;
    const struct run_options *options;
    struct arena *arena;
    struct cell_database *databases;
    struct result_cell *cells; /* by block, then in the scenario's order */
    bool *begun;               /* parallel to cells */
    size_t begun_count;
    size_t failed_count; /* of the begun: there was no child */
    const char *problem; /* the first */
    double done_s;       /* planned time of the cells that have ended */
    double planned_s;    /* of all */
    const struct scenario_cell *current;
    const char *what;
    const char *said_of; /* the last cell whose prediction was passed on */
    uint64_t began_ns;   /* of the first cell */
};

#define LEFT_FRACTION_MIN 0.01

/* ---- Progress ------------------------------------------------------------*/

/* As long as it took, for what is left; at the very beginning that is noise. */
static double left_s(const struct run *run, double fraction) {
    double passed_s =
        (double)(clock_now_ns() - run->began_ns) / (double)CLOCK_NS_PER_S;
    return fraction < LEFT_FRACTION_MIN ? (double)NAN
                                        : passed_s * (1 - fraction) / fraction;
}

static void on_progress(void *data, const struct cell_progress *progress) {
    struct run *run = data;
    const struct run_watch *watch = &run->options->watch;
    if (watch->predicted != NULL && progress->prediction != NULL &&
        run->said_of != run->what) {
        run->said_of = run->what;
        watch->predicted(watch->data, run->what, progress->prediction);
    }
    if (watch->running == NULL) {
        return;
    }
    const struct scenario_settings *settings = &run->current->settings;
    double done_s = run->done_s +
                    plan_weight_s(settings) * plan_fraction(settings, progress);
    /* Sums in different orders: the end may be a hair beyond the whole. */
    double fraction = done_s < run->planned_s ? done_s / run->planned_s : 1;
    const struct run_sight sight = {
        .what = run->what,
        .fraction = fraction,
        .left_s = left_s(run, fraction),
        .cell = progress,
    };
    watch->running(watch->data, &sight);
}

/* "block 2 of 5: dbpool pool.max=8" */
static const char *describe(const struct run *run,
                            const struct scenario_cell *cell, unsigned block) {
    const char *subject = scenario_subject_name(cell->settings.pool.subject);
    const char *space = cell->label[0] == '\0' ? "" : " ";
    if (run->scenario->blocks == 1) {
        return arena_format(run->arena, "%s%s%s", subject, space, cell->label);
    }
    return arena_format(run->arena, "block %u of %u: %s%s%s", block + 1,
                        run->scenario->blocks, subject, space, cell->label);
}

static double planned_s(const struct scenario *scenario) {
    double sum_s = 0;
    for (size_t i = 0; i < scenario->cells_count; i++) {
        sum_s += plan_weight_s(&scenario->cells[i].settings);
    }
    return sum_s * scenario->blocks;
}

/* ---- Cells ---------------------------------------------------------------*/

/* A cell for which there was no child: an error of the machine's, which must
 * not cost what the other cells have measured. */
static void fail_cell(struct run *run, struct result_cell *cell, unsigned block,
                      const char *problem) {
    result_cell_init(cell);
    cell->subject = scenario_subject_name(run->current->settings.pool.subject);
    cell->label = run->current->label;
    cell->reference = run->current->reference;
    cell->parameters = run->current->parameters;
    cell->parameters_count = run->current->parameters_count;
    cell->block = block;
    cell->cycles.planned = run->current->settings.cycles;
    cell->outcome.state = RESULT_CRASHED;
    cell->outcome.detail = problem;
    run->failed_count++;
    if (run->problem == NULL) {
        run->problem = problem;
    }
}

static void run_cell(struct run *run, unsigned block, size_t cell) {
    run->current = &run->scenario->cells[cell];
    run->what = describe(run, run->current, block);
    const struct cell_order order = {
        .scenario = run->scenario,
        .overrides = run->options->overrides,
        .overrides_count = run->options->overrides_count,
        .cell = cell,
        .block = block,
        .seed = plan_seed(run->options->seed, block),
        .database = &run->databases[cell],
        .answers_on_stderr = run->options->answers_on_stderr,
        .under = run->options->under,
        .scaling =
            run->options->under == NULL ? NULL : run->options->scaling[cell],
        .plant = run->options->plant,
    };
    size_t place = block * run->scenario->cells_count + cell;
    const char *problem = NULL;
    if (cell_run(&order, on_progress, run, run->arena, &run->cells[place],
                 &problem) != 0) {
        if (problem == NULL) {
            return;
        }
        fail_cell(run, &run->cells[place], block, problem);
    }
    run->begun[place] = true;
    run->begun_count++;
    run->done_s += plan_weight_s(&run->current->settings);
}

static void run_block(struct run *run, unsigned block) {
    const size_t *order =
        plan_order(run->scenario, run->options->seed, block, run->arena);
    for (size_t i = 0; i < run->scenario->cells_count; i++) {
        if (interrupt_pending() != 0) {
            return;
        }
        run_cell(run, block, order[i]);
    }
}

static void run_blocks(struct run *run) {
    size_t count = run->scenario->blocks * run->scenario->cells_count;
    run->cells = arena_alloc(run->arena, count * sizeof *run->cells);
    run->begun = arena_alloc(run->arena, count * sizeof *run->begun);
    run->planned_s = planned_s(run->scenario);
    run->began_ns = clock_now_ns();
    for (unsigned block = 0; block < run->scenario->blocks; block++) {
        run_block(run, block);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (run->begun[i]) {
            run->cells[kept++] = run->cells[i];
        }
    }
}

/* ---- The result ----------------------------------------------------------*/

/* What the command line has set, so that the result says of itself what it is
 * of. */
static struct result_setting *settings_of(const struct run_options *options,
                                          struct arena *arena) {
    struct result_setting *set =
        arena_alloc(arena, options->overrides_count * sizeof *set);
    for (size_t i = 0; i < options->overrides_count; i++) {
        set[i] = (struct result_setting){
            .key = options->overrides[i].path,
            .value = options->overrides[i].value,
        };
    }
    return set;
}

static struct result *new_result(const struct scenario *scenario,
                                 const struct run_options *options,
                                 struct arena *arena) {
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp(stamp);
    struct result *result = arena_alloc(arena, sizeof *result);
    *result = (struct result){
        .version = PLUNGE_VERSION,
        .scenario = {.path = scenario->path,
                     .title = scenario->title,
                     .sha256 = scenario->sha256,
                     .text = scenario->text,
                     .includes = scenario->includes,
                     .includes_count = scenario->includes_count,
                     .set = settings_of(options, arena),
                     .set_count = options->overrides_count},
        .seed = options->seed,
        .started_at = arena_text(arena, stamp),
        .environment = options->environment,
        .environment_count = options->environment_count,
    };
    return result;
}

/* Whether an earlier cell asks the same of the machine. */
static bool is_asked_already(const struct scenario *scenario, size_t cell) {
    const struct scenario_limits *limits =
        &scenario->cells[cell].settings.limits;
    for (size_t i = 0; i < cell; i++) {
        const struct scenario_limits *other =
            &scenario->cells[i].settings.limits;
        if (other->by == limits->by && other->fds == limits->fds) {
            return true;
        }
    }
    return false;
}

/* Why a cell could not be held to its limits, or NULL. */
static const char *object(const struct run *run) {
    for (size_t i = 0; i < run->scenario->cells_count; i++) {
        const char *problem =
            is_asked_already(run->scenario, i)
                ? NULL
                : cell_objection(run->scenario, i, run->arena);
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

/* 0, or -1 when no database or no child could be made. Interrupted is 0. */
static int measure(struct run *run, const char **problem_out) {
    const struct run_watch *watch = &run->options->watch;
    const char *problem = object(run);
    if (problem != NULL) {
        *problem_out = problem;
        return -1;
    }
    if (cell_prepare(run->scenario, watch->generating, watch->data, run->arena,
                     &run->databases, &problem) != 0) {
        *problem_out = problem;
        return problem == NULL ? 0 : -1;
    }
    run_blocks(run);
    if (run->begun_count != 0 && run->failed_count == run->begun_count) {
        *problem_out = run->problem;
        return -1;
    }
    return 0;
}

int run_scenario(const struct scenario *scenario,
                 const struct run_options *options, struct arena *arena,
                 struct result **result_out, const char **problem_out) {
    struct run run = {
        .scenario = scenario,
        .options = options,
        .arena = arena,
    };
    struct result *result = new_result(scenario, options, arena);
    if (measure(&run, problem_out) != 0) {
        return -1;
    }
    result->cells = run.cells;
    result->cells_count = run.begun_count;
    judge_result_beside(scenario, options->baseline, arena, result);
    if (interrupt_pending() != 0) {
        result->verdict = RESULT_PARTIAL;
    }
    *result_out = result;
    return 0;
}
