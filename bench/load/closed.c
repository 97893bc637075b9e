/* SPDX-License-Identifier: Apache-2.0 */
#include "load/closed.h"

#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/check.h"
#include "base/clock.h"
#include "load/board.h"
#include "load/gathering.h"
#include "load/outcome.h"
#include "load/phase.h"
#include "load/watch.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

/* A slot's life:
 *
 *   free --submit--> in flight --answered--> in flight again (most of them),
 *    ^                   |                   or free: the phase wants no more
 *    +----- refused -----+
 */
struct slot {
    struct subject_request request;
    struct phase *phase;  /* that the request belongs to */
    uint64_t intended_ns; /* free: since when */
    uint64_t submitted_ns;
    struct slot *next_free;
    struct text *shown_later; /* NULL: an answer is shown when it comes */
    bool in_flight;
    char login[PEOPLE_FIELD_MAX + 1];
};

struct closed {
    const struct means *means;
    struct slot *slots;
    size_t slots_count;
    struct slot *free;
    uv_timer_t phase_timer; /* a phase ends by the clock, answers or not */
    uv_idle_t retry;        /* asks again after a refusal, one turn later */
    uint64_t unanswered;
    uint64_t progress; /* moves with every answer and refusal */
    struct board_share share;

    /* Of the cycle. */
    struct subject *subject;
    struct phase *phases;
    size_t phases_count;
    struct gathering *gathering; /* of the current phase, while it is filled */
    size_t current;      /* phases_count: all are over, the rest is drain */
    struct phase *phase; /* the current one, or NULL */
    bool abandoned;      /* answers come too late for anybody */
    bool running;        /* else it is over, and the subject being closed */
    bool subject_closed;
    char stray[SUBJECT_ERROR_SIZE]; /* "": none */
    struct load_outcome outcome;
};

/* ---- Phases --------------------------------------------------------------*/

static void closed_timer(uv_timer_t *timer);

/* libuv counts in whole ms, of a clock that may lag: who is woken too early
 * arms again. */
static void closed_arm(struct closed *closed, const struct phase *phase) {
    uint64_t now_ns = clock_now_ns();
    uint64_t rest_ns = phase->end_ns > now_ns ? phase->end_ns - now_ns : 0;
    uv_update_time(closed->means->loop);
    (void)uv_timer_start(&closed->phase_timer, closed_timer,
                         rest_ns / CLOCK_NS_PER_MS + 1, 0);
}

/* A phase whose lookups all fit in flight at once is gathered, as the
 * tutorial's list of three; with @plan NULL whatever was begun is let go. */
static void closed_gather(struct closed *closed,
                          const struct scenario_phase *plan) {
    gathering_free(closed->gathering);
    closed->gathering = NULL;
    if (plan != NULL && plan->lookups != 0 &&
        plan->lookups <= plan->in_flight &&
        closed->subject->calls->gather != NULL) {
        closed->gathering = gathering_new(plan->lookups);
    }
}

/* When all of them are in flight; else the next turn of the loop may answer
 * one, and those that are left are not waited for together. */
static void closed_wait_together(struct closed *closed) {
    if (closed->gathering == NULL) {
        return;
    }
    if (!gathering_is_full(closed->gathering)) {
        closed_gather(closed, NULL);
        return;
    }
    for (size_t i = 0; i < gathering_count(closed->gathering); i++) {
        struct slot *slot = gathering_request(closed->gathering, i)->data;
        slot->shown_later = gathering_text(closed->gathering, i);
    }
    gathering_wait(closed->gathering, closed->subject,
                   closed->means->answers.shown);
    closed->gathering = NULL;
}

