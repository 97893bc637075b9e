/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/punctual.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "scenario/expectation.h"

#define PART_OF_P99 10

/* Not known is late, too. */
static bool is_late(const struct result_phase *phase) {
    const uint64_t late_ns = phase->lateness.p99;
    return phase->measured && phase->lateness.count != 0 &&
           late_ns > PUNCTUAL_NS && late_ns > phase->latency.p99 / PART_OF_P99;
}

static const char *describe(const struct result_phase *phase,
                            struct arena *arena) {
    char late[QUANTITY_SIZE];
    char latency[QUANTITY_SIZE];
    if (phase->lateness.p99 == RESULT_UNKNOWN) {
        return arena_format(
            arena,
            "how late the generator was at the lookups of %s is not known",
            phase->name);
    }
    return arena_format(
        arena,
        "the generator was up to %s late at 99%% of the lookups of %s, whose "
        "p99 is %s",
        quantity_duration(late, (double)phase->lateness.p99), phase->name,
        quantity_duration(latency, (double)phase->latency.p99));
}

/* @name: NULL for any phase. */
static const char *problem_in(const struct result_cell *cell, const char *name,
                              struct arena *arena) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        if ((name == NULL || strcmp(name, phase->name) == 0) &&
            is_late(phase)) {
            return describe(phase, arena);
        }
    }
    return NULL;
}

bool punctual_is_asked(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            if (cell->phases[j].lateness.count != 0) {
                return true;
            }
        }
    }
    return false;
}

const char *punctual_problem(const struct result_cell *cell,
                             struct arena *arena) {
    return problem_in(cell, NULL, arena);
}

const char *punctual_objection(const struct expectation *expectation,
                               const struct result_cell *cell,
                               struct arena *arena) {
    switch (expectation->metric) {
    case EXPECTATION_THROUGHPUT:
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION: {
        const char *problem = problem_in(cell, expectation->phase, arena);
        return problem == NULL
                   ? NULL
                   : arena_format(arena, "not decided: %s", problem);
    }
    default:
        return NULL;
    }
}
