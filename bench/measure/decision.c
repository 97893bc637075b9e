/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/decision.h"

#include <math.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/check.h"
#include "measure/discovery.h"
#include "measure/normal.h"

/* Of what lies on a line nobody could ever say on which side: how many more it
 * takes is said as if it were so much of the tolerance away from it. */
#define GAP_MIN 0.01

/* Beyond that a number of samples is none. */
#define MORE_MAX 1e9

enum { FAMILIES_COUNT = 3 };

/* The answers that are families, and their chances, case by case. */
static const enum decision_answer families[FAMILIES_COUNT] = {
    DECISION_BETTER,
    DECISION_SAME,
    DECISION_WORSE,
};

struct deciding {
    const struct decision_case *cases;
    size_t count;
    double error;
    double *chances[FAMILIES_COUNT]; /* of being wrong with that answer */
    size_t found[FAMILIES_COUNT];
};

static double chance_of(const struct decision_case *one,
                        enum decision_answer answer) {
    const double beyond = one->tolerance + one->drift;
    const double within = one->tolerance - one->drift;
    switch (answer) {
    case DECISION_WORSE:
        return shift_chance_above(&one->shift, beyond);
    case DECISION_BETTER:
        return shift_chance_below(&one->shift, -beyond);
    case DECISION_SAME:
        return within <= 0 ? 1
                           : fmax(shift_chance_below(&one->shift, within),
                                  shift_chance_above(&one->shift, -within));
    case DECISION_OPEN:
        break;
    }
    return 1;
}

static void find(struct deciding *deciding, struct arena *arena) {
    for (size_t i = 0; i < FAMILIES_COUNT; i++) {
        double *chances = arena_alloc(arena, deciding->count * sizeof *chances);
        for (size_t j = 0; j < deciding->count; j++) {
            chances[j] = chance_of(&deciding->cases[j], families[i]);
        }
        deciding->chances[i] = chances;
        deciding->found[i] =
            discovery_count(chances, deciding->count, deciding->error);
    }
}

static double level_of(const struct deciding *deciding, size_t found) {
    return discovery_level(found < deciding->count ? found : deciding->count,
                           deciding->count, deciding->error);
}

/* The level of what is decided is that of its family; of what is not the least
 * at which any family would have taken it in. */
static enum decision_answer answer_of(const struct deciding *deciding,
                                      size_t place, double *level_out) {
    double level = deciding->error;
    for (size_t i = 0; i < FAMILIES_COUNT; i++) {
        const double own = level_of(deciding, deciding->found[i]);
        if (deciding->found[i] != 0 && deciding->chances[i][place] <= own) {
            *level_out = own;
            return families[i];
        }
        level = fmin(level, level_of(deciding, deciding->found[i] + 1));
    }
    *level_out = level;
    return DECISION_OPEN;
}

/* From the estimate to the farther bound; where there are no bounds, what they
 * would be far from by the normal law. */
static double reach_of(const struct shift *shift, double level) {
    const double estimate = shift_estimate(shift);
    const struct shift_bounds bounds = shift_bounds(shift, level);
    return isinf(bounds.low)
               ? normal_student(level, shift_freedom(shift)) *
                     shift_error(shift)
               : fmax(estimate - bounds.low, bounds.high - estimate);
}

/* How many standard errors the shift has to be beyond a bound @bound of them
 * away, to be seen with a chance of DECISION_POWER. The estimate moves by one;
 * and the error is itself an estimate, here and in the comparison that is to
 * see it, which ranks know to one part in `freedom` where there are tails. */
static double power_of(double bound, double freedom) {
    enum { ROUNDS = 20 };
    const double sigmas = normal_sigmas(1 - DECISION_POWER);
    double power = sigmas;
    for (int i = 0; i < ROUNDS; i++) {
        const double far = bound + power;
        const double spread = (bound * bound + far * far) / freedom;
        power = sigmas * sqrt(1 + spread);
    }
    return power;
}

/* A shift of the tolerance, of what the interval takes, and of what chance may
 * move either by. */
static double visible_of(const struct decision_case *one, double level) {
    const struct shift *noise = one->noise != NULL ? one->noise : &one->shift;
    if (isinf(shift_bounds(noise, level).low)) {
        return INFINITY;
    }
    const double error = shift_error(noise);
    const double reach = reach_of(noise, level);
    const double power =
        error > 0 ? power_of(reach / error, shift_freedom(noise)) : 0;
    return one->tolerance + one->drift + reach + power * error;
}

/* The interval gets narrower as the square root of their number, and so does
 * most of what is taken for a drift: two halves of few samples differ by
 * chance.
 */
static uint64_t more_of(const struct decision_case *one, double level,
                        double estimate) {
    const struct shift *shift = &one->shift;
    const double size = (double)shift_size(shift);
    const double reach = reach_of(shift, level) + one->drift;
    const double gap = fabs(fabs(estimate) - one->tolerance);
    const double wanted = fmax(gap, one->tolerance * GAP_MIN);
    if (isnan(reach) || wanted <= 0) {
        return DECISION_MORE_UNKNOWN;
    }
    const double narrower = size * (reach / wanted) * (reach / wanted);
    const double least = (double)shift_size_needed(shift, level);
    const double needed = fmax(fmax(ceil(narrower), least), size + 1);
    return needed < MORE_MAX ? (uint64_t)(needed - size)
                             : DECISION_MORE_UNKNOWN;
}

static struct decision decide(const struct deciding *deciding, size_t place) {
    const struct decision_case *one = &deciding->cases[place];
    double level;
    const enum decision_answer answer = answer_of(deciding, place, &level);
    if (shift_size(&one->shift) == 0) {
        return (struct decision){
            .estimate = NAN,
            .low = -INFINITY,
            .high = INFINITY,
            .confidence = 1 - 2 * level,
            .visible = INFINITY,
            .more = DECISION_MORE_UNKNOWN,
        };
    }
    const struct shift_bounds bounds = shift_bounds(&one->shift, level);
    const double estimate = shift_estimate(&one->shift);
    return (struct decision){
        .answer = answer,
        .estimate = estimate,
        .low = bounds.low - one->drift,
        .high = bounds.high + one->drift,
        .confidence = 1 - 2 * level,
        .visible = visible_of(one, level_of(deciding, 1)),
        .more = answer == DECISION_OPEN ? more_of(one, level, estimate) : 0,
    };
}

void decision_take(const struct decision_case *cases, size_t count,
                   struct arena *arena, struct decision *decisions_out) {
    decision_take_at(cases, count, DECISION_ERROR, arena, decisions_out);
}

void decision_take_at(const struct decision_case *cases, size_t count,
                      double error, struct arena *arena,
                      struct decision *decisions_out) {
    struct deciding deciding = {.cases = cases, .count = count, .error = error};
    for (size_t i = 0; i < count; i++) {
        CHECK(cases[i].tolerance >= 0 && cases[i].drift >= 0);
    }
    find(&deciding, arena);
    for (size_t i = 0; i < count; i++) {
        decisions_out[i] = decide(&deciding, i);
    }
}

const char *decision_answer_name(enum decision_answer answer) {
    static const char *const names[] = {
        [DECISION_OPEN] = "not decided",
        [DECISION_BETTER] = "better",
        [DECISION_SAME] = "same",
        [DECISION_WORSE] = "worse",
    };
    return names[answer];
}
