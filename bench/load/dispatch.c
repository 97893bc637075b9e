/* SPDX-License-Identifier: Apache-2.0 */
#include "load/dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/check.h"
#include "base/clock.h"
#include "load/alarm.h"
#include "load/closed.h"
#include "load/lateness.h"
#include "load/open.h"
#include "load/outcome.h"
#include "load/phase.h"
#include "load/slots.h"
#include "load/watch.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

struct dispatch {
    const struct means *means;
    struct slots slots;
    uv_timer_t phase_timer; /* a phase ends by the clock, answers or not */
    uv_idle_t retry;        /* asks again after a refusal, one turn later */

    /* Where some phase has lookups that are due at times of their own. */
    bool timed;
    struct alarm alarm;
    struct lateness lateness;
    uint64_t due_ns; /* of the next such lookup; UINT64_MAX: none */

    /* Of the cycle. */
    struct phase *phases;
    size_t phases_count;
    size_t current; /* phases_count: all are over, the rest is drain */
    struct closed closed;
    struct open open;
    bool abandoned; /* answers come too late for anybody */
    bool running;   /* else it is over, and the subject being closed */
    bool subject_closed;
    struct dispatch_ending ending;  /* AFTER_ALL when it has been called */
    char stray[SUBJECT_ERROR_SIZE]; /* "": none */
};

/* ---- Phases --------------------------------------------------------------*/

static void dispatch_timer(uv_timer_t *timer);

/* libuv counts in whole ms, of a clock that may lag: who is woken too early
 * arms again. */
static void dispatch_arm(struct dispatch *dispatch, const struct phase *phase) {
    uint64_t now_ns = clock_now_ns();
    uint64_t rest_ns = phase->end_ns > now_ns ? phase->end_ns - now_ns : 0;
    uv_update_time(dispatch->means->loop);
    (void)uv_timer_start(&dispatch->phase_timer, dispatch_timer,
                         rest_ns / CLOCK_NS_PER_MS + 1, 0);
}

/* The phase is what its plan says; the other loop has nothing to do in it. */
static void dispatch_enter_loop(struct dispatch *dispatch) {
    const struct phase *phase = dispatch->slots.phase;
    closed_enter(&dispatch->closed, &dispatch->slots);
    if (phase != NULL && phase->plan->rate.kind != SCENARIO_RATE_NONE) {
        open_enter(&dispatch->open, &dispatch->slots);
    } else {
        open_leave(&dispatch->open);
    }
}

static void dispatch_enter(struct dispatch *dispatch, size_t index,
                           uint64_t start_ns) {
    struct phase *phase =
        index < dispatch->phases_count ? &dispatch->phases[index] : NULL;
    dispatch->current = index;
    dispatch->slots.phase = phase;
    atomic_store_explicit(&dispatch->means->board->phase, (uint32_t)index,
                          memory_order_relaxed);
    (void)uv_timer_stop(&dispatch->phase_timer);
    if (phase == NULL) {
        dispatch_enter_loop(dispatch);
        if (dispatch->timed) {
            alarm_stop(&dispatch->alarm);
        }
        return;
    }
    phase_start(phase, start_ns);
    dispatch_enter_loop(dispatch);
    if (phase->plan->for_ns != 0 && !dispatch->timed) {
        dispatch_arm(dispatch, phase);
    }
}

/* Submits what is due of an open loop by @until_ns. Returns the time. */
static uint64_t dispatch_come(struct dispatch *dispatch, uint64_t until_ns) {
    struct slots *slots = &dispatch->slots;
    uint64_t now_ns = clock_now_ns();
    while (dispatch->open.due_ns <= until_ns && !slots->exhausted) {
        const uint64_t asked_ns = now_ns;
        open_ask(&dispatch->open, slots, &dispatch->lateness, asked_ns);
        now_ns = clock_now_ns();
        lateness_held(&dispatch->lateness, asked_ns, now_ns);
    }
    return now_ns;
}

/* Leaves the phases that are over at @now_ns, by the clock or by an answer.
 * Lookups that are due before an end are of that phase, however late. */
static void dispatch_advance(struct dispatch *dispatch, uint64_t now_ns) {
    struct phase *phase = dispatch->slots.phase;
    while (phase != NULL && now_ns >= phase->end_ns) {
        if (dispatch->open.due_ns != UINT64_MAX) {
            (void)dispatch_come(dispatch, phase->end_ns - 1);
        }
        if (dispatch->slots.exhausted) {
            return; /* the load is broken off */
        }
        phase_end(phase, phase->end_ns);
        dispatch_enter(dispatch, dispatch->current + 1, phase->end_ns);
        phase = dispatch->slots.phase;
    }
}

