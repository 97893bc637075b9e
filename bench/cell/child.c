/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/cell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/machine.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/handover.h"
#include "cell/mechanism.h"
#include "cell/order.h"
#include "cell/recovery.h"
#include "cell/sampler.h"
#include "cell/scaling.h"
#include "cell/soak.h"
#include "cell/spending.h"
#include "database/existing.h"
#include "ledger/heap.h"
#include "ledger/holdings.h"
#include "ledger/ledger.h"
#include "ledger/origin.h"
#include "ledger/primitives.h"
#include "ledger/proc.h"
#include "ledger/slope.h"
#include "ledger/stacks.h"
#include "ledger/staircase.h"
#include "load/load.h"
#include "plant/plant.h"
#include "scenario/memory.h"
#include "scenario/names.h"
#include "scenario/prediction.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"

#define STALL_SEEN_NS_MAX (5 * CLOCK_NS_PER_S)

struct child {
    struct arena *arena;
    struct handover handover;
    struct order order;
    uint64_t started_ns;
    const struct scenario *scenario;
    const struct scenario_settings *settings;
    const struct subject_calls *planted; /* NULL: no defect is */
    uv_loop_t loop;
    struct sampler sampler;
    const struct people_given *given; /* of a database of the user's */
    struct load *load;
    struct ledger *baseline;
    struct mechanism mechanism;
    struct prediction_basis basis;
    struct result_usage held; /* when the current cycle began */
    struct slope slope;
    struct staircase staircase;
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

/* NULL, or that there is none of that name. */
static const char *arm_plant(struct child *self) {
    const char *name = self->order.plant;
    const struct plant *plant = name == NULL ? NULL : plant_find(name);
    if (plant != NULL) {
        self->planted = plant_subject(
            plant, scenario_subject_name(self->settings->pool.subject));
    }
    return name == NULL || plant != NULL
               ? NULL
               : arena_format(self->arena, "there is no defect \"%s\"", name);
}

/* NULL, or why they cannot be read. */
static const char *read_keys(struct child *self) {
    const struct scenario_database *database = &self->settings->database;
    const char *problem = NULL;
    if (database->file == NULL) {
        return NULL;
    }
    (void)existing_read_keys(self->order.database, database->keys, self->arena,
                             &self->given, &problem);
    /* Its allocations may be counted yet, as if nothing had been before. */
    (void)sqlite3_shutdown();
    return problem;
}

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
        .includes = self->order.includes,
        .includes_count = self->order.includes_count,
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
    struct scenario_settings *settings =
        &scenario->cells[self->order.cell].settings;
    if (self->order.divisor != 0) {
        (void)scaling_apply(settings, self->order.divisor, self->arena);
    }
    self->scenario = scenario;
    self->settings = settings;
    problem = arm_plant(self);
    return problem != NULL ? problem : read_keys(self);
}

/* Where it can be compared from cycle to cycle, or is asked about: SQLite's
 * allocations cost more then. */
static void count_heap(const struct child *self) {
    if (self->settings->cycles > 1 || memory_is_asked_for(self->scenario) ||
        memory_blocks_are_asked_for(self->scenario) ||
        names_metric(self->scenario, EXPECTATION_ALLOCATIONS)) {
        heap_count();
    }
}

static uint64_t larger(uint64_t one, uint64_t other) {
    return one > other ? one : other;
}

static void start_load(struct child *self) {
    const struct scenario_limits *limits = &self->settings->limits;
    const struct load_options options = {
        .loop = &self->loop,
        .settings = self->settings,
        .subject = self->planted,
        .database = self->order.database,
        .given = self->given,
        .scenario_path = self->order.path,
        .seed = self->order.seed,
        .board = self->handover.board,
        .answers = self->order.answers_on_stderr ? stderr : stdout,
        .interrupted = &self->sampler.interrupted,
        .refused = limits->fds != 0 ? primitives_fds_refused : NULL,
        .spent = spending_now,
        /* As many as could be, one thread or one descriptor each. */
        .left_max = larger(limits->threads, limits->fds),
    };
    self->load = load_new(&options);
    self->sampler.load = self->load;
}

static uint64_t fds_held(void) {
    struct result_usage usage;
    ledger_usage(&usage);
    return usage.fds;
}

/* What a connection holds, and what all share, is measured: on two pools of
 * one thread each. */
static void measure_connection(struct child *self) {
    uint64_t held[3];
    load_probe(self->load, fds_held, held, &self->last);
    if (self->last.end == LOAD_DONE) {
        self->basis.fds_per_connection = held[2] - held[1];
        self->basis.fds_shared =
            held[1] - held[0] - self->basis.fds_per_connection;
    }
}

