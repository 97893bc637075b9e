/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/contrast.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "measure/median.h"
#include "verdict/compare.h"
#include "verdict/measured.h"
#include "verdict/metric.h"
#include "verdict/trust.h"

/* One block's figure, or why there is none. */
struct value {
    bool is_known;
    double low;
    double high;
    bool is_measured; /* though it may be no witness */
    const char *why;
};

static struct value value_of(double value) {
    return (struct value){
        .is_known = true, .low = value, .high = value, .is_measured = true};
}

/* ---- What it is ---------------------------------------------------------- */

/* How many threads there are is counted, not timed; which of them opened its
 * connection is a race, and all that hangs on one is, too. */
static bool is_certain(enum result_kind kind) {
    switch (kind) {
    case RESULT_FD:
    case RESULT_LOCK:
    case RESULT_MAP:
    case RESULT_SHM:
    case RESULT_CONNECTION:
    case RESULT_STATEMENT:
    case RESULT_REQUEST:
    case RESULT_HANDLE:
    case RESULT_HEAP:
        return false;
    default:
        return true;
    }
}

static enum contrast_kind kind_of_leftover(const struct expectation *what) {
    return what->kind_given && is_certain(what->kind) ? CONTRAST_HELD
                                                      : CONTRAST_EVENTS;
}

static enum contrast_kind kind_of_slope(const char *slope) {
    return strcmp(slope, "threads") == 0 ? CONTRAST_HELD : CONTRAST_EVENTS;
}

/* How often threads wait for each other is the clock's affair. */
static enum contrast_kind kind_of(const struct contrast_subject *subject) {
    if (subject->source != CONTRAST_METRIC) {
        return subject->source == CONTRAST_SLOPE ? kind_of_slope(subject->slope)
                                                 : CONTRAST_HELD;
    }
    switch (subject->what.metric) {
    case EXPECTATION_THROUGHPUT:
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION:
    case EXPECTATION_CONTEXT_SWITCHES:
        return CONTRAST_TIME;
    case EXPECTATION_ERRORS:
    case EXPECTATION_WRONG:
    case EXPECTATION_REJECTED:
    case EXPECTATION_COMPLETED:
    case EXPECTATION_FDS:
        return CONTRAST_EVENTS;
    case EXPECTATION_LEFT_BEHIND:
        return kind_of_leftover(&subject->what);
    case EXPECTATION_RSS:
    case EXPECTATION_HEAP:
    case EXPECTATION_INSTRUCTIONS:
    case EXPECTATION_ALLOCATIONS:
    case EXPECTATION_SYSCALLS:
        return CONTRAST_AMOUNT;
    default:
        return CONTRAST_HELD;
    }
}

static double tolerance_of(const struct contrast_subject *subject,
                           enum contrast_kind kind, double times) {
    switch (kind) {
    case CONTRAST_TIME:
        return times;
    case CONTRAST_AMOUNT:
        return subject->what.metric == EXPECTATION_RSS ||
                       subject->what.metric == EXPECTATION_HEAP
                   ? COMPARE_TOLERANCE_MEMORY
                   : COMPARE_TOLERANCE_COST;
    case CONTRAST_EVENTS:
    case CONTRAST_HELD:
        break;
    }
    return 0;
}

struct contrast contrast_of(const struct contrast_subject *subject,
                            double times) {
    const enum contrast_kind kind = kind_of(subject);
    return (struct contrast){
        .subject = *subject,
        .kind = kind,
        .tolerance = tolerance_of(subject, kind, times),
        .more_is_better = subject->source == CONTRAST_METRIC &&
                          (subject->what.metric == EXPECTATION_THROUGHPUT ||
                           subject->what.metric == EXPECTATION_COMPLETED),
    };
}

static const char *name_of(const struct contrast_subject *subject,
                           struct arena *arena) {
    switch (subject->source) {
    case CONTRAST_SLOPE:
        return arena_format(arena, "%s per cycle", subject->slope);
    case CONTRAST_EXHAUSTED:
        return "exhausted_at";
    case CONTRAST_NOT_COMPLETED:
        return "not_completed";
    case CONTRAST_FINDINGS:
        return "findings";
    case CONTRAST_METRIC:
        break;
    }
    const char *name = measured_metric_name(&subject->what);
    return subject->what.kind_given
               ? arena_format(arena, "%s.%s", name,
                              result_kind_name(subject->what.kind))
               : name;
}

