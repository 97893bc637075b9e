/* SPDX-License-Identifier: Apache-2.0 */
#include "load/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"
#include "load/dispatch.h"
#include "load/driven.h"
#include "load/means.h"
#include "load/outcome.h"
#include "load/phase.h"
#include "load/roll.h"
#include "load/series.h"
#include "load/watch.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

struct load {
    struct load_options options;
    const struct scenario_settings *settings;
    const struct subject_calls *calls;
    struct arena *arena;
    struct people people;
    struct watch watch;
    struct means means;
    struct roll *roll;         /* NULL: no phase writes */
    struct dispatch *dispatch; /* one of the two, the other is NULL */
    struct driven *driven;
    struct phases phases;
    struct scenario_phase warm_up_plan;
    struct phase warm_up;
    struct scenario_phase once_plan;
    struct phase once;
    struct load_board warm_up_board;
    struct tally_error warm_up_error;
    struct tally_error error;
    uint64_t cycles_completed;
    struct subject *subject; /* of the cycle, until it is closed */
    uint64_t closes_pending; /* callbacks to wait for */
    bool waits_for_close;    /* else requests are what is waited for */
    struct dbpool **left;    /* open, the oldest first: from left_first on */
    uint64_t left_first;
    uint64_t left_end;
};

/* One opening of the subject, and what happens to it. */
struct load_part {
    uint64_t cycle;
    const struct phases *phases;
    enum scenario_shutdown shutdown;
    bool single; /* one thread, whatever the scenario says */
};

/* ---- Making --------------------------------------------------------------*/

static const struct subject_calls *load_subject(enum scenario_subject subject) {
    switch (subject) {
    case SCENARIO_DBPOOL:
        return &subject_dbpool;
    case SCENARIO_DIRECT:
        return &subject_direct;
    case SCENARIO_NULL:
        return &subject_null;
    case SCENARIO_UVWORK:
        return &subject_uvwork;
    case SCENARIO_COMMAND: /* it is no load's affair */
        break;
    }
    CHECK(!"a subject that scenarios can name");
    return NULL;
}

/* Enough for the warm-up, too. */
static size_t load_slots(const struct scenario_settings *settings) {
    uint64_t peak = scenario_in_flight_peak(settings);
    return (size_t)(peak > settings->pool.max ? peak : settings->pool.max);
}

static struct dispatch_options
load_needs(const struct scenario_settings *settings) {
    struct dispatch_options options = {.slots_count = load_slots(settings),
                                       .staged = settings->stages};
    for (size_t i = 0; i < settings->phases_count; i++) {
        const struct scenario_phase *phase = &settings->phases[i];
        options.timed = options.timed || scenario_phase_is_timed(phase);
        options.thinks =
            options.thinks || phase->think.kind != SCENARIO_THINK_NONE;
    }
    return options;
}

static bool load_is_mixed(const struct scenario_settings *settings) {
    bool mixed = false;
    for (size_t i = 0; i < settings->phases_count; i++) {
        mixed = mixed || scenario_phase_is_mixed(&settings->phases[i]);
    }
    return mixed;
}

static void load_phase_init(struct load *load, struct phase *phase,
                            const struct scenario_phase *plan, uint64_t index) {
    const struct phase_options options = {
        .plan = plan,
        .people = &load->people,
        .scenario_path = load->options.scenario_path,
        .place = {.seed = load->options.seed, .phase = index},
        .stages = load->settings->stages,
        .roll = load->roll,
        .spent = load->options.spent,
    };
    phase_init(phase, &options, load->arena);
}

static void load_make_phases(struct load *load) {
    const struct scenario_settings *settings = load->settings;
    load->phases.count = settings->phases_count;
    load->phases.items = arena_alloc(
        load->arena, settings->phases_count * sizeof *load->phases.items);
    for (size_t i = 0; i < settings->phases_count; i++) {
        struct phase *phase = &load->phases.items[i];
        load_phase_init(load, phase, &settings->phases[i], i);
        phase_keep_series(phase, series_points_max(settings, i));
    }
    load->warm_up_plan = (struct scenario_phase){
        .name = "warm-up",
        .in_flight = settings->pool.max,
        .lookups = settings->pool.max,
        .keys = {.kind = SCENARIO_KEYS_UNIFORM},
        .line = settings->pool.line,
    };
    load_phase_init(load, &load->warm_up, &load->warm_up_plan, KEYS_WARM_UP);
    load->once_plan = load->warm_up_plan;
    load->once_plan.in_flight = 1;
    load->once_plan.lookups = 1;
    load_phase_init(load, &load->once, &load->once_plan, KEYS_WARM_UP);
}

