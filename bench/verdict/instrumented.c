/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/instrumented.h"

#include "base/arena.h"
#include "base/point.h"
#include "scenario/expectation.h"
#include "verdict/metric.h"

static bool counts_lookups(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_COMPLETED:
    case EXPECTATION_ERRORS:
    case EXPECTATION_WRONG:
    case EXPECTATION_REJECTED:
        return true;
    default:
        return false;
    }
}

/* By itself, whatever it runs under; a tool is not in it. */
static bool counts_itself(const struct expectation *expectation) {
    return expectation->metric == EXPECTATION_INSTRUCTIONS ||
           expectation->metric == EXPECTATION_ALLOCATIONS;
}

/* None of many is none of few. */
static bool compares_with_none(const struct expectation *expectation) {
    return expectation->operand == EXPECTATION_NOTHING ||
           (expectation->operand == EXPECTATION_VALUE &&
            expectation->value == 0);
}

const char *instrumented_objection(const struct expectation *expectation,
                                   const struct result_cell *cell,
                                   struct arena *arena) {
    const struct result_under *under = &cell->under;
    if (!under->given) {
        return NULL;
    }
    const bool counted = counts_itself(expectation);
    if (metric_is_figure(expectation) && !counted) {
        return arena_format(arena, "not decided: measured under %s",
                            under->tool);
    }
    if (expectation->metric == EXPECTATION_FDS && !expectation->per_cycle) {
        return arena_format(arena,
                            "not decided: some of the descriptors are those "
                            "of %s",
                            under->tool);
    }
    if (under->scaling != NULL && (counted || counts_lookups(expectation)) &&
        !compares_with_none(expectation)) {
        return arena_format(arena, "not decided: a smaller load under %s (%s)",
                            under->tool, under->scaling);
    }
    return NULL;
}

const char *instrumented_by(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].under.given) {
            return result->cells[i].under.tool;
        }
    }
    return NULL;
}

/* "memcheck: 40 bytes in 1 blocks are definitely lost", with where it was. */
static const char *finding_words(const struct result_cell *cell,
                                 struct arena *arena) {
    const struct result_finding *finding = &cell->findings[0];
    return arena_format(arena, "%s: %s: %s", point_place(cell, arena),
                        finding->tool,
                        finding->text == NULL ? finding->kind : finding->text);
}

bool instrumented_findings(const struct result *result, struct arena *arena,
                           struct result_expectation *expectation_out) {
    const struct result_cell *first = NULL;
    size_t found = 0;
    size_t looked = 0;
    size_t whole = 0; /* of these, to the end */
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        found += cell->findings_count;
        looked += cell->under.finds ? 1 : 0;
        whole += cell->under.finds && cell->outcome.state == RESULT_COMPLETED
                     ? 1
                     : 0;
        first = first == NULL && cell->findings_count != 0 ? cell : first;
    }
    *expectation_out = (struct result_expectation){
        .text = "no findings",
        .implied = true,
        .held = found != 0       ? RESULT_HELD_NO
                : whole < looked ? RESULT_HELD_UNDECIDED
                                 : RESULT_HELD_YES,
        .measured = found == 0 ? "nothing found"
                               : arena_format(arena, "%zu finding%s", found,
                                              found == 1 ? "" : "s"),
        .why = first != NULL ? finding_words(first, arena)
               : whole < looked
                   ? "not decided: not every cell came to its end"
                   : arena_format(arena, "%s found nothing",
                                  looked == 0 ? "a tool"
                                              : instrumented_by(result)),
    };
    return found != 0 || looked != 0;
}