static void closed_enter(struct closed *closed, size_t index,
                         uint64_t start_ns) {
    closed->current = index;
    closed->phase =
        index < closed->phases_count ? &closed->phases[index] : NULL;
    (void)uv_timer_stop(&closed->phase_timer);
    struct phase *phase = closed->phase;
    if (phase == NULL) {
        return;
    }
    phase_start(phase, start_ns);
    closed_gather(closed, phase->plan);
    if (phase->plan->for_ns != 0) {
        closed_arm(closed, phase);
    }
    atomic_store_explicit(&closed->means->board->phase, (uint32_t)index,
                          memory_order_relaxed);
}

static void closed_leave(struct closed *closed, uint64_t end_ns) {
    phase_end(closed->phase, end_ns);
    closed_enter(closed, closed->current + 1, end_ns);
}

/* Leaves the phases that are over by the clock at @now_ns. */
static void closed_advance(struct closed *closed, uint64_t now_ns) {
    struct phase *phase = closed->phase;
    while (phase != NULL && now_ns >= phase->end_ns) {
        closed_leave(closed, phase->end_ns);
        phase = closed->phase;
    }
}

/* Breaks the load off: nothing is submitted any more. */
static void closed_stop(struct closed *closed) {
    struct phase *phase = closed->phase;
    if (phase != NULL) {
        uint64_t now_ns = clock_now_ns();
        phase_end(phase, now_ns < phase->end_ns ? now_ns : phase->end_ns);
        closed_enter(closed, closed->phases_count, now_ns);
    }
}

static void closed_check_over(struct closed *closed) {
    if (closed->current == closed->phases_count && closed->unanswered == 0) {
        watch_done(closed->means->watch);
    }
}

/* ---- Slots ---------------------------------------------------------------*/

static void slot_release(struct closed *closed, struct slot *slot,
                         uint64_t now_ns) {
    slot->intended_ns = now_ns;
    slot->next_free = closed->free;
    closed->free = slot;
}

static struct slot *slot_take(struct closed *closed) {
    struct slot *slot = closed->free;
    CHECK(slot != NULL);
    closed->free = slot->next_free;
    return slot;
}

/* One more of the slot's phase is settled, which may have been its last. */
static void slot_settle(struct closed *closed, struct slot *slot,
                        uint64_t now_ns) {
    struct phase *phase = slot->phase;
    slot->in_flight = false;
    closed->progress++;
    board_answered(closed->means->board, &closed->share);
    if (++phase->settled == phase->plan->lookups && phase == closed->phase) {
        closed_leave(closed, now_ns);
    }
}

static void closed_retry(uv_idle_t *idle);

static void slot_refused(struct closed *closed, struct slot *slot,
                         const struct subject_error *error, uint64_t now_ns) {
    struct tally *tally = &slot->phase->tally;
    if (error->status == DBPOOL_EFULL) {
        tally->rejected++;
    } else {
        tally->failed++;
        tally_error_keep(closed->means->error, error->text);
    }
    slot_settle(closed, slot, now_ns);
    slot_release(closed, slot, now_ns);
    if (error->status == DBPOOL_ETHREAD) {
        outcome_set(&closed->outcome, LOAD_EXHAUSTED, error);
        closed_stop(closed);
    } else {
        (void)uv_idle_start(&closed->retry, closed_retry);
    }
}

/* Whether it was accepted. */
static bool slot_submit(struct closed *closed, struct slot *slot,
                        uint64_t intended_ns, uint64_t now_ns) {
    struct phase *phase = closed->phase;
    slot->phase = phase;
    slot->intended_ns = intended_ns;
    slot->submitted_ns = now_ns;
    slot->in_flight = true;
    phase_draw(phase, phase->drawn++, slot->login, &slot->request);
    phase->tally.submitted++;
    closed->share.submitted++;
    struct subject_error error;
    if (closed->subject->calls->submit(closed->subject, &slot->request,
                                       &error) < 0) {
        slot_refused(closed, slot, &error, now_ns);
        return false;
    }
    slot->shown_later = NULL;
    if (closed->gathering != NULL) {
        gathering_add(closed->gathering, &slot->request);
    }
    closed->unanswered++;
    if (closed->unanswered > phase->in_flight_peak) {
        phase->in_flight_peak = closed->unanswered;
    }
    return true;
}

