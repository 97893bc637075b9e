/* SPDX-License-Identifier: Apache-2.0 */
#include "report/benchmark.h"

#include <math.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/result.h"
#include "measure/median.h"
#include "report/curve.h"
#include "report/name.h"

struct benchmarks {
    struct arena *arena;
    struct benchmark *items;
    size_t count;
};

/* One figure of each block, those that are known. */
struct values {
    double *items;
    size_t count;
    uint64_t samples;
};

static struct values values_for(struct arena *arena,
                                const struct point *point) {
    return (struct values){
        .items = arena_alloc(arena, point->cells_count * sizeof(double)),
    };
}

static void take(struct values *values, double value) {
    if (isfinite(value)) {
        values->items[values->count++] = value;
    }
}

static double known(uint64_t value) {
    return value == RESULT_UNKNOWN ? (double)NAN : (double)value;
}

static void add(struct benchmarks *benchmarks, struct benchmark item,
                struct values *values, enum median_side side) {
    if (values->count == 0) {
        return;
    }
    item.blocks_count = values->count;
    item.samples = values->samples;
    item.value = median_of(values->items, values->count, side);
    item.low = values->items[0]; /* it has sorted them */
    item.high = values->items[values->count - 1];
    benchmarks->items =
        arena_more(benchmarks->arena, benchmarks->items, benchmarks->count,
                   sizeof *benchmarks->items);
    benchmarks->items[benchmarks->count++] = item;
}

/* ---- Of a phase ----------------------------------------------------------*/

struct percentile {
    const char *name;
    size_t offset; /* in struct result_latency */
    uint64_t samples_min;
};

/* Ten samples beyond it, or it is an accident. */
static const struct percentile percentiles[] = {
    {"p50", offsetof(struct result_latency, p50), 20},
    {"p90", offsetof(struct result_latency, p90), 100},
    {"p99", offsetof(struct result_latency, p99), 1000},
    {"p99.9", offsetof(struct result_latency, p99_9), 10000},
};

static void add_percentile(struct benchmarks *benchmarks,
                           const struct curve *curve, enum curve_side side,
                           const struct percentile *percentile) {
    struct values values = values_for(benchmarks->arena, curve->point);
    for (size_t i = 0; i < curve->point->cells_count; i++) {
        const struct result_phase *phase = curve_phase(curve, i);
        const struct result_latency *latency =
            phase == NULL ? NULL : curve_latency(phase, side);
        if (latency != NULL && latency->count >= percentile->samples_min) {
            const char *member = (const char *)latency + percentile->offset;
            take(&values, known(*(const uint64_t *)(const void *)member));
            values.samples += latency->count;
        }
    }
    add(benchmarks,
        (struct benchmark){
            .scenario = curve->scenario,
            .cell = curve->point->cells[0],
            .point = curve->name,
            .phase = curve->phase,
            .measure = side == CURVE_LATENCY
                           ? percentile->name
                           : arena_format(benchmarks->arena, "service.%s",
                                          percentile->name),
            .unit = BENCHMARK_NANOSECONDS,
        },
        &values, MEDIAN_HIGHER);
}

/* Fewer are over before anything is at its speed. */
#define ANSWERS_MIN 1000

static void add_throughput(struct benchmarks *benchmarks,
                           const struct curve *curve) {
    struct values values = values_for(benchmarks->arena, curve->point);
    for (size_t i = 0; i < curve->point->cells_count; i++) {
        const struct result_phase *phase = curve_phase(curve, i);
        if (phase != NULL && phase->completed_in_window != RESULT_UNKNOWN &&
            phase->completed_in_window >= ANSWERS_MIN) {
            take(&values, phase->throughput_per_s);
            values.samples += phase->completed_in_window;
        }
    }
    add(benchmarks,
        (struct benchmark){
            .scenario = curve->scenario,
            .cell = curve->point->cells[0],
            .point = curve->name,
            .phase = curve->phase,
            .measure = "throughput",
            .unit = BENCHMARK_PER_SECOND,
            .bigger_is_better = true,
        },
        &values, MEDIAN_LOWER);
}

