/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/launch.h"
#include "cell/marker.h"
#include "cell/program_end.h"
#include "cell/program_stock.h"
#include "cell/quiet.h"
#include "cell/settle.h"
#include "ledger/vital.h"
#include "scenario/scenario.h"

#define TICK_MS 100
#define TICK_NS (TICK_MS * CLOCK_NS_PER_MS)
#define TEMPORARY "tmp"

enum program_state {
    PROGRAM_RUNNING,
    PROGRAM_READ,  /* the last reading is taken, and it is stopped */
    PROGRAM_ENDED, /* by itself */
    PROGRAM_GIVEN_UP,
};

struct program {
    const struct program_order *order;
    struct arena *arena;
    struct launched launched;
    struct program_end end;
    struct markers markers;
    struct quiet quiet;
    struct program_stock stock;
    enum program_state state;
    uint64_t started_ns;
    uint64_t marked_ns;  /* the last marker */
    uint64_t watched_ns; /* the last look */
    struct result_outcome outcome;
    struct result_program facts;
};

/* ---- Outcomes ------------------------------------------------------------*/

/* "before its first marker", "after \"plunge: opened\"". */
static const char *moment(const struct program *self) {
    return self->markers.last == MARKER_COUNT
               ? "before its first marker"
               : arena_format(self->arena, "after \"plunge: %s\"",
                              marker_name(self->markers.last));
}

/* What it holds says why, as far as it can still be read. */
static void give_up(struct program *self, enum result_state state,
                    const char *detail) {
    self->state = PROGRAM_GIVEN_UP;
    self->outcome = (struct result_outcome){.state = state, .detail = detail};
    if (program_end_stop(&self->end)) {
        program_stock_read(&self->stock, "its end");
    }
}

static void judge_end(struct program *self) {
    const int status = self->end.wait_status;
    struct arena *arena = self->arena;
    self->state = PROGRAM_ENDED;
    self->outcome.state = RESULT_CRASHED;
    if (WIFSIGNALED(status)) {
        int signal = WTERMSIG(status);
        self->outcome.signal = signal;
        self->outcome.detail =
            arena_format(arena, "the program ended by signal %d (%s) %s",
                         signal, strsignal(signal), moment(self));
    } else if (WEXITSTATUS(status) != 0) {
        self->outcome.detail =
            arena_format(arena, "the program ended with status %d %s",
                         WEXITSTATUS(status), moment(self));
    } else {
        self->outcome.detail = arena_format(
            arena,
            "the program ended by itself (status 0) %s, before it had written "
            "\"plunge: closed\" to descriptor 3 or was quiet for a second: "
            "there was nothing left to read",
            moment(self));
    }
}

/* ---- Readings ------------------------------------------------------------*/

static void finish(struct program *self, const char *read_at,
                   uint64_t until_ns) {
    self->state = PROGRAM_READ;
    self->facts.read_at = read_at;
    self->facts.duration_s =
        (double)(until_ns - self->started_ns) / (double)CLOCK_NS_PER_S;
}

/* Takes what is in the pipe; nothing more comes, the program is stopped. false:
 * a line is wrong. */
static bool read_markers(struct program *self, const char **problem_out) {
    char chunk[4096];
    ssize_t got = 0;
    bool good = true;
    do {
        got = read(self->launched.marker_fd, chunk, sizeof chunk);
        if (got > 0) {
            good = markers_feed(&self->markers, chunk, (size_t)got, self->arena,
                                problem_out);
        }
    } while (good && (got > 0 || (got < 0 && errno == EINTR)));
    if (got == 0) { /* closed: nobody can write another one */
        (void)close(self->launched.marker_fd);
        self->launched.marker_fd = -1;
    }
    return good;
}

/* Those that came at once share their moment, not their reading. */
static void read_ledgers(struct program *self, const bool *seen_before) {
    for (int i = 0; i < MARKER_COUNT; i++) {
        if (!self->markers.seen[i] || seen_before[i]) {
            continue;
        }
        if (i == MARKER_READY) {
            program_stock_rebase(&self->stock);
        }
        program_stock_read(&self->stock, marker_name((enum marker)i));
    }
}

static void on_markers(struct program *self) {
    const uint64_t now_ns = clock_now_ns();
    const char *problem = NULL;
    bool before[MARKER_COUNT];
    memcpy(before, self->markers.seen, sizeof before);
    const bool stopped = program_end_stop(&self->end);
    bool good = read_markers(self, &problem);
    quiet_moved(&self->quiet, now_ns);
    self->marked_ns = now_ns;
    if (self->end.has_ended) {
        judge_end(self);
        return;
    }
    if (!good) {
        give_up(self, RESULT_CRASHED, problem);
        return;
    }
    if (!stopped) {
        give_up(self, RESULT_HUNG,
                arena_format(self->arena, "the program could not be stopped %s",
                             moment(self)));
        return;
    }
    read_ledgers(self, before);
    if (self->markers.seen[MARKER_CLOSED]) {
        settle_threads(&self->end, &self->stock);
        finish(self, marker_name(MARKER_CLOSED), now_ns);
        return;
    }
    program_end_continue(&self->end);
}