static bool closed_wants(const struct closed *closed) {
    const struct phase *phase = closed->phase;
    return phase != NULL && closed->unanswered < phase->plan->in_flight &&
           (phase->plan->lookups == 0 || phase->drawn < phase->plan->lookups);
}

/* Lets free slots ask, up to what the phase wants in flight. Ends with a
 * refusal: the next attempt is a turn of the loop later, so that a subject that
 * refuses everything does not keep the loop from its timers. */
static void closed_fill(struct closed *closed, uint64_t now_ns) {
    closed_advance(closed, now_ns);
    while (closed_wants(closed)) {
        struct slot *slot = slot_take(closed);
        uint64_t start_ns = closed->phase->start_ns;
        uint64_t intended_ns =
            slot->intended_ns > start_ns ? slot->intended_ns : start_ns;
        if (!slot_submit(closed, slot, intended_ns, now_ns)) {
            break;
        }
        now_ns = clock_now_ns();
        closed_advance(closed, now_ns);
    }
    closed_wait_together(closed);
    closed_check_over(closed);
}

static void closed_timer(uv_timer_t *timer) {
    struct closed *closed = timer->data;
    size_t before = closed->current;
    closed_fill(closed, clock_now_ns());
    if (closed->current == before) {
        closed_arm(closed, closed->phase);
    }
}

static void closed_retry(uv_idle_t *idle) {
    struct closed *closed = idle->data;
    (void)uv_idle_stop(idle);
    closed_fill(closed, clock_now_ns());
}

/* ---- Answers -------------------------------------------------------------*/

static void slot_count(struct closed *closed, struct slot *slot,
                       const struct subject_answer *answer, uint64_t now_ns) {
    struct phase *phase = slot->phase;
    if (answer->status < 0) {
        phase->tally.failed++;
        tally_error_keep(closed->means->error, answer->error);
        return;
    }
    struct phase *window = closed->phase;
    if (window != NULL) {
        window->window_completed++;
    }
    const struct tally_times times = {
        .intended_ns = slot->intended_ns,
        .submitted_ns = slot->submitted_ns,
        .answered_ns = now_ns,
    };
    const struct answers *answers = &closed->means->answers;
    bool right =
        phase->plan->show_answers
            ? answers_show(answers, &slot->request, answer, slot->shown_later)
            : answers_check(answers, &slot->request, answer);
    tally_complete(&phase->tally, right, &times);
}

/* The request may be used again by then, so nothing but its site is known to be
 * that of the lookup. The cycle is broken off: what its figures say is over. */
static void closed_answered_stray(struct closed *closed,
                                  const struct subject_request *request) {
    if (closed->stray[0] == '\0') {
        (void)snprintf(closed->stray, sizeof closed->stray,
                       "a lookup of %s:%d (%s) was answered %s",
                       request->site.file, request->site.line,
                       request->site.function,
                       closed->subject_closed
                           ? "after the subject had said that it was closed"
                           : "twice");
    }
    if (closed->running) {
        closed_stop(closed);
        closed_check_over(closed);
    }
}

const char *closed_stray(const struct closed *closed) {
    return closed->stray[0] == '\0' ? NULL : closed->stray;
}

void closed_subject_closed(struct closed *closed) {
    closed->subject_closed = true;
}

/* One reading of the clock serves the answer's latency, the end of phases, and
 * the start of the slot's next request: a slot is free when it is answered, and
 * the check of the answer is part of what the next one waits for. */
