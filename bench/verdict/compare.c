/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/compare.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/text.h"
#include "measure/decision.h"
#include "verdict/agenda.h"
#include "verdict/contrast.h"
#include "verdict/likeness.h"
#include "verdict/outcome.h"

struct comparing {
    const struct compare_options *options;
    struct arena *arena;
    struct result_comparison *comparison;
    struct contrast *contrasts; /* parallel to the figures */
    size_t contrasts_count;
    const char *missing; /* of the second, as a sentence; NULL: nothing */
};

/* ---- Points -------------------------------------------------------------- */

static const struct point *find_match(const struct point *point,
                                      const struct point *points,
                                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (point_is_same(point->cells[0], points[i].cells[0])) {
            return &points[i];
        }
    }
    return NULL;
}

/* Only there for others to be compared with. */
static bool is_reference(const struct point *point) {
    return point->cells[0]->reference;
}

static const struct point *only_judged(const struct point *points,
                                       size_t count) {
    const struct point *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_reference(&points[i])) {
            if (found != NULL) {
                return NULL;
            }
            found = &points[i];
        }
    }
    return found;
}

/* Unlike scenarios may name what is one point of each differently. */
static const struct point *match(const struct point *point,
                                 const struct point *points, size_t count,
                                 const struct point *others,
                                 size_t others_count) {
    const struct point *found = find_match(point, others, others_count);
    if (found == NULL && only_judged(points, count) == point) {
        found = only_judged(others, others_count);
    }
    return found;
}

static void remark_lonely(const struct comparing *c, const char *which,
                          const struct point *point) {
    const struct result_cell *cell = point->cells[0];
    const bool labelled = cell->label != NULL && cell->label[0] != '\0';
    compare_remark(c->comparison, c->arena,
                   arena_format(c->arena,
                                "%s%s%s is in the %s alone, and not compared",
                                cell->subject, labelled ? " " : "",
                                labelled ? cell->label : "", which));
}

/* ---- Figures ------------------------------------------------------------- */

/* Samples of slices stand in place of what blocks say of the same. */
static bool is_sampled(const struct comparing *c,
                       const struct result_compared *row) {
    for (size_t i = 0; i < c->options->samples_count; i++) {
        const struct result_compared *other = &c->options->samples[i].figure;
        if (strcmp(other->metric, row->metric) == 0 &&
            strcmp(other->point, row->point) == 0 &&
            strcmp(other->subject, row->subject) == 0 &&
            (other->phase == NULL || row->phase == NULL ||
             strcmp(other->phase, row->phase) == 0)) {
            return true;
        }
    }
    return false;
}

static bool is_asked_for(const struct comparing *c, const char *metric) {
    const struct compare_options *options = c->options;
    for (size_t i = 0; i < options->metrics_count; i++) {
        if (strcmp(options->metrics[i], metric) == 0) {
            return true;
        }
    }
    return options->metrics_count == 0;
}

static void add_contrast(struct comparing *c, const struct contrast *contrast) {
    c->contrasts = arena_more(c->arena, c->contrasts, c->contrasts_count,
                              sizeof *c->contrasts);
    c->contrasts[c->contrasts_count++] = *contrast;
}

static void compare_subject(struct comparing *c,
                            const struct contrast_subject *subject,
                            const struct point *base,
                            const struct point *newer) {
    const struct compare_options *options = c->options;
    struct contrast contrast = contrast_of(subject, options->tolerance);
    if (contrast.kind == CONTRAST_TIME && options->counts_only) {
        return;
    }
    if (options->only != NULL) {
        contrast.tolerance = options->tolerance;
        contrast.is_strict = true;
    }
    if (contrast_read(&contrast, base, newer, c->arena) &&
        is_asked_for(c, contrast.row->metric) && !is_sampled(c, contrast.row)) {
        contrast_weigh(&contrast, options->method != COMPARE_TWO_RUNS,
                       options->no_times, c->arena);
        add_contrast(c, &contrast);
    }
}