static void add_curve(struct benchmarks *benchmarks,
                      const struct curve *curve) {
    static const enum curve_side sides[] = {CURVE_LATENCY, CURVE_SERVICE};
    add_throughput(benchmarks, curve);
    for (size_t s = 0; s < sizeof sides / sizeof sides[0]; s++) {
        for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0];
             i++) {
            add_percentile(benchmarks, curve, sides[s], &percentiles[i]);
        }
    }
}

/* ---- Of a cell -----------------------------------------------------------*/

typedef double (*count_of)(const struct result_cell *cell);

static double leftovers(const struct result_cell *cell) {
    uint64_t counts[RESULT_KINDS_COUNT];
    return (double)leftover_sum(cell, counts);
}

static double peak_threads(const struct result_cell *cell) {
    return known(cell->resources.peak.threads);
}

static double peak_fds(const struct result_cell *cell) {
    return known(cell->resources.peak.fds);
}

static double peak_rss(const struct result_cell *cell) {
    return known(cell->resources.peak.rss_bytes);
}

static double instructions(const struct result_cell *cell) {
    return cell->cost.instructions;
}

static double allocations(const struct result_cell *cell) {
    return cell->cost.allocations;
}

static double syscalls(const struct result_cell *cell) {
    return cell->cost.syscalls;
}

static double context_switches(const struct result_cell *cell) {
    return cell->cost.context_switches;
}

static const struct {
    const char *measure;
    enum benchmark_unit unit;
    count_of of;
} counts[] = {
    {"left_behind", BENCHMARK_COUNT, leftovers},
    {"threads", BENCHMARK_COUNT, peak_threads},
    {"fds", BENCHMARK_COUNT, peak_fds},
    {"rss", BENCHMARK_BYTES, peak_rss},
    {"instructions", BENCHMARK_COUNT, instructions},
    {"allocations", BENCHMARK_COUNT, allocations},
    {"syscalls", BENCHMARK_COUNT, syscalls},
    {"context_switches", BENCHMARK_COUNT, context_switches},
};

/* A cell that did not end has left what it held, which says nothing. */
static void add_counts(struct benchmarks *benchmarks,
                       const struct result *result, const struct point *point) {
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct values values = values_for(benchmarks->arena, point);
        for (size_t j = 0; j < point->cells_count; j++) {
            if (point->cells[j]->outcome.state == RESULT_COMPLETED) {
                take(&values, counts[i].of(point->cells[j]));
            }
        }
        const size_t before = benchmarks->count;
        add(benchmarks,
            (struct benchmark){
                .scenario = name_of_scenario(result, benchmarks->arena),
                .cell = point->cells[0],
                .point = name_of_point(point->cells[0], benchmarks->arena),
                .phase = "",
                .measure = counts[i].measure,
                .unit = counts[i].unit,
            },
            &values, MEDIAN_HIGHER);
        if (benchmarks->count != before) {
            struct benchmark *item = &benchmarks->items[before];
            item->value = item->high;
        }
    }
}

struct benchmark *benchmark_list(const struct result *result,
                                 struct arena *arena, size_t *count_out) {
    struct benchmarks benchmarks = {.arena = arena};
    size_t curves_count = 0;
    size_t points_count = 0;
    const struct curve *curves = curve_list(result, arena, &curves_count);
    const struct point *points = point_list(result, arena, &points_count);
    for (size_t i = 0; i < curves_count; i++) {
        add_curve(&benchmarks, &curves[i]);
    }
    for (size_t i = 0; i < points_count; i++) {
        if (!points[i].cells[0]->reference) {
            add_counts(&benchmarks, result, &points[i]);
        }
    }
    *count_out = benchmarks.count;
    return benchmarks.items;
}