/* Breaks the load off: nothing is submitted any more. */
static void dispatch_stop(struct dispatch *dispatch) {
    struct phase *phase = dispatch->slots.phase;
    if (phase != NULL) {
        uint64_t now_ns = clock_now_ns();
        phase_end(phase, now_ns < phase->end_ns ? now_ns : phase->end_ns);
        dispatch_enter(dispatch, dispatch->phases_count, now_ns);
    }
}

/* No lookup of this cycle is yet to be asked for. */
static bool dispatch_has_asked(const struct dispatch *dispatch) {
    const struct phase *phase = dispatch->slots.phase;
    if (phase == NULL) {
        return true;
    }
    return dispatch->current + 1 == dispatch->phases_count &&
           phase->plan->lookups != 0 && phase->drawn == phase->plan->lookups;
}

/* A tenth of the cycle's lookups, at least one. */
static uint64_t dispatch_tenth(const struct dispatch *dispatch) {
    uint64_t drawn = 0;
    for (size_t i = 0; i < dispatch->phases_count; i++) {
        drawn += dispatch->phases[i].drawn;
    }
    return drawn < 10 ? 1 : drawn / 10;
}

static bool dispatch_is_moment(const struct dispatch *dispatch,
                               bool in_answer) {
    const uint64_t unanswered = dispatch->slots.unanswered;
    switch (dispatch->ending.moment) {
    case DISPATCH_WITH_ANY:
        return unanswered > 0 && dispatch_has_asked(dispatch);
    case DISPATCH_WITH_TENTH:
        return unanswered > 0 && dispatch_has_asked(dispatch) &&
               unanswered <= dispatch_tenth(dispatch);
    case DISPATCH_IN_LAST_ANSWER:
        return in_answer && unanswered == 0 && dispatch_has_asked(dispatch);
    case DISPATCH_AFTER_ALL:
        break;
    }
    return false;
}

static void dispatch_check_moment(struct dispatch *dispatch, bool in_answer) {
    if (dispatch->ending.moment != DISPATCH_AFTER_ALL &&
        dispatch_is_moment(dispatch, in_answer)) {
        dispatch->ending.moment = DISPATCH_AFTER_ALL;
        dispatch->slots.cancelling = dispatch->ending.cancels;
        dispatch->ending.close(dispatch->ending.data);
    }
}

static void dispatch_check_over(struct dispatch *dispatch) {
    if (dispatch->current == dispatch->phases_count &&
        dispatch->slots.unanswered == 0) {
        watch_done(dispatch->means->watch);
    }
}

/* ---- Submitting ----------------------------------------------------------*/

static void dispatch_retry(uv_idle_t *idle);

static void dispatch_refused(struct dispatch *dispatch) {
    if (dispatch->slots.exhausted) {
        dispatch_stop(dispatch);
    } else {
        (void)uv_idle_start(&dispatch->retry, dispatch_retry);
    }
}

/* When to look again, whatever is answered meanwhile. */
static void dispatch_set_due(struct dispatch *dispatch) {
    const struct phase *phase = dispatch->slots.phase;
    if (!dispatch->timed) {
        return;
    }
    uint64_t due_ns = thinking_due_ns(&dispatch->closed.thinking);
    if (dispatch->open.due_ns < due_ns) {
        due_ns = dispatch->open.due_ns;
    }
    dispatch->due_ns = due_ns;
    alarm_set(&dispatch->alarm,
              phase != NULL && phase->end_ns < due_ns ? phase->end_ns : due_ns);
}

/* Submits all that a closed loop wants now. */
static void dispatch_fill_closed(struct dispatch *dispatch, uint64_t now_ns) {
    struct slots *slots = &dispatch->slots;
    closed_wake(&dispatch->closed, slots, now_ns);
    while (closed_wants(&dispatch->closed, slots)) {
        const uint64_t asked_ns = now_ns;
        bool accepted =
            closed_ask(&dispatch->closed, slots, &dispatch->lateness, asked_ns);
        now_ns = clock_now_ns();
        lateness_held(&dispatch->lateness, asked_ns, now_ns);
        dispatch_advance(dispatch, now_ns);
        if (!accepted) {
            dispatch_refused(dispatch);
            break;
        }
    }
    closed_asked(&dispatch->closed, slots);
}

