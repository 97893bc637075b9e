/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/pair.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "base/result.h"
#include "cell/guard.h"
#include "cell/slices.h"
#include "cell/supervisor.h"
#include "load/load.h"
#include "scenario/scenario.h"

/* How often it is looked whether both are where turns can be taken. */
#define LOOK_MS 5
#define REPORT_NS (100 * CLOCK_NS_PER_MS)

struct side {
    struct supervisor supervisor;
    struct guard_sight sight;
    int pidfd; /* -1: none */
    bool ended;
};

struct pair {
    struct side sides[SLICES_SIDES_COUNT];
    const struct scenario_settings *settings;
    struct arena *arena;
    cell_progress_cb progress;
    void *progress_data;
    uint64_t reported_ns;
    uint64_t seed;
    uint64_t turns;        /* taken so far */
    struct slices *phases; /* parallel to the settings' */
    struct result_cell cells[SLICES_SIDES_COUNT]; /* when both have ended */
};

/* ---- One side ------------------------------------------------------------*/

static uint64_t twice(uint64_t value) {
    return value > UINT64_MAX / 2 ? UINT64_MAX : value * 2;
}

/* It has the machine for half of the time. */
static int side_start(struct side *side, const char **problem_out) {
    struct supervisor *supervisor = &side->supervisor;
    if (supervisor_prepare(supervisor, problem_out) != 0 ||
        supervisor_start(supervisor, problem_out) != 0) {
        side->ended = true;
        return -1;
    }
    supervisor->guard.time_ns = twice(supervisor->guard.time_ns);
    side->pidfd = pidfd_open(supervisor->pid, 0);
    return 0;
}

static void side_go_on(const struct side *side) {
    if (!side->ended) {
        (void)kill(side->supervisor.pid, SIGCONT);
    }
}

/* Whether all of its threads stand still; else it has ended. It is left to
 * supervisor_has_ended() to say so, here nothing is taken of that. */
static bool side_stop(const struct side *side) {
    const id_t pid = (id_t)side->supervisor.pid;
    siginfo_t info = {0};
    int status = 0;
    (void)kill(side->supervisor.pid, SIGSTOP);
    do {
        status = waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT);
    } while (status != 0 && errno == EINTR);
    return status == 0 && info.si_code == CLD_STOPPED &&
           waitid(P_PID, pid, &info, WSTOPPED | WNOHANG) == 0;
}

/* Of one that stands still. */
static struct slice side_read(const struct side *side) {
    struct timespec used = {0};
    clockid_t clock;
    if (clock_getcpuclockid(side->supervisor.pid, &clock) == 0) {
        (void)clock_gettime(clock, &used);
    }
    return (struct slice){
        .answered = atomic_load(&side->supervisor.handover.board->answered),
        .wall_ns = clock_now_ns(),
        .cpu_ns =
            (uint64_t)used.tv_sec * CLOCK_NS_PER_S + (uint64_t)used.tv_nsec,
    };
}

/* A script that starts plunge instead of becoming it would be stopped in its
 * place, and the cell go on. */
static bool side_is_itself(const struct side *side) {
    const struct load_board *board = side->supervisor.handover.board;
    return atomic_load(&board->process) == side->supervisor.pid;
}

static bool side_is_in(const struct side *side, uint32_t phase) {
    const struct load_board *board = side->supervisor.handover.board;
    return !side->ended && side_is_itself(side) &&
           atomic_load(&board->answered) != 0 &&
           atomic_load(&board->phase) == phase;
}

/* What is under way is cut short by its end alone. */
static void side_await(const struct side *side, uint64_t until_ns) {
    struct pollfd end = {.fd = side->pidfd, .events = POLLIN};
    uint64_t now_ns = clock_now_ns();
    while (now_ns < until_ns) {
        const struct timespec left = {
            .tv_nsec = (long)(until_ns - now_ns), /* a slice: under a second */
        };
        if (ppoll(&end, 1, &left, NULL) > 0) {
            return;
        }
        now_ns = clock_now_ns();
    }
}

/* Nobody looks at the stacks of a hang: the cell by itself hangs, too. */
static void side_attend(struct side *side) {
    struct supervisor *supervisor = &side->supervisor;
    if (side->ended) {
        return;
    }
    atomic_store(&supervisor->handover.board->stall_is_seen, true);
    side->sight = supervisor_look(supervisor);
    const enum guard_action action =
        guard_decide(&supervisor->guard, &side->sight);
    supervisor_act(supervisor, action);
    side->ended = supervisor_has_ended(supervisor);
}

/* ---- Turns ---------------------------------------------------------------*/

static void report(struct pair *pair) {
    const struct side *side = &pair->sides[SLICES_THIS];
    const uint64_t now_ns = clock_now_ns();
    if (pair->progress == NULL || now_ns - pair->reported_ns < REPORT_NS) {
        return;
    }
    pair->reported_ns = now_ns;
    const struct cell_progress progress =
        supervisor_progress(&side->supervisor, &side->sight);
    pair->progress(pair->progress_data, &progress);
}

