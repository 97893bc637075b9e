/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/absent.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "measure/decision.h"
#include "verdict/outcome.h"
#include "verdict/versus.h"

#define NO_FIGURE "not decided: there is no such figure"

static bool has_row(const struct result_comparison *comparison,
                    const char *metric) {
    for (size_t i = 0; i < comparison->figures_count; i++) {
        if (strcmp(comparison->figures[i].metric, metric) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_rare(const char *metric) {
    static const char kind[] = "left_behind.";
    static const char *const rare[] = {"exhausted_at", "not_completed",
                                       "findings"};
    for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++) {
        if (strcmp(rare[i], metric) == 0) {
            return true;
        }
    }
    return strncmp(metric, kind, sizeof kind - 1) == 0;
}

static const char *why_no_pair(const struct result *result) {
    for (size_t i = 0; i < result->slices_count; i++) {
        if (result->slices[i].why != NULL) {
            return result->slices[i].why;
        }
    }
    return "no pair took turns";
}

static const char *why_absent(const struct versus_options *options,
                              const struct result *result, const char *metric,
                              struct arena *arena) {
    const bool is_cpu = strcmp(metric, VERSUS_CPU) == 0;
    if (is_cpu && options->no_turns != NULL) {
        return arena_format(arena, NO_FIGURE " but in turns: %s",
                            options->no_turns);
    }
    return is_cpu || (strcmp(metric, "throughput") == 0 &&
                      result->slices_count > 0)
               ? arena_format(arena, NO_FIGURE " in turns: %s",
                              why_no_pair(result))
               : NO_FIGURE;
}

static struct result_compared row_of(const struct result *result,
                                     const char *metric, const char *why) {
    return (struct result_compared){
        .point = "",
        .subject = result->cells_count == 0 ? "" : result->cells[0].subject,
        .metric = metric,
        .unit = "count",
        .base_value = NAN,
        .new_value = NAN,
        .ratio = NAN,
        .low = NAN,
        .high = NAN,
        .confidence = NAN,
        .tolerance = result->comparison.tolerance,
        .visible = NAN,
        .answer = decision_answer_name(DECISION_OPEN),
        .more_blocks = RESULT_UNKNOWN,
        .why = why,
    };
}

void absent_add(const struct versus_options *options, struct arena *arena,
                struct result *result) {
    struct result_comparison *comparison = &result->comparison;
    const size_t before = comparison->figures_count;
    struct result_compared *figures =
        arena_alloc(arena, (before + options->metrics_count) * sizeof *figures);
    for (size_t i = 0; i < before; i++) {
        figures[i] = comparison->figures[i];
    }
    comparison->figures = figures;
    for (size_t i = 0; i < options->metrics_count; i++) {
        const char *metric = options->metrics[i];
        if (!has_row(comparison, metric) && !is_rare(metric)) {
            figures[comparison->figures_count++] = row_of(
                result, metric, why_absent(options, result, metric, arena));
        }
    }
    if (comparison->figures_count != before) {
        comparison->why = NULL;
        outcome_take(comparison, NULL, arena);
    }
}

bool absent_is(const struct result_compared *compared) {
    return compared->why != NULL &&
           strncmp(compared->why, NO_FIGURE, sizeof NO_FIGURE - 1) == 0;
}