static void compare_points(struct comparing *c, const struct point *base,
                           const struct point *newer) {
    size_t count = 0;
    const struct contrast_subject *subjects =
        c->options->only != NULL
            ? agenda_of_one(c->options->only, c->arena, &count)
            : agenda_of(base, newer, c->arena, &count);
    for (size_t i = 0; i < count; i++) {
        compare_subject(c, &subjects[i], base, newer);
    }
}

static void remark_blocks(const struct comparing *c, const struct point *base,
                          const struct point *newer) {
    const struct result_cell *cell = newer->cells[0];
    const bool labelled = cell->label != NULL && cell->label[0] != '\0';
    if (base->cells_count != newer->cells_count) {
        compare_remark(c->comparison, c->arena,
                       arena_format(c->arena,
                                    "%s%s%s: %zu block%s in the first, %zu in "
                                    "the second",
                                    cell->subject, labelled ? " " : "",
                                    labelled ? cell->label : "",
                                    base->cells_count,
                                    base->cells_count == 1 ? "" : "s",
                                    newer->cells_count));
    }
}

/* What the first has and the second has not may be what has become worse. */
static void compare_all(struct comparing *c, const struct result *base,
                        const struct result *newer) {
    size_t olds_count = 0;
    size_t news_count = 0;
    const struct point *olds = point_list(base, c->arena, &olds_count);
    const struct point *news = point_list(newer, c->arena, &news_count);
    for (size_t i = 0; i < news_count; i++) {
        if (is_reference(&news[i])) {
            continue;
        }
        const struct point *old =
            match(&news[i], news, news_count, olds, olds_count);
        if (old == NULL) {
            remark_lonely(c, "second", &news[i]);
        } else {
            remark_blocks(c, old, &news[i]);
            compare_points(c, old, &news[i]);
        }
    }
    for (size_t i = 0; i < olds_count; i++) {
        if (!is_reference(&olds[i]) &&
            match(&olds[i], olds, olds_count, news, news_count) == NULL) {
            remark_lonely(c, "first", &olds[i]);
            c->missing =
                "not decided: the first has cells that the second has not";
        }
    }
}

static const char *what_was_cut_short(const struct result *base,
                                      const struct result *newer) {
    if (base->verdict == RESULT_PARTIAL) {
        return "not decided: the first was interrupted";
    }
    return newer->verdict == RESULT_PARTIAL
               ? "not decided: the second was interrupted"
               : NULL;
}

/* ---- Decisions ----------------------------------------------------------- */

/* As decision.h has them: above 0 is worse. */
static struct shift shift_of(const struct comparing *c, const double *values,
                             size_t count, bool more_is_better) {
    double *logs = arena_alloc(c->arena, count * sizeof *logs);
    for (size_t i = 0; i < count; i++) {
        logs[i] = more_is_better ? -values[i] : values[i];
    }
    return shift_paired(logs, count);
}

static struct decision_case
case_of_samples(const struct comparing *c, const struct compare_samples *from) {
    const bool more = from->more_is_better;
    struct decision_case one = {
        .shift = shift_of(c, from->values, from->count, more),
        .tolerance = contrast_log(c->options->tolerance, more),
    };
    if (from->noise != NULL) {
        struct shift *noise = arena_alloc(c->arena, sizeof *noise);
        *noise = shift_of(c, from->noise, from->noise_count, more);
        one.noise = noise;
    }
    return one;
}

/* Samples first, then what blocks have left open. */
static size_t gather_cases(const struct comparing *c,
                           struct decision_case *cases) {
    size_t count = 0;
    for (size_t i = 0; i < c->options->samples_count; i++) {
        cases[count++] = case_of_samples(c, &c->options->samples[i]);
    }
    for (size_t i = 0; i < c->contrasts_count; i++) {
        if (c->contrasts[i].is_open) {
            cases[count++] = c->contrasts[i].open;
        }
    }
    return count;
}

