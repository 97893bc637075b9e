/* SPDX-License-Identifier: Apache-2.0 */
#include "load/settled.h"

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "measure/steady.h"
#include "scenario/phases.h"

_Static_assert(PHASES_STEADY_S == STEADY_INTERVALS_MIN,
               "an interval is a second");

#define LEVEL 0.05
#define LEVEL_OF_TAIL 0.2

/* Where nothing was answered, it took as long as the interval at least. */
static double latency_of(const struct result_series_point *point,
                         uint64_t value_ns) {
    return value_ns == RESULT_UNKNOWN
               ? point->duration_s * (double)CLOCK_NS_PER_S
               : (double)value_ns;
}

/* The last one, which the phase's end cut short, is no interval like the
 * others. */
static size_t whole_intervals(const struct result_series_point *points,
                              size_t count) {
    const bool cut_short = count > 1 && points[count - 1].duration_s <
                                            points[count - 2].duration_s / 2;
    return cut_short ? count - 1 : count;
}

static const char *never(const struct steady *steady, size_t count,
                         struct arena *arena) {
    if (steady->answer == STEADY_SHORT) {
        return arena_format(arena,
                            "never steady: it has %zu interval%s, and %d are "
                            "needed to tell",
                            count, count == 1 ? "" : "s", STEADY_INTERVALS_MIN);
    }
    return arena_format(arena,
                        "never steady: in its last half the %s %s by %.0f %%%s",
                        steady->name, steady->change > 0 ? "rises" : "falls",
                        fabs(steady->change) * 100,
                        steady->answer == STEADY_STEP ? " in one step" : "");
}

struct result_steady settled_find(const struct result_series_point *points,
                                  size_t all, struct arena *arena) {
    const size_t count = whole_intervals(points, all);
    double *rates = arena_alloc(arena, 3 * (count + 1) * sizeof *rates);
    double *p50s = rates + count;
    double *p99s = p50s + count;
    for (size_t i = 0; i < count; i++) {
        rates[i] = (double)points[i].completed / points[i].duration_s;
        p50s[i] = latency_of(&points[i], points[i].p50_ns);
        p99s[i] = latency_of(&points[i], points[i].p99_ns);
    }
    const struct steady_series series[] = {
        {.name = "rate", .values = rates, .tolerance = LEVEL},
        {.name = "p50", .values = p50s, .tolerance = LEVEL},
        {.name = "p99", .values = p99s, .tolerance = LEVEL_OF_TAIL},
    };
    const struct steady steady =
        steady_find(series, sizeof series / sizeof series[0], count);
    struct result_steady found = {.wanted = true, .from_s = (double)NAN};
    if (steady.answer == STEADY_FOUND) {
        found.found = true;
        found.from_s = points[steady.start].t_s;
        found.why = arena_format(
            arena,
            "rate and p50 are level within %.0f %% from %.3g s on, "
            "p99 within %.0f %%",
            LEVEL * 100, found.from_s, LEVEL_OF_TAIL * 100);
    } else {
        found.why = never(&steady, count, arena);
    }
    return found;
}
