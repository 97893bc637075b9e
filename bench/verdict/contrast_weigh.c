/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/contrast.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "verdict/compare.h"
#include "verdict/contrast_counts.h"

/* A logarithm wants something. */
#define LEAST 1e-6

/* Halves have to have two values each to be halves. */
#define HALVES_MIN 4

/* ---- By samples ---------------------------------------------------------- */

double contrast_log(double share, bool more_is_better) {
    return more_is_better ? -log1p(-share) : log1p(share);
}

/* Of counts, which may be zero, one more than there are. */
static bool has_zero(const struct contrast_side *side) {
    for (size_t i = 0; i < side->count; i++) {
        if (side->highs[i] <= 0) {
            return true;
        }
    }
    return false;
}

static double *logs_of(const struct contrast *contrast,
                       const struct contrast_side *side, struct arena *arena) {
    const double sign = contrast->more_is_better ? -1 : 1;
    const bool zeros = has_zero(&contrast->base) || has_zero(&contrast->newer);
    double *logs = arena_alloc(arena, side->count * sizeof *logs);
    for (size_t i = 0; i < side->count; i++) {
        const double middle = side->lows[i] / 2 + side->highs[i] / 2;
        logs[i] = sign * log(fmax(middle + (zeros ? 1 : 0), LEAST));
    }
    return logs;
}

/* How far the second half of a run is from its first, as two runs are apart:
 * whole runs are twice as far from each other as halves, and what wanders goes
 * by the root of that. */
static double drift_of(const double *logs, size_t count, struct arena *arena) {
    const size_t half = count / 2;
    if (count < HALVES_MIN) {
        return 0;
    }
    double *early = arena_alloc(arena, half * sizeof *early);
    double *late = arena_alloc(arena, (count - half) * sizeof *late);
    for (size_t i = 0; i < count; i++) {
        *(i < half ? &early[i] : &late[i - half]) = logs[i];
    }
    const struct shift shift = shift_unpaired(late, count - half, early, half);
    return M_SQRT2 * fabs(shift_estimate(&shift));
}

static struct decision_case case_of_runs(const struct contrast *contrast,
                                         struct arena *arena) {
    double *base = logs_of(contrast, &contrast->base, arena);
    double *newer = logs_of(contrast, &contrast->newer, arena);
    const double drift = fmax(drift_of(base, contrast->base.count, arena),
                              drift_of(newer, contrast->newer.count, arena));
    return (struct decision_case){
        .shift = shift_unpaired(newer, contrast->newer.count, base,
                                contrast->base.count),
        .drift = contrast->kind == CONTRAST_TIME ? drift : 0,
    };
}

static struct decision_case case_of_pairs(const struct contrast *contrast,
                                          struct arena *arena) {
    const struct contrast_side *base = &contrast->base;
    const struct contrast_side *newer = &contrast->newer;
    const double *base_logs = logs_of(contrast, base, arena);
    double *differences = logs_of(contrast, newer, arena);
    size_t count = 0;
    for (size_t i = 0; i < newer->count; i++) {
        for (size_t j = 0; j < base->count; j++) {
            if (newer->blocks[i] == base->blocks[j]) {
                differences[count++] = differences[i] - base_logs[j];
                break;
            }
        }
    }
    return (struct decision_case){.shift = shift_paired(differences, count)};
}

static void leave_open(struct contrast *contrast, bool paired,
                       struct arena *arena) {
    const double share =
        contrast->kind == CONTRAST_TIME
            ? contrast->tolerance
            : fmax(contrast->tolerance, COMPARE_TOLERANCE_VARYING);
    contrast->open =
        paired ? case_of_pairs(contrast, arena) : case_of_runs(contrast, arena);
    contrast->open.tolerance = contrast_log(share, contrast->more_is_better);
    contrast->row->tolerance = share;
    contrast->row->samples = shift_size(&contrast->open.shift);
    contrast->is_open = true;
}

/* ---- Both ---------------------------------------------------------------- */

/* A block that was left out, on either side. */
static const char *lost_words(const struct contrast *contrast,
                              struct arena *arena) {
    const struct contrast_side *side =
        contrast->newer.lost != 0 ? &contrast->newer : &contrast->base;
    return arena_format(arena, "%s: %zu of %zu blocks left out (%s)",
                        side == &contrast->newer ? "the second" : "the first",
                        side->lost, side->lost + side->count, side->why);
}