static const char *unit_of(const struct contrast_subject *subject) {
    const bool bytes = subject->source == CONTRAST_SLOPE &&
                       (strcmp(subject->slope, "rss") == 0 ||
                        strcmp(subject->slope, "pss") == 0 ||
                        strcmp(subject->slope, "heap") == 0 ||
                        strstr(subject->slope, "bytes") != NULL);
    if (subject->source != CONTRAST_METRIC) {
        return bytes ? "bytes" : "count";
    }
    switch (subject->what.metric) {
    case EXPECTATION_THROUGHPUT:
        return "per_s";
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION:
        return "ns";
    case EXPECTATION_RSS:
    case EXPECTATION_HEAP:
        return "bytes";
    default:
        return "count";
    }
}

/* ---- One block ----------------------------------------------------------- */

/* A percentile without enough beyond it was not measured; whatever else there
 * is nothing of was to be measured, and could not. */
static bool should_be_there(const struct expectation *what,
                            const struct result_cell *cell) {
    const uint64_t samples = metric_samples(what, cell);
    const bool too_few = samples != 0 && samples < metric_samples_needed(what);
    return metric_is_time(what) && what->metric != EXPECTATION_SERVICE &&
           !too_few;
}

static struct value read_metric(const struct contrast_subject *subject,
                                const struct result_cell *cell,
                                struct arena *arena) {
    const struct expectation *what = &subject->what;
    const struct metric metric = metric_read(what, cell, arena);
    const char *why = trust_objection(what, cell, arena);
    if (metric.state != METRIC_KNOWN) {
        return (struct value){.is_measured = should_be_there(what, cell),
                              .why = why == NULL ? metric.why : why};
    }
    struct value value = value_of(metric.value);
    value.is_known = why == NULL;
    value.why = why;
    return value;
}

/* What is clean leaks nothing that can be told from nothing. */
static struct value value_of_slope(const struct result_slope *slope,
                                   struct arena *arena) {
    const char *verdict = slope->verdict == NULL ? "" : slope->verdict;
    if (strcmp(verdict, "undecided") == 0) {
        return (struct value){
            .is_measured = true,
            .why = arena_format(arena, "the slope of %s is undecided",
                                slope->metric),
        };
    }
    struct value value =
        value_of(strcmp(verdict, "clean") == 0 ? 0 : slope->per_cycle);
    if (slope->confidence < 1 && strcmp(verdict, "leak") == 0) {
        value.low = slope->lower_bound;
        value.high = slope->upper_bound;
    }
    return value;
}

static struct value read_slope(const struct contrast_subject *subject,
                               const struct result_cell *cell,
                               struct arena *arena) {
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        if (strcmp(slope->metric, subject->slope) == 0 &&
            !isnan(slope->per_cycle)) {
            return value_of_slope(slope, arena);
        }
    }
    return (struct value){
        .why = arena_format(arena, "there is no slope of %s", subject->slope)};
}

/* The earlier, the worse; never is better than any. */
static struct value read_exhaustion(const struct result_cell *cell) {
    const struct result_exhaustion *exhausted = &cell->cycles.exhausted;
    return value_of(exhausted->happened ? -(double)exhausted->at_cycle
                                        : -INFINITY);
}

static struct value read_value(const struct contrast_subject *subject,
                               const struct result_cell *cell,
                               struct arena *arena) {
    static const struct expectation of_ledger = {
        .metric = EXPECTATION_LEFT_BEHIND,
    };
    if (subject->source == CONTRAST_METRIC) {
        return read_metric(subject, cell, arena);
    }
    if (subject->source == CONTRAST_NOT_COMPLETED) {
        return value_of(cell->outcome.state == RESULT_COMPLETED ? 0 : 1);
    }
    struct value value = subject->source == CONTRAST_SLOPE
                             ? read_slope(subject, cell, arena)
                         : subject->source == CONTRAST_FINDINGS
                             ? value_of((double)cell->findings_count)
                             : read_exhaustion(cell);
    const char *why = trust_objection(&of_ledger, cell, arena);
    if (why != NULL) {
        value.is_known = false;
        value.why = why;
    }
    return value;
}

