/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/cell.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "cell/guard.h"
#include "cell/hang.h"
#include "cell/mechanism.h"
#include "cell/program.h"
#include "cell/supervisor.h"
#include "load/load.h"
#include "scenario/scenario.h"

#define TICK_MS 100

/* Who is told how far it is. */
struct watcher {
    cell_progress_cb progress; /* or NULL */
    void *data;
};

const char *cell_objection(const struct scenario *scenario, size_t cell,
                           struct arena *arena) {
    const struct scenario_settings *settings = &scenario->cells[cell].settings;
    /* A command is held from outside, by no mechanism. */
    return settings->pool.subject == SCENARIO_COMMAND
               ? NULL
               : mechanism_objection(&settings->limits, arena);
}

/* ---- While it runs -------------------------------------------------------*/

static void report(const struct supervisor *self, const struct watcher *watcher,
                   const struct guard_sight *sight) {
    if (watcher->progress != NULL) {
        const struct cell_progress progress = supervisor_progress(self, sight);
        watcher->progress(watcher->data, &progress);
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

static void await_end(struct supervisor *self, const struct watcher *watcher) {
    /* Readable once it has ended; without one (-1) poll() only waits. */
    int pidfd = pidfd_open(self->pid, 0);
    do {
        struct guard_sight sight = supervisor_look(self);
        enum guard_action action = guard_decide(&self->guard, &sight);
        look_at_hang(self, action);
        supervisor_act(self, action);
        report(self, watcher, &sight);
        struct pollfd end = {.fd = pidfd, .events = POLLIN};
        (void)poll(&end, 1, TICK_MS);
    } while (!supervisor_has_ended(self));
    struct guard_sight last = supervisor_look(self);
    report(self, watcher, &last);
    if (pidfd >= 0) {
        (void)close(pidfd);
    }
}

/* ---- The two kinds of cells ----------------------------------------------*/

static int run_child(struct supervisor *self, const struct watcher *watcher,
                     struct result_cell *cell, const char **problem_out) {
    if (supervisor_start(self, problem_out) != 0) {
        return -1;
    }
    await_end(self, watcher);
    supervisor_conclude(self, cell);
    return 0;
}

static int run_program(struct supervisor *self, const struct watcher *watcher,
                       struct result_cell *cell, const char **problem_out) {
    const struct program_order order = {
        .settings = &self->planned->settings,
        .scenario_path = self->order->scenario->path,
        .folder = self->folder,
        .database = self->database,
        .output_on_stderr = self->order->answers_on_stderr,
        .progress = watcher->progress,
        .progress_data = watcher->data,
    };
    if (program_run(&order, self->arena, cell, problem_out) != 0) {
        return -1;
    }
    supervisor_fill_in(self, cell);
    return 0;
}

int cell_run(const struct cell_order *order, cell_progress_cb progress,
             void *progress_data, struct arena *arena,
             struct result_cell *cell_out, const char **problem_out) {
    const struct watcher watcher = {.progress = progress,
                                    .data = progress_data};
    struct supervisor self;
    supervisor_init(&self, order, arena);
    *problem_out = NULL;
    int status = supervisor_prepare(&self, problem_out);
    if (status == 0) {
        const struct scenario_settings *settings = &self.planned->settings;
        status = settings->pool.subject == SCENARIO_COMMAND
                     ? run_program(&self, &watcher, cell_out, problem_out)
                     : run_child(&self, &watcher, cell_out, problem_out);
    }
    supervisor_fini(&self);
    return status;
}
