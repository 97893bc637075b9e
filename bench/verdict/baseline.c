/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/baseline.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "scenario/expectation.h"
#include "scenario/scenario.h"
#include "verdict/compare.h"
#include "verdict/likeness.h"
#include "verdict/measured.h"

/* ---- One expectation ----------------------------------------------------- */

/* The worse end of the interval is within what is let pass. */
static bool is_within(const struct result_compared *figure,
                      const struct expectation *expectation) {
    const bool more_is_better = expectation->metric == EXPECTATION_THROUGHPUT ||
                                expectation->metric == EXPECTATION_COMPLETED;
    return more_is_better ? figure->low >= 1 - expectation->value
                          : figure->high <= 1 + expectation->value;
}

static enum result_held held_of(const struct result_compared *figure,
                                const struct expectation *expectation) {
    if (strcmp(figure->answer, "worse") == 0) {
        return RESULT_HELD_NO;
    }
    if (strcmp(figure->answer, "better") == 0 ||
        strcmp(figure->answer, "same") == 0 || is_within(figure, expectation)) {
        return RESULT_HELD_YES;
    }
    return RESULT_HELD_UNDECIDED;
}

static const char *percent(double ratio, struct arena *arena) {
    return arena_format(arena, "%+.1f %%", (ratio - 1) * 100);
}

/* "4.13 ms beside 4.00 ms: +3.2 % (-0.1 % to +6.0 %)". */
static const char *why_of(const struct result_compared *figure,
                          const struct expectation *expectation,
                          struct arena *arena) {
    const char *words =
        arena_format(arena, "%s beside %s",
                     measured_value(expectation, figure->new_value, arena),
                     measured_value(expectation, figure->base_value, arena));
    if (isfinite(figure->ratio)) {
        words =
            arena_format(arena, "%s: %s", words, percent(figure->ratio, arena));
    }
    if (isfinite(figure->low) && isfinite(figure->high)) {
        words = arena_format(arena, "%s (%s to %s)", words,
                             percent(figure->low, arena),
                             percent(figure->high, arena));
    }
    if (isfinite(figure->visible) && figure->visible > 0) {
        words = arena_format(arena, "%s, seen from %.1f %%", words,
                             figure->visible * 100);
    }
    return figure->why == NULL
               ? words
               : arena_format(arena, "%s; %s", words, figure->why);
}

static struct ruling rule_figure(const struct result_compared *figure,
                                 const struct expectation *expectation,
                                 struct arena *arena) {
    struct ruling ruling = {
        .held = held_of(figure, expectation),
        .badness = isfinite(figure->ratio) ? fabs(log(figure->ratio)) : 0,
        .why = why_of(figure, expectation, arena),
    };
    const char *answer =
        ruling.held == RESULT_HELD_YES && strcmp(figure->answer, "better") != 0
            ? "not worse"
            : figure->answer;
    ruling.measured =
        *figure->point == '\0'
            ? answer
            : arena_format(arena, "%s (%s)", answer, figure->point);
    if (ruling.held == RESULT_HELD_UNDECIDED &&
        figure->more_blocks != RESULT_UNKNOWN) {
        ruling.why =
            arena_format(arena, "%s; about %llu more block%s", ruling.why,
                         (unsigned long long)figure->more_blocks,
                         figure->more_blocks == 1 ? "" : "s");
    }
    return ruling;
}

struct ruling baseline_rule(const struct expectation *expectation,
                            const struct baseline *baseline,
                            const struct result *result, struct arena *arena) {
    const struct compare_options options = {
        .tolerance = expectation->value,
        .only = expectation,
    };
    if (baseline == NULL) {
        return ruling_open("not decided: no baseline was given");
    }
    struct result beside = *result;
    compare_with_saved(&options, baseline->result, baseline->path, &beside, "",
                       arena);
    struct ruling worst =
        ruling_open("not decided: the baseline has nothing of it");
    for (size_t i = 0; i < beside.comparison.figures_count; i++) {
        const struct ruling ruling =
            rule_figure(&beside.comparison.figures[i], expectation, arena);
        if (i == 0 || ruling_is_worse(&ruling, &worst)) {
            worst = ruling;
        }
    }
    return worst;
}

/* ---- All of it ----------------------------------------------------------- */

static bool is_named(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        if (scenario->expectations[i].operand == EXPECTATION_BASELINE) {
            return true;
        }
    }
    return false;
}

static enum result_held held_by(const char *answer) {
    if (strcmp(answer, "worse") == 0) {
        return RESULT_HELD_NO;
    }
    return strcmp(answer, "not decided") == 0 ? RESULT_HELD_UNDECIDED
                                              : RESULT_HELD_YES;
}

bool baseline_compare(const struct scenario *scenario,
                      const struct baseline *baseline, struct arena *arena,
                      struct result *result,
                      struct result_expectation *expectation_out) {
    const struct compare_options options = {.tolerance = baseline->tolerance};
    compare_with_saved(&options, baseline->result, baseline->path, result,
                       "this run", arena);
    result->comparison.newer.started_at = NULL;
    if (is_named(scenario)) {
        return false;
    }
    *expectation_out = (struct result_expectation){
        .text = "not worse than baseline",
        .implied = true,
        .held = held_by(result->comparison.answer),
        .measured = result->comparison.answer,
        .why = result->comparison.why,
    };
    return true;
}

/* ---- Before a run -------------------------------------------------------- */

static struct result_setting *set_by(const struct baseline_run *run,
                                     struct arena *arena) {
    struct result_setting *set =
        arena_alloc(arena, run->overrides_count * sizeof *set);
    for (size_t i = 0; i < run->overrides_count; i++) {
        set[i] = (struct result_setting){
            .key = run->overrides[i].path,
            .value = run->overrides[i].value,
        };
    }
    return set;
}

/* As likeness.h will see it: a result without a machine, and a cell that says
 * no more than its tool. */
const char *baseline_objection(const struct baseline *baseline,
                               const struct baseline_run *run,
                               struct arena *arena) {
    struct result_cell cell;
    result_cell_init(&cell);
    cell.under =
        (struct result_under){.given = run->tool != NULL, .tool = run->tool};
    const struct scenario *scenario = run->scenario;
    const struct result to_come = {
        .version = PLUNGE_VERSION,
        .seed = run->seed,
        .scenario = {.path = scenario->path,
                     .sha256 = scenario->sha256,
                     .text = scenario->text,
                     .includes = scenario->includes,
                     .includes_count = scenario->includes_count,
                     .set = set_by(run, arena),
                     .set_count = run->overrides_count},
        .cells = &cell,
        .cells_count = 1,
    };
    return likeness_of(baseline->result, &to_come, arena).scenario;
}
