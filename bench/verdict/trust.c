/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/trust.h"

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/total.h"
#include "verdict/instrumented.h"
#include "verdict/metric.h"
#include "verdict/noise.h"
#include "verdict/punctual.h"

static const char *state_words(enum result_state state) {
    switch (state) {
    case RESULT_CRASHED:
        return "the cell crashed";
    case RESULT_HUNG:
        return "the cell hung";
    case RESULT_INTERRUPTED:
        return "the cell was interrupted";
    case RESULT_OVER_LIMIT:
        return "the cell went over its limit";
    case RESULT_COMPLETED:
        break;
    }
    return NULL;
}

/* It did not run to its end. */
static const char *incomplete(const struct result_cell *cell,
                              struct arena *arena) {
    const char *words = state_words(cell->outcome.state);
    const char *detail = cell->outcome.detail;
    if (words == NULL) {
        return NULL;
    }
    return detail == NULL
               ? arena_format(arena, "not measured: %s", words)
               : arena_format(arena, "not measured: %s (%s)", words, detail);
}

const char *trust_requests(const struct result_cell *cell,
                           struct arena *arena) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        char submitted[QUANTITY_SIZE];
        char answered[QUANTITY_SIZE];
        if (total_adds_up(phase)) {
            continue;
        }
        if (phase->submitted == RESULT_UNKNOWN) {
            return arena_format(arena, "the requests of %s were not counted",
                                phase->name);
        }
        uint64_t sum = phase->completed + phase->failed + phase->rejected +
                       phase->cancelled;
        return arena_format(
            arena, "%s requests of %s were submitted, %s are accounted for",
            quantity_count(submitted, phase->submitted), phase->name,
            quantity_count(answered, sum));
    }
    return NULL;
}

const char *trust_objection(const struct expectation *expectation,
                            const struct result_cell *cell,
                            struct arena *arena) {
    const char *why = incomplete(cell, arena);
    if (why != NULL) {
        return why;
    }
    why = trust_requests(cell, arena);
    if (why != NULL) {
        return arena_format(arena, "not to be trusted: %s", why);
    }
    if (cell->ledger_disputed != NULL && metric_is_of_ledger(expectation)) {
        return arena_format(arena,
                            "not to be trusted: the ledger is disputed (%s)",
                            cell->ledger_disputed);
    }
    why = instrumented_objection(expectation, cell, arena);
    if (why == NULL) {
        why = punctual_objection(expectation, cell, arena);
    }
    return why != NULL ? why : noise_objection(expectation, cell, arena);
}
