/* SPDX-License-Identifier: Apache-2.0 */
#include "report/figure.h"

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/median.h"
#include "measure/total.h"

static double known(uint64_t value) {
    return value == RESULT_UNKNOWN ? NAN : (double)value;
}

static double of_latency(const struct result_latency *latency,
                         enum figure figure) {
    if (latency->count == 0) {
        return NAN;
    }
    switch (figure) {
    case FIGURE_P50:
        return known(latency->p50);
    case FIGURE_P90:
        return known(latency->p90);
    case FIGURE_P99:
        return known(latency->p99);
    case FIGURE_P99_9:
        return known(latency->p99_9);
    default:
        return known(latency->max);
    }
}

static double of_phase(const struct result_phase *phase, enum figure figure) {
    switch (figure) {
    case FIGURE_IN_FLIGHT:
        return known(phase->in_flight_peak);
    case FIGURE_ANSWERED:
        return known(phase->completed);
    case FIGURE_DURATION:
        return phase->duration_s * (double)CLOCK_NS_PER_S;
    case FIGURE_THROUGHPUT:
        return phase->throughput_per_s;
    case FIGURE_P50:
    case FIGURE_P90:
    case FIGURE_P99:
    case FIGURE_P99_9:
    case FIGURE_MAX:
        return of_latency(&phase->latency, figure);
    case FIGURE_SERVICE_P50:
        return of_latency(&phase->service, FIGURE_P50);
    case FIGURE_SERVICE_P90:
        return of_latency(&phase->service, FIGURE_P90);
    case FIGURE_SERVICE_P99:
        return of_latency(&phase->service, FIGURE_P99);
    case FIGURE_SERVICE_P99_9:
        return of_latency(&phase->service, FIGURE_P99_9);
    case FIGURE_SERVICE_MAX:
        return of_latency(&phase->service, FIGURE_MAX);
    }
    return NAN;
}

static double of_cell(const struct result_cell *cell, const char *name,
                      enum figure figure) {
    if (name == NULL) {
        const struct result_phase total = total_of_cell(cell);
        return of_phase(&total, figure);
    }
    const struct result_phase *phase = total_phase(cell, name);
    return phase == NULL ? NAN : of_phase(phase, figure);
}

double figure_median(enum figure figure, const struct point *point,
                     const char *phase, struct arena *arena) {
    double *values = arena_alloc(arena, point->cells_count * sizeof values[0]);
    size_t count = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        double value = of_cell(point->cells[i], phase, figure);
        if (!isnan(value)) {
            values[count++] = value;
        }
    }
    if (count == 0) {
        return NAN;
    }
    return median_of(values, count,
                     figure >= FIGURE_P50 ? MEDIAN_HIGHER : MEDIAN_LOWER);
}

const char *figure_text(enum figure figure, double value, struct arena *arena) {
    char text[QUANTITY_SIZE];
    if (isnan(value)) {
        return "-";
    }
    switch (figure) {
    case FIGURE_IN_FLIGHT:
    case FIGURE_ANSWERED:
        return arena_text(arena, quantity_count(text, quantity_whole(value)));
    case FIGURE_THROUGHPUT:
        return arena_text(arena, quantity_rate(text, value));
    default:
        return arena_text(arena, quantity_duration(text, value));
    }
}