/* Submits all that the phase wants now. */
static void dispatch_fill(struct dispatch *dispatch, uint64_t now_ns) {
    dispatch_advance(dispatch, now_ns);
    if (dispatch->open.due_ns <= now_ns) {
        now_ns = dispatch_come(dispatch, now_ns);
        dispatch_advance(dispatch, now_ns);
    }
    if (dispatch->slots.exhausted) {
        dispatch_stop(dispatch);
    }
    dispatch_fill_closed(dispatch, now_ns);
    dispatch_set_due(dispatch);
    dispatch_check_moment(dispatch, false);
    dispatch_check_over(dispatch);
}

static void dispatch_rings(void *data) {
    dispatch_fill(data, clock_now_ns());
}

static void dispatch_timer(uv_timer_t *timer) {
    struct dispatch *dispatch = timer->data;
    size_t before = dispatch->current;
    dispatch_fill(dispatch, clock_now_ns());
    if (dispatch->current == before) {
        dispatch_arm(dispatch, dispatch->slots.phase);
    }
}

static void dispatch_retry(uv_idle_t *idle) {
    struct dispatch *dispatch = idle->data;
    (void)uv_idle_stop(idle);
    dispatch_fill(dispatch, clock_now_ns());
}

/* ---- Answers -------------------------------------------------------------*/

/* The request may be used again by then, so nothing but its site is known to be
 * that of the lookup. The cycle is broken off: what its figures say is over. */
static void dispatch_answered_stray(struct dispatch *dispatch,
                                    const struct subject_request *request) {
    if (dispatch->stray[0] == '\0') {
        (void)snprintf(dispatch->stray, sizeof dispatch->stray,
                       "a lookup of %s:%d (%s) was answered %s",
                       request->site.file, request->site.line,
                       request->site.function,
                       dispatch->subject_closed
                           ? "after the subject had said that it was closed"
                           : "twice");
    }
    if (dispatch->running) {
        dispatch_stop(dispatch);
        dispatch_check_over(dispatch);
    }
}

const char *dispatch_stray(const struct dispatch *dispatch) {
    return dispatch->stray[0] == '\0' ? NULL : dispatch->stray;
}

void dispatch_subject_closed(struct dispatch *dispatch) {
    dispatch->subject_closed = true;
    if (dispatch->slots.unanswered > 0 && dispatch->stray[0] == '\0') {
        (void)snprintf(dispatch->stray, sizeof dispatch->stray,
                       "the subject said that it was closed with %" PRIu64
                       " lookups unanswered",
                       dispatch->slots.unanswered);
    }
}

void dispatch_end_with(struct dispatch *dispatch,
                       const struct dispatch_ending *ending) {
    dispatch->ending = *ending;
    dispatch->slots.cancelling = false;
}

/* One reading of the clock serves the answer's latency, the end of phases, and
 * the start of the slot's next request: a slot is free when it is answered, and
 * the check of the answer is part of what the next one waits for. */
static void dispatch_answered(void *data, unsigned lane,
                              struct subject_request *request,
                              const struct subject_answer *answer) {
    (void)lane;
    struct dispatch *dispatch = data;
    struct slots *slots = &dispatch->slots;
    struct slot *slot = request->data;
    if (!slot->in_flight) {
        dispatch_answered_stray(dispatch, request);
        return;
    }
    if (dispatch->abandoned) {
        slots->unanswered--;
        slot->in_flight = false;
        return;
    }
    uint64_t now_ns = clock_now_ns();
    size_t before = dispatch->current;
    /* Its slot is not free yet for what was due before now. */
    dispatch_advance(dispatch, now_ns);
    slots->unanswered--;
    slots_count(slots, slot, answer, now_ns);
    slots_settle(slots, slot->phase, now_ns);
    dispatch_advance(dispatch, now_ns);
    /* In a phase that has just begun it takes its turn with all others. */
    if (dispatch->current != before ||
        !closed_wants(&dispatch->closed, slots)) {
        slots_release(slots, slot, now_ns);
    } else if (closed_thinks(&dispatch->closed, slots, slot, now_ns)) {
        dispatch_set_due(dispatch);
    } else if (!slots_submit(slots, slot,
                             (struct slot_start){now_ns, now_ns})) {
        dispatch_advance(dispatch, now_ns);
        dispatch_refused(dispatch);
    }
    if (dispatch->current != before || now_ns >= dispatch->due_ns) {
        dispatch_fill(dispatch, now_ns);
    }
    dispatch_check_moment(dispatch, true);
    dispatch_check_over(dispatch);
}