struct load *load_new(const struct load_options *options) {
    struct arena *arena = arena_new();
    struct load *load = arena_alloc(arena, sizeof *load);
    const struct scenario_settings *settings = options->settings;
    load->arena = arena;
    load->options = *options;
    load->settings = settings;
    load->calls = options->subject != NULL
                      ? options->subject
                      : load_subject(settings->pool.subject);
    load->people = (struct people){
        .users = options->given == NULL ? settings->database.users
                                        : options->given->count,
        .seed = settings->database.seed,
        .bio = {.median = settings->database.bio_median,
                .sigma = settings->database.bio_sigma},
        .given = options->given,
    };
    if (scenario_writes(settings)) {
        load->roll = roll_new(load->calls->forgets);
    }
    load->means = (struct means){
        .loop = options->loop,
        .watch = &load->watch,
        .answers = {.people = &load->people,
                    .shown = options->answers,
                    .roll = load->roll},
        .errands = load_is_mixed(settings),
        .board = options->board,
        .error = &load->error,
    };
    load_make_phases(load);
    load->left = arena_alloc(arena, options->left_max * sizeof *load->left);
    watch_init(&load->watch, options->loop, settings->limits.stall_ns,
               options->interrupted);
    if (load->calls->submit != NULL) {
        const struct dispatch_options needs = load_needs(settings);
        load->dispatch = dispatch_new(&load->means, &needs);
    } else {
        load->driven = driven_new(&load->means, settings->stages);
    }
    return load;
}

void load_free(struct load *load) {
    if (load == NULL) {
        return;
    }
    bool gone = load->dispatch != NULL ? dispatch_free(load->dispatch)
                                       : driven_free(load->driven);
    watch_fini(&load->watch);
    /* A subject that was lost still points to us. */
    if (!gone || load->closes_pending > 0) {
        return;
    }
    phase_fini(&load->warm_up);
    phase_fini(&load->once);
    for (size_t i = 0; i < load->phases.count; i++) {
        phase_fini(&load->phases.items[i]);
    }
    roll_free(load->roll);
    arena_free(load->arena);
}

/* ---- A cycle -------------------------------------------------------------*/

static bool load_open(struct load *load, const struct load_part *part,
                      struct subject **subject_out,
                      struct load_outcome *outcome_out) {
    const struct scenario_pool *pool = &load->settings->pool;
    const struct subject_options options = {
        .loop = load->options.loop,
        .database = load->options.database,
        .query = load->settings->database.query,
        .people = &load->people,
        .min = part->single ? 1 : pool->min,
        .max = part->single ? 1 : pool->max,
        .batch = pool->batch,
        .writes = load->roll != NULL,
        .site = {.file = load->options.scenario_path,
                 .function = "pool",
                 .line = (int)pool->line},
        .cycle = part->cycle,
        .stages = load->settings->stages,
        .sink = load->dispatch != NULL ? dispatch_sink(load->dispatch)
                                       : driven_sink(load->driven),
    };
    struct subject_error error;
    if (load->calls->open(&options, subject_out, &error) == 0) {
        return true;
    }
    tally_error_keep(&load->error, error.text);
    outcome_set(outcome_out,
                error.status == DBPOOL_ETHREAD ? LOAD_EXHAUSTED : LOAD_FAILED,
                &error);
    return false;
}

static void load_closed(void *data) {
    struct load *load = data;
    if (--load->closes_pending == 0) {
        if (load->dispatch != NULL) {
            dispatch_subject_closed(load->dispatch);
        }
        if (load->waits_for_close) {
            watch_done(&load->watch);
        }
    }
}

