/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/rule.h"

#include "base/arena.h"
#include "base/point.h"
#include "measure/median.h"
#include "scenario/expectation.h"
#include "verdict/comparison.h"
#include "verdict/drift.h"
#include "verdict/failure.h"
#include "verdict/leaving.h"
#include "verdict/measured.h"
#include "verdict/metric.h"
#include "verdict/reading.h"
#include "verdict/trust.h"

static const char *not_if(bool holds) {
    return holds ? "" : " not";
}

/* ---- Figures: the median over the blocks --------------------------------- */

struct figures {
    double *values; /* ratios, where there is a reference */
    size_t count;
    double last; /* of the only block, where there is one */
    double last_other;
};

static const char *figure_words(const struct question *question,
                                double figure) {
    return reading_is_paired(question)
               ? arena_format(question->arena, "%.3g", figure)
               : measured_value(question->expectation, figure, question->arena);
}

/* "the median of 5 blocks, 61.2 ms (58.1 ms to 70.0 ms), is not < 50.0 ms". */
static const char *figure_reason(const struct question *question,
                                 const struct figures *figures, double median,
                                 bool holds) {
    const struct expectation *expectation = question->expectation;
    struct arena *arena = question->arena;
    const char *symbol = expectation_operator_name(expectation->op);
    const char *limit = figure_words(question, expectation->value);
    const char *words = figure_words(question, median);
    if (figures->count > 1) {
        return arena_format(
            arena, "the median of %zu %s, %s (%s to %s), is%s %s %s",
            figures->count, reading_is_paired(question) ? "pairs" : "blocks",
            words, figure_words(question, figures->values[0]),
            figure_words(question, figures->values[figures->count - 1]),
            not_if(holds), symbol, limit);
    }
    if (reading_is_paired(question)) {
        return arena_format(
            arena, "%s beside %s: the ratio, %s, is%s %s %s",
            measured_value(expectation, figures->last, arena),
            measured_value(expectation, figures->last_other, arena), words,
            not_if(holds), symbol, limit);
    }
    return arena_format(arena, "%s is%s %s %s", words, not_if(holds), symbol,
                        limit);
}

static struct ruling decide_figures(const struct question *question,
                                    struct figures *figures) {
    const struct expectation *expectation = question->expectation;
    struct arena *arena = question->arena;
    bool upper =
        expectation->op == EXPECTATION_LT || expectation->op == EXPECTATION_LE;
    double median = median_of(figures->values, figures->count,
                              upper ? MEDIAN_HIGHER : MEDIAN_LOWER);
    bool holds = comparison_holds(expectation->op, median, expectation->value);
    const char *measured = measured_text(expectation, median, arena);
    if (reading_is_paired(question)) {
        measured =
            arena_format(arena, "%s * %s", figure_words(question, median),
                         scenario_subject_name(expectation->subject));
    }
    return (struct ruling){
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .badness =
            comparison_badness(expectation->op, median, expectation->value),
        .measured = measured,
        .why = figure_reason(question, figures, median, holds),
    };
}

static struct ruling rule_figure(const struct question *question,
                                 const struct point *point) {
    struct figures figures = {
        .values = arena_alloc(question->arena,
                              point->cells_count * sizeof figures.values[0]),
    };
    struct ruling worst = {.held = RESULT_HELD_YES};
    for (size_t i = 0; i < point->cells_count; i++) {
        struct reading reading = reading_take(question, point->cells[i]);
        if (!reading.known) {
            if (ruling_is_worse(&reading.ruling, &worst)) {
                worst = reading.ruling;
            }
            continue;
        }
        figures.values[figures.count++] = reading_is_paired(question)
                                              ? reading_ratio(&reading)
                                              : reading.value;
        figures.last = reading.value;
        figures.last_other = reading.other;
    }
    return worst.held == RESULT_HELD_YES ? decide_figures(question, &figures)
                                         : worst;
}

/* ---- Counts: in every block ---------------------------------------------- */

static struct ruling rule_count(const struct question *question,
                                const struct result_cell *cell) {
    const struct expectation *expectation = question->expectation;
    struct arena *arena = question->arena;
    struct reading reading = reading_take(question, cell);
    if (!reading.known) {
        return reading.ruling;
    }
    double limit = expectation->value;
    if (expectation->operand == EXPECTATION_NOTHING) {
        limit = 0;
    } else if (reading_is_paired(question)) {
        limit *= reading.other;
    }
    bool holds = comparison_holds(expectation->op, reading.value, limit);
    bool words = expectation->metric == EXPECTATION_LEFT_BEHIND &&
                 !expectation->kind_given && !expectation->per_cycle;
    return (struct ruling){
        .held = holds ? RESULT_HELD_YES : RESULT_HELD_NO,
        .badness = comparison_badness(expectation->op, reading.value, limit),
        .measured = words ? measured_left_behind(cell, arena)
                          : measured_text(expectation, reading.value, arena),
        .why = arena_format(arena, "%s is%s %s %s",
                            measured_value(expectation, reading.value, arena),
                            not_if(holds),
                            expectation_operator_name(expectation->op),
                            measured_value(expectation, limit, arena)),
    };
}

static struct ruling rule_cell(const struct question *question,
                               const struct result_cell *cell) {
    const struct expectation *expectation = question->expectation;
    bool by_itself = drift_decides(expectation) ||
                     leaving_decides(expectation) ||
                     failure_decides(expectation);
    if (!by_itself) {
        return rule_count(question, cell);
    }
    const char *why = trust_objection(expectation, cell, question->arena);
    if (why != NULL) {
        return ruling_open(why);
    }
    if (drift_decides(expectation)) {
        return drift_rule(expectation, cell, question->arena);
    }
    return leaving_decides(expectation)
               ? leaving_rule(expectation, cell, question->arena)
               : failure_rule(expectation, cell, question->arena);
}

static struct ruling rule_every_block(const struct question *question,
                                      const struct point *point) {
    struct arena *arena = question->arena;
    const struct result_cell *witness = point->cells[0];
    struct ruling worst = rule_cell(question, witness);
    for (size_t i = 1; i < point->cells_count; i++) {
        struct ruling ruling = rule_cell(question, point->cells[i]);
        if (ruling_is_worse(&ruling, &worst)) {
            worst = ruling;
            witness = point->cells[i];
        }
    }
    if (point->cells_count == 1) {
        return worst;
    }
    if (worst.held == RESULT_HELD_YES) {
        worst.why = arena_format(arena,
                                 "in every one of %zu blocks; at worst "
                                 "%s",
                                 point->cells_count, worst.why);
    } else {
        worst.why =
            arena_format(arena, "in block %u: %s", witness->block, worst.why);
    }
    return worst;
}

struct ruling rule_point(const struct question *question,
                         const struct point *point) {
    const struct expectation *expectation = question->expectation;
    bool figure = metric_is_figure(expectation) && !drift_decides(expectation);
    struct ruling ruling = figure ? rule_figure(question, point)
                                  : rule_every_block(question, point);
    bool open = point->cells_count < question->blocks &&
                (figure || ruling.held == RESULT_HELD_YES);
    if (open) {
        ruling.held = RESULT_HELD_UNDECIDED;
        ruling.why =
            arena_format(question->arena,
                         "not decided: %zu of %u blocks were "
                         "measured, there %s",
                         point->cells_count, question->blocks, ruling.why);
    }
    return ruling;
}
