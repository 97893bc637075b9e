/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/judge.h"

#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "scenario/scenario.h"
#include "verdict/audit.h"
#include "verdict/baseline.h"
#include "verdict/instrumented.h"
#include "verdict/reading.h"
#include "verdict/rule.h"
#include "verdict/turned.h"

struct judge {
    const struct scenario *scenario;
    const struct baseline *baseline; /* NULL: none was given */
    struct arena *arena;
    struct result *result;
    const struct point *points; /* reference points too */
    size_t points_count;
    size_t judged_count;  /* points that are no references */
    size_t planned_count; /* how many of these there should be */
};

static bool is_judged(const struct point *point) {
    return !point->cells[0]->reference;
}

static const struct scenario_cell *planned_cell(const struct judge *judge,
                                                const struct point *point) {
    const char *label = point->cells[0]->label;
    for (size_t i = 0; i < judge->scenario->cells_count; i++) {
        const struct scenario_cell *cell = &judge->scenario->cells[i];
        if (!cell->reference && cell->label != NULL && label != NULL &&
            strcmp(cell->label, label) == 0) {
            return cell;
        }
    }
    return NULL;
}

/* That nothing is left behind is implied only where it can be so. */
static bool is_asked_of(const struct judge *judge,
                        const struct expectation *expectation,
                        const struct point *point) {
    if (!expectation->implied ||
        expectation->metric != EXPECTATION_LEFT_BEHIND) {
        return true;
    }
    const struct scenario_cell *cell = planned_cell(judge, point);
    return cell == NULL || scenario_leaves_nothing(&cell->settings);
}

static struct ruling with_label(const struct judge *judge,
                                const struct point *point,
                                struct ruling ruling) {
    const char *label = point->cells[0]->label;
    if (judge->judged_count > 1 && label != NULL && label[0] != '\0') {
        ruling.measured =
            arena_format(judge->arena, "%s (%s)", ruling.measured, label);
    }
    return ruling;
}

/* The worst of all points decides: an expectation holds when it holds in every
 * cell. */
static struct ruling rule_expectation(const struct judge *judge,
                                      const struct expectation *expectation) {
    const struct question question = {
        .expectation = expectation,
        .result = judge->result,
        .blocks = judge->scenario->blocks,
        .arena = judge->arena,
    };
    struct ruling worst = ruling_open("not measured: no cell was run");
    bool ruled = false;
    if (expectation->operand == EXPECTATION_BASELINE) {
        return baseline_rule(expectation, judge->baseline, judge->result,
                             judge->arena);
    }
    for (size_t i = 0; i < judge->points_count; i++) {
        const struct point *point = &judge->points[i];
        if (!is_judged(point) || !is_asked_of(judge, expectation, point)) {
            continue;
        }
        struct ruling ruling = rule_point(&question, point);
        struct ruling turned;
        if (turned_rule(&question, point, &turned) &&
            ruling_is_worse(&turned, &ruling)) {
            ruling = turned;
        }
        ruling = with_label(judge, point, ruling);
        if (!ruled || ruling_is_worse(&ruling, &worst)) {
            worst = ruling;
        }
        ruled = true;
    }
    if (worst.held == RESULT_HELD_YES &&
        judge->judged_count < judge->planned_count) {
        worst.held = RESULT_HELD_UNDECIDED;
        worst.why = arena_format(judge->arena,
                                 "not decided: %zu of %zu cells were measured",
                                 judge->judged_count, judge->planned_count);
    }
    return worst;
}

static void judge_expectations(struct judge *judge) {
    const struct scenario *scenario = judge->scenario;
    struct result *result = judge->result;
    result->expectations_count = scenario->expectations_count;
    result->expectations =
        arena_alloc(judge->arena, (scenario->expectations_count + 2) *
                                      sizeof result->expectations[0]);
    for (size_t i = 0; i < scenario->expectations_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        struct ruling ruling = rule_expectation(judge, expectation);
        result->expectations[i] = (struct result_expectation){
            .text = expectation->text,
            .line = expectation->line,
            .implied = expectation->implied,
            .held = ruling.held,
            .measured = ruling.measured,
            .why = ruling.why,
        };
    }
    if (instrumented_findings(
            result, judge->arena,
            &result->expectations[result->expectations_count])) {
        result->expectations_count++;
    }
    if (judge->baseline != NULL &&
        baseline_compare(scenario, judge->baseline, judge->arena, result,
                         &result->expectations[result->expectations_count])) {
        result->expectations_count++;
    }
}

static bool any_state(const struct result *result, enum result_state state) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].outcome.state == state) {
            return true;
        }
    }
    return false;
}

/* A reference cell is only there to be compared with: its limit fails nobody,
 * but leaves the comparison open. */
static bool any_over_limit(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        if (!cell->reference && cell->outcome.state == RESULT_OVER_LIMIT) {
            return true;
        }
    }
    return false;
}

/* After an exhaustion: the pools that are left must still close, and work go on
 * then, whatever the scenario expects. */
static bool any_not_recovered(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_recovery *recovery =
            &result->cells[i].cycles.recovery;
        if (recovery->tried && !recovery->ok) {
            return true;
        }
    }
    return false;
}

/* Without those of another build. */
static size_t count_own(const struct result *result) {
    size_t count = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        count += result->cells[i].build == NULL ? 1 : 0;
    }
    return count;
}

static bool any_held(const struct result *result, enum result_held held) {
    for (size_t i = 0; i < result->expectations_count; i++) {
        if (result->expectations[i].held == held) {
            return true;
        }
    }
    return false;
}

/* In the order of the exit statuses: 130, 3, 1, 4, 0. */
static enum result_verdict decide(const struct judge *judge, bool trusted) {
    const struct result *result = judge->result;
    size_t planned = judge->scenario->cells_count * judge->scenario->blocks;
    if (any_state(result, RESULT_INTERRUPTED) || count_own(result) < planned) {
        return RESULT_PARTIAL;
    }
    if (any_state(result, RESULT_CRASHED) || any_state(result, RESULT_HUNG)) {
        return RESULT_ERROR;
    }
    if (any_held(result, RESULT_HELD_NO) || any_over_limit(result) ||
        any_not_recovered(result)) {
        return RESULT_FAIL;
    }
    if (any_held(result, RESULT_HELD_UNDECIDED) || !trusted) {
        return RESULT_UNDECIDED;
    }
    return RESULT_PASS;
}

static struct judge judge_of(const struct scenario *scenario,
                             struct arena *arena, struct result *result) {
    struct judge judge = {
        .scenario = scenario,
        .arena = arena,
        .result = result,
    };
    judge.points = point_list(result, arena, &judge.points_count);
    for (size_t i = 0; i < judge.points_count; i++) {
        judge.judged_count += is_judged(&judge.points[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < scenario->cells_count; i++) {
        judge.planned_count += scenario->cells[i].reference ? 0 : 1;
    }
    return judge;
}

void judge_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result) {
    judge_result_beside(scenario, NULL, arena, result);
}

void judge_result_beside(const struct scenario *scenario,
                         const struct baseline *baseline, struct arena *arena,
                         struct result *result) {
    struct judge judge = judge_of(scenario, arena, result);
    judge.baseline = baseline;
    bool trusted = audit_result(scenario, arena, result);
    judge_expectations(&judge);
    result->verdict = decide(&judge, trusted);
}