struct subject_sink dispatch_sink(struct dispatch *dispatch) {
    return (struct subject_sink){.data = dispatch,
                                 .answered = dispatch_answered};
}

/* ---- The cycle -----------------------------------------------------------*/

static uint64_t dispatch_progress(void *data) {
    struct dispatch *dispatch = data;
    struct slots *slots = &dispatch->slots;
    board_publish(dispatch->means->board, &slots->share);
    /* Nobody waits for a subject while nothing is due. */
    if (dispatch->timed && slots->unanswered == 0 && slots->phase != NULL) {
        slots->progress++;
    }
    return slots->progress;
}

static void dispatch_interrupt(void *data) {
    struct dispatch *dispatch = data;
    dispatch->slots.outcome.end = LOAD_INTERRUPTED;
    dispatch_stop(dispatch);
    dispatch_check_over(dispatch);
}

static void dispatch_begin(struct dispatch *dispatch, struct subject *subject,
                           const struct phases *phases) {
    dispatch->phases = phases->items;
    dispatch->phases_count = phases->count;
    dispatch->slots.subject = subject;
    dispatch->slots.outcome = (struct load_outcome){.end = LOAD_DONE};
    dispatch->slots.exhausted = false;
    dispatch->running = true;
    dispatch->subject_closed = false;
    dispatch->stray[0] = '\0';
    watch_begin(dispatch->means->watch);
    if (dispatch->timed) {
        alarm_start(&dispatch->alarm);
    }
    uint64_t now_ns = clock_now_ns();
    dispatch_enter(dispatch, 0, now_ns);
    dispatch_fill(dispatch, now_ns);
}

void dispatch_run(struct dispatch *dispatch, struct subject *subject,
                  const struct phases *phases,
                  struct load_outcome *outcome_out) {
    const struct watch_calls calls = {
        .data = dispatch,
        .progress = dispatch_progress,
        .interrupt = dispatch_interrupt,
    };
    CHECK(!dispatch->abandoned);
    dispatch_begin(dispatch, subject, phases);
    enum watch_end end = watch_run(dispatch->means->watch, &calls);
    dispatch->running = false;
    dispatch->abandoned = end != WATCH_DONE;
    dispatch_stop(dispatch);
    (void)uv_idle_stop(&dispatch->retry);
    /* Which rows a request had is by chance: what it keeps of them would be a
     * difference between cycles. */
    dispatch_rest(dispatch);
    board_publish(dispatch->means->board, &dispatch->slots.share);
    *outcome_out = dispatch->slots.outcome;
    outcome_join(outcome_out, end);
}

void dispatch_look(const struct dispatch *dispatch,
                   const struct result_usage *usage) {
    const struct slots *slots = &dispatch->slots;
    phase_look(slots->phase, clock_now_ns(), slots->unanswered, usage);
}

struct dispatch *dispatch_new(const struct means *means,
                              const struct dispatch_options *options) {
    struct dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (dispatch == NULL) {
        check_out_of_memory();
    }
    dispatch->means = means;
    slots_init(&dispatch->slots, means, options->slots_count, options->staged);
    closed_init(&dispatch->closed, options->thinks ? options->slots_count : 0);
    open_leave(&dispatch->open);
    dispatch->due_ns = UINT64_MAX;
    dispatch->timed = options->timed;
    if (options->timed) {
        alarm_init(&dispatch->alarm, means->loop, dispatch_rings, dispatch);
    }
    (void)uv_timer_init(means->loop, &dispatch->phase_timer);
    uv_unref((uv_handle_t *)&dispatch->phase_timer);
    dispatch->phase_timer.data = dispatch;
    (void)uv_idle_init(means->loop, &dispatch->retry);
    dispatch->retry.data = dispatch;
    return dispatch;
}

void dispatch_rest(struct dispatch *dispatch) {
    slots_rest(&dispatch->slots);
}

bool dispatch_free(struct dispatch *dispatch) {
    struct uv_loop_s *loop = dispatch->means->loop;
    watch_close_handle(loop, (uv_handle_t *)&dispatch->phase_timer);
    watch_close_handle(loop, (uv_handle_t *)&dispatch->retry);
    if (dispatch->timed) {
        alarm_fini(&dispatch->alarm);
    }
    if (dispatch->slots.unanswered > 0) {
        return false;
    }
    slots_fini(&dispatch->slots);
    closed_fini(&dispatch->closed);
    free(dispatch);
    return true;
}