/* ---- All blocks of both -------------------------------------------------- */

static struct contrast_side read_side(const struct contrast_subject *subject,
                                      const struct point *point,
                                      struct arena *arena) {
    const size_t count = point->cells_count;
    struct contrast_side side = {
        .lows = arena_alloc(arena, count * sizeof *side.lows),
        .highs = arena_alloc(arena, count * sizeof *side.highs),
        .blocks = arena_alloc(arena, count * sizeof *side.blocks),
    };
    for (size_t i = 0; i < count; i++) {
        const struct value value = read_value(subject, point->cells[i], arena);
        side.is_measured |= value.is_measured;
        if (value.is_known) {
            side.lows[side.count] = value.low;
            side.highs[side.count] = value.high;
            side.blocks[side.count++] = point->cells[i]->block;
        } else {
            side.lost++;
            side.why = side.why == NULL ? value.why : side.why;
        }
    }
    return side;
}

/* The middle of the blocks. Of percentiles it is one of them, the worse one of
 * two; what is none leans to neither side, as the change that is told does. */
static double middle_of_times(const struct contrast *contrast, double *values,
                              size_t count) {
    const enum expectation_metric metric = contrast->subject.what.metric;
    return metric == EXPECTATION_LATENCY || metric == EXPECTATION_SERVICE
               ? median_of(values, count, MEDIAN_HIGHER)
               : median_between(values, count);
}

/* A median over the blocks; of counts the most. */
static double shown(const struct contrast *contrast,
                    const struct contrast_side *side, struct arena *arena) {
    const bool times = contrast->kind == CONTRAST_TIME;
    double most = -INFINITY;
    if (side->count == 0) {
        return NAN;
    }
    double *values = arena_alloc(arena, side->count * sizeof *values);
    for (size_t i = 0; i < side->count; i++) {
        values[i] = (side->lows[i] + side->highs[i]) / 2;
        most = fmax(most, values[i]);
    }
    if (contrast->subject.source == CONTRAST_EXHAUSTED) {
        most = isinf(most) ? NAN : -most;
    }
    return times ? middle_of_times(contrast, values, side->count) : most;
}

static void begin_row(struct contrast *contrast, const struct point *newer,
                      struct arena *arena) {
    const struct result_cell *cell = newer->cells[0];
    struct result_compared *row = arena_alloc(arena, sizeof *row);
    *row = (struct result_compared){
        .point = cell->label == NULL ? "" : cell->label,
        .subject = cell->subject,
        .metric = name_of(&contrast->subject, arena),
        .phase = contrast->subject.what.phase,
        .unit = unit_of(&contrast->subject),
        .base_value = shown(contrast, &contrast->base, arena),
        .new_value = shown(contrast, &contrast->newer, arena),
        .ratio = NAN,
        .low = NAN,
        .high = NAN,
        .confidence = NAN,
        .tolerance = contrast->tolerance,
        .visible = NAN,
        .samples = contrast->base.count < contrast->newer.count
                       ? contrast->base.count
                       : contrast->newer.count,
        .more_blocks = RESULT_UNKNOWN,
    };
    if (isfinite(row->base_value) && isfinite(row->new_value) &&
        row->base_value > 0) {
        row->ratio = row->new_value / row->base_value;
    }
    contrast->row = row;
}

bool contrast_read(struct contrast *contrast, const struct point *base,
                   const struct point *newer, struct arena *arena) {
    contrast->base = read_side(&contrast->subject, base, arena);
    contrast->newer = read_side(&contrast->subject, newer, arena);
    if (!contrast->base.is_measured && !contrast->newer.is_measured) {
        return false;
    }
    begin_row(contrast, newer, arena);
    return true;
}