static void load_keep_pool(struct load *load, const struct subject *subject) {
    if (load->calls->pool != NULL && load->left_end < load->options.left_max) {
        load->left[load->left_end++] = load->calls->pool(subject);
    }
}

static void load_close(void *data) {
    struct load *load = data;
    struct subject *subject = load->subject;
    load->subject = NULL;
    load->closes_pending = 1;
    load->calls->close(subject, load_closed, load);
}

static void load_abort(void *data) {
    struct load *load = data;
    struct subject *subject = load->subject;
    load->subject = NULL;
    load->closes_pending = 1;
    load->calls->abort(subject, load_closed, load);
}

/* What the loop of requests is to do while some are unanswered yet. */
static struct dispatch_ending load_ending(struct load *load,
                                          enum scenario_shutdown shutdown) {
    struct dispatch_ending ending = {.close = load_close, .data = load};
    switch (shutdown) {
    case SCENARIO_ABORT:
        ending.moment = DISPATCH_WITH_ANY;
        ending.cancels = true;
        ending.close = load_abort;
        break;
    case SCENARIO_IN_FLIGHT:
        ending.moment = DISPATCH_WITH_TENTH;
        break;
    case SCENARIO_FROM_CALLBACK:
        ending.moment = DISPATCH_IN_LAST_ANSWER;
        break;
    case SCENARIO_CLEAN:
    case SCENARIO_MISSING:
    case SCENARIO_UNCALLED:
    case SCENARIO_TWICE:
        break;
    }
    return ending;
}

/* Ends the subject as the scenario says, unless its requests have done so, and
 * waits for what it is to wait for. */
static void load_shut_down(struct load *load, enum scenario_shutdown shutdown,
                           struct load_outcome *outcome) {
    const struct watch_calls calls = {.data = load};
    struct subject *subject = load->subject;
    watch_begin(&load->watch);
    load->waits_for_close = true;
    switch (shutdown) {
    case SCENARIO_TWICE:
        load->subject = NULL;
        load->closes_pending = 2;
        load->calls->close(subject, load_closed, load);
        load->calls->close(subject, load_closed, load);
        break;
    case SCENARIO_UNCALLED:
        load->subject = NULL;
        load_keep_pool(load, subject);
        load->closes_pending = 1;
        load->calls->forget(subject, load_closed, load);
        break;
    case SCENARIO_MISSING:
        load->subject = NULL;
        load_keep_pool(load, subject);
        load->calls->drop(subject);
        return;
    case SCENARIO_CLEAN:
    case SCENARIO_ABORT:
    case SCENARIO_IN_FLIGHT:
    case SCENARIO_FROM_CALLBACK:
        if (subject != NULL) {
            load_ending(load, shutdown).close(load);
        }
        break;
    }
    if (load->closes_pending > 0) {
        outcome_join(outcome, watch_run(&load->watch, &calls));
    }
}

/* What a subject answers too often is no answer, and the next cycle could take
 * it for one of its own. */
static void load_check_strays(const struct load *load,
                              struct load_outcome *outcome) {
    const char *stray =
        load->dispatch == NULL ? NULL : dispatch_stray(load->dispatch);
    if (stray != NULL &&
        (outcome->end == LOAD_DONE || outcome->end == LOAD_INTERRUPTED)) {
        outcome->end = LOAD_FAILED;
        (void)snprintf(outcome->error, sizeof outcome->error, "%s", stray);
    }
}

/* Where the lookups are that nobody answers. */
static void load_say_queue(const struct load *load,
                           const struct subject *subject,
                           struct load_outcome *outcome) {
    if (outcome->end != LOAD_STALLED || load->calls->queue == NULL) {
        return;
    }
    struct subject_queue queue;
    load->calls->queue(subject, &queue);
    size_t size = strlen(outcome->error);
    (void)snprintf(outcome->error + size, sizeof outcome->error - size,
                   ": %" PRIu64 " unanswered, of which %" PRIu64
                   " wait for one of %" PRIu64 " threads",
                   queue.unanswered, queue.waiting, queue.threads);
}

