/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/interrupt.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/handover.h"
#include "cell/order.h"
#include "cell/sampler.h"
#include "ledger/ledger.h"
#include "ledger/primitives.h"
#include "ledger/slope.h"
#include "ledger/stacks.h"
#include "load/load.h"
#include "scenario/prediction.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"

struct child {
    struct arena *arena;
    struct handover handover;
    struct order order;
    const struct scenario_settings *settings;
    uv_loop_t loop;
    struct sampler sampler;
    struct load *load;
    struct ledger *baseline;
    struct slope slope;
    struct load_outcome last;
    struct result_cell cell;
};

/* Not on main()'s stack: what a scenario leaves open stays reachable to the
 * leak checkers that run after main() has returned. It is plunge that says
 * what is left, not they. */
static struct child child;

static struct result_outcome outcome(enum result_state state,
                                     const char *detail) {
    return (struct result_outcome){.state = state, .detail = detail};
}

/* ---- Before the first cycle ----------------------------------------------*/

/* NULL, or why there is nothing to do. */
static const char *read_order(struct child *self, const struct text *text) {
    const char *problem = NULL;
    if (order_read(text->bytes, text->size, self->arena, &self->order,
                   &problem) != 0) {
        return problem;
    }
    const struct scenario_source source = {
        .path = self->order.path,
        .text = self->order.text,
        .overrides = self->order.overrides,
        .overrides_count = self->order.overrides_count,
    };
    struct problems problems;
    problems_init(&problems, self->arena, source.path, source.text);
    struct scenario *scenario = NULL;
    int error_number = 0;
    if (scenario_read(&source, self->arena, &scenario, &problems,
                      &error_number) != SCENARIO_OK ||
        self->order.cell >= scenario->cells_count) {
        return "the cell's process reads the scenario differently than the "
               "one that started it";
    }
    self->settings = &scenario->cells[self->order.cell].settings;
    return NULL;
}

static void start_load(struct child *self) {
    const struct load_options options = {
        .loop = &self->loop,
        .settings = self->settings,
        .database = self->order.database,
        .scenario_path = self->order.path,
        .seed = self->order.seed,
        .board = self->handover.board,
        .answers = self->order.answers_on_stderr ? stderr : stdout,
        .interrupted = &self->sampler.interrupted,
    };
    self->load = load_new(&options);
}

/* The warm-up comes before everything that is counted: libuv, SQLite and libc
 * keep what they set up once. The baseline before it serves only where the
 * warm-up itself does not end: then that, too, is to be named. */
static bool begin(struct child *self) {
    const char *sites = getenv(CELL_SITES);
    if (sites != NULL && strcmp(sites, CELL_SITES_FULL) == 0) {
        stacks_begin();
    }
    CHECK(uv_loop_init(&self->loop) == 0);
    sampler_start(&self->sampler, &self->loop);
    start_load(self);
    self->baseline = ledger_take(&self->loop);
    load_warm_up(self->load, &self->last);
    if (self->last.end != LOAD_DONE) {
        return false;
    }
    ledger_free(self->baseline);
    self->baseline = ledger_take(&self->loop);
    self->cell.resources.before = sampler_restart(&self->sampler);
    self->cell.cycles.predicted_cycle =
        prediction_exhausted_at(self->settings, primitives_threads_live());
    return true;
}

/* ---- The cycles ----------------------------------------------------------*/

static void note_exhaustion(struct child *self, uint64_t cycle) {
    self->cell.cycles.exhausted = (struct result_exhaustion){
        .happened = true,
        .resource = "threads",
        .mechanism = primitives_threads_mechanism(),
        .at_cycle = cycle,
        .error = arena_text(self->arena, self->last.error),
        .error_number = self->last.error_number,
    };
}

static void run_cycles(struct child *self) {
    slope_init(&self->slope);
    primitives_threads_limit(self->settings->limits.threads);
    for (uint64_t cycle = 1; cycle <= self->settings->cycles; cycle++) {
        load_cycle(self->load, cycle, &self->last);
        struct result_usage usage = sampler_take(&self->sampler);
        if (self->last.end == LOAD_EXHAUSTED) {
            note_exhaustion(self, cycle);
        }
        if (self->last.end != LOAD_DONE) {
            break;
        }
        /* Over completed cycles only: a broken one holds less. */
        slope_sample(&self->slope, cycle, &usage);
    }
    /* The stock-taking and what follows may need a thread again. */
    primitives_threads_limit(0);
}

