/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/private_folder.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/build.h"
#include "cell/cell.h"
#include "cell/ending.h"
#include "cell/footprint.h"
#include "cell/order.h"
#include "cell/pids.h"
#include "cell/prepare.h"
#include "cell/remains.h"
#include "cell/spawn.h"
#include "cell/under.h"
#include "database/database.h"
#include "database/sidecar.h"
#include "load/load.h"
#include "scenario/memory.h"
#include "scenario/scenario.h"

/* ---- Before --------------------------------------------------------------*/

int supervisor_prepare(struct supervisor *self, const char **problem_out) {
    const char *cached = self->order->database->path;
    if (!scenario_wants_private_copy(&self->planned->settings)) {
        self->database = cached;
        return 0;
    }
    return database_copy(cached, self->arena, &self->folder, &self->database,
                         problem_out);
}

static int write_order(struct supervisor *self, const char **problem_out) {
    const struct cell_order *wanted = self->order;
    const struct order order = {
        .path = wanted->scenario->path,
        .text = wanted->scenario->text,
        .includes = wanted->scenario->includes,
        .includes_count = wanted->scenario->includes_count,
        .overrides = wanted->overrides,
        .overrides_count = wanted->overrides_count,
        .cell = wanted->cell,
        .seed = wanted->seed,
        .database = self->database,
        .database_private = self->folder != NULL,
        .answers_on_stderr = wanted->answers_on_stderr,
        .group = self->group,
        .divisor = wanted->under == NULL ? 0 : wanted->under->tool->divisor,
        .plant = wanted->plant,
    };
    struct text text;
    text_init(&text);
    int status = order_write(&order, &text, self->arena, problem_out);
    if (status == 0) {
        int error = handover_write(&self->handover, HANDOVER_ORDER, &text);
        if (error != 0) {
            *problem_out =
                arena_format(self->arena, "cannot hand over a cell's order: %s",
                             strerror(-error));
            status = -1;
        }
    }
    text_fini(&text);
    return status;
}

static int prepare_group(struct supervisor *self, const char **problem_out) {
    if (self->planned->settings.limits.by != SCENARIO_BY_PIDS) {
        return 0;
    }
    return pids_make(self->arena, &self->group, problem_out);
}

static int prepare_instrument(struct supervisor *self,
                              const char **problem_out) {
    const struct cell_order *order = self->order;
    const struct scenario_settings *settings = &self->planned->settings;
    self->instrument = (struct instrument){
        .under = order->under,
        .scaling = order->scaling,
        .open_pools = !scenario_shutdown_is_clean(settings->pool.shutdown),
        .threads = under_threads(settings),
        .arena = self->arena,
    };
    if (order->under != NULL && !order->under->tool->finds) {
        self->instrument.output =
            arena_format(self->arena, "%s.out.%u.%zu", order->under->tool->name,
                         order->block, order->cell);
    }
    return instrument_init(&self->instrument, problem_out);
}

static int start_child(struct supervisor *self, const char **problem_out) {
    int error = handover_init(&self->handover);
    if (error == 0) {
        atomic_store(&self->handover.board->is_exact, self->order->is_exact);
        if (write_order(self, problem_out) != 0) {
            return -1;
        }
        self->started_ns = clock_now_ns();
        error = spawn_child(
            &(struct spawn_options){
                .handover = &self->handover,
                .program = self->order->build == NULL
                               ? NULL
                               : self->order->build->program,
                .one_arena = self->one_arena,
                .under = instrument_words(&self->instrument),
                .variables = instrument_variables(&self->instrument),
            },
            self->arena, &self->pid);
    }
    if (error != 0) {
        *problem_out =
            arena_format(self->arena, "cannot start the process of a cell: %s",
                         strerror(-error));
        return -1;
    }
    return 0;
}