static void predict(struct child *self) {
    struct result_cycles *cycles = &self->cell.cycles;
    self->basis.threads = self->cell.resources.before.threads;
    self->basis.fds = self->cell.resources.before.fds;
    prediction_make(self->settings, &self->basis, cycles);
    if (!cycles->is_predicted) {
        return;
    }
    cycles->predicted.mechanism =
        mechanism_name(&self->settings->limits, cycles->predicted.resource);
    cycles->predicted.statement = prediction_statement(cycles, self->arena);
    struct load_board *board = self->handover.board;
    (void)snprintf(board->prediction, sizeof board->prediction, "%s",
                   cycles->predicted.statement);
    atomic_store(&board->is_predicted, true);
}

/* Whoever watches can look at what the threads are at, which is gone when this
 * process ends; where nobody does, there is no point in waiting for long. */
static void show_stall(struct child *self) {
    const struct timespec pause = {.tv_nsec = (long)(10 * CLOCK_NS_PER_MS)};
    struct load_board *board = self->handover.board;
    atomic_store(&board->is_stalled, true);
    uint64_t began_ns = clock_now_ns();
    while (!atomic_load(&board->stall_is_seen) &&
           clock_now_ns() - began_ns < STALL_SEEN_NS_MAX) {
        (void)nanosleep(&pause, NULL);
    }
}

/* The warm-up comes before everything that is counted: libuv, SQLite and libc
 * keep what they set up once. The baseline before it serves only where the
 * warm-up itself does not end: then that, too, is to be named. */
static bool begin(struct child *self) {
    const char *sites = getenv(CELL_SITES);
    if (sites != NULL && strcmp(sites, CELL_SITES_FULL) == 0) {
        stacks_begin();
    }
    staircase_init(&self->staircase);
    spending_begin(self->scenario, self->order.divisor != 0);
    atomic_store(&self->handover.board->process, getpid());
    CHECK(uv_loop_init(&self->loop) == 0);
    sampler_start(&self->sampler, &self->loop);
    start_load(self);
    self->baseline = ledger_take(&self->loop);
    load_warm_up(self->load, &self->last);
    if (self->last.end == LOAD_DONE && self->settings->limits.fds != 0 &&
        prediction_knows_connections(self->settings)) {
        measure_connection(self);
    }
    if (self->last.end == LOAD_STALLED) {
        show_stall(self);
    }
    if (self->last.end != LOAD_DONE) {
        return false;
    }
    ledger_free(self->baseline);
    load_rest(self->load);
    self->baseline = ledger_take(&self->loop);
    self->cell.resources.before = sampler_restart(&self->sampler);
    mechanism_init(&self->mechanism, &self->settings->limits,
                   self->order.group);
    predict(self);
    return true;
}

/* ---- The cycles ----------------------------------------------------------*/

/* Which thread or descriptor of its pool was the first that could not be had;
 * 0: unknown. */
static uint64_t refused_number(const struct child *self, bool is_fds) {
    uint64_t held = is_fds ? self->held.fds : self->held.threads;
    uint64_t at =
        is_fds ? self->settings->limits.fds : primitives_threads_refused_at();
    return held != RESULT_UNKNOWN && at >= held ? at - held + 1 : 0;
}

