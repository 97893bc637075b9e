/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/failure.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/quantity.h"
#include "scenario/expectation.h"
#include "verdict/comparison.h"

bool failure_decides(const struct expectation *expectation) {
    return expectation->metric == EXPECTATION_EXHAUSTED ||
           expectation->metric == EXPECTATION_EXHAUSTED_AT ||
           expectation->metric == EXPECTATION_ERROR;
}

static struct ruling decided(bool holds, const char *measured,
                             const char *why) {
    return (struct ruling){
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .measured = measured,
        .why = why,
    };
}

/* Words are the same or they are not: the grammar gives them no other
 * operator. */
static bool words_hold(const struct expectation *expectation, bool same) {
    CHECK(expectation->op == EXPECTATION_EQ ||
          expectation->op == EXPECTATION_NE);
    return same == (expectation->op == EXPECTATION_EQ);
}

static const char *cycle_words(uint64_t cycle, struct arena *arena) {
    char number[QUANTITY_SIZE];
    return arena_format(arena, "cycle %s", quantity_count(number, cycle));
}

static struct ruling rule_exhausted(const struct expectation *expectation,
                                    const struct result_cell *cell,
                                    struct arena *arena) {
    const struct result_exhaustion *exhausted = &cell->cycles.exhausted;
    if (!exhausted->happened) {
        bool same = expectation->operand == EXPECTATION_NOTHING;
        return decided(words_hold(expectation, same), "nothing",
                       "nothing was exhausted");
    }
    if (exhausted->resource == NULL) {
        return ruling_open("not measured: which resource was exhausted");
    }
    bool same = expectation->operand == EXPECTATION_RESOURCE &&
                strcmp(exhausted->resource, expectation->word) == 0;
    const char *why =
        arena_format(arena, "%s were exhausted in %s", exhausted->resource,
                     cycle_words(exhausted->at_cycle, arena));
    return decided(words_hold(expectation, same), exhausted->resource, why);
}

/* 0, the cycle of nothing, as in result_cycles. */
static uint64_t wanted_cycle(const struct expectation *expectation,
                             const struct result_cell *cell) {
    return expectation->operand == EXPECTATION_PREDICTED
               ? cell->cycles.predicted_cycle
               : 0;
}

/* `nothing` on one side at least. */
static struct ruling rule_no_cycle(const struct expectation *expectation,
                                   uint64_t at, uint64_t wanted,
                                   struct arena *arena) {
    bool equality =
        expectation->op == EXPECTATION_EQ || expectation->op == EXPECTATION_NE;
    bool number = expectation->operand == EXPECTATION_VALUE;
    const char *measured = at == 0 ? "nothing" : cycle_words(at, arena);
    const char *expected = wanted == 0 ? "nothing" : cycle_words(wanted, arena);
    if (number || !equality) {
        return decided(false, measured,
                       "there is no cycle to compare with another");
    }
    const char *why = at == wanted
                          ? "nothing was exhausted, as it should be"
                          : arena_format(arena, "exhausted: %s, expected: %s",
                                         measured, expected);
    return decided(words_hold(expectation, at == wanted), measured, why);
}

/* Of a resource, "2nd" of a pool. */
static struct ruling rule_other_place(const struct result_cycles *cycles,
                                      struct arena *arena) {
    return decided(
        false,
        arena_format(arena, "%s, number %" PRIu64,
                     cycle_words(cycles->exhausted.at_cycle, arena),
                     cycles->exhausted.number),
        arena_format(arena,
                     "in the predicted cycle, but number %" PRIu64
                     " of the pool's own %s, not number %" PRIu64
                     " of its own %s",
                     cycles->exhausted.number, cycles->exhausted.resource,
                     cycles->predicted.number, cycles->predicted.resource));
}

/* A prediction names the thread or descriptor, too. */
static bool is_as_predicted(const struct expectation *expectation,
                            const struct result_cycles *cycles) {
    const struct result_prediction *predicted = &cycles->predicted;
    const struct result_exhaustion *exhausted = &cycles->exhausted;
    if (expectation->operand != EXPECTATION_PREDICTED ||
        expectation->op != EXPECTATION_EQ || !cycles->is_predicted ||
        exhausted->number == 0 || exhausted->resource == NULL ||
        predicted->resource == NULL) {
        return true;
    }
    return predicted->number == exhausted->number &&
           strcmp(predicted->resource, exhausted->resource) == 0;
}

static struct ruling rule_exhausted_at(const struct expectation *expectation,
                                       const struct result_cell *cell,
                                       struct arena *arena) {
    const struct result_exhaustion *exhausted = &cell->cycles.exhausted;
    uint64_t at = exhausted->happened ? exhausted->at_cycle : 0;
    uint64_t wanted = wanted_cycle(expectation, cell);
    bool number = expectation->operand == EXPECTATION_VALUE;
    if (exhausted->happened && (at == 0 || at == RESULT_UNKNOWN)) {
        return ruling_open("not measured: in which cycle it was exhausted");
    }
    if (at == 0 || (!number && wanted == 0)) {
        return rule_no_cycle(expectation, at, wanted, arena);
    }
    double limit = number ? expectation->value : (double)wanted;
    bool holds = comparison_holds(expectation->op, (double)at, limit);
    if (holds && !is_as_predicted(expectation, &cell->cycles)) {
        return rule_other_place(&cell->cycles, arena);
    }
    const char *measured = cycle_words(at, arena);
    const char *why =
        arena_format(arena, "%s is%s %s %g", measured, holds ? "" : " not",
                     expectation_operator_name(expectation->op), limit);
    struct ruling ruling = decided(holds, measured, why);
    ruling.badness = comparison_badness(expectation->op, (double)at, limit);
    return ruling;
}

static struct ruling rule_error(const struct expectation *expectation,
                                const struct result_cell *cell,
                                struct arena *arena) {
    if (cell->error == NULL) {
        bool same = expectation->operand == EXPECTATION_NOTHING;
        return decided(words_hold(expectation, same), "no error",
                       "nothing failed");
    }
    bool same = expectation->operand == EXPECTATION_WORDS &&
                strcmp(cell->error, expectation->word) == 0;
    const char *measured = arena_format(arena, "\"%s\"", cell->error);
    return decided(words_hold(expectation, same), measured,
                   arena_format(arena, "the first failure said %s", measured));
}

struct ruling failure_rule(const struct expectation *expectation,
                           const struct result_cell *cell,
                           struct arena *arena) {
    switch (expectation->metric) {
    case EXPECTATION_EXHAUSTED:
        return rule_exhausted(expectation, cell, arena);
    case EXPECTATION_EXHAUSTED_AT:
        return rule_exhausted_at(expectation, cell, arena);
    default:
        return rule_error(expectation, cell, arena);
    }
}