int supervisor_start(struct supervisor *self, const char **problem_out) {
    const struct scenario_limits *limits = &self->planned->settings.limits;
    if (prepare_group(self, problem_out) != 0 ||
        prepare_instrument(self, problem_out) != 0 ||
        start_child(self, problem_out) != 0) {
        return -1;
    }
    guard_init(&self->guard,
               &(struct guard_limits){.memory_bytes = limits->memory_bytes,
                                      .time_ns = limits->time_ns,
                                      .stall_ns = limits->stall_ns},
               self->started_ns);
    return 0;
}

/* ---- While it runs -------------------------------------------------------*/

struct guard_sight supervisor_look(struct supervisor *self) {
    struct load_board *board = self->handover.board;
    if (self->planned->settings.limits.memory_bytes != 0) {
        uint64_t bytes = footprint_peak_bytes(self->pid);
        self->memory_bytes =
            bytes > self->memory_bytes ? bytes : self->memory_bytes;
    }
    return (struct guard_sight){
        .now_ns = clock_now_ns(),
        .answered = atomic_load(&board->answered),
        .submitted = atomic_load(&board->submitted),
        .cycles = atomic_load(&board->cycles),
        .phase = atomic_load(&board->phase),
        .memory_bytes = self->memory_bytes,
        .interrupted = interrupt_pending() != 0,
        .urgent = interrupt_is_urgent(),
    };
}

static uint64_t known(const struct load_board *board,
                      const _Atomic uint64_t *figure) {
    return atomic_load(&board->is_looked_at) ? atomic_load(figure)
                                             : RESULT_UNKNOWN;
}

struct cell_progress supervisor_progress(const struct supervisor *self,
                                         const struct guard_sight *sight) {
    const struct load_board *board = self->handover.board;
    uint64_t planned_ns = scenario_planned_ns(&self->planned->settings);
    const struct scenario_settings *settings = &self->planned->settings;
    return (struct cell_progress){
        .answered = sight->answered,
        .cycles = sight->cycles,
        .elapsed_s =
            (double)(sight->now_ns - self->started_ns) / (double)CLOCK_NS_PER_S,
        .planned_s = (double)planned_ns / (double)CLOCK_NS_PER_S,
        .prediction =
            atomic_load(&board->is_predicted) ? board->prediction : NULL,
        .phase = sight->phase < settings->phases_count
                     ? settings->phases[sight->phase].name
                     : NULL,
        .in_flight = sight->submitted - sight->answered,
        .waiting = known(board, &board->waiting),
        .p50_ns = known(board, &board->p50_ns),
        .p99_ns = known(board, &board->p99_ns),
        .usage =
            {
                .threads = known(board, &board->threads),
                .fds = known(board, &board->fds),
                .rss_bytes = known(board, &board->rss_bytes),
                .heap_bytes = RESULT_UNKNOWN,
            },
    };
}

/* Its session is its process group, too: whatever it started is meant. */
void supervisor_act(const struct supervisor *self, enum guard_action action) {
    if (action == GUARD_ASK) {
        (void)kill(-self->pid, SIGINT);
    } else if (action == GUARD_KILL) {
        (void)kill(-self->pid, SIGKILL);
    }
}

bool supervisor_has_ended(struct supervisor *self) {
    pid_t pid = 0;
    do {
        pid = waitpid(self->pid, &self->wait_status, WNOHANG);
    } while (pid < 0 && errno == EINTR);
    return pid != 0;
}

/* ---- After ---------------------------------------------------------------*/

/* Whether there is a whole result. A child that died while it wrote left half
 * of one, which is none. */
static bool read_result(struct supervisor *self, struct result_cell *cell) {
    struct text text;
    text_init(&text);
    struct result_cell read;
    result_cell_init(&read);
    const char *problem = NULL;
    bool whole = handover_read(&self->handover, HANDOVER_RESULT, &text) == 0 &&
                 text.size != 0 &&
                 result_json_read_cell(text.bytes, text.size, self->arena,
                                       &read, &problem) == 0;
    if (whole) {
        *cell = read;
    }
    text_fini(&text);
    return whole;
}

