/* SPDX-License-Identifier: Apache-2.0 */
#include "load/driven.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/annotate.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/result.h"
#include "load/board.h"
#include "load/errand.h"
#include "load/outcome.h"
#include "load/phase.h"
#include "load/watch.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

#define DRIVEN_CHUNK_MAX 64
#define DRIVEN_ALIGN                                                           \
    128 /* two cache lines: neighbours are fetched in pairs                    \
         */

/* What one lane has. Its own thread alone writes there while it runs. */
struct seat {
    alignas(DRIVEN_ALIGN) struct subject_request request;
    struct dbpool_request_times times; /* where they are asked for */
    struct errand errand;
    char login[PEOPLE_FIELD_MAX + 1];
    uint64_t k; /* the next key, up to k_end */
    uint64_t k_end;
    uint64_t intended_ns; /* start of the next lookup, or the current one */
    uint64_t submitted_ns;
    uint64_t share_ns;  /* when the phase is next to get what there is */
    uint64_t shared_ns; /* up to when it has it; UINT64_MAX: asked nothing yet.
                           Under the mutex */
    bool started;       /* has asked for a lookup in this phase */
    bool shared;        /* the phase has some of its answers */
    bool tallied;       /* tally is initialised */
    struct tally tally;
    uint64_t window_completed;
    struct tally_error error;
    struct board_share share;
    _Atomic uint64_t progress;
};

/* Written by all lanes, so that nothing else may lie beside it. */
struct counter {
    alignas(DRIVEN_ALIGN) _Atomic uint64_t next;
};

struct driven {
    /* Any thread. */
    struct counter keys; /* of the phase */
    _Atomic bool stopped;

    /* Fixed while lanes run. */
    const struct means *means;
    struct seat *seats;
    struct phase *phase;
    uint64_t chunk;

    /* Guards the phase's tally and window while lanes run, and whether they
     * are given up. */
    pthread_mutex_t mutex;
    bool abandoned;

    /* Loop thread only. */
    struct subject *subject;
    struct load_outcome outcome;
    bool running;
};

/* ---- On a lane -----------------------------------------------------------*/

static void seat_start(struct seat *seat, struct driven *driven) {
    const struct phase *phase = driven->phase;
    if (!seat->tallied) {
        /* Always with histograms: one set for phases measured or not. */
        tally_init(&seat->tally, true);
        if (seat->request.times != NULL) {
            tally_stage(&seat->tally, true);
        }
        seat->tallied = true;
    }
    seat->started = true;
    seat->share_ns = phase->start_ns + CLOCK_NS_PER_S;
    (void)pthread_mutex_lock(&driven->mutex);
    seat->shared_ns = phase->start_ns;
    (void)pthread_mutex_unlock(&driven->mutex);
    seat->intended_ns = phase->start_ns;
    seat->submitted_ns = clock_now_ns();
}

/* Whether there is a key left for this lane. */
static bool seat_take(struct seat *seat, struct driven *driven) {
    uint64_t lookups = driven->phase->plan->lookups;
    seat->k = atomic_fetch_add_explicit(&driven->keys.next, driven->chunk,
                                        memory_order_relaxed);
    seat->k_end = seat->k + driven->chunk;
    if (lookups != 0 && seat->k_end > lookups) {
        seat->k_end = lookups;
    }
    return seat->k < seat->k_end;
}

static struct subject_request *driven_next(void *data, unsigned lane) {
    struct driven *driven = data;
    struct seat *seat = &driven->seats[lane];
    if (!seat->started) {
        seat_start(seat, driven);
    }
    if (seat->submitted_ns >= driven->phase->end_ns ||
        atomic_load_explicit(&driven->stopped, memory_order_relaxed)) {
        return NULL;
    }
    if (seat->k >= seat->k_end && !seat_take(seat, driven)) {
        return NULL;
    }
    phase_draw(driven->phase, seat->k++, seat->login, &seat->request);
    seat->tally.submitted++;
    seat->share.submitted++;
    return &seat->request;
}

static void seat_count(struct seat *seat, const struct driven *driven,
                       const struct subject_answer *answer, uint64_t now_ns) {
    const struct phase *phase = driven->phase;
    if (answer->status < 0) {
        seat->tally.failed++;
        tally_error_keep(&seat->error, answer->error);
        answers_failed(&driven->means->answers, &seat->request);
        return;
    }
    if (now_ns < phase->end_ns) {
        seat->window_completed++;
    }
    const struct tally_times times = {
        .intended_ns = seat->intended_ns,
        .submitted_ns = seat->submitted_ns,
        .answered_ns = now_ns,
        .told = seat->request.times,
    };
    const struct answers *answers = &driven->means->answers;
    bool right = phase->plan->show_answers
                     ? answers_show(answers, &seat->request, answer, NULL)
                     : answers_check(answers, &seat->request, answer);
    tally_complete(&seat->tally, right, &times);
    seat->tally.by_operation[seat->request.operation]++;
}

