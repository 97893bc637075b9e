/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/turned.h"

#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "verdict/comparison.h"
#include "verdict/measured.h"
#include "verdict/reading.h"

static bool is_same_text(const char *one, const char *other) {
    return strcmp(one == NULL ? "" : one, other == NULL ? "" : other) == 0;
}

static bool is_of_point(const struct result_slices *slices,
                        const struct point *point) {
    const struct result_cell *cell = point->cells[0];
    return is_same_text(slices->subject, cell->subject) &&
           is_same_text(slices->label, cell->label);
}

static bool is_same_pair(const struct result_slices *one,
                         const struct result_slices *other) {
    return one->block == other->block &&
           is_same_text(one->subject, other->subject) &&
           is_same_text(one->label, other->label);
}

static bool is_asked_for(const struct expectation *expectation,
                         const struct result_slices *slices) {
    return expectation->phase == NULL ||
           is_same_text(expectation->phase, slices->phase);
}

/* Of the pair whose first phase is at @first. false: it does not say. */
static bool count_wrong(const struct question *question, size_t first,
                        double *count_out) {
    const struct result *result = question->result;
    bool is_known = false;
    double count = 0;
    for (size_t i = first; i < result->slices_count; i++) {
        const struct result_slices *slices = &result->slices[i];
        if (is_same_pair(slices, &result->slices[first]) &&
            is_asked_for(question->expectation, slices) &&
            slices->wrong != RESULT_UNKNOWN) {
            count += (double)slices->wrong;
            is_known = true;
        }
    }
    *count_out = count;
    return is_known;
}

static bool is_first(const struct result *result, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (is_same_pair(&result->slices[i], &result->slices[index])) {
            return false;
        }
    }
    return true;
}

static struct ruling rule_pair(const struct question *question, unsigned block,
                               double wrong) {
    const struct expectation *expectation = question->expectation;
    struct arena *arena = question->arena;
    const double limit =
        expectation->operand == EXPECTATION_NOTHING ? 0 : expectation->value;
    const bool holds = comparison_holds(expectation->op, wrong, limit);
    return (struct ruling){
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .badness = comparison_badness(expectation->op, wrong, limit),
        .measured = measured_text(expectation, wrong, arena),
        .why = arena_format(arena, "in block %u, in turns: %s is%s %s %s",
                            block, measured_value(expectation, wrong, arena),
                            holds ? "" : " not",
                            expectation_operator_name(expectation->op),
                            measured_value(expectation, limit, arena)),
    };
}

bool turned_rule(const struct question *question, const struct point *point,
                 struct ruling *ruling_out) {
    const struct expectation *expectation = question->expectation;
    const struct result *result = question->result;
    const bool is_number = expectation->operand == EXPECTATION_NOTHING ||
                           expectation->operand == EXPECTATION_VALUE;
    bool any = false;
    if (expectation->metric != EXPECTATION_WRONG || expectation->per_cycle ||
        !is_number) {
        return false;
    }
    for (size_t i = 0; i < result->slices_count; i++) {
        double wrong = 0;
        if (!is_of_point(&result->slices[i], point) || !is_first(result, i) ||
            !count_wrong(question, i, &wrong)) {
            continue;
        }
        const struct ruling ruling =
            rule_pair(question, result->slices[i].block, wrong);
        if (!any || ruling_is_worse(&ruling, ruling_out)) {
            *ruling_out = ruling;
        }
        any = true;
    }
    return any;
}
