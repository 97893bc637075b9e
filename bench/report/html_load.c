/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* The phases of each point and their latencies, from the intended and from the
 * actual start: medians over the blocks, as in the summary. */

static void write_phases(struct html *html, const struct point *point) {
    static const char *const names[] = {"phase",      "in flight, at most",
                                        "answered",   "time",
                                        "throughput", "remarks"};
    static const enum figure columns[] = {
        FIGURE_IN_FLIGHT,
        FIGURE_ANSWERED,
        FIGURE_DURATION,
        FIGURE_THROUGHPUT,
    };
    const struct result_cell *cell = point->cells[0];
    struct html_table table;
    html_table_begin(&table, html, "What each phase did", "lrrrrl", names);
    size_t shown = 0;
    for (; shown < cell->phases_count && html_has_room(html); shown++) {
        const struct result_phase *phase = &cell->phases[shown];
        html_table_row(&table);
        html_table_cell(&table, phase->name);
        for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++) {
            const double value =
                figure_median(columns[j], point, phase->name, html->arena);
            html_table_cell(&table,
                            figure_text(columns[j], value, html->arena));
        }
        html_table_cell(&table, page_phase_notes(&html->page, point, phase));
    }
    html_table_end(&table);
    html_more(html, cell->phases_count - shown, "phases");
}

enum { PERCENTILES_COUNT = 5 };

static void add_latencies(struct html *html, struct html_table *table,
                          const char *name, const char *from,
                          const struct point *point, const char *phase,
                          const enum figure *figures) {
    html_table_row(table);
    html_table_cell(table, name);
    html_table_cell(table, from);
    for (size_t i = 0; i < PERCENTILES_COUNT; i++) {
        const double value =
            figure_median(figures[i], point, phase, html->arena);
        html_table_cell(table, figure_text(figures[i], value, html->arena));
    }
}

static void write_latencies(struct html *html, const struct point *point) {
    static const char *const names[] = {"phase", "from",  "p50", "p90",
                                        "p99",   "p99.9", "max"};
    static const enum figure latency[PERCENTILES_COUNT] = {
        FIGURE_P50, FIGURE_P90, FIGURE_P99, FIGURE_P99_9, FIGURE_MAX,
    };
    static const enum figure service[PERCENTILES_COUNT] = {
        FIGURE_SERVICE_P50,   FIGURE_SERVICE_P90, FIGURE_SERVICE_P99,
        FIGURE_SERVICE_P99_9, FIGURE_SERVICE_MAX,
    };
    const struct result_cell *cell = point->cells[0];
    struct html_table table;
    html_table_begin(&table, html, "Latency of the measured phases", "llrrrrr",
                     names);
    for (size_t i = 0; i < cell->phases_count && html_has_room(html); i++) {
        const struct result_phase *phase = &cell->phases[i];
        if (phase->measured) {
            add_latencies(html, &table, phase->name, "the intended start",
                          point, phase->name, latency);
            add_latencies(html, &table, phase->name, "the actual start", point,
                          phase->name, service);
        }
    }
    html_table_end(&table);
}

static bool is_measured(const struct result_cell *cell) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].measured) {
            return true;
        }
    }
    return false;
}

/* Of the cell that is shown: counted figures hardly differ between blocks. */
static void write_cost(struct html *html, const struct point *point) {
    static const char *const names[] = {"what", "per lookup"};
    const struct result_cost *cost = &html_shown_cell(html, point)->cost;
    const struct {
        const char *name;
        double value;
    } rows[] = {
        {"instructions", cost->instructions},
        {"allocations", cost->allocations},
        {"system calls", cost->syscalls},
        {"context switches", cost->context_switches},
    };
    struct html_table table;
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!isfinite(rows[i].value)) {
            continue;
        }
        if (count++ == 0) {
            html_table_begin(&table, html, "What a lookup costs", "lr", names);
        }
        html_table_row(&table);
        html_table_cell(&table, rows[i].name);
        html_table_cell(&table,
                        arena_format(html->arena, "%.4g", rows[i].value));
    }
    if (count != 0) {
        html_table_end(&table);
    }
}

static void write_point(struct html *html, const struct point *point) {
    const struct result_cell *cell = point->cells[0];
    write_phases(html, point);
    if (is_measured(cell)) {
        write_latencies(html, point);
    }
    write_cost(html, point);
}

void html_load(struct html *html) {
    const size_t count = html_points_shown(html);
    if (count == 0 || html->page.points[0].cells[0]->phases_count == 0) {
        return;
    }
    html_begin_section(html, "load", "Load");
    for (size_t i = 0; i < count && html_has_room(html); i++) {
        const struct point *point = &html->page.points[i];
        if (html->page.judged_count > 1) {
            html_element(html, "h3", NULL, page_point_name(&html->page, point));
        }
        write_point(html, point);
    }
    html_more(html, html->page.judged_count - count, "cells");
    html_end_section(html);
}
