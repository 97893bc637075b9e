/* SPDX-License-Identifier: Apache-2.0 */
#include "report/curve.h"

#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "measure/histogram.h"
#include "measure/total.h"
#include "report/name.h"

struct curves {
    struct arena *arena;
    const char *scenario;
    struct curve *items;
    size_t count;
};

/* Blocks may differ: one that crashed has fewer phases. */
static void add(struct curves *curves, const struct point *point,
                const char *phase) {
    for (size_t i = 0; i < curves->count; i++) {
        if (curves->items[i].point == point &&
            strcmp(curves->items[i].phase, phase) == 0) {
            return;
        }
    }
    curves->items = arena_more(curves->arena, curves->items, curves->count,
                               sizeof *curves->items);
    curves->items[curves->count++] = (struct curve){
        .scenario = curves->scenario,
        .name = name_of_point(point->cells[0], curves->arena),
        .phase = phase,
        .point = point,
    };
}

static void add_point(struct curves *curves, const struct point *point) {
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            if (cell->phases[j].measured) {
                add(curves, point, cell->phases[j].name);
            }
        }
    }
}

struct curve *curve_list(const struct result *result, struct arena *arena,
                         size_t *count_out) {
    struct curves curves = {
        .arena = arena,
        .scenario = name_of_scenario(result, arena),
    };
    size_t points_count = 0;
    const struct point *points = point_list(result, arena, &points_count);
    for (size_t i = 0; i < points_count; i++) {
        add_point(&curves, &points[i]);
    }
    *count_out = curves.count;
    return curves.items;
}

const char *curve_title(const struct curve *curve, struct arena *arena) {
    return name_joined(curve->scenario, curve->name, curve->phase, arena);
}

const struct result_phase *curve_phase(const struct curve *curve,
                                       size_t block) {
    return total_phase(curve->point->cells[block], curve->phase);
}

const struct result_latency *curve_latency(const struct result_phase *phase,
                                           enum curve_side side) {
    return side == CURVE_LATENCY ? &phase->latency : &phase->service;
}

bool curve_histogram(const struct curve *curve, enum curve_side side,
                     struct histogram *histogram, double *sum_ns) {
    for (size_t i = 0; i < curve->point->cells_count; i++) {
        const struct result_phase *phase = curve_phase(curve, i);
        const struct result_latency *latency =
            phase == NULL ? NULL : curve_latency(phase, side);
        if (latency == NULL || latency->count == 0) {
            continue;
        }
        const char *encoded =
            side == CURVE_LATENCY ? phase->histogram : phase->service_histogram;
        if (encoded == NULL || histogram_decode(histogram, encoded) != 0) {
            return false;
        }
        if (sum_ns != NULL) {
            *sum_ns += latency->mean * (double)latency->count;
        }
    }
    return true;
}
