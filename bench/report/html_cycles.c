/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "report/html_chart.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* What the process held, cycle by cycle: a pool that is never shut down climbs
 * a staircase, one that is stays on the line that a closed cycle drew before
 * the first. */

#define ROWS_MAX ((size_t)60)
#define STEPS_MIN 2

struct holding {
    const char *title;
    struct html_axis y;
    double (*of)(const struct result_usage *usage);
};

static double known(uint64_t value) {
    return value == RESULT_UNKNOWN ? (double)NAN : (double)value;
}

static double threads_of(const struct result_usage *usage) {
    return known(usage->threads);
}

static double fds_of(const struct result_usage *usage) {
    return known(usage->fds);
}

static double rss_of(const struct result_usage *usage) {
    return known(usage->rss_bytes);
}

static double heap_of(const struct result_usage *usage) {
    return known(usage->heap_bytes);
}

static const struct holding holdings[] = {
    {"Threads over the cycles",
     {.name = "threads",
      .quantity = HTML_COUNT,
      .unit = "count",
      .from_zero = true},
     threads_of},
    {"Descriptors over the cycles",
     {.name = "descriptors",
      .quantity = HTML_COUNT,
      .unit = "count",
      .from_zero = true},
     fds_of},
    {"Resident memory over the cycles",
     {.name = "resident memory", .quantity = HTML_SIZE, .from_zero = true},
     rss_of},
    {"Heap over the cycles",
     {.name = "heap", .quantity = HTML_SIZE, .from_zero = true},
     heap_of},
};

enum { HOLDINGS_SHOWN = sizeof holdings / sizeof holdings[0] };

static bool is_shown(const struct result_cell *cell) {
    return cell->cycles.steps_count >= STEPS_MIN;
}

/* ---- Charts --------------------------------------------------------------*/

static void draw_cell(struct html *html, const struct result_cell *cell,
                      const struct holding *holding, const char *name) {
    html_chart_series(html, name, false);
    html_chart_point(html, 0, holding->of(&cell->resources.before));
    for (size_t i = 0; i < cell->cycles.steps_count; i++) {
        const struct result_step *step = &cell->cycles.steps[i];
        html_chart_point(html, (double)step->cycle, holding->of(&step->held));
    }
}

/* The flat line of a shutdown that is not missed. */
static void draw_baseline(struct html *html, const struct result_cell *cell,
                          const struct holding *holding) {
    const size_t last = cell->cycles.steps_count - 1;
    const double before = holding->of(&cell->resources.before);
    html_chart_series(html, "after a cycle that was closed", true);
    html_chart_point(html, 0, before);
    html_chart_point(html, (double)cell->cycles.steps[last].cycle, before);
}

static void draw(struct html *html, const struct holding *holding) {
    const struct html_chart chart = {
        .kind = HTML_STEPS,
        .title = holding->title,
        .summary = "What the whole process held after each cycle; 0 is before "
                   "the first, after a cycle that was closed cleanly.",
        .x = {.name = "cycle", .quantity = HTML_COUNT, .unit = "number"},
        .y = holding->y,
    };
    html_chart_begin(html, &chart);
    for (size_t i = 0; i < html_points_shown(html); i++) {
        const struct point *point = &html->page.points[i];
        const struct result_cell *cell = html_shown_cell(html, point);
        if (!is_shown(cell)) {
            continue;
        }
        if (cell->cycles.exhausted.happened) {
            html_chart_mark(html, (double)cell->cycles.exhausted.at_cycle,
                            "exhausted");
        }
        draw_cell(html, cell, holding, page_point_name(&html->page, point));
        if (html->page.judged_count == 1) {
            draw_baseline(html, cell, holding);
        }
    }
    html_chart_drawn(html);
    html_chart_end(html);
}

static bool is_holding_known(struct html *html, const struct holding *holding) {
    for (size_t i = 0; i < html_points_shown(html); i++) {
        const struct result_cell *cell =
            html_shown_cell(html, &html->page.points[i]);
        if (is_shown(cell) &&
            isfinite(holding->of(&cell->cycles.steps[0].held))) {
            return true;
        }
    }
    return false;
}

/* ---- Tables --------------------------------------------------------------*/

static void add_usage(struct html_table *table, const char *name,
                      const struct result_usage *usage) {
    char text[QUANTITY_SIZE];
    html_table_row(table);
    html_table_cell(table, name);
    html_table_cell(table, quantity_count(text, usage->threads));
    html_table_cell(table, quantity_count(text, usage->fds));
    html_table_cell(table, quantity_size(text, known(usage->rss_bytes)));
    html_table_cell(table, quantity_size(text, known(usage->heap_bytes)));
}

