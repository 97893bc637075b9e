/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/histogram.h"
#include "report/html_chart.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* Latencies by percentile, on the axis that gives every further nine as much
 * room as the one before. The histograms of all blocks are added; percentiles
 * never are. */

#define CURVES_MAX ((size_t)16)
#define LOOKUPS_MIN 20

enum side {
    SIDE_LATENCY,
    SIDE_SERVICE,
};

struct curve {
    const char *name;
    struct histogram histogram;
};

struct curves {
    struct curve items[CURVES_MAX];
    size_t count;
};

/* ---- Histograms ----------------------------------------------------------*/

static void add_phase(struct histogram *histogram,
                      const struct result_phase *phase, enum side side) {
    const char *encoded =
        side == SIDE_LATENCY ? phase->histogram : phase->service_histogram;
    if (phase->measured && encoded != NULL) {
        (void)histogram_decode(histogram, encoded);
    }
}

/* All measured phases of @point, or those called @phase. */
static void add_curve(struct curves *curves, const char *name,
                      const struct point *point, const char *phase,
                      enum side side) {
    if (curves->count == CURVES_MAX) {
        return;
    }
    struct curve *curve = &curves->items[curves->count];
    *curve = (struct curve){.name = name};
    histogram_init(&curve->histogram);
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            if (phase == NULL || strcmp(cell->phases[j].name, phase) == 0) {
                add_phase(&curve->histogram, &cell->phases[j], side);
            }
        }
    }
    if (curve->histogram.total == 0) {
        histogram_fini(&curve->histogram);
    } else {
        curves->count++;
    }
}

static void curves_fini(struct curves *curves) {
    for (size_t i = 0; i < curves->count; i++) {
        histogram_fini(&curves->items[i].histogram);
    }
}

static void add_phases(struct html *html, struct curves *curves) {
    const struct point *point = &html->page.points[0];
    const struct result_cell *cell = point->cells[0];
    for (size_t i = 0; i < cell->phases_count; i++) {
        const char *phase = cell->phases[i].name;
        add_curve(
            curves,
            arena_format(html->arena, "%s, from the intended start", phase),
            point, phase, SIDE_LATENCY);
        add_curve(curves,
                  arena_format(html->arena, "%s, from the actual start", phase),
                  point, phase, SIDE_SERVICE);
    }
}

static void add_points(struct html *html, struct curves *curves,
                       enum side side) {
    for (size_t i = 0; i < html_points_shown(html); i++) {
        const struct point *point = &html->page.points[i];
        add_curve(curves, page_point_name(&html->page, point), point, NULL,
                  side);
    }
}

/* ---- The chart -----------------------------------------------------------*/

#define STEPS_PER_HALF 5

/* At 0, then STEPS_PER_HALF steps on the way to each half of what is left, as
 * far as there are lookups; the largest of all where the last of them is. */
static void draw_curve(struct html *html, const struct curve *curve) {
    const struct histogram *histogram = &curve->histogram;
    const double total = (double)histogram->total;
    html_chart_series(html, curve->name, false);
    for (int step = 0;; step++) {
        const double rest = exp2(-(double)step / STEPS_PER_HALF);
        if (rest * total < 1) {
            break;
        }
        html_chart_point(
            html, 1 - rest,
            (double)histogram_percentile(histogram, 100 * (1 - rest)));
    }
    html_chart_point(html, 1 - 1 / (2 * total), (double)histogram->max);
}

static void draw(struct html *html, const char *title,
                 const struct curves *curves) {
    const struct html_chart chart = {
        .kind = HTML_LINES,
        .title = title,
        .summary = "How long the fastest share of the lookups took at most; "
                   "every further nine has as much room as the one before.",
        .x = {.name = "percentile",
              .quantity = HTML_PERCENTILE,
              .unit = "% of lookups"},
        .y = {.name = "latency",
              .quantity = HTML_DURATION,
              .logarithmic = true},
    };
    html_chart_begin(html, &chart);
    for (size_t i = 0; i < curves->count; i++) {
        draw_curve(html, &curves->items[i]);
    }
    html_chart_drawn(html);
}

/* ---- The table -----------------------------------------------------------*/

static void add_row(struct html_table *table, const struct curve *curve,
                    const double *percentiles, size_t percentiles_count) {
    char text[QUANTITY_SIZE];
    const struct histogram *histogram = &curve->histogram;
    html_table_row(table);
    html_table_cell(table, curve->name);
    html_table_cell(table, quantity_count(text, histogram->total));
    for (size_t i = 0; i < percentiles_count; i++) {
        const double value =
            (double)histogram_percentile(histogram, percentiles[i]);
        /* Of ten lookups there is no 99th percentile to speak of. */
        const bool known =
            (100 - percentiles[i]) / 100 * (double)histogram->total >= 1 ||
            percentiles[i] == 100;
        html_table_cell(table, known ? quantity_duration(text, value) : "-");
    }
}

static void write_table(struct html *html, const char *caption,
                        const struct curves *curves) {
    static const char *const names[] = {"of",    "lookups", "min",     "p50",
                                        "p75",   "p90",     "p95",     "p99",
                                        "p99.9", "p99.99",  "p99.999", "max"};
    static const double percentiles[] = {0,  50,   75,    90,     95,
                                         99, 99.9, 99.99, 99.999, 100};
    struct html_table table;
    html_table_begin(&table, html, caption, "lrrrrrrrrrrr", names);
    for (size_t i = 0; i < curves->count; i++) {
        add_row(&table, &curves->items[i], percentiles,
                sizeof percentiles / sizeof percentiles[0]);
    }
    html_table_end(&table);
}

/* Of a handful of lookups there is no curve. */
static bool is_worth_drawing(const struct curves *curves) {
    for (size_t i = 0; i < curves->count; i++) {
        if (curves->items[i].histogram.total >= LOOKUPS_MIN) {
            return true;
        }
    }
    return false;
}

static void write_curves(struct html *html, const char *title,
                         struct curves *curves) {
    static const char caption[] =
        "Latency by percentile, the histograms of all blocks added";
    if (is_worth_drawing(curves)) {
        draw(html, title, curves);
        html_begin_details(html, "The figures");
        write_table(html, caption, curves);
        html_end_details(html);
        html_chart_end(html);
    } else if (curves->count != 0) {
        write_table(html, caption, curves);
    }
    curves_fini(curves);
}

static bool has_histograms(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        for (size_t j = 0; j < result->cells[i].phases_count; j++) {
            const struct result_phase *phase = &result->cells[i].phases[j];
            if (phase->measured && phase->histogram != NULL &&
                phase->latency.count != 0) {
                return true;
            }
        }
    }
    return false;
}

void html_latency(struct html *html) {
    struct curves curves = {.count = 0};
    if (html->page.judged_count == 0 || !has_histograms(html->result)) {
        return;
    }
    html_begin_section(html, "latency", "Latency by percentile");
    if (html->page.judged_count == 1) {
        add_phases(html, &curves);
        write_curves(html, "Both latencies of each phase", &curves);
    } else {
        add_points(html, &curves, SIDE_LATENCY);
        write_curves(html, "From the intended start", &curves);
        curves.count = 0;
        add_points(html, &curves, SIDE_SERVICE);
        write_curves(html, "From the actual start", &curves);
        html_more(html, html->page.judged_count - html_points_shown(html),
                  "cells");
    }
    html_end_section(html);
}