static bool has_markers(const struct program *self, int timeout_ms) {
    struct pollfd events[2] = {
        {.fd = self->launched.marker_fd, .events = POLLIN},
        {.fd = self->end.pid_fd, .events = POLLIN},
    };
    (void)poll(events, 2, timeout_ms);
    return events[0].revents != 0;
}

/* A marker that came between the look and the stop counts more. */
static void on_quiet(struct program *self) {
    if (!program_end_stop(&self->end)) {
        return; /* seen again at the next look */
    }
    if (has_markers(self, 0)) {
        on_markers(self);
        return;
    }
    program_stock_read(&self->stock, "quiet");
    finish(self, "quiet", self->quiet.moved_ns);
}

/* ---- Limits --------------------------------------------------------------*/

static char *size_words(char *text, uint64_t bytes) {
    return quantity_size(text, (double)bytes);
}

/* The most that was seen of it, against what the scenario allows; 0: all. */
static const char *over_count(const struct program *self,
                              const char *what_then) {
    const struct scenario_limits *limits = &self->order->settings->limits;
    const struct result_usage *peak = &self->stock.resources.peak;
    const struct {
        const char *name;
        const char *noun;
        char *(*words)(char *text, uint64_t number);
        uint64_t there;
        uint64_t limit;
    } counts[] = {
        {"threads", "threads", quantity_count, peak->threads, limits->threads},
        {"fds", "descriptors", quantity_count, peak->fds, limits->fds},
        {"memory", "of memory", size_words, peak->rss_bytes,
         limits->memory_bytes},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char there[QUANTITY_SIZE];
        char limit[QUANTITY_SIZE];
        if (counts[i].limit != 0 && counts[i].there != RESULT_UNKNOWN &&
            counts[i].there > counts[i].limit) {
            return arena_format(
                self->arena, "had %s %s, more than limits.%s (%s)%s",
                counts[i].words(there, counts[i].there), counts[i].noun,
                counts[i].name, counts[i].words(limit, counts[i].limit),
                what_then);
        }
    }
    return NULL;
}

static void check_limits(struct program *self, uint64_t now_ns) {
    const struct scenario_limits *limits = &self->order->settings->limits;
    struct arena *arena = self->arena;
    char limit[QUANTITY_SIZE];
    const char *over = over_count(self, "; killed ");
    if (interrupt_pending() != 0) {
        give_up(self, RESULT_INTERRUPTED,
                arena_format(arena, "ended %s", moment(self)));
    } else if (over != NULL) {
        give_up(self, RESULT_OVER_LIMIT,
                arena_format(arena, "%s%s", over, moment(self)));
    } else if (now_ns - self->started_ns > limits->time_ns) {
        give_up(self, RESULT_OVER_LIMIT,
                arena_format(arena,
                             "took longer than limits.time (%s); killed %s",
                             quantity_duration(limit, (double)limits->time_ns),
                             moment(self)));
    } else if (now_ns - self->marked_ns > limits->stall_ns) {
        give_up(self, RESULT_HUNG,
                arena_format(arena,
                             "wrote no marker for limits.stall (%s) and was "
                             "never quiet; killed %s",
                             quantity_duration(limit, (double)limits->stall_ns),
                             moment(self)));
    }
}

static void report(const struct program *self, uint64_t now_ns) {
    if (self->order->progress != NULL) {
        const struct cell_progress progress = {
            .elapsed_s =
                (double)(now_ns - self->started_ns) / (double)CLOCK_NS_PER_S,
            .in_flight = RESULT_UNKNOWN,
            .waiting = RESULT_UNKNOWN,
            .p50_ns = RESULT_UNKNOWN,
            .p99_ns = RESULT_UNKNOWN,
            .usage = {RESULT_UNKNOWN, RESULT_UNKNOWN, RESULT_UNKNOWN,
                      RESULT_UNKNOWN},
        };
        self->order->progress(self->order->progress_data, &progress);
    }
}

static void watch(struct program *self, uint64_t now_ns) {
    struct vital vital;
    self->watched_ns = now_ns;
    if (!program_stock_look(&self->stock, &vital)) {
        return; /* it has just ended */
    }
    report(self, now_ns);
    check_limits(self, now_ns);
    if (self->state != PROGRAM_RUNNING) {
        return;
    }
    if (quiet_decide(&self->quiet, &vital, now_ns)) {
        on_quiet(self);
    } else if (vital_is_stopped(self->launched.pid) && !has_markers(self, 0)) {
        /* By a marker of its child's that had been read already. */
        program_end_continue(&self->end);
    }
}