static void note_exhaustion(struct child *self, uint64_t cycle) {
    bool is_fds = self->last.error_number == EMFILE;
    const char *resource = is_fds ? "fds" : "threads";
    self->cell.cycles.exhausted = (struct result_exhaustion){
        .happened = true,
        .resource = resource,
        .mechanism = mechanism_name(&self->settings->limits, resource),
        .at_cycle = cycle,
        .number = refused_number(self, is_fds),
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

/* Nobody opens anything between two cycles, so that the limit of descriptors
 * is not missed while what is open is looked at. */
static struct result_usage look(struct child *self, uint64_t cycle) {
    mechanism_lift_fds(&self->mechanism);
    self->sampler.fds_max = 0;
    struct result_usage usage = sampler_take(&self->sampler);
    /* Over completed cycles only: a broken one holds less. */
    if (self->last.end == LOAD_DONE) {
        sample_cycle(self, cycle, &usage);
    }
    staircase_note(&self->staircase, cycle, &usage);
    self->sampler.fds_max = self->settings->limits.fds;
    mechanism_arm_fds(&self->mechanism);
    return usage;
}

/* false: it was the last one. */
static bool run_cycle(struct child *self, uint64_t cycle) {
    origin_set_cycle(cycle);
    load_cycle(self->load, cycle, &self->last);
    if (self->last.end == LOAD_STALLED) {
        show_stall(self);
    }
    struct result_usage usage = look(self, cycle);
    if (self->last.end == LOAD_EXHAUSTED) {
        note_exhaustion(self, cycle);
    }
    if (self->last.end != LOAD_DONE) {
        return false;
    }
    self->held = usage;
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
 * limits in a cycle that was computed for the planned ones. Under a tool nobody
 * judges memory. */
static bool may_double(const struct child *self, uint64_t began_ns) {
    uint64_t now_ns = clock_now_ns();
    const struct soak_times times = {
        .cell_ns = now_ns - self->started_ns,
        .cycles_ns = now_ns - began_ns,
        .limit_ns = self->settings->limits.time_ns,
    };
    return memory_slope_is_asked_for(self->scenario) &&
           self->order.divisor == 0 &&
           !self->scenario->cells[self->order.cell].reference &&
           scenario_shutdown_is_clean(self->settings->pool.shutdown) &&
           soak_may_double(&times);
}

/* Before the limits are armed, and after they are lifted: it takes descriptors.
 */
static void note_noise(struct child *self, const struct machine_moment *begin) {
    struct machine_moment end;
    machine_moment_take(&end);
    const struct machine_noise noise =
        machine_noise_between(begin, &end, machine_tick_ns());
    self->cell.noise = (struct result_noise){
        .given = true,
        .duration_s = noise.duration_s,
        .steal = noise.steal,
        .others = noise.others,
        .pressure = noise.pressure,
        .clock_step_s = noise.clock_step_s,
    };
}

static void run_cycles(struct child *self) {
    uint64_t began_ns = clock_now_ns();
    self->held = self->cell.resources.before;
    self->sampler.fds_max = self->settings->limits.fds;
    uint64_t done = 0;
    uint64_t end = self->settings->cycles;
    while (run_to(self, done + 1, end) && !slope_look(&self->slope) &&
           may_double(self, began_ns)) {
        done = end;
        end *= 2;
    }
    self->sampler.fds_max = 0;
}

/* NULL, or why the limits could not be set after all. */
static const char *run_within_limits(struct child *self) {
    const char *problem = NULL;
    struct machine_moment begin;
    machine_moment_take(&begin);
    slope_init(&self->slope, memory_slope_limit(self->scenario),
               memory_slope_is_asked_for(self->scenario));
    if (mechanism_arm(&self->mechanism, self->arena, &problem) == 0) {
        run_cycles(self);
    }
    /* The stock-taking and what follows may need a thread again. */
    mechanism_lift(&self->mechanism);
    note_noise(self, &begin);
    return problem;
}

/* ---- After the last cycle ------------------------------------------------*/

static void take_stock(struct child *self) {
    load_rest(self->load);
    struct ledger *after = ledger_take(&self->loop);
    self->cell.resources.after = sampler_take(&self->sampler);
    ledger_difference(self->baseline, after, self->arena, &self->cell);
    ledger_free(after);
    if (scenario_leaves_nothing(self->settings)) {
        slope_leftovers(&self->slope, self->arena, &self->cell);
    }
}

/* Under the limits again. What the cell is to be judged by is known by now. */
static void recover(struct child *self) {
    const struct recovery recovery = {
        .load = self->load,
        .loop = &self->loop,
        .mechanism = &self->mechanism,
        .baseline = self->baseline,
        .cycles = &self->cell.cycles,
        .base_threads = self->basis.threads,
        .threads_per_pool = prediction_threads_per_cycle(self->settings),
    };
    if (self->cell.cycles.exhausted.happened && load_left(self->load) > 0) {
        recovery_run(&recovery, self->arena, &self->cell.cycles.recovery);
        /* Who was asked to stop did not fail to go on. */
        if (self->sampler.interrupted != 0) {
            self->cell.cycles.recovery.tried = false;
        }
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
    const char *problem = NULL;
    if (began) {
        problem = run_within_limits(self);
        self->cell.slopes =
            slope_results(&self->slope, self->arena, &self->cell.slopes_count);
        self->cell.cycles.steps = staircase_steps(
            &self->staircase, self->arena, &self->cell.cycles.steps_count);
    }
    take_stock(self);
    load_result(self->load, self->arena, &self->cell);
    self->cell.resources.peak = self->sampler.peak;
    self->cell.cycles.planned = self->settings->cycles;
    self->cell.outcome = problem != NULL ? outcome(RESULT_CRASHED, problem)
                                         : outcome_of(self, began);
    recover(self);
    ledger_free(self->baseline);
    self->baseline = NULL;
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
    self->sampler.load = NULL;
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