/* What a lane has becomes the phase's. */
static void seat_deliver(struct seat *seat, struct phase *phase) {
    tally_add(&phase->tally, &seat->tally);
    tally_clear(&seat->tally);
    phase->window_completed += seat->window_completed;
    seat->window_completed = 0;
}

/* For the phase's series: at each full second of it. */
static void seat_share(struct seat *seat, struct driven *driven,
                       uint64_t now_ns) {
    while (now_ns >= seat->share_ns) {
        seat->share_ns += CLOCK_NS_PER_S;
    }
    (void)pthread_mutex_lock(&driven->mutex);
    if (!driven->abandoned) {
        seat_deliver(seat, driven->phase);
        seat->shared_ns = seat->share_ns - CLOCK_NS_PER_S;
    }
    (void)pthread_mutex_unlock(&driven->mutex);
    seat->shared = true;
}

/* As in the closed loop, one reading of the clock serves all: the lane is free
 * when it is answered, and asks for the next at once. */
static void driven_answered(void *data, unsigned lane,
                            struct subject_request *request,
                            const struct subject_answer *answer) {
    struct driven *driven = data;
    struct seat *seat = &driven->seats[lane];
    CHECK(request == &seat->request);
    uint64_t now_ns = clock_now_ns();
    if (now_ns >= seat->share_ns) {
        seat_share(seat, driven, now_ns);
    }
    seat_count(seat, driven, answer, now_ns);
    seat->intended_ns = now_ns;
    seat->submitted_ns = now_ns;
    board_answered(driven->means->board, &seat->share);
    uint64_t progress =
        atomic_load_explicit(&seat->progress, memory_order_relaxed);
    atomic_store_explicit(&seat->progress, progress + 1, memory_order_relaxed);
}

/* ---- On the loop ---------------------------------------------------------*/

static void driven_prepare(struct driven *driven, struct phase *phase,
                           uint64_t start_ns) {
    /* Few lookups are spread over all lanes. */
    uint64_t chunk = phase->plan->lookups / (UINT64_C(4) * SUBJECT_LANES_MAX);
    chunk = chunk > 0 ? chunk : 1;
    driven->chunk = phase->plan->lookups == 0 || chunk > DRIVEN_CHUNK_MAX
                        ? DRIVEN_CHUNK_MAX
                        : chunk;
    driven->phase = phase;
    atomic_store(&driven->keys.next, 0);
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        struct seat *seat = &driven->seats[i];
        seat->started = false;
        seat->shared = false;
        seat->shared_ns = UINT64_MAX;
        seat->k = 0;
        seat->k_end = 0;
        seat->window_completed = 0;
    }
    phase_start(phase, start_ns);
}

/* Adds up what the lanes have; returns when the last answer came. */
static uint64_t driven_collect(struct driven *driven) {
    struct phase *phase = driven->phase;
    uint64_t last_ns = phase->start_ns;
    uint64_t lanes = 0;
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        struct seat *seat = &driven->seats[i];
        if (!seat->started) {
            continue;
        }
        bool asked = seat->shared || seat->tally.submitted > 0;
        lanes += asked ? 1 : 0;
        if (asked && seat->submitted_ns > last_ns) {
            last_ns = seat->submitted_ns;
        }
        seat_deliver(seat, phase);
        tally_error_keep(driven->means->error, seat->error.text);
        seat->error.text[0] = '\0';
        board_publish(driven->means->board, &seat->share);
    }
    if (lanes > phase->in_flight_peak) {
        phase->in_flight_peak = lanes;
    }
    return last_ns;
}

static uint64_t driven_progress(void *data) {
    const struct driven *driven = data;
    uint64_t progress = 0;
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        progress += atomic_load_explicit(&driven->seats[i].progress,
                                         memory_order_relaxed);
    }
    return progress;
}

static void driven_interrupt(void *data) {
    struct driven *driven = data;
    driven->outcome.end = LOAD_INTERRUPTED;
    atomic_store(&driven->stopped, true);
}

static void driven_dry(void *data) {
    struct driven *driven = data;
    driven->running = false;
    watch_done(driven->means->watch);
}

static uint64_t driven_end_ns(struct driven *driven, uint64_t last_ns) {
    const struct phase *phase = driven->phase;
    bool by_answer = phase->plan->for_ns == 0 || atomic_load(&driven->stopped);
    return by_answer && last_ns < phase->end_ns ? last_ns : phase->end_ns;
}

