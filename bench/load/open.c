/* SPDX-License-Identifier: Apache-2.0 */
#include "load/open.h"

#include "load/lateness.h"
#include "load/phase.h"
#include "load/slots.h"
#include "scenario/scenario.h"

/* The phase wants no lookup that is due after its end, and no more of them than
 * it says. */
static void open_draw(struct open *open, const struct phase *phase) {
    const struct scenario_phase *plan = phase->plan;
    if (plan->lookups != 0 && phase->drawn >= plan->lookups) {
        open->due_ns = UINT64_MAX;
        return;
    }
    const uint64_t next_ns = schedule_next(&open->schedule);
    open->due_ns = next_ns > UINT64_MAX - phase->start_ns
                       ? UINT64_MAX
                       : phase->start_ns + next_ns;
    if (open->due_ns >= phase->end_ns) {
        open->due_ns = UINT64_MAX;
    }
}

void open_enter(struct open *open, const struct slots *slots) {
    const struct phase *phase = slots->phase;
    const struct schedule_options options = {
        .rate = &phase->plan->rate,
        .arrival = phase->plan->arrival,
        .for_ns = phase->plan->for_ns,
        .stream = phase->arrivals,
    };
    schedule_begin(&open->schedule, &options);
    open_draw(open, phase);
}

void open_leave(struct open *open) {
    open->due_ns = UINT64_MAX;
}

void open_ask(struct open *open, struct slots *slots,
              const struct lateness *lateness, uint64_t now_ns) {
    struct phase *phase = slots->phase;
    const struct slot_start start = {
        .intended_ns = open->due_ns,
        .now_ns = now_ns,
    };
    phase_was_late(phase, lateness_of(lateness, open->due_ns, now_ns));
    if (slots->unanswered >= phase->plan->in_flight) {
        slots_reject(slots, now_ns);
    } else {
        (void)slots_submit(slots, slots_take(slots), start);
    }
    open_draw(open, phase);
}