static void attend(struct pair *pair) {
    for (size_t i = 0; i < SLICES_SIDES_COUNT; i++) {
        side_attend(&pair->sides[i]);
    }
    report(pair);
}

/* Both stand still, before and after. false: the phase was left in it. */
static bool take_slice(struct pair *pair, uint32_t phase) {
    const enum slices_side who = slices_turn(pair->seed, pair->turns++);
    const struct side *side = &pair->sides[who];
    const struct slice begin = side_read(side);
    side_go_on(side);
    side_await(side, begin.wall_ns + SLICE_NS);
    if (!side_stop(side) || !side_is_in(side, phase)) {
        return false;
    }
    const struct slice end = side_read(side);
    const struct slice slice = {
        .answered = end.answered - begin.answered,
        .wall_ns = end.wall_ns - begin.wall_ns,
        .cpu_ns = end.cpu_ns - begin.cpu_ns,
    };
    slices_add(&pair->phases[phase], who, &slice);
    return true;
}

/* A quadruple begins with its first slice: what was left of the last phase's
 * turns is no part of it. */
static void take_turns(struct pair *pair, uint32_t phase) {
    pair->turns +=
        (SLICES_QUADRUPLE - pair->turns % SLICES_QUADRUPLE) % SLICES_QUADRUPLE;
    bool goes_on = side_stop(&pair->sides[SLICES_THIS]) &&
                   side_stop(&pair->sides[SLICES_OTHER]);
    while (goes_on && take_slice(pair, phase)) {
        if (pair->turns % SLICES_QUADRUPLE == 0) {
            attend(pair);
            goes_on = !pair->sides[SLICES_THIS].ended &&
                      !pair->sides[SLICES_OTHER].ended &&
                      interrupt_pending() == 0;
        }
    }
    slices_drop(&pair->phases[phase]);
    side_go_on(&pair->sides[SLICES_THIS]);
    side_go_on(&pair->sides[SLICES_OTHER]);
}

/* Whether both are in the same phase, of which there can be slices. */
static bool can_take_turns(const struct pair *pair, uint32_t *phase_out) {
    const struct side *side = &pair->sides[SLICES_THIS];
    const uint32_t phase = atomic_load(&side->supervisor.handover.board->phase);
    *phase_out = phase;
    return interrupt_pending() == 0 && phase < pair->settings->phases_count &&
           slices_phase_fits(&pair->settings->phases[phase]) &&
           side_is_in(side, phase) &&
           side_is_in(&pair->sides[SLICES_OTHER], phase);
}

static void run_both(struct pair *pair) {
    struct side *own = &pair->sides[SLICES_THIS];
    struct side *other = &pair->sides[SLICES_OTHER];
    while (!own->ended || !other->ended) {
        uint32_t phase = 0;
        if (can_take_turns(pair, &phase)) {
            take_turns(pair, phase);
        } else {
            struct pollfd ends[] = {
                {.fd = own->ended ? -1 : own->pidfd, .events = POLLIN},
                {.fd = other->ended ? -1 : other->pidfd, .events = POLLIN},
            };
            (void)poll(ends, SLICES_SIDES_COUNT, LOOK_MS);
        }
        attend(pair);
    }
}

/* ---- What it comes to ----------------------------------------------------*/

/* Why what a side did says nothing, or NULL. */
static const char *object(const struct side *side,
                          const struct result_cell *cell, const char *whose,
                          struct arena *arena) {
    if (cell->outcome.state != RESULT_COMPLETED) {
        return arena_format(
            arena, "%s %s%s%s", whose, result_state_name(cell->outcome.state),
            cell->outcome.detail == NULL ? "" : ": ",
            cell->outcome.detail == NULL ? "" : cell->outcome.detail);
    }
    if (!side_is_itself(side)) {
        return arena_format(arena,
                            "%s ran its cell in a process of another one's, "
                            "which stands in nobody's turn: a script that "
                            "runs plunge has to exec it",
                            whose);
    }
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].wrong != 0) {
            return arena_format(arena, "%s gave wrong answers in %s", whose,
                                cell->phases[i].name);
        }
    }
    return NULL;
}

/* The first of them that did not end well has its state in @state_out. */
static const char *conclude(struct pair *pair, enum result_state *state_out) {
    static const char *const names[] = {"this build", "the other build"};
    const char *why = NULL;
    *state_out = RESULT_COMPLETED;
    for (size_t i = 0; i < SLICES_SIDES_COUNT; i++) {
        struct result_cell *cell = &pair->cells[i];
        supervisor_conclude(&pair->sides[i].supervisor, cell);
        const char *objection =
            object(&pair->sides[i], cell, names[i], pair->arena);
        if (objection != NULL && *state_out == RESULT_COMPLETED &&
            (why == NULL || cell->outcome.state != RESULT_COMPLETED)) {
            why = objection;
            *state_out = cell->outcome.state;
        }
    }
    return why;
}