static void load_run(struct load *load, const struct load_part *part,
                     struct load_outcome *outcome_out) {
    *outcome_out = (struct load_outcome){.end = LOAD_DONE};
    for (size_t i = 0; i < part->phases->count; i++) {
        phase_begin(&part->phases->items[i], part->cycle);
    }
    struct subject *subject;
    load->waits_for_close = false;
    if (!load_open(load, part, &subject, outcome_out)) {
        return;
    }
    load->subject = subject;
    if (load->dispatch != NULL) {
        const struct dispatch_ending ending = load_ending(load, part->shutdown);
        dispatch_end_with(load->dispatch, &ending);
        dispatch_run(load->dispatch, subject, part->phases, outcome_out);
    } else {
        driven_run(load->driven, subject, part->phases, outcome_out);
    }
    if (load->subject != NULL || load->closes_pending > 0) {
        load_say_queue(load, subject, outcome_out); /* it is still there */
    }
    /* With answers missing, a close would wait for them for ever. */
    if (outcome_out->end != LOAD_LOST && outcome_out->end != LOAD_STALLED) {
        load_shut_down(load, part->shutdown, outcome_out);
    }
    load_check_strays(load, outcome_out);
}

/* Beside the cycles: nobody is told of it, nor of what fails in it. */
static void load_run_aside(struct load *load, struct phase *phase,
                           struct load_part part,
                           struct load_outcome *outcome_out) {
    const struct phases phases = {.items = phase, .count = 1};
    load->means.board = &load->warm_up_board;
    load->means.error = &load->warm_up_error;
    part.phases = &phases;
    load_run(load, &part, outcome_out);
    load->means.board = load->options.board;
    load->means.error = &load->error;
}

void load_warm_up(struct load *load, struct load_outcome *outcome_out) {
    load_run_aside(load, &load->warm_up,
                   (struct load_part){.shutdown = SCENARIO_CLEAN}, outcome_out);
}

void load_probe(struct load *load, uint64_t (*held)(void), uint64_t held_out[3],
                struct load_outcome *outcome_out) {
    const struct load_part part = {.shutdown = SCENARIO_MISSING,
                                   .single = true};
    *outcome_out = (struct load_outcome){.end = LOAD_DONE};
    held_out[0] = held();
    for (size_t i = 1; i < 3 && outcome_out->end == LOAD_DONE; i++) {
        load_run_aside(load, &load->once, part, outcome_out);
        held_out[i] = held();
    }
    if (outcome_out->end == LOAD_DONE) {
        load_close_left(load, load_left(load), outcome_out);
    }
}

bool load_ask_once(struct load *load, uint64_t cycle,
                   struct load_outcome *outcome_out) {
    const struct load_part part = {.cycle = cycle, .shutdown = SCENARIO_CLEAN};
    struct tally *tally = &load->once.tally;
    tally_clear(tally);
    load_run_aside(load, &load->once, part, outcome_out);
    return outcome_out->end == LOAD_DONE && tally->completed == 1 &&
           tally->wrong == 0;
}

uint64_t load_left(const struct load *load) {
    return load->left_end - load->left_first;
}

static void load_close_pools(struct load *load, struct dbpool **pools,
                             uint64_t count, struct load_outcome *outcome_out) {
    const struct watch_calls calls = {.data = load};
    *outcome_out = (struct load_outcome){.end = LOAD_DONE};
    if (count == 0) {
        return;
    }
    watch_begin(&load->watch);
    load->waits_for_close = true;
    load->closes_pending = count;
    for (uint64_t i = 0; i < count; i++) {
        load->calls->close(load->calls->adopt(pools[i]), load_closed, load);
    }
    outcome_join(outcome_out, watch_run(&load->watch, &calls));
}

void load_close_left(struct load *load, uint64_t count,
                     struct load_outcome *outcome_out) {
    CHECK(count <= load_left(load));
    struct dbpool **oldest = load->left + load->left_first;
    load->left_first += count;
    load_close_pools(load, oldest, count, outcome_out);
}

void load_close_last(struct load *load, struct load_outcome *outcome_out) {
    CHECK(load_left(load) > 0);
    load_close_pools(load, load->left + --load->left_end, 1, outcome_out);
}

