/* SPDX-License-Identifier: Apache-2.0 */
#include "load/closed.h"

#include "load/gathering.h"
#include "load/lateness.h"
#include "load/phase.h"
#include "load/schedule.h"
#include "load/slots.h"
#include "scenario/scenario.h"

void closed_init(struct closed *closed, size_t thinkers) {
    *closed = (struct closed){0};
    thinking_init(&closed->thinking, thinkers);
}

void closed_fini(struct closed *closed) {
    thinking_fini(&closed->thinking);
}

static void let_go(struct closed *closed) {
    gathering_free(closed->gathering);
    closed->gathering = NULL;
}

/* A phase whose lookups all fit in flight at once is gathered, as the
 * tutorial's list of three. */
void closed_enter(struct closed *closed, struct slots *slots) {
    const struct phase *phase = slots->phase;
    let_go(closed);
    if (phase == NULL || phase->plan->think.kind == SCENARIO_THINK_NONE) {
        while (closed->thinking.count > 0) {
            slots_release(slots, thinking_pop(&closed->thinking), 0);
        }
    }
    if (phase != NULL && phase->plan->rate.kind == SCENARIO_RATE_NONE &&
        phase->plan->lookups != 0 &&
        phase->plan->lookups <= phase->plan->in_flight &&
        slots->subject->calls->gather != NULL) {
        closed->gathering = gathering_new(phase->plan->lookups);
    }
}

bool closed_wants(const struct closed *closed, const struct slots *slots) {
    const struct phase *phase = slots->phase;
    return phase != NULL && phase->plan->rate.kind == SCENARIO_RATE_NONE &&
           slots->unanswered + closed->thinking.count <
               phase->plan->in_flight &&
           (phase->plan->lookups == 0 || phase->drawn < phase->plan->lookups);
}

bool closed_thinks(struct closed *closed, const struct slots *slots,
                   struct slot *slot, uint64_t now_ns) {
    const struct phase *phase = slots->phase;
    const struct scenario_think *think = &phase->plan->think;
    uint64_t think_ns = think->ns;
    if (think->kind == SCENARIO_THINK_NONE) {
        return false;
    }
    if (think->kind == SCENARIO_THINK_EXPONENTIAL) {
        think_ns = (uint64_t)((double)think->ns *
                              schedule_exponential(phase->arrivals, slot->k));
    }
    thinking_push(&closed->thinking, slot, now_ns + think_ns);
    return true;
}

void closed_wake(struct closed *closed, struct slots *slots, uint64_t now_ns) {
    uint64_t due_ns = thinking_due_ns(&closed->thinking);
    while (due_ns <= now_ns) {
        slots_release(slots, thinking_pop(&closed->thinking), due_ns);
        due_ns = thinking_due_ns(&closed->thinking);
    }
}

bool closed_ask(struct closed *closed, struct slots *slots,
                const struct lateness *lateness, uint64_t now_ns) {
    struct slot *slot = slots_take(slots);
    uint64_t start_ns = slots->phase->start_ns;
    const struct slot_start start = {
        .intended_ns =
            slot->intended_ns > start_ns ? slot->intended_ns : start_ns,
        .now_ns = now_ns,
    };
    if (slots->phase->paced) {
        phase_was_late(slots->phase,
                       lateness_of(lateness, start.intended_ns, now_ns));
    }
    if (!slots_submit(slots, slot, start)) {
        return false;
    }
    if (closed->gathering != NULL) {
        gathering_add(closed->gathering, &slot->request);
    }
    return true;
}

/* When all of them are in flight; else the next turn of the loop may answer
 * one, and those that are left are not waited for together. */
void closed_asked(struct closed *closed, struct slots *slots) {
    if (closed->gathering == NULL) {
        return;
    }
    if (!gathering_is_full(closed->gathering)) {
        let_go(closed);
        return;
    }
    for (size_t i = 0; i < gathering_count(closed->gathering); i++) {
        struct slot *slot = gathering_request(closed->gathering, i)->data;
        slot->shown_later = gathering_text(closed->gathering, i);
    }
    gathering_wait(closed->gathering, slots->subject,
                   slots->means->answers.shown);
    closed->gathering = NULL;
}
