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
#include "cell/slices.h"
#include "run/looks.h"
#include "run/plan.h"
#include "run/turns.h"
#include "scenario/scenario.h"
#include "verdict/judge.h"

struct run {
    const struct scenario *scenario;
    const struct run_options *options;
    struct arena *arena;
    struct cell_database *databases;
    const struct build *other;     /* beside this one, or NULL */
    const struct plan_step *steps; /* of each block */
    size_t steps_count;
    struct result_cell *cells; /* by block, then in the order of the steps: a
                                  place for each of them */
    bool *begun;               /* parallel to cells; of turns, always false */
    size_t places;
    struct turns turns;
    uint64_t block_began_ns; /* the last one */
    struct looks looks;
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

/* "block 2 of 5: dbpool pool.max=8", "block 7: the other build's dbpool" */
static const char *describe(const struct run *run, const struct plan_step *step,
                            unsigned block) {
    static const char *const whose[] = {
        [PLAN_OWN] = "",
        [PLAN_OTHER] = "the other build's ",
        [PLAN_TURNS] = "both builds' ",
    };
    const struct scenario_cell *cell = &run->scenario->cells[step->cell];
    const char *what =
        arena_format(run->arena, "%s%s%s%s", whose[step->kind],
                     scenario_subject_name(cell->settings.pool.subject),
                     cell->label[0] == '\0' ? "" : " ", cell->label);
    if (block >= run->scenario->blocks) {
        return arena_format(run->arena, "block %u: %s", block + 1, what);
    }
    return run->scenario->blocks == 1
               ? what
               : arena_format(run->arena, "block %u of %u: %s", block + 1,
                              run->scenario->blocks, what);
}

/* Of the blocks that there are in any case, or all of the time that there is
 * for more. */
static void plan_time(struct run *run) {
    const struct run_versus *versus = run->options->versus;
    for (size_t i = 0; i < run->steps_count; i++) {
        run->planned_s +=
            run->scenario->blocks *
            plan_weight_s(&run->scenario->cells[run->steps[i].cell].settings);
    }
    if (versus != NULL && versus->for_s > run->planned_s) {
        run->planned_s = versus->for_s;
    }
}

/* ---- Cells ---------------------------------------------------------------*/

/* A cell for which there was no child: an error of the machine's, which must
 * not cost what the other cells have measured. */
static void fail_cell(struct run *run, struct result_cell *cell,
                      const struct cell_order *order, const char *problem) {
    result_cell_init(cell);
    cell->subject = scenario_subject_name(run->current->settings.pool.subject);
    cell->label = run->current->label;
    cell->reference = run->current->reference || order->build != NULL;
    cell->build = order->build == NULL ? NULL : "other";
    cell->parameters = run->current->parameters;
    cell->parameters_count = run->current->parameters_count;
    cell->block = order->block;
    cell->cycles.planned = run->current->settings.cycles;
    cell->outcome.state = RESULT_CRASHED;
    cell->outcome.detail = problem;
    run->failed_count++;
    if (run->problem == NULL) {
        run->problem = problem;
    }
}

static struct cell_order order_of(const struct run *run, unsigned block,
                                  size_t cell) {
    return (struct cell_order){
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
}

static void run_cell(struct run *run, const struct cell_order *order,
                     size_t place) {
    const char *problem = NULL;
    if (cell_run(order, on_progress, run, run->arena, &run->cells[place],
                 &problem) != 0) {
        if (problem == NULL) {
            return;
        }
        fail_cell(run, &run->cells[place], order, problem);
    }
    run->begun[place] = true;
    run->begun_count++;
}

static void run_step(struct run *run, unsigned block, size_t step) {
    const struct plan_step *planned = &run->steps[step];
    run->current = &run->scenario->cells[planned->cell];
    run->what = describe(run, planned, block);
    struct cell_order order = order_of(run, block, planned->cell);
    if (planned->kind == PLAN_TURNS) {
        turns_take(&run->turns, &order, on_progress, run);
    } else {
        order.build = planned->kind == PLAN_OTHER ? run->other : NULL;
        run_cell(run, &order, block * run->steps_count + step);
    }
    run->done_s += plan_weight_s(&run->current->settings);
}

/* Of a block beyond those of the scenario, what would decide something. */
static bool is_wanted(const struct run *run, unsigned block, size_t step) {
    if (block < run->scenario->blocks) {
        return true;
    }
    return run->steps[step].kind == PLAN_TURNS ? run->looks.open.turns
                                               : run->looks.open.cells;
}

static void add_places(struct run *run) {
    for (size_t i = 0; i < run->steps_count; i++) {
        run->cells =
            arena_more(run->arena, run->cells, run->places, sizeof *run->cells);
        run->begun =
            arena_more(run->arena, run->begun, run->places, sizeof *run->begun);
        run->begun[run->places++] = false;
    }
}

static void run_block(struct run *run, unsigned block) {
    const size_t *order =
        plan_order_of(run->steps_count, run->options->seed, block, run->arena);
    run->block_began_ns = clock_now_ns();
    add_places(run);
    for (size_t i = 0; i < run->steps_count; i++) {
        if (interrupt_pending() != 0) {
            return;
        }
        if (is_wanted(run, block, order[i])) {
            run_step(run, block, order[i]);
        }
    }
}

/* What there is, as a result: those cells that were begun, one after the other.
 */
static void collect(const struct run *run, struct result *result) {
    result->cells =
        arena_alloc(run->arena, run->begun_count * sizeof *result->cells);
    result->cells_count = 0;
    for (size_t i = 0; i < run->places; i++) {
        if (run->begun[i]) {
            result->cells[result->cells_count++] = run->cells[i];
        }
    }
    result->slices = run->turns.slices;
    result->slices_count = run->turns.slices_count;
}

/* For one more like the last. */
static bool has_time(const struct run *run) {
    const uint64_t now_ns = clock_now_ns();
    const uint64_t needed_ns =
        now_ns - run->began_ns + (now_ns - run->block_began_ns);
    return (double)needed_ns / (double)CLOCK_NS_PER_S <=
           run->options->versus->for_s;
}

static bool any_wanted(const struct run *run, unsigned block) {
    for (size_t i = 0; i < run->steps_count; i++) {
        if (is_wanted(run, block, i)) {
            return true;
        }
    }
    return false;
}

/* Those of the scenario, and then more while there is time and something is
 * open. */
static bool wants_block(struct run *run, unsigned block) {
    if (block < run->scenario->blocks) {
        return true;
    }
    if (run->options->versus == NULL || interrupt_pending() != 0 ||
        run->problem != NULL || !has_time(run)) {
        return false;
    }
    if (looks_is_due(&run->looks, block)) {
        struct result result = {.seed = run->options->seed};
        collect(run, &result);
        looks_take(&run->looks, block, &result);
    }
    return any_wanted(run, block);
}

/* Why no cell can be had in turns, or NULL: some can. */
static const char *object_to_turns(const struct scenario *scenario) {
    const char *why = "it has no cells";
    for (size_t i = 0; i < scenario->cells_count; i++) {
        if (!scenario->cells[i].reference) {
            why = slices_objection(&scenario->cells[i].settings);
            if (why == NULL) {
                return NULL;
            }
        }
    }
    return why;
}

/* Of a cell all of whose measured phases are had in turns, where nothing but
 * figures of turns is asked for, the other build's own has nothing to say. This
 * build's has: expectations are judged by it. */
static bool is_of_use(const struct run *run, const struct plan_step *step) {
    return step->kind != PLAN_OTHER || run->looks.open.cells ||
           !slices_cover(&run->scenario->cells[step->cell].settings);
}

static void drop_useless(const struct run *run, struct plan_step *steps,
                         size_t *count) {
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (is_of_use(run, &steps[i])) {
            steps[kept++] = steps[i];
        }
    }
    *count = kept;
}

static void run_blocks(struct run *run) {
    struct plan_step *steps =
        plan_steps(run->scenario, run->options->versus != NULL, run->arena,
                   &run->steps_count);
    run->steps = steps;
    if (run->options->versus != NULL) {
        looks_init(&run->looks, run->options->versus,
                   object_to_turns(run->scenario), run->arena);
        drop_useless(run, steps, &run->steps_count);
    }
    plan_time(run);
    run->began_ns = clock_now_ns();
    for (unsigned block = 0; wants_block(run, block); block++) {
        run_block(run, block);
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
        .other = options->versus == NULL ? NULL : options->versus->build,
    };
    run.turns = (struct turns){
        .other = run.other, .seed = options->seed, .arena = arena};
    struct result *result = new_result(scenario, options, arena);
    if (measure(&run, problem_out) != 0) {
        return -1;
    }
    collect(&run, result);
    judge_result_beside(scenario, options->baseline, arena, result);
    if (options->versus != NULL) {
        looks_conclude(&run.looks, result);
    }
    if (interrupt_pending() != 0) {
        result->verdict = RESULT_PARTIAL;
    }
    *result_out = result;
    return 0;
}
