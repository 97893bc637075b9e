/* SPDX-License-Identifier: Apache-2.0 */
#include "load/closed.h"

#include "load/gathering.h"
#include "load/phase.h"
#include "load/slots.h"
#include "scenario/scenario.h"

/* A phase whose lookups all fit in flight at once is gathered, as the
 * tutorial's list of three. */
void closed_enter(struct closed *closed, const struct slots *slots) {
    const struct scenario_phase *plan = slots->phase->plan;
    closed_leave(closed);
    if (plan->lookups != 0 && plan->lookups <= plan->in_flight &&
        slots->subject->calls->gather != NULL) {
        closed->gathering = gathering_new(plan->lookups);
    }
}

void closed_leave(struct closed *closed) {
    gathering_free(closed->gathering);
    closed->gathering = NULL;
}

bool closed_wants(const struct slots *slots) {
    const struct phase *phase = slots->phase;
    return phase != NULL && slots->unanswered < phase->plan->in_flight &&
           (phase->plan->lookups == 0 || phase->drawn < phase->plan->lookups);
}

bool closed_ask(struct closed *closed, struct slots *slots, uint64_t now_ns) {
    struct slot *slot = slots_take(slots);
    uint64_t start_ns = slots->phase->start_ns;
    const struct slot_start start = {
        .intended_ns =
            slot->intended_ns > start_ns ? slot->intended_ns : start_ns,
        .now_ns = now_ns,
    };
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
        closed_leave(closed);
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
