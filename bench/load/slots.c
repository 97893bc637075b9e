/* SPDX-License-Identifier: Apache-2.0 */
#include "load/slots.h"

#include <stdlib.h>

#include "base/check.h"
#include "load/errand.h"
#include "load/outcome.h"
#include "load/phase.h"
#include "scenario/scenario.h"

static void *slots_alloc(size_t count, size_t size) {
    void *block = calloc(count, size);
    if (block == NULL) {
        check_out_of_memory();
    }
    return block;
}

void slots_init(struct slots *slots, const struct means *means, size_t count,
                bool staged) {
    struct slot *items = slots_alloc(count, sizeof *items);
    *slots = (struct slots){.means = means, .items = items, .count = count};
    board_share_init(&slots->share, means->board);
    if (staged) {
        slots->times = slots_alloc(count, sizeof *slots->times);
    }
    if (means->errands) {
        slots->errands = slots_alloc(count, sizeof *slots->errands);
    }
    for (size_t i = count; i-- > 0;) {
        subject_request_init(&items[i].request, &items[i]);
        items[i].request.times = staged ? &slots->times[i] : NULL;
        items[i].request.errand =
            means->errands ? &slots->errands[i].what : NULL;
        slots_release(slots, &items[i], 0);
    }
}

void slots_fini(struct slots *slots) {
    CHECK(slots->unanswered == 0);
    slots_rest(slots);
    free(slots->times);
    free(slots->errands);
    free(slots->items);
}

void slots_rest(struct slots *slots) {
    for (size_t i = 0; slots->unanswered == 0 && i < slots->count; i++) {
        subject_request_fini(&slots->items[i].request);
    }
}

struct slot *slots_take(struct slots *slots) {
    struct slot *slot = slots->free;
    CHECK(slot != NULL);
    slots->free = slot->next_free;
    return slot;
}

void slots_release(struct slots *slots, struct slot *slot, uint64_t now_ns) {
    slot->intended_ns = now_ns;
    slot->next_free = slots->free;
    slots->free = slot;
}

void slots_settle(struct slots *slots, struct phase *phase, uint64_t now_ns) {
    board_answered(slots->means->board, &slots->share);
    if (++phase->settled == phase->plan->lookups && phase == slots->phase) {
        phase->end_ns = now_ns;
    }
}

static void slots_refused(struct slots *slots, struct slot *slot,
                          const struct subject_error *error, uint64_t now_ns) {
    struct tally *tally = &slot->phase->tally;
    answers_failed(&slots->means->answers, &slot->request);
    if (error->status == DBPOOL_EFULL) {
        tally->rejected++;
    } else {
        tally->failed++;
        tally_error_keep(slots->means->error, error->text);
    }
    slot->in_flight = false;
    slots->progress++;
    slots_settle(slots, slot->phase, now_ns);
    slots_release(slots, slot, now_ns);
    if (error->status == DBPOOL_ETHREAD) {
        outcome_set(&slots->outcome, LOAD_EXHAUSTED, error);
        slots->exhausted = true;
    }
}

bool slots_submit(struct slots *slots, struct slot *slot,
                  struct slot_start start) {
    struct phase *phase = slots->phase;
    slot->phase = phase;
    slot->intended_ns = start.intended_ns;
    slot->submitted_ns = start.now_ns;
    slot->in_flight = true;
    slot->k = phase->drawn++;
    phase_draw(phase, slot->k, slot->login, &slot->request);
    phase->tally.submitted++;
    slots->share.submitted++;
    struct subject_error error;
    if (slots->subject->calls->submit(slots->subject, &slot->request, &error) <
        0) {
        slots_refused(slots, slot, &error, start.now_ns);
        return false;
    }
    slot->shown_later = NULL;
    slots->unanswered++;
    if (slots->unanswered > phase->in_flight_peak) {
        phase->in_flight_peak = slots->unanswered;
    }
    return true;
}

/* No progress: a subject that answers nothing has stalled, however many more
 * are rejected. */
void slots_reject(struct slots *slots, uint64_t now_ns) {
    struct phase *phase = slots->phase;
    phase->drawn++;
    phase->tally.submitted++;
    phase->tally.rejected++;
    slots->share.submitted++;
    slots_settle(slots, phase, now_ns);
}

void slots_count(struct slots *slots, struct slot *slot,
                 const struct subject_answer *answer, uint64_t now_ns) {
    struct phase *phase = slot->phase;
    slot->in_flight = false;
    slots->progress++;
    if (answer->status == DBPOOL_ECANCELED && slots->cancelling) {
        phase->tally.cancelled++;
        answers_failed(&slots->means->answers, &slot->request);
        return;
    }
    if (answer->status < 0) {
        phase->tally.failed++;
        tally_error_keep(slots->means->error, answer->error);
        answers_failed(&slots->means->answers, &slot->request);
        return;
    }
    struct phase *window = slots->phase;
    if (window != NULL) {
        window->window_completed++;
    }
    const struct tally_times times = {
        .intended_ns = slot->intended_ns,
        .submitted_ns = slot->submitted_ns,
        .answered_ns = now_ns,
        .told = slot->request.times,
    };
    const struct answers *answers = &slots->means->answers;
    bool right =
        phase->plan->show_answers
            ? answers_show(answers, &slot->request, answer, slot->shown_later)
            : answers_check(answers, &slot->request, answer);
    tally_complete(&phase->tally, right, &times);
    if (slots->errands != NULL) {
        phase->tally.by_operation[slot->request.operation]++;
    }
}