static void supervise(struct program *self) {
    while (self->state == PROGRAM_RUNNING) {
        if (has_markers(self, TICK_MS)) {
            on_markers(self);
        } else if (program_end_has_come(&self->end)) {
            judge_end(self);
        }
        const uint64_t now_ns = clock_now_ns();
        if (self->state == PROGRAM_RUNNING &&
            now_ns - self->watched_ns >= TICK_NS) {
            watch(self, now_ns);
        }
    }
}

/* ---- From start to end ---------------------------------------------------*/

static const char *way_out(int error) {
    switch (error) {
    case ENOENT:
        return "it, or what its first line says after #!, is neither in $PATH "
               "nor, from here on, at that path";
    case EACCES:
        return "make it executable: chmod +x";
    case ENOEXEC:
        return "it is no program for this machine";
    default:
        return "try it by hand";
    }
}

static int start(struct program *self, const char **problem_out) {
    const struct program_order *order = self->order;
    const struct scenario_command *command = &order->settings->pool.command;
    const struct launch_options options = {
        .arguments = command->arguments,
        .database = order->database,
        .temporary = arena_format(self->arena, "%s/" TEMPORARY, order->folder),
        .output_on_stderr = order->output_on_stderr,
    };
    int error = mkdir(options.temporary, 0700) == 0 ? 0 : -errno;
    if (error == 0) {
        error = launch_program(&options, self->arena, &self->launched);
    }
    if (error != 0) {
        *problem_out = arena_format(
            self->arena, "line %u: pool.subject: cannot execute \"%s\": %s: %s",
            command->line, command->arguments[0], strerror(-error),
            way_out(-error));
        return -1;
    }
    self->started_ns = self->marked_ns = self->watched_ns = clock_now_ns();
    quiet_init(&self->quiet, self->started_ns);
    program_end_init(&self->end, &self->launched);
    program_stock_begin(&self->stock, self->launched.pid, self->launched.given);
    launch_release(&self->launched);
    return 0;
}

static const char *command_text(const struct scenario_command *command,
                                struct arena *arena) {
    struct text text;
    text_init(&text);
    for (size_t i = 0; i < command->arguments_count; i++) {
        text_format(&text, "%s%s", i == 0 ? "" : " ", command->arguments[i]);
    }
    const char *copy = arena_text(arena, text.bytes);
    text_fini(&text);
    return copy;
}

/* What is to be known of a program that was read. */
static void note(struct program *self) {
    struct result_outcome *outcome = &self->outcome;
    struct arena *arena = self->arena;
    if (outcome->state != RESULT_COMPLETED) {
        return;
    }
    /* Too much at a reading, between two looks. */
    const char *over = over_count(self, "");
    if (over != NULL) {
        *outcome =
            (struct result_outcome){.state = RESULT_OVER_LIMIT, .detail = over};
        return;
    }
    const char *killed = self->end.was_killed
                             ? "SIGTERM did not end it within 2 s, SIGKILL did"
                             : NULL;
    if (self->markers.strange_count == 0) {
        outcome->detail = killed;
        return;
    }
    outcome->detail = arena_format(
        arena,
        "%zu line%s on descriptor 3 did not begin with \"plunge:\" and "
        "meant nothing%s%s",
        self->markers.strange_count,
        self->markers.strange_count == 1 ? "" : "s", killed == NULL ? "" : "; ",
        killed == NULL ? "" : killed);
}

static void conclude(struct program *self, struct result_cell *cell) {
    const struct program_order *order = self->order;
    program_end_bring(&self->end, self->state == PROGRAM_READ);
    note(self);
    program_stock_left(&self->stock, cell);
    cell->outcome = self->outcome;
    cell->program = self->facts;
    cell->cycles.planned = 0;
    if (self->state == PROGRAM_READ) {
        const char *site = arena_format(
            self->arena, "the program's own copy and $TMPDIR (%s:%u)",
            order->scenario_path, order->settings->pool.command.line);
        program_stock_files(
            &self->stock, order->folder, TEMPORARY, site,
            order->settings->database.temporary == SCENARIO_KEPT, cell);
    }
    program_end_reap(self->arena, cell);
}

int program_run(const struct program_order *order, struct arena *arena,
                struct result_cell *cell_out, const char **problem_out) {
    struct program self = {
        .order = order,
        .arena = arena,
        .launched = {.pid = -1, .marker_fd = -1},
        .outcome = {.state = RESULT_COMPLETED},
        .facts = {.given = true,
                  .command =
                      command_text(&order->settings->pool.command, arena),
                  .duration_s = __builtin_nan("")},
    };
    result_cell_init(cell_out);
    markers_init(&self.markers);
    program_stock_init(&self.stock, arena);
    int status = start(&self, problem_out);
    if (status == 0) {
        supervise(&self);
        conclude(&self, cell_out);
    }
    program_stock_fini(&self.stock);
    markers_fini(&self.markers);
    return status;
}