static void add_figure(const struct comparing *c,
                       const struct result_compared *figure) {
    struct result_comparison *comparison = c->comparison;
    comparison->figures[comparison->figures_count++] = *figure;
}

static void decide_all(struct comparing *c) {
    const size_t samples_count = c->options->samples_count;
    const size_t most = samples_count + c->contrasts_count;
    struct decision_case *cases = arena_alloc(c->arena, most * sizeof *cases);
    struct decision *decisions =
        arena_alloc(c->arena, most * sizeof *decisions);
    const size_t count = gather_cases(c, cases);
    decision_take_at(cases, count, c->comparison->error, c->arena, decisions);
    c->comparison->figures =
        arena_alloc(c->arena, most * sizeof *c->comparison->figures);
    for (size_t i = 0; i < samples_count; i++) {
        const struct compare_samples *from = &c->options->samples[i];
        struct result_compared figure = from->figure;
        figure.samples = from->count;
        figure.tolerance = c->options->tolerance;
        contrast_fill(&figure, &decisions[i], from->more_is_better);
        add_figure(c, &figure);
    }
    size_t open = samples_count;
    for (size_t i = 0; i < c->contrasts_count; i++) {
        struct contrast *contrast = &c->contrasts[i];
        if (contrast->is_open) {
            contrast_settle(contrast, &decisions[open++], c->arena);
        }
        add_figure(c, contrast->row);
    }
}

void compare_results(const struct compare_options *options,
                     const struct result *base, const struct result *newer,
                     struct arena *arena,
                     struct result_comparison *comparison_out) {
    static const char *const methods[] = {
        [COMPARE_TWO_RUNS] = "two runs",
        [COMPARE_PAIRED_BLOCKS] = "paired blocks",
        [COMPARE_PAIRED_SLICES] = "paired slices",
    };
    struct comparing c = {
        .options = options,
        .arena = arena,
        .comparison = comparison_out,
    };
    comparison_out->given = true;
    comparison_out->method = methods[options->method];
    comparison_out->tolerance = options->tolerance;
    comparison_out->error =
        options->error > 0 ? options->error : DECISION_ERROR;
    compare_all(&c, base, newer);
    decide_all(&c);
    const char *open = what_was_cut_short(base, newer);
    outcome_take(comparison_out, open != NULL ? open : c.missing, arena);
}

struct result_side compare_side(const struct result *result, const char *path,
                                struct arena *arena) {
    return (struct result_side){
        .path = path,
        .version = result->version,
        .build = likeness_fact(result, "variant", arena),
        .started_at = result->started_at,
    };
}

void compare_remark(struct result_comparison *comparison, struct arena *arena,
                    const char *text) {
    comparison->remarks =
        arena_more(arena, comparison->remarks, comparison->remarks_count,
                   sizeof *comparison->remarks);
    comparison->remarks[comparison->remarks_count++] =
        (struct result_remark){.text = text};
}

void compare_with_saved(const struct compare_options *options,
                        const struct result *base, const char *base_path,
                        struct result *newer, const char *new_path,
                        struct arena *arena) {
    const struct likeness likeness = likeness_of(base, newer, arena);
    struct compare_options how = *options;
    struct result_comparison *comparison = &newer->comparison;
    *comparison = (struct result_comparison){
        .base = compare_side(base, base_path, arena),
        .newer = compare_side(newer, new_path, arena),
        .remarks = likeness.remarks,
        .remarks_count = likeness.remarks_count,
    };
    if (likeness.scenario != NULL) {
        compare_remark(comparison, arena, likeness.scenario);
    }
    if (likeness.machine != NULL) {
        compare_remark(comparison, arena, likeness.machine);
        how.no_times = "not decided: on another machine, or by another "
                       "variant of the build: use --vs";
    } else if (likeness.boot != NULL) {
        how.no_times = likeness.boot;
    }
    compare_results(&how, base, newer, arena, comparison);
}
