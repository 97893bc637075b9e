/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/versus.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "measure/decision.h"
#include "measure/median.h"
#include "measure/total.h"
#include "verdict/absent.h"
#include "verdict/compare.h"
#include "verdict/outcome.h"

double versus_error(unsigned number) {
    const double look = number;
    return number == 0 ? VERSUS_ERROR / 2
                       : VERSUS_ERROR / 2 / (look * (look + 1));
}

/* ---- The two -------------------------------------------------------------*/

/* The cells of one of them, as if it had been alone. Implied references are of
 * no account. */
static struct result result_of(const struct result *result, bool other,
                               struct arena *arena) {
    struct result one = *result;
    one.cells = NULL;
    one.cells_count = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        if ((cell->build != NULL) != other || (!other && cell->reference)) {
            continue;
        }
        one.cells =
            arena_more(arena, one.cells, one.cells_count, sizeof *one.cells);
        struct result_cell *copy = &one.cells[one.cells_count++];
        *copy = *cell;
        copy->reference = false;
        copy->build = NULL;
    }
    return one;
}

static bool is_taking_turns(const struct result *result,
                            const struct result_cell *cell) {
    for (size_t i = 0; i < result->slices_count; i++) {
        if (strcmp(result->slices[i].subject, cell->subject) == 0 &&
            strcmp(result->slices[i].label, cell->label) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_point(const struct result *result,
                      const struct result_cell *cell) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (point_is_same(&result->cells[i], cell)) {
            return true;
        }
    }
    return false;
}

/* The other build has none by itself of what is compared in turns alone: that
 * nobody is there to be compared with is not for these to say. */
static void drop_lonely(const struct result *result, const struct result *other,
                        struct result *own) {
    size_t kept = 0;
    for (size_t i = 0; i < own->cells_count; i++) {
        if (has_point(other, &own->cells[i]) ||
            !is_taking_turns(result, &own->cells[i])) {
            own->cells[kept++] = own->cells[i];
        }
    }
    own->cells_count = kept;
}

/* ---- Turns ---------------------------------------------------------------*/

struct figure_of_turns {
    const char *metric;
    const char *unit;
    bool more_is_better;
    double (*ratio)(const struct result_slices *slices);
    double (*own)(const struct result_slices *slices);
    double (*other)(const struct result_slices *slices);
};

static double throughput_ratio(const struct result_slices *slices) {
    return slices->throughput_ratio;
}

static double throughput_own(const struct result_slices *slices) {
    return slices->throughput_per_s;
}

static double throughput_other(const struct result_slices *slices) {
    return slices->other_throughput_per_s;
}

static double cpu_ratio(const struct result_slices *slices) {
    return slices->cpu_ratio;
}

static double cpu_own(const struct result_slices *slices) {
    return slices->cpu_ns;
}

static double cpu_other(const struct result_slices *slices) {
    return slices->other_cpu_ns;
}

static const struct figure_of_turns figures[] = {
    {"throughput", "per_s", true, throughput_ratio, throughput_own,
     throughput_other},
    {VERSUS_CPU, "ns", false, cpu_ratio, cpu_own, cpu_other},
};

static bool is_good(const struct result_slices *slices) {
    return slices->why == NULL && slices->quadruples > 0;
}

static bool is_same_phase(const struct result_slices *one,
                          const struct result_slices *two) {
    return strcmp(one->subject, two->subject) == 0 &&
           strcmp(one->label, two->label) == 0 &&
           strcmp(one->phase, two->phase) == 0;
}

static double middle_value(double *values, size_t count) {
    return count == 0 ? (double)NAN : median_between(values, count);
}

/* All blocks of the phase that @first is the first of. */
static struct compare_samples sample(const struct result *result, size_t first,
                                     const struct figure_of_turns *figure,
                                     struct arena *arena) {
    const struct result_slices *slices = &result->slices[first];
    const size_t most = result->slices_count - first;
    double *values = arena_alloc(arena, most * sizeof *values);
    double *own = arena_alloc(arena, most * sizeof *own);
    double *other = arena_alloc(arena, most * sizeof *other);
    size_t count = 0;
    for (size_t i = first; i < result->slices_count; i++) {
        const struct result_slices *pair = &result->slices[i];
        if (is_good(pair) && is_same_phase(pair, slices)) {
            values[count] = log(figure->ratio(pair));
            own[count] = figure->own(pair);
            other[count] = figure->other(pair);
            count++;
        }
    }
    return (struct compare_samples){
        .figure = {.point = slices->label,
                   .subject = slices->subject,
                   .metric = figure->metric,
                   .phase = slices->phase,
                   .unit = figure->unit,
                   .base_value = middle_value(other, count),
                   .new_value = middle_value(own, count)},
        .values = values,
        .count = count,
        .more_is_better = figure->more_is_better,
    };
}

/* Most pairs were in the phase for long enough: else what was is no sample. */
static bool is_in_turns(const struct result *result,
                        const struct result_slices *phase) {
    size_t good = 0;
    size_t all = 0;
    for (size_t i = 0; i < result->slices_count; i++) {
        if (is_same_phase(&result->slices[i], phase)) {
            good += is_good(&result->slices[i]) ? 1 : 0;
            all++;
        }
    }
    return 2 * good >= all;
}

static bool is_first(const struct result *result, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (is_same_phase(&result->slices[i], &result->slices[index])) {
            return false;
        }
    }
    return true;
}