/* Whether the next phase is to follow. */
static bool driven_phase(struct driven *driven, struct phase *phase) {
    const struct watch_calls calls = {
        .data = driven,
        .progress = driven_progress,
        .interrupt = driven_interrupt,
    };
    const struct subject_source source = {driven, driven_next};
    struct subject_error error;
    watch_begin(driven->means->watch);
    driven_prepare(driven, phase, clock_now_ns());
    if (driven->subject->calls->drive(driven->subject, &source, driven_dry,
                                      driven, &error) < 0) {
        tally_error_keep(driven->means->error, error.text);
        outcome_set(&driven->outcome,
                    error.status == DBPOOL_ETHREAD ? LOAD_EXHAUSTED
                                                   : LOAD_FAILED,
                    &error);
        return false;
    }
    driven->running = true;
    enum watch_end end = watch_run(driven->means->watch, &calls);
    outcome_join(&driven->outcome, end);
    if (end != WATCH_DONE) {
        /* The lanes go on: their seats are not ours to read, nor is the phase
         * theirs any more. */
        (void)pthread_mutex_lock(&driven->mutex);
        driven->abandoned = true;
        (void)pthread_mutex_unlock(&driven->mutex);
        return false;
    }
    phase_end(phase, driven_end_ns(driven, driven_collect(driven)));
    return driven->outcome.end == LOAD_DONE;
}

void driven_run(struct driven *driven, struct subject *subject,
                const struct phases *phases, struct load_outcome *outcome_out) {
    CHECK(!driven->running);
    driven->subject = subject;
    driven->outcome = (struct load_outcome){.end = LOAD_DONE};
    atomic_store(&driven->stopped, false);
    for (size_t i = 0; i < phases->count; i++) {
        atomic_store_explicit(&driven->means->board->phase, (uint32_t)i,
                              memory_order_relaxed);
        if (!driven_phase(driven, &phases->items[i])) {
            break;
        }
    }
    atomic_store_explicit(&driven->means->board->phase, (uint32_t)phases->count,
                          memory_order_relaxed);
    *outcome_out = driven->outcome;
}

/* Up to when the phase has what all lanes did. */
static uint64_t driven_shared_ns(const struct driven *driven, uint64_t now_ns) {
    uint64_t shared_ns = now_ns;
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        const uint64_t lane_ns = driven->seats[i].shared_ns;
        shared_ns = lane_ns < shared_ns ? lane_ns : shared_ns;
    }
    return shared_ns;
}

void driven_look(struct driven *driven, const struct result_usage *usage) {
    if (!driven->running) {
        return;
    }
    const uint64_t now_ns = clock_now_ns();
    (void)pthread_mutex_lock(&driven->mutex);
    const uint64_t shared_ns = driven_shared_ns(driven, now_ns);
    if (shared_ns < now_ns) {
        phase_look(driven->phase, shared_ns, RESULT_UNKNOWN, usage);
    }
    (void)pthread_mutex_unlock(&driven->mutex);
}

struct subject_sink driven_sink(struct driven *driven) {
    return (struct subject_sink){.data = driven, .answered = driven_answered};
}

static void *driven_alloc(size_t size) {
    void *block = aligned_alloc(DRIVEN_ALIGN, size);
    if (block == NULL) {
        check_out_of_memory();
    }
    memset(block, 0, size);
    return block;
}

struct driven *driven_new(const struct means *means, bool staged) {
    struct driven *driven = driven_alloc(sizeof *driven);
    driven->means = means;
    driven->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    driven->seats = driven_alloc(SUBJECT_LANES_MAX * sizeof *driven->seats);
    ANNOTATE_UNCHECKED(driven->keys.next);
    ANNOTATE_UNCHECKED(driven->stopped);
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        ANNOTATE_UNCHECKED(driven->seats[i].progress);
        struct seat *seat = &driven->seats[i];
        board_share_init(&seat->share, means->board);
        subject_request_init(&seat->request, NULL);
        seat->request.errand = means->errands ? &seat->errand.what : NULL;
        if (staged) {
            seat->request.times = &seat->times;
        }
    }
    return driven;
}

void driven_rest(struct driven *driven) {
    for (unsigned i = 0; !driven->running && i < SUBJECT_LANES_MAX; i++) {
        subject_request_fini(&driven->seats[i].request);
    }
}

bool driven_free(struct driven *driven) {
    if (driven->running) {
        return false;
    }
    for (unsigned i = 0; i < SUBJECT_LANES_MAX; i++) {
        struct seat *seat = &driven->seats[i];
        subject_request_fini(&seat->request);
        if (seat->tallied) {
            tally_fini(&seat->tally);
        }
    }
    free(driven->seats);
    free(driven);
    return true;
}