static void write_steps(struct html *html, struct html_table *table,
                        const struct result_cycles *cycles) {
    const size_t stride = (cycles->steps_count - 1) / ROWS_MAX + 1;
    char number[QUANTITY_SIZE];
    for (size_t i = 0; i < cycles->steps_count; i++) {
        const struct result_step *step = &cycles->steps[i];
        if (i % stride == 0 || i + 1 == cycles->steps_count) {
            add_usage(table,
                      arena_format(html->arena, "after cycle %s",
                                   quantity_count(number, step->cycle)),
                      &step->held);
        }
    }
}

static void write_usage(struct html *html, const struct result_cell *cell) {
    static const char *const names[] = {"when", "threads", "descriptors",
                                        "resident memory", "heap"};
    const struct result_resources *resources = &cell->resources;
    struct html_table table;
    html_table_begin(&table, html, "What the process held", "lrrrr", names);
    add_usage(&table, "before the first cycle", &resources->before);
    if (is_shown(cell)) {
        write_steps(html, &table, &cell->cycles);
    }
    add_usage(&table, "after the last", &resources->after);
    add_usage(&table, "the most of all", &resources->peak);
    html_table_end(&table);
}

static void write_slopes(struct html *html, const struct result_cell *cell) {
    static const char *const names[] = {"what", "per cycle", "at most",
                                        "verdict"};
    struct html_table table;
    if (cell->slopes_count == 0) {
        return;
    }
    html_table_begin(&table, html, "Slope over the cycles", "lrrl", names);
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        html_table_row(&table);
        html_table_cell(&table, slope->metric);
        html_table_cell(
            &table, page_slope_amount(&html->page, slope, slope->per_cycle));
        html_table_cell(
            &table, page_slope_amount(&html->page, slope, slope->upper_bound));
        html_table_cell(&table, page_slope_words(&html->page, slope));
    }
    html_table_end(&table);
}

static void write_fact(struct html *html, const char *name, const char *value) {
    if (value != NULL) {
        html_element(html, "dt", NULL, name);
        html_element(html, "dd", NULL, value);
    }
}

static void write_exhaustion(struct html *html,
                             const struct result_cycles *cycles) {
    char at[QUANTITY_SIZE];
    char planned[QUANTITY_SIZE];
    const struct result_exhaustion *exhausted = &cycles->exhausted;
    if (!exhausted->happened) {
        return;
    }
    html_raw(html, "<dl class=\"settings\">\n");
    write_fact(html, "exhausted",
               arena_format(html->arena, "%s in cycle %s of %s",
                            exhausted->resource == NULL ? "unknown"
                                                        : exhausted->resource,
                            quantity_count(at, exhausted->at_cycle),
                            quantity_count(planned, cycles->planned)));
    write_fact(html, "said before",
               cycles->is_predicted ? cycles->predicted.statement : NULL);
    write_fact(html, "error", exhausted->error);
    write_fact(html, "mechanism", exhausted->mechanism);
    if (cycles->recovery.tried) {
        write_fact(html, cycles->recovery.ok ? "recovered" : "not recovered",
                   cycles->recovery.why);
    }
    html_raw(html, "</dl>\n");
}

static void write_point(struct html *html, const struct point *point) {
    const struct result_cell *cell = html_shown_cell(html, point);
    if (html->page.judged_count > 1) {
        html_element(html, "h3", NULL, page_point_name(&html->page, point));
    }
    write_exhaustion(html, &cell->cycles);
    write_slopes(html, cell);
    if (is_shown(cell)) {
        html_begin_details(html, "The figures");
        write_usage(html, cell);
        html_end_details(html);
    } else {
        write_usage(html, cell);
    }
}

void html_cycles(struct html *html) {
    const size_t count = html_points_shown(html);
    if (count == 0) {
        return;
    }
    html_begin_section(html, "cycles", "Held, cycle by cycle");
    html_raw(html, "<div class=\"charts\">\n");
    for (size_t i = 0; i < HOLDINGS_SHOWN; i++) {
        if (is_holding_known(html, &holdings[i])) {
            draw(html, &holdings[i]);
        }
    }
    html_raw(html, "</div>\n");
    for (size_t i = 0; i < count && html_has_room(html); i++) {
        write_point(html, &html->page.points[i]);
    }
    html_more(html, html->page.judged_count - count, "cells");
    html_end_section(html);
}