static const char *joined(const char *one, const char *other,
                          struct arena *arena) {
    return one == NULL ? other : arena_format(arena, "%s; %s", one, other);
}

/* What a block has counted that is no witness, nobody knows: what is worse
 * without it is so, but nothing is the same or better. */
static void doubt_counts(struct contrast *contrast, struct arena *arena) {
    struct result_compared *row = contrast->row;
    const bool is_worse =
        strcmp(row->answer, decision_answer_name(DECISION_WORSE)) == 0;
    if (contrast->newer.lost != 0 && !is_worse) {
        row->answer = decision_answer_name(DECISION_OPEN);
        row->why =
            arena_format(arena, "not decided: %s", lost_words(contrast, arena));
        row->visible = NAN;
        row->confidence = NAN;
    } else if (contrast->base.lost != 0 || contrast->newer.lost != 0) {
        row->why = joined(row->why, lost_words(contrast, arena), arena);
    }
}

static void weigh_missing(struct contrast *contrast, struct arena *arena) {
    const bool both = contrast->base.is_measured && contrast->newer.is_measured;
    contrast->row->answer =
        both ? decision_answer_name(DECISION_OPEN) : "not compared";
    contrast->row->why = lost_words(contrast, arena);
}

/* Both leak, and of estimates only what both exclude is known. */
static void leave_slope(struct contrast *contrast) {
    contrast->row->answer = decision_answer_name(DECISION_OPEN);
    contrast->row->why =
        "not decided: both leak, and which one more is not certain";
    contrast->row->visible = NAN;
    contrast->row->confidence = NAN;
}

void contrast_weigh(struct contrast *contrast, bool paired,
                    const char *no_times, struct arena *arena) {
    if (contrast->base.count == 0 || contrast->newer.count == 0) {
        weigh_missing(contrast, arena);
    } else if (contrast->kind == CONTRAST_TIME && no_times != NULL) {
        contrast->row->answer = decision_answer_name(DECISION_OPEN);
        contrast->row->why = no_times;
    } else if (contrast->kind != CONTRAST_TIME &&
               contrast_counts(contrast, arena)) {
        doubt_counts(contrast, arena);
    } else if (contrast->subject.source == CONTRAST_SLOPE) {
        leave_slope(contrast);
    } else {
        leave_open(contrast, paired, arena);
    }
}

static double share_of(double log_ratio, bool more_is_better) {
    return more_is_better ? -expm1(-log_ratio) : expm1(log_ratio);
}

/* exp() of what is infinite is no number that JSON has. */
static double ratio_of(double log_ratio) {
    return isfinite(log_ratio) ? exp(log_ratio) : NAN;
}

void contrast_fill(struct result_compared *row, const struct decision *decision,
                   bool more_is_better) {
    const double sign = more_is_better ? -1 : 1;
    const double low = more_is_better ? decision->high : decision->low;
    const double high = more_is_better ? decision->low : decision->high;
    row->ratio = ratio_of(sign * decision->estimate);
    row->low = ratio_of(sign * low);
    row->high = ratio_of(sign * high);
    row->confidence = decision->confidence;
    row->visible = isfinite(decision->visible)
                       ? share_of(decision->visible, more_is_better)
                       : NAN;
    row->answer = decision_answer_name(decision->answer);
    row->more_blocks = decision->answer == DECISION_OPEN &&
                               decision->more != DECISION_MORE_UNKNOWN
                           ? decision->more
                           : RESULT_UNKNOWN;
}

/* How wide an interval is, its row says; that there is none, nobody. */
static const char *why_open(const struct contrast *contrast,
                            const struct decision *decision,
                            struct arena *arena) {
    const size_t size = shift_size(&contrast->open.shift);
    return decision->answer == DECISION_OPEN && isinf(decision->low)
               ? arena_format(arena, "not decided: %zu block%s of each", size,
                              size == 1 ? "" : "s")
               : NULL;
}

void contrast_settle(struct contrast *contrast, const struct decision *decision,
                     struct arena *arena) {
    CHECK(contrast->is_open);
    contrast_fill(contrast->row, decision, contrast->more_is_better);
    contrast->row->why = why_open(contrast, decision, arena);
    if (contrast->kind != CONTRAST_TIME && decision->answer != DECISION_OPEN) {
        doubt_counts(contrast, arena);
    } else if (contrast->base.lost != 0 || contrast->newer.lost != 0) {
        contrast->row->why =
            joined(contrast->row->why, lost_words(contrast, arena), arena);
    }
}
