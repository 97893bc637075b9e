/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/cell.h"

#include <stdio.h>
#include <unistd.h>

#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/handover.h"
#include "cell/order.h"
#include "cell/sampler.h"
#include "cell/soak.h"
#include "ledger/heap.h"
#include "ledger/holdings.h"
#include "ledger/ledger.h"
#include "ledger/primitives.h"
#include "ledger/proc.h"
#include "ledger/slope.h"
#include "load/load.h"
#include "scenario/memory.h"
#include "scenario/prediction.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"

struct child {
    struct arena *arena;
    struct handover handover;
    struct order order;
    uint64_t started_ns;
    const struct scenario *scenario;
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
    self->scenario = scenario;
    self->settings = &scenario->cells[self->order.cell].settings;
    return NULL;
}

/* Where it can be compared from cycle to cycle, or is asked about: SQLite's
 * allocations cost some nanoseconds more then. */
static void count_heap(const struct child *self) {
    if (self->settings->cycles > 1 || memory_is_asked_for(self->scenario)) {
        heap_count();
    }
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

static void sample_cycle(struct child *self, uint64_t cycle,
                         const struct result_usage *usage) {
    struct slope *slope = &self->slope;
    bool reads_pss = slope->watches_pss && slope_wants_memory(slope, cycle);
    struct slope_sample sample = {
        .rss_bytes = usage->rss_bytes,
        .pss_bytes = reads_pss ? proc_pss_bytes() : RESULT_UNKNOWN,
    };
    holdings_take(&sample.holdings, usage);
    slope_sample(slope, cycle, &sample);
}

/* false: it was the last one. */
static bool run_cycle(struct child *self, uint64_t cycle) {
    load_cycle(self->load, cycle, &self->last);
    struct result_usage usage = sampler_take(&self->sampler);
    if (self->last.end == LOAD_EXHAUSTED) {
        note_exhaustion(self, cycle);
    }
    if (self->last.end != LOAD_DONE) {
        return false;
    }
    /* Over completed cycles only: a broken one holds less. */
    sample_cycle(self, cycle, &usage);
    return true;
}

/* RSS and PSS are judged by the second half of the cycles alone: what is made
 * once is made in the first. */
static bool run_to(struct child *self, uint64_t cycle, uint64_t end) {
    uint64_t window = end / 2;
    for (; cycle <= end; cycle++) {
        if (cycle == end - window + 1) {
            slope_window(&self->slope, window);
        }
        if (!run_cycle(self, cycle)) {
            return false;
        }
    }
    return true;
}

/* A shutdown that leaves something behind leaks by intent, and comes to its
 * limits in a cycle that was computed for the planned ones. */
static bool may_double(const struct child *self, uint64_t began_ns) {
    uint64_t now_ns = clock_now_ns();
    const struct soak_times times = {
        .cell_ns = now_ns - self->started_ns,
        .cycles_ns = now_ns - began_ns,
        .limit_ns = self->settings->limits.time_ns,
    };
    return memory_slope_is_asked_for(self->scenario) &&
           !self->scenario->cells[self->order.cell].reference &&
           scenario_shutdown_is_clean(self->settings->pool.shutdown) &&
           soak_may_double(&times);
}

static void run_cycles(struct child *self) {
    uint64_t began_ns = clock_now_ns();
    slope_init(&self->slope, memory_slope_limit(self->scenario),
               memory_slope_is_asked_for(self->scenario));
    primitives_threads_limit(self->settings->limits.threads);
    uint64_t done = 0;
    uint64_t end = self->settings->cycles;
    while (run_to(self, done + 1, end) && !slope_look(&self->slope) &&
           may_double(self, began_ns)) {
        done = end;
        end *= 2;
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
    if (scenario_leaves_nothing(self->settings)) {
        slope_leftovers(&self->slope, self->arena, &self->cell);
    }
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
    self->started_ns = clock_now_ns();
    self->arena = arena_new();
    result_cell_init(&self->cell);
    const char *problem = read_order(self, &order);
    text_fini(&order);
    if (problem == NULL) {
        count_heap(self);
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