static bool is_of_turns(const struct pair *pair, const char *name) {
    for (size_t i = 0; i < pair->settings->phases_count; i++) {
        const struct scenario_phase *phase = &pair->settings->phases[i];
        if (strcmp(phase->name, name) == 0) {
            return slices_phase_fits(phase);
        }
    }
    return false;
}

/* Of the phase @name; @first: and of those that have no turns, so that none
 * is lost. Who has not come to its end has not told. */
static uint64_t count_wrong(const struct pair *pair, enum slices_side side,
                            const char *name, bool first) {
    const struct result_cell *cell = &pair->cells[side];
    uint64_t wrong = 0;
    if (cell->outcome.state != RESULT_COMPLETED) {
        return RESULT_UNKNOWN;
    }
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        const bool counts = strcmp(phase->name, name) == 0 ||
                            (first && !is_of_turns(pair, phase->name));
        if (counts && phase->wrong != RESULT_UNKNOWN) {
            wrong += phase->wrong;
        }
    }
    return wrong;
}

static struct result_slices *collect(struct pair *pair, size_t *count_out) {
    enum result_state state;
    const char *why = conclude(pair, &state);
    const struct supervisor *supervisor = &pair->sides[SLICES_THIS].supervisor;
    struct result_slices *results = NULL;
    size_t count = 0;
    for (size_t i = 0; i < pair->settings->phases_count; i++) {
        const struct scenario_phase *phase = &pair->settings->phases[i];
        if (!slices_phase_fits(phase)) {
            continue;
        }
        results = arena_more(pair->arena, results, count, sizeof *results);
        const bool first = count == 0;
        struct result_slices *result = &results[count++];
        *result = (struct result_slices){
            .subject = scenario_subject_name(pair->settings->pool.subject),
            .label = supervisor->planned->label,
            .phase = phase->name,
            .block = supervisor->order->block,
            .state = state,
            .wrong = count_wrong(pair, SLICES_THIS, phase->name, first),
            .other_wrong = count_wrong(pair, SLICES_OTHER, phase->name, first),
            .why = why,
        };
        slices_result(&pair->phases[i], result);
        if (why == NULL && result->quadruples == 0) {
            result->why = "both were never in it for four slices";
        }
    }
    *count_out = count;
    return results;
}

/* Without the other there is nothing to wait for. */
static void give_up(struct side *started) {
    while (!started->ended) {
        supervisor_act(&started->supervisor, GUARD_KILL);
        side_await(started, clock_now_ns() + SLICE_NS);
        started->ended = supervisor_has_ended(&started->supervisor);
    }
}

/* Who is there first may have the better place in memory: it is drawn, too.
 * @pair's sides are to be given back whatever this returns. */
static int run(struct pair *pair, struct result_slices **results_out,
               size_t *count_out, const char **problem_out) {
    const bool other_first = (random_mix(pair->seed, UINT64_MAX) & 1) != 0;
    struct side *first = &pair->sides[other_first ? SLICES_OTHER : SLICES_THIS];
    struct side *second =
        &pair->sides[other_first ? SLICES_THIS : SLICES_OTHER];
    if (side_start(first, problem_out) != 0) {
        return -1;
    }
    if (side_start(second, problem_out) != 0) {
        give_up(first);
        return -1;
    }
    run_both(pair);
    *results_out = collect(pair, count_out);
    return 0;
}

int pair_run(const struct cell_order orders[2], uint64_t seed,
             cell_progress_cb progress, void *progress_data,
             struct arena *arena, struct result_slices **results_out,
             size_t *count_out, const char **problem_out) {
    const struct scenario_cell *planned =
        &orders[0].scenario->cells[orders[0].cell];
    struct pair pair = {
        .settings = &planned->settings,
        .arena = arena,
        .progress = progress,
        .progress_data = progress_data,
        .seed = seed,
    };
    pair.phases =
        arena_alloc(arena, pair.settings->phases_count * sizeof *pair.phases);
    for (size_t i = 0; i < pair.settings->phases_count; i++) {
        slices_init(&pair.phases[i], arena);
    }
    for (size_t i = 0; i < SLICES_SIDES_COUNT; i++) {
        supervisor_init(&pair.sides[i].supervisor, &orders[i], arena);
        pair.sides[i].pidfd = -1;
    }
    *problem_out = NULL;
    int status = run(&pair, results_out, count_out, problem_out);
    for (size_t i = 0; i < SLICES_SIDES_COUNT; i++) {
        supervisor_fini(&pair.sides[i].supervisor);
        if (pair.sides[i].pidfd >= 0) {
            (void)close(pair.sides[i].pidfd);
        }
    }
    return status;
}