static void closed_answered(void *data, unsigned lane,
                            struct subject_request *request,
                            const struct subject_answer *answer) {
    (void)lane;
    struct closed *closed = data;
    struct slot *slot = request->data;
    if (!slot->in_flight) {
        closed_answered_stray(closed, request);
        return;
    }
    closed->unanswered--;
    if (closed->abandoned) {
        slot->in_flight = false;
        return;
    }
    uint64_t now_ns = clock_now_ns();
    size_t before = closed->current;
    closed_advance(closed, now_ns);
    slot_count(closed, slot, answer, now_ns);
    slot_settle(closed, slot, now_ns);
    if (closed_wants(closed)) {
        (void)slot_submit(closed, slot, now_ns, now_ns);
    } else {
        slot_release(closed, slot, now_ns);
    }
    if (closed->current != before) {
        closed_fill(closed, now_ns);
    } else {
        closed_check_over(closed);
    }
}

struct subject_sink closed_sink(struct closed *closed) {
    return (struct subject_sink){.data = closed, .answered = closed_answered};
}

/* ---- The cycle -----------------------------------------------------------*/

static uint64_t closed_progress(void *data) {
    struct closed *closed = data;
    board_publish(closed->means->board, &closed->share);
    return closed->progress;
}

static void closed_interrupt(void *data) {
    struct closed *closed = data;
    closed->outcome.end = LOAD_INTERRUPTED;
    closed_stop(closed);
    closed_check_over(closed);
}

void closed_run(struct closed *closed, struct subject *subject,
                const struct phases *phases, struct load_outcome *outcome_out) {
    const struct watch_calls calls = {
        .data = closed,
        .progress = closed_progress,
        .interrupt = closed_interrupt,
    };
    CHECK(!closed->abandoned);
    closed->subject = subject;
    closed->phases = phases->items;
    closed->phases_count = phases->count;
    closed->outcome = (struct load_outcome){.end = LOAD_DONE};
    closed->running = true;
    closed->subject_closed = false;
    closed->stray[0] = '\0';
    watch_begin(closed->means->watch);
    uint64_t now_ns = clock_now_ns();
    closed_enter(closed, 0, now_ns);
    closed_fill(closed, now_ns);
    enum watch_end end = watch_run(closed->means->watch, &calls);
    closed->running = false;
    closed->abandoned = end != WATCH_DONE;
    closed_stop(closed);
    (void)uv_idle_stop(&closed->retry);
    /* Which rows a request had is by chance: what it keeps of them would be a
     * difference between cycles. */
    closed_rest(closed);
    board_publish(closed->means->board, &closed->share);
    *outcome_out = closed->outcome;
    outcome_join(outcome_out, end);
}

struct closed *closed_new(const struct means *means, size_t slots_count) {
    struct closed *closed = calloc(1, sizeof *closed);
    struct slot *slots = calloc(slots_count, sizeof *slots);
    if (closed == NULL || slots == NULL) {
        check_out_of_memory();
    }
    closed->means = means;
    closed->slots = slots;
    closed->slots_count = slots_count;
    for (size_t i = slots_count; i-- > 0;) {
        subject_request_init(&slots[i].request, &slots[i]);
        slot_release(closed, &slots[i], 0);
    }
    (void)uv_timer_init(means->loop, &closed->phase_timer);
    uv_unref((uv_handle_t *)&closed->phase_timer);
    closed->phase_timer.data = closed;
    (void)uv_idle_init(means->loop, &closed->retry);
    closed->retry.data = closed;
    return closed;
}

void closed_rest(struct closed *closed) {
    for (size_t i = 0; closed->unanswered == 0 && i < closed->slots_count;
         i++) {
        subject_request_fini(&closed->slots[i].request);
    }
}

bool closed_free(struct closed *closed) {
    struct uv_loop_s *loop = closed->means->loop;
    watch_close_handle(loop, (uv_handle_t *)&closed->phase_timer);
    watch_close_handle(loop, (uv_handle_t *)&closed->retry);
    if (closed->unanswered > 0) {
        return false;
    }
    closed_rest(closed);
    free(closed->slots);
    free(closed);
    return true;
}
