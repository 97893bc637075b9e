/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/cell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/private_folder.h"
#include "base/result_json.h"
#include "base/text.h"
#include "cell/ending.h"
#include "cell/footprint.h"
#include "cell/guard.h"
#include "cell/handover.h"
#include "cell/hang.h"
#include "cell/instrument.h"
#include "cell/mechanism.h"
#include "cell/order.h"
#include "cell/pids.h"
#include "cell/prepare.h"
#include "cell/program.h"
#include "cell/remains.h"
#include "cell/spawn.h"
#include "cell/under.h"
#include "database/database.h"
#include "database/sidecar.h"
#include "load/load.h"
#include "scenario/memory.h"
#include "scenario/scenario.h"

#define TICK_MS 100

struct supervisor {
    const struct cell_order *order;
    const struct scenario_cell *planned;
    cell_progress_cb progress;
    void *progress_data;
    struct arena *arena;
    const char *folder;   /* of the private copy, or NULL */
    const char *database; /* path */
    const char *group;    /* the child's pids control group, or NULL */
    bool one_arena;
    struct instrument instrument;
    struct handover handover;
    pid_t pid;
    uint64_t started_ns;
    struct guard guard;
    uint64_t memory_bytes; /* the most that was seen */
    struct hang hang;
    int wait_status;
};

/* ---- Before --------------------------------------------------------------*/

static int prepare_database(struct supervisor *self, const char **problem_out) {
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

const char *cell_objection(const struct scenario *scenario, size_t cell,
                           struct arena *arena) {
    const struct scenario_settings *settings = &scenario->cells[cell].settings;
    /* A command is held from outside, by no mechanism. */
    return settings->pool.subject == SCENARIO_COMMAND
               ? NULL
               : mechanism_objection(&settings->limits, arena);
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

static int start(struct supervisor *self, const char **problem_out) {
    int error = handover_init(&self->handover);
    if (error == 0) {
        if (write_order(self, problem_out) != 0) {
            return -1;
        }
        self->started_ns = clock_now_ns();
        error = spawn_child(
            &(struct spawn_options){
                .handover = &self->handover,
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

/* ---- While it runs -------------------------------------------------------*/

static struct guard_sight look(struct supervisor *self) {
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

static void report(const struct supervisor *self,
                   const struct guard_sight *sight) {
    if (self->progress == NULL) {
        return;
    }
    const struct load_board *board = self->handover.board;
    uint64_t planned_ns = scenario_planned_ns(&self->planned->settings);
    const struct scenario_settings *settings = &self->planned->settings;
    const struct cell_progress progress = {
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
    self->progress(self->progress_data, &progress);
}

/* Its session is its process group, too: whatever it started is meant. */
static void act(const struct supervisor *self, enum guard_action action) {
    if (action == GUARD_ASK) {
        (void)kill(-self->pid, SIGINT);
    } else if (action == GUARD_KILL) {
        (void)kill(-self->pid, SIGKILL);
    }
}

/* Under a tool the stacks would be the tool's own. The look takes its time,
 * which is no stall of the child's: it waits for us. */
static void look_at_hang(struct supervisor *self, enum guard_action action) {
    struct load_board *board = self->handover.board;
    if (self->order->under != NULL) {
        atomic_store(&board->stall_is_seen, true);
    } else if (hang_look(&self->hang, self->pid, board,
                         action == GUARD_KILL &&
                             self->guard.reason == GUARD_STALLED,
                         self->arena)) {
        guard_moved(&self->guard, clock_now_ns());
    }
}

static bool has_ended(struct supervisor *self) {
    pid_t pid = 0;
    do {
        pid = waitpid(self->pid, &self->wait_status, WNOHANG);
    } while (pid < 0 && errno == EINTR);
    return pid != 0;
}

static void await_end(struct supervisor *self) {
    const struct scenario_limits *limits = &self->planned->settings.limits;
    guard_init(&self->guard,
               &(struct guard_limits){.memory_bytes = limits->memory_bytes,
                                      .time_ns = limits->time_ns,
                                      .stall_ns = limits->stall_ns},
               self->started_ns);
    /* Readable once it has ended; without one (-1) poll() only waits. */
    int pidfd = pidfd_open(self->pid, 0);
    do {
        struct guard_sight sight = look(self);
        enum guard_action action = guard_decide(&self->guard, &sight);
        look_at_hang(self, action);
        act(self, action);
        report(self, &sight);
        struct pollfd end = {.fd = pidfd, .events = POLLIN};
        (void)poll(&end, 1, TICK_MS);
    } while (!has_ended(self));
    struct guard_sight last = look(self);
    report(self, &last);
    if (pidfd >= 0) {
        (void)close(pidfd);
    }
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
static void fill_in(const struct supervisor *self, struct result_cell *cell) {
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
    cell->reference = self->planned->reference;
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

static void conclude(struct supervisor *self, struct result_cell *cell) {
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
    fill_in(self, cell);
}

/* ---- The two kinds of cells ----------------------------------------------*/

static int run_child(struct supervisor *self, struct result_cell *cell,
                     const char **problem_out) {
    if (prepare_group(self, problem_out) != 0 ||
        prepare_instrument(self, problem_out) != 0 ||
        start(self, problem_out) != 0) {
        return -1;
    }
    await_end(self);
    conclude(self, cell);
    return 0;
}

static int run_program(struct supervisor *self, struct result_cell *cell,
                       const char **problem_out) {
    const struct program_order order = {
        .settings = &self->planned->settings,
        .scenario_path = self->order->scenario->path,
        .folder = self->folder,
        .database = self->database,
        .output_on_stderr = self->order->answers_on_stderr,
        .progress = self->progress,
        .progress_data = self->progress_data,
    };
    if (program_run(&order, self->arena, cell, problem_out) != 0) {
        return -1;
    }
    fill_in(self, cell);
    return 0;
}

int cell_run(const struct cell_order *order, cell_progress_cb progress,
             void *progress_data, struct arena *arena,
             struct result_cell *cell_out, const char **problem_out) {
    struct supervisor self = {
        .order = order,
        .planned = &order->scenario->cells[order->cell],
        .progress = progress,
        .progress_data = progress_data,
        .arena = arena,
        /* With several it would depend on which thread came to which. */
        .one_arena = memory_is_asked_for(order->scenario),
        .handover = {.fds = {-1, -1, -1}},
    };
    *problem_out = NULL;
    int status = prepare_database(&self, problem_out);
    if (status == 0) {
        const struct scenario_settings *settings = &self.planned->settings;
        status = settings->pool.subject == SCENARIO_COMMAND
                     ? run_program(&self, cell_out, problem_out)
                     : run_child(&self, cell_out, problem_out);
    }
    handover_fini(&self.handover);
    instrument_fini(&self.instrument);
    if (self.group != NULL) {
        pids_remove(self.group);
    }
    /* A connection that may not write leaves what SQLite keeps beside it. */
    if (order->database->settled) {
        (void)sidecar_settle(order->database->path, arena);
    }
    if (self.folder != NULL) {
        private_folder_remove(self.folder);
    }
    return status;
}