/* What is known of a cell without its process's word. */
void supervisor_fill_in(const struct supervisor *self,
                        struct result_cell *cell) {
    const struct scenario_settings *settings = &self->planned->settings;
    cell->subject = scenario_subject_name(settings->pool.subject);
    if (!cell->program.given) {
        cell->pool = (struct result_pool){
            .min = settings->pool.min,
            .max = settings->pool.max,
            .shutdown = scenario_shutdown_name(settings->pool.shutdown),
        };
        cell->cycles.planned = settings->cycles;
    }
    cell->label = self->planned->label;
    cell->reference = self->planned->reference || self->order->build != NULL;
    cell->build = self->order->build == NULL ? NULL : "other";
    cell->parameters = self->planned->parameters;
    cell->parameters_count = self->planned->parameters_count;
    cell->block = self->order->block;
    cell->database = self->order->database->facts;
    if (self->one_arena && !cell->program.given &&
        cell->outcome.detail == NULL) {
        cell->outcome.detail = "with one malloc arena, because an expectation "
                               "names memory: this costs speed";
    }
}

static void look_after(const struct supervisor *self,
                       const struct ending *ending, struct result_cell *cell) {
    /* What a child did not get to remove because it was killed or broke down
     * says nothing about the subject. */
    if (self->folder != NULL && ending->handed_over) {
        const char *site = arena_format(
            self->arena, "the private copy of the cell's database (%s:%u)",
            self->order->scenario->path, self->planned->settings.database.line);
        remains_files(self->folder, site, self->arena, cell);
    }
    remains_processes(self->arena, cell);
}

/* The child looked, too, and at other moments. */
static uint64_t most_memory(const struct supervisor *self,
                            const struct result_cell *cell) {
    uint64_t own = cell->resources.peak.rss_bytes;
    return own != RESULT_UNKNOWN && own > self->memory_bytes
               ? own
               : self->memory_bytes;
}

void supervisor_conclude(struct supervisor *self, struct result_cell *cell) {
    result_cell_init(cell);
    const struct scenario_limits *limits = &self->planned->settings.limits;
    bool handed_over = read_result(self, cell);
    struct ending ending = {
        .wait_status = self->wait_status,
        .reason = self->guard.reason,
        .handed_over = handed_over,
        .time_ns = limits->time_ns,
        .stall_ns = limits->stall_ns,
        .unanswered = self->guard.last.submitted - self->guard.last.answered,
        .memory_limit_bytes = limits->memory_bytes,
        .memory_bytes = most_memory(self, cell),
    };
    if (!ending.handed_over) {
        cell->cycles.completed = atomic_load(&self->handover.board->cycles);
    }
    instrument_collect(&self->instrument, &ending, cell);
    ending_judge(&ending, self->arena, &cell->outcome);
    instrument_conclude(&self->instrument, cell);
    hang_conclude(&self->hang, self->arena, cell);
    look_after(self, &ending, cell);
    supervisor_fill_in(self, cell);
}

void supervisor_init(struct supervisor *self, const struct cell_order *order,
                     struct arena *arena) {
    *self = (struct supervisor){
        .order = order,
        .planned = &order->scenario->cells[order->cell],
        .arena = arena,
        /* With several it would depend on which thread came to which. */
        .one_arena = memory_is_asked_for(order->scenario),
        .handover = {.fds = {-1, -1, -1}},
    };
}

void supervisor_fini(struct supervisor *self) {
    handover_fini(&self->handover);
    instrument_fini(&self->instrument);
    if (self->group != NULL) {
        pids_remove(self->group);
    }
    /* A connection that may not write leaves what SQLite keeps beside it. */
    if (self->order->database->settled) {
        (void)sidecar_settle(self->order->database->path, self->arena);
    }
    if (self->folder != NULL) {
        private_folder_remove(self->folder);
    }
}