static bool is_asked_for(const struct versus_options *options,
                         const char *metric) {
    for (size_t i = 0; i < options->metrics_count; i++) {
        if (strcmp(options->metrics[i], metric) == 0) {
            return true;
        }
    }
    return options->metrics_count == 0;
}

static struct compare_samples *sample_all(const struct versus_options *options,
                                          const struct result *result,
                                          struct arena *arena,
                                          size_t *count_out) {
    struct compare_samples *samples = NULL;
    size_t count = 0;
    for (size_t i = 0; i < result->slices_count; i++) {
        for (size_t j = 0; j < sizeof figures / sizeof figures[0]; j++) {
            if (is_first(result, i) &&
                is_in_turns(result, &result->slices[i]) &&
                is_asked_for(options, figures[j].metric)) {
                samples = arena_more(arena, samples, count, sizeof *samples);
                samples[count++] = sample(result, i, &figures[j], arena);
            }
        }
    }
    *count_out = count;
    return samples;
}

/* ---- The comparison ------------------------------------------------------*/

static void remark_turns(const struct result *result, struct arena *arena,
                         struct result_comparison *comparison) {
    size_t good = 0;
    const char *why = NULL;
    for (size_t i = 0; i < result->slices_count; i++) {
        good += is_good(&result->slices[i]) ? 1 : 0;
        why = why == NULL ? result->slices[i].why : why;
    }
    if (good > 0) {
        compare_remark(comparison, arena,
                       "in turns: two processes a pair, slices of 25 ms, ABBA "
                       "or BAAB; a sample is a pair");
    }
    if (why != NULL) {
        compare_remark(comparison, arena,
                       arena_format(arena, "%zu of %zu pairs left out: %s",
                                    result->slices_count - good,
                                    result->slices_count, why));
    }
}

/* Where that is of any account. */
static void remark_no_turns(const struct versus_options *options,
                            struct arena *arena,
                            struct result_comparison *comparison) {
    bool is_asked = false;
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        is_asked = is_asked || is_asked_for(options, figures[i].metric);
    }
    if (is_asked && options->no_turns != NULL) {
        compare_remark(
            comparison, arena,
            arena_format(arena, "not in turns: %s", options->no_turns));
    }
}

static const struct result_cell *find_wrong(const struct result *other) {
    for (size_t i = 0; i < other->cells_count; i++) {
        const uint64_t wrong = total_of_cell(&other->cells[i]).wrong;
        if (wrong != 0 && wrong != RESULT_UNKNOWN) {
            return &other->cells[i];
        }
    }
    return NULL;
}

static const struct result_slices *
find_wrong_pair(const struct result *result) {
    for (size_t i = 0; i < result->slices_count; i++) {
        const uint64_t wrong = result->slices[i].other_wrong;
        if (wrong != 0 && wrong != RESULT_UNKNOWN) {
            return &result->slices[i];
        }
    }
    return NULL;
}

/* As with an implied reference. */
static void refuse_wrong(const struct result *other, struct arena *arena,
                         struct result *result) {
    const struct result_cell *cell = find_wrong(other);
    const struct result_slices *pair = find_wrong_pair(result);
    if (cell == NULL && pair == NULL) {
        return;
    }
    result->comparison.answer = decision_answer_name(DECISION_OPEN);
    result->comparison.why =
        arena_format(arena,
                     "the other build gave wrong answers in block %u, and who "
                     "may answer wrong compares with nobody",
                     cell != NULL ? cell->block : pair->block);
}

void versus_compare(const struct versus_options *options, struct arena *arena,
                    struct result *result) {
    struct result own = result_of(result, false, arena);
    const struct result other = result_of(result, true, arena);
    drop_lonely(result, &other, &own);
    struct compare_options how = {
        .method = result->slices_count > 0 ? COMPARE_PAIRED_SLICES
                                           : COMPARE_PAIRED_BLOCKS,
        .tolerance = options->tolerance > 0 ? options->tolerance
                                            : COMPARE_TOLERANCE_PAIRED,
        .error = options->error,
        .metrics = options->metrics,
        .metrics_count = options->metrics_count,
    };
    how.samples = sample_all(options, result, arena, &how.samples_count);
    result->comparison = (struct result_comparison){0};
    compare_results(&how, &other, &own, arena, &result->comparison);
    result->comparison.base = options->base;
    result->comparison.newer = (struct result_side){
        .path = "this build",
        .version = PLUNGE_VERSION,
        .build = PLUNGE_VARIANT,
    };
    remark_turns(result, arena, &result->comparison);
    remark_no_turns(options, arena, &result->comparison);
    absent_add(options, arena, result);
    refuse_wrong(&other, arena, result);
}

