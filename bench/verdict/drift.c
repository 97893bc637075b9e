/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/drift.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "scenario/expectation.h"
#include "verdict/comparison.h"
#include "verdict/measured.h"

bool drift_decides(const struct expectation *expectation) {
    bool is_slope = expectation->metric == EXPECTATION_THREADS ||
                    expectation->metric == EXPECTATION_FDS ||
                    expectation->metric == EXPECTATION_RSS ||
                    expectation->metric == EXPECTATION_HEAP;
    return is_slope && expectation->per_cycle &&
           expectation->operand == EXPECTATION_VALUE;
}

static const struct result_slope *find(const struct expectation *expectation,
                                       const struct result_cell *cell) {
    const char *name = measured_metric_name(expectation);
    for (size_t i = 0; i < cell->slopes_count; i++) {
        if (strcmp(cell->slopes[i].metric, name) == 0 &&
            !isnan(cell->slopes[i].per_cycle)) {
            return &cell->slopes[i];
        }
    }
    return NULL;
}

static bool is_verdict(const struct result_slope *slope, const char *verdict) {
    return slope->verdict != NULL && strcmp(slope->verdict, verdict) == 0;
}

static enum result_held held(bool yes, bool no) {
    if (yes) {
        return RESULT_HELD_YES;
    }
    return no ? RESULT_HELD_NO : RESULT_HELD_UNDECIDED;
}

static enum result_held opposite(enum result_held one) {
    if (one == RESULT_HELD_UNDECIDED) {
        return one;
    }
    return one == RESULT_HELD_YES ? RESULT_HELD_NO : RESULT_HELD_YES;
}

static const char *in_cycles(uint64_t cycles, struct arena *arena) {
    char number[QUANTITY_SIZE];
    return cycles == 0 || cycles == RESULT_UNKNOWN
               ? ""
               : arena_format(arena, " in %s cycle%s",
                              quantity_count(number, cycles),
                              cycles == 1 ? "" : "s");
}

/* ---- What was counted ---------------------------------------------------- */

static const char *exact_reason(const struct expectation *expectation,
                                const struct result_slope *slope, bool holds,
                                struct arena *arena) {
    const char *comparison = arena_format(
        arena, "%s is%s %s %s",
        measured_value(expectation, slope->per_cycle, arena),
        holds ? "" : " not", expectation_operator_name(expectation->op),
        measured_value(expectation, expectation->value, arena));
    char number[QUANTITY_SIZE];
    if (slope->first_cycle == 0) {
        return comparison;
    }
    return arena_format(arena, "%s; first another after cycle %s", comparison,
                        quantity_count(number, slope->first_cycle));
}

static struct ruling rule_exact(const struct expectation *expectation,
                                const struct result_slope *slope,
                                struct arena *arena) {
    bool holds =
        comparison_holds(expectation->op, slope->per_cycle, expectation->value);
    bool moved = slope->first_cycle != 0 && is_verdict(slope, "undecided");
    struct ruling ruling = {
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .badness = comparison_badness(expectation->op, slope->per_cycle,
                                      expectation->value),
        .measured = measured_text(expectation, slope->per_cycle, arena),
        .why = exact_reason(expectation, slope, holds, arena),
    };
    if (holds && moved) {
        char number[QUANTITY_SIZE];
        ruling.held = RESULT_HELD_UNDECIDED;
        ruling.why = arena_format(
            arena,
            "not decided: it was another after cycle %s, and not more in the "
            "end",
            quantity_count(number, slope->first_cycle));
    }
    return ruling;
}

/* ---- What was estimated -------------------------------------------------- */

static enum result_held is_nothing(const struct result_slope *slope) {
    return held(is_verdict(slope, "clean"), is_verdict(slope, "leak"));
}

/* Growth is known only where it is called a leak: there is a floor below which
 * it says nothing. */
static enum result_held is_below(const struct result_slope *slope,
                                 double limit) {
    return held(slope->upper_bound < limit,
                is_verdict(slope, "leak") && slope->lower_bound >= limit);
}

static enum result_held is_equal(const struct result_slope *slope,
                                 double value) {
    return held(false,
                slope->upper_bound < value ||
                    (is_verdict(slope, "leak") && slope->lower_bound > value));
}

static enum result_held rule_interval(const struct expectation *expectation,
                                      const struct result_slope *slope) {
    double value = expectation->value;
    switch (expectation->op) {
    case EXPECTATION_EQ:
        return value == 0 ? is_nothing(slope) : is_equal(slope, value);
    case EXPECTATION_NE:
        return opposite(value == 0 ? is_nothing(slope)
                                   : is_equal(slope, value));
    case EXPECTATION_LE:
        return value == 0 ? is_nothing(slope) : is_below(slope, value);
    case EXPECTATION_LT:
        return is_below(slope, value);
    case EXPECTATION_GT:
        return opposite(value == 0 ? is_nothing(slope)
                                   : is_below(slope, value));
    case EXPECTATION_GE:
        return opposite(is_below(slope, value));
    }
    return RESULT_HELD_UNDECIDED;
}

static const char *interval_words(const struct result_slope *slope,
                                  struct arena *arena) {
    char lower[QUANTITY_SIZE];
    char upper[QUANTITY_SIZE];
    return arena_format(arena, "%s to %s per cycle",
                        quantity_size(lower, slope->lower_bound),
                        quantity_size(upper, slope->upper_bound));
}

static const char *interval_reason(const struct result_slope *slope,
                                   struct arena *arena) {
    char number[QUANTITY_SIZE];
    const char *cycles = in_cycles(slope->cycles, arena);
    double percent = slope->confidence * 100;
    if (is_verdict(slope, "clean")) {
        return arena_format(arena, "no leak above %s per cycle at %.3g %%%s",
                            quantity_size(number, fmax(slope->upper_bound, 0)),
                            percent, cycles);
    }
    if (is_verdict(slope, "leak")) {
        return arena_format(arena, "a leak of %s at %.3g %%%s",
                            interval_words(slope, arena), percent, cycles);
    }
    if (isnan(slope->upper_bound)) {
        return arena_format(arena,
                            "not decided%s: too few of them, or they depend "
                            "too much on each other; more limits.time allows "
                            "for more",
                            cycles);
    }
    return arena_format(
        arena, "not decided: %s at %.3g %%%s; more limits.time allows for more",
        interval_words(slope, arena), percent, cycles);
}

static struct ruling rule_estimated(const struct expectation *expectation,
                                    const struct result_slope *slope,
                                    struct arena *arena) {
    return (struct ruling){
        .held = rule_interval(expectation, slope),
        .badness = comparison_badness(expectation->op, slope->per_cycle,
                                      expectation->value),
        .measured = measured_text(expectation, slope->per_cycle, arena),
        .why = interval_reason(slope, arena),
    };
}

struct ruling drift_rule(const struct expectation *expectation,
                         const struct result_cell *cell, struct arena *arena) {
    const struct result_slope *slope = find(expectation, cell);
    if (slope == NULL) {
        return ruling_open(arena_format(
            arena, "not measured: a slope of %s needs two cycles at least",
            measured_metric_name(expectation)));
    }
    bool estimated = slope->confidence < 1;
    return estimated ? rule_estimated(expectation, slope, arena)
                     : rule_exact(expectation, slope, arena);
}