/* The subject may say of it no more than that a lookup failed. */
static void load_check_refused(const struct load *load,
                               struct load_outcome *outcome) {
    const int error_number =
        outcome->end == LOAD_DONE && load->options.refused != NULL
            ? load->options.refused()
            : 0;
    if (error_number != 0) {
        outcome->end = LOAD_EXHAUSTED;
        outcome->error_number = error_number;
        (void)snprintf(outcome->error, sizeof outcome->error, "%s",
                       load->error.text);
    }
}

void load_rest(struct load *load) {
    if (load->dispatch != NULL) {
        dispatch_rest(load->dispatch);
    } else {
        driven_rest(load->driven);
    }
}

void load_cycle(struct load *load, uint64_t cycle,
                struct load_outcome *outcome_out) {
    if (watch_interrupted(&load->watch)) {
        *outcome_out = (struct load_outcome){.end = LOAD_INTERRUPTED};
        return;
    }
    const struct load_part part = {
        .cycle = cycle,
        .phases = &load->phases,
        .shutdown = load->calls->reference ? SCENARIO_CLEAN
                                           : load->settings->pool.shutdown,
    };
    load_run(load, &part, outcome_out);
    load_check_refused(load, outcome_out);
    if (outcome_out->end == LOAD_DONE || outcome_out->end == LOAD_INTERRUPTED) {
        for (size_t i = 0; i < load->phases.count; i++) {
            phase_keep(&load->phases.items[i]);
        }
    }
    if (outcome_out->end == LOAD_DONE) {
        load->cycles_completed++;
    }
    if (load->options.answers != NULL) {
        (void)fflush(load->options.answers);
    }
    atomic_fetch_add_explicit(&load->options.board->cycles, 1,
                              memory_order_relaxed);
}

/* After the last one, that. */
static const struct phase *load_phase_shown(const struct load *load) {
    const size_t phase = atomic_load(&load->options.board->phase);
    const size_t last = load->phases.count - 1;
    return &load->phases.items[phase < last ? phase : last];
}

/* For whoever watches. */
static void load_publish(const struct load *load,
                         const struct result_usage *usage) {
    struct load_board *board = load->options.board;
    struct subject_queue queue = {.waiting = RESULT_UNKNOWN};
    uint64_t p50_ns;
    uint64_t p99_ns;
    if (load->subject != NULL && load->calls->queue != NULL) {
        load->calls->queue(load->subject, &queue);
    }
    series_latest(load_phase_shown(load)->series, &p50_ns, &p99_ns);
    atomic_store(&board->waiting, queue.waiting);
    atomic_store(&board->p50_ns, p50_ns);
    atomic_store(&board->p99_ns, p99_ns);
    atomic_store(&board->threads, usage->threads);
    atomic_store(&board->fds, usage->fds);
    atomic_store(&board->rss_bytes, usage->rss_bytes);
    atomic_store(&board->is_looked_at, true);
}

void load_look(struct load *load, const struct result_usage *usage) {
    if (load == NULL) {
        return;
    }
    if (load->dispatch != NULL) {
        dispatch_look(load->dispatch, usage);
    } else {
        driven_look(load->driven, usage);
    }
    load_publish(load, usage);
}

/* Of what was measured. */
static struct result_cost load_cost(const struct load *load) {
    static const struct load_spent nothing;
    struct load_spent spent = nothing;
    uint64_t completed = 0;
    for (size_t i = 0; i < load->phases.count; i++) {
        const struct phase *phase = &load->phases.items[i];
        if (phase->plan->measure && phase->spent_now != NULL) {
            spent_add(&spent, &nothing, &phase->spent);
            completed += phase->completed_in_window;
        }
    }
    return spent_per_lookup(&spent, completed);
}

void load_result(const struct load *load, struct arena *arena,
                 struct result_cell *cell) {
    cell->phases_count = load->phases.count;
    cell->phases =
        arena_alloc(arena, load->phases.count * sizeof *cell->phases);
    for (size_t i = 0; i < load->phases.count; i++) {
        phase_result(&load->phases.items[i], arena, &cell->phases[i]);
    }
    cell->error = load->error.text[0] != '\0'
                      ? arena_text(arena, load->error.text)
                      : NULL;
    cell->cycles.completed = load->cycles_completed;
    cell->cost = load_cost(load);
}