/* ---- After the last cycle ------------------------------------------------*/

static void take_stock(struct child *self) {
    struct ledger *after = ledger_take(&self->loop);
    self->cell.resources.after = sampler_take(&self->sampler);
    ledger_difference(self->baseline, after, self->arena, &self->cell);
    ledger_free(after);
    ledger_free(self->baseline);
    self->baseline = NULL;
}

/* What a program does that made itself a temporary database. Where the
 * shutdown promises to leave nothing, only the database itself: a -wal or -shm
 * that is still there then was left by the pool, and is to be seen. */
static void remove_database(const struct child *self) {
    if (!self->order.database_private ||
        self->settings->database.temporary != SCENARIO_REMOVED) {
        return;
    }
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    size_t count =
        scenario_shutdown_is_clean(self->settings->pool.shutdown) ? 1 : 3;
    for (size_t i = 0; i < count; i++) {
        /* What cannot be removed is reported by the supervisor as left. */
        (void)unlink(arena_format(self->arena, "%s%s", self->order.database,
                                  suffixes[i]));
    }
}

static struct result_outcome outcome_of(struct child *self, bool began) {
    const char *when = began ? "" : "in the warm-up cycle: ";
    const char *detail =
        arena_format(self->arena, "%s%s", when, self->last.error);
    switch (self->last.end) {
    case LOAD_DONE:
        break;
    case LOAD_EXHAUSTED:
        if (began) {
            break;
        }
        return outcome(RESULT_CRASHED, detail);
    case LOAD_FAILED:
        return outcome(RESULT_CRASHED, detail);
    case LOAD_LOST:
    case LOAD_STALLED:
        return outcome(RESULT_HUNG, detail);
    case LOAD_INTERRUPTED:
        return outcome(RESULT_INTERRUPTED, NULL);
    }
    return (struct result_outcome){.state = RESULT_COMPLETED};
}

static void measure(struct child *self) {
    bool began = begin(self);
    if (began) {
        run_cycles(self);
        self->cell.slopes =
            slope_results(&self->slope, self->arena, &self->cell.slopes_count);
    }
    take_stock(self);
    load_result(self->load, self->arena, &self->cell);
    self->cell.resources.peak = self->sampler.peak;
    self->cell.cycles.planned = self->settings->cycles;
    self->cell.outcome = outcome_of(self, began);
    remove_database(self);
}

/* ---- The end -------------------------------------------------------------*/

/* The result is not to be taken for whole when the answers that somebody asked
 * to see did not get through. */
static void check_answers(struct child *self) {
    FILE *answers = self->order.answers_on_stderr ? stderr : stdout;
    if (fflush(answers) != 0 || ferror(answers) != 0) {
        self->cell.outcome =
            outcome(RESULT_CRASHED, "the answers could not be written");
    }
}

static int hand_over(struct child *self) {
    struct text text;
    text_init(&text);
    result_json_write_cell(&self->cell, &text);
    int status = handover_write(&self->handover, HANDOVER_RESULT, &text);
    text_fini(&text);
    return status;
}

/* The arena stays: pools that were left open name their sites by texts in it,
 * and keep the loop from being closed. */
static void end_loop(struct child *self) {
    if (self->load == NULL) {
        return;
    }
    sampler_stop(&self->sampler);
    load_free(self->load);
    self->load = NULL;
    (void)uv_run(&self->loop, UV_RUN_NOWAIT);
    (void)uv_loop_close(&self->loop);
}

int cell_main(int argc, char **argv) {
    (void)argc;
    (void)argv;
    struct child *self = &child;
    struct text order;
    text_init(&order);
    if (handover_join(&self->handover, &order) != 0) {
        text_fini(&order);
        (void)fputs("plunge: " CELL_COMMAND " is how plunge starts the process "
                    "of a cell; use: plunge run SCENARIO\n",
                    stderr);
        return 2;
    }
    interrupt_install();
    self->arena = arena_new();
    result_cell_init(&self->cell);
    const char *problem = read_order(self, &order);
    text_fini(&order);
    if (problem == NULL) {
        measure(self);
        check_answers(self);
    } else {
        self->cell.outcome = outcome(RESULT_CRASHED, problem);
    }
    int status = hand_over(self);
    end_loop(self);
    handover_fini(&self->handover);
    return status == 0 ? 0 : 3;
}
