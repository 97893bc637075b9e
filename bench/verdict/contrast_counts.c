/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/contrast_counts.h"

#include <math.h>

#include "base/arena.h"
#include "measure/decision.h"
#include "verdict/compare.h"
#include "verdict/contrast.h"

struct range {
    double low;
    double high;
};

static struct range range_of(const struct contrast_side *side) {
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < side->count; i++) {
        range.low = fmin(range.low, side->lows[i]);
        range.high = fmax(range.high, side->highs[i]);
    }
    return range;
}

/* The end that is let pass: of a negative number it is nearer to zero. */
static double beyond(double value, double tolerance) {
    return isinf(value) ? value : value + fabs(value) * tolerance;
}

/* As low and as high as the other, but for what is let pass. */
static bool is_same(struct range one, struct range other, double tolerance) {
    return one.high <= beyond(other.high, tolerance) &&
           other.high <= beyond(one.high, tolerance) &&
           one.low <= beyond(other.low, tolerance) &&
           other.low <= beyond(one.low, tolerance);
}

static bool is_above(struct range one, struct range other, double tolerance) {
    return one.low > beyond(other.high, tolerance);
}

/* A run that agrees with itself. */
static bool is_narrow(struct range range, double tolerance) {
    return range.high <= beyond(range.low, tolerance);
}

static bool answer(struct contrast *contrast, enum decision_answer answer,
                   double tolerance) {
    contrast->row->answer = decision_answer_name(answer);
    contrast->row->tolerance = tolerance;
    contrast->row->visible = tolerance;
    contrast->row->confidence = 1;
    return true;
}

static bool answer_by_ranges(struct contrast *contrast, struct range base,
                             struct range newer, double tolerance) {
    if (is_above(newer, base, tolerance)) {
        return answer(contrast, DECISION_WORSE, tolerance);
    }
    if (is_above(base, newer, tolerance)) {
        return answer(contrast, DECISION_BETTER, tolerance);
    }
    return is_same(base, newer, tolerance) &&
           answer(contrast, DECISION_SAME, tolerance);
}

/* ---- None, or any -------------------------------------------------------- */

static bool is_none(struct range range) {
    return range.low == 0 && range.high == 0;
}

static bool is_some(struct range range) {
    return range.low >= 0 && range.high > 0;
}

static const char *in_some(const struct contrast_side *side,
                           struct arena *arena) {
    size_t above = 0;
    for (size_t i = 0; i < side->count; i++) {
        above += side->lows[i] > 0;
    }
    return arena_format(arena, "in %zu of %zu block%s", above, side->count,
                        side->count == 1 ? "" : "s");
}

static bool answer_by_presence(struct contrast *contrast, struct range base,
                               struct range newer, struct arena *arena) {
    if (is_none(base) && is_some(newer)) {
        contrast->row->why = in_some(&contrast->newer, arena);
        return answer(contrast, DECISION_WORSE, 0);
    }
    if (is_none(newer) && is_some(base)) {
        contrast->row->why = in_some(&contrast->base, arena);
        return answer(contrast, DECISION_BETTER, 0);
    }
    return false;
}

/* ---- How many ------------------------------------------------------------ */

/* Of few blocks nobody knows how they vary. What is an amount has a scale; what
 * is luck may be anything. */
static bool answer_few(struct contrast *contrast, struct range base,
                       struct range newer) {
    const double tolerance = fmax(contrast->tolerance, COMPARE_TOLERANCE_FEW);
    if (contrast->kind == CONTRAST_AMOUNT) {
        return answer_by_ranges(contrast, base, newer, tolerance);
    }
    return is_same(base, newer, tolerance) &&
           answer(contrast, DECISION_SAME, tolerance);
}

static bool answer_many(struct contrast *contrast, struct range base,
                        struct range newer) {
    const double tolerance = contrast->tolerance;
    const double varying = fmax(tolerance, COMPARE_TOLERANCE_VARYING);
    if (is_narrow(base, tolerance) && is_narrow(newer, tolerance) &&
        answer_by_ranges(contrast, base, newer, tolerance)) {
        return true;
    }
    return is_same(base, newer, varying) &&
           answer(contrast, DECISION_SAME, varying);
}

/* The most of either: whoever gives a share wants it kept. */
static bool answer_strictly(struct contrast *contrast, struct range base,
                            struct range newer) {
    const bool worse = newer.high > beyond(base.high, contrast->tolerance);
    return answer(contrast, worse ? DECISION_WORSE : DECISION_SAME,
                  contrast->tolerance);
}

bool contrast_counts(struct contrast *contrast, struct arena *arena) {
    const struct range base = range_of(&contrast->base);
    const struct range newer = range_of(&contrast->newer);
    const bool few = contrast->base.count < CONTRAST_BLOCKS_MIN ||
                     contrast->newer.count < CONTRAST_BLOCKS_MIN;
    if (answer_by_presence(contrast, base, newer, arena)) {
        return true;
    }
    if (contrast->is_strict) {
        return answer_strictly(contrast, base, newer);
    }
    if (contrast->kind == CONTRAST_HELD || is_same(base, newer, 0)) {
        return answer_by_ranges(contrast, base, newer, contrast->tolerance);
    }
    return few ? answer_few(contrast, base, newer)
               : answer_many(contrast, base, newer);
}