/* ---- What follows --------------------------------------------------------*/

static bool is_figure_of_turns(const char *metric) {
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (strcmp(figures[i].metric, metric) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of_turns(const struct result *result,
                        const struct result_compared *compared) {
    for (size_t i = 0; i < result->slices_count; i++) {
        const struct result_slices *slices = &result->slices[i];
        if (compared->phase != NULL &&
            strcmp(slices->phase, compared->phase) == 0 &&
            strcmp(slices->subject, compared->subject) == 0 &&
            strcmp(slices->label, compared->point) == 0) {
            return is_figure_of_turns(compared->metric) &&
                   is_in_turns(result, slices);
        }
    }
    return false;
}

static bool is_answer(const char *answer, enum decision_answer wanted) {
    return answer != NULL && strcmp(answer, decision_answer_name(wanted)) == 0;
}

struct versus_open versus_asked(const struct versus_options *options,
                                bool has_turns) {
    struct versus_open open = {
        .turns = has_turns && options->metrics_count == 0,
        .cells = !has_turns || options->metrics_count == 0,
    };
    for (size_t i = 0; i < options->metrics_count; i++) {
        if (!is_figure_of_turns(options->metrics[i])) {
            open.cells = true;
        } else if (has_turns) {
            open.turns = true;
        }
    }
    return open;
}

struct versus_open versus_open(const struct result *result) {
    struct versus_open open = {false, false};
    for (size_t i = 0; i < result->comparison.figures_count; i++) {
        const struct result_compared *compared = &result->comparison.figures[i];
        if (!is_answer(compared->answer, DECISION_OPEN)) {
            continue;
        }
        if (is_of_turns(result, compared)) {
            open.turns = true;
        } else if (absent_is(compared)) {
            /* More cells have it no more than these; more pairs may. */
            open.turns = open.turns || is_figure_of_turns(compared->metric);
        } else {
            open.cells = true;
        }
    }
    return open;
}

static bool is_same_figure(const struct result_compared *one,
                           const struct result_compared *two) {
    const char *phase = one->phase == NULL ? "" : one->phase;
    return strcmp(one->metric, two->metric) == 0 &&
           strcmp(one->point, two->point) == 0 &&
           strcmp(one->subject, two->subject) == 0 &&
           strcmp(phase, two->phase == NULL ? "" : two->phase) == 0;
}

static void put_back(const struct result_comparison *earlier,
                     struct result_compared *figure) {
    for (size_t i = 0; i < earlier->figures_count; i++) {
        if (is_same_figure(&earlier->figures[i], figure)) {
            *figure = earlier->figures[i];
            return;
        }
    }
}

void versus_keep(const struct result_comparison *earlier, enum versus_kind kind,
                 struct arena *arena, struct result *result) {
    const struct result other = result_of(result, true, arena);
    struct result_comparison *comparison = &result->comparison;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        struct result_compared *figure = &comparison->figures[i];
        if (is_of_turns(result, figure) == (kind == VERSUS_TURNS)) {
            put_back(earlier, figure);
        }
    }
    comparison->why = NULL;
    outcome_take(comparison, NULL, arena);
    refuse_wrong(&other, arena, result);
}

static bool any_pair_is(const struct result *result, enum result_state state) {
    for (size_t i = 0; i < result->slices_count; i++) {
        if (result->slices[i].state == state) {
            return true;
        }
    }
    return false;
}

/* Of this build: whose process did not come to its end has not told how many
 * of its answers were wrong. */
static bool any_own_over_limit(const struct result *result) {
    for (size_t i = 0; i < result->slices_count; i++) {
        const struct result_slices *pair = &result->slices[i];
        if (pair->state == RESULT_OVER_LIMIT && pair->wrong == RESULT_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static bool has_other(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].build != NULL) {
            return true;
        }
    }
    return result->slices_count > 0;
}

/* In the order of the exit statuses: 3, 1, 4. */
void versus_conclude(struct result *result) {
    const char *answer = result->comparison.answer;
    const enum result_verdict own = result->verdict;
    if (!has_other(result) || own == RESULT_PARTIAL || own == RESULT_ERROR) {
        return;
    }
    if (any_pair_is(result, RESULT_CRASHED) ||
        any_pair_is(result, RESULT_HUNG)) {
        result->verdict = RESULT_ERROR;
    } else if (own == RESULT_FAIL || is_answer(answer, DECISION_WORSE) ||
               any_own_over_limit(result)) {
        result->verdict = RESULT_FAIL;
    } else if (any_pair_is(result, RESULT_OVER_LIMIT) ||
               (!is_answer(answer, DECISION_SAME) &&
                !is_answer(answer, DECISION_BETTER))) {
        result->verdict = RESULT_UNDECIDED;
    }
}
