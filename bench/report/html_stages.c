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

/* Where the time of lookups went, stage by stage: of all of a phase, and of the
 * slowest. Means of stages add up to the mean of the whole, so a bar of them is
 * true; beside them stand the percentiles, which do not add up. */

/* One bar: a phase of a cell, all of it or its slowest. */
struct bar {
    const char *name;
    const struct result_phase *phase;
    const struct result_tail *tail; /* NULL: all of the phase */
};

#define BARS_MAX ((size_t)24)

struct bars {
    struct bar items[BARS_MAX];
    size_t count;
};

static double mean_of(const struct bar *bar, enum result_stage stage) {
    const double mean_ns = bar->tail != NULL
                               ? bar->tail->mean_ns[stage]
                               : bar->phase->stages.of[stage].mean;
    const bool sampled =
        bar->tail != NULL || bar->phase->stages.of[stage].count != 0;
    return sampled && isfinite(mean_ns) ? mean_ns : 0;
}

static void add_bar(struct bars *bars, const struct bar *bar) {
    if (bars->count < BARS_MAX) {
        bars->items[bars->count++] = *bar;
    }
}

static void add_phases(struct html *html, struct bars *bars,
                       const struct point *point) {
    const struct result_cell *cell = html_shown_cell(html, point);
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        if (!phase->staged || !phase->measured) {
            continue;
        }
        const char *name =
            html->page.judged_count == 1
                ? phase->name
                : arena_format(html->arena, "%s, %s",
                               page_point_name(&html->page, point),
                               phase->name);
        add_bar(bars, &(struct bar){
                          .name = arena_format(html->arena, "%s, all", name),
                          .phase = phase});
        if (phase->tail.given) {
            add_bar(bars, &(struct bar){.name = arena_format(
                                            html->arena, "%s, beyond p%g", name,
                                            phase->tail.percentile),
                                        .phase = phase,
                                        .tail = &phase->tail});
        }
    }
}

static void draw(struct html *html, const struct bars *bars) {
    const char *names[BARS_MAX];
    for (size_t i = 0; i < bars->count; i++) {
        names[i] = bars->items[i].name;
    }
    const struct html_chart chart = {
        .kind = HTML_STACK,
        .title = "Mean time in each stage",
        .summary = "All lookups of a phase, and below them the slowest: what "
                   "they waited for is the widest part.",
        .x = {.name = "mean time",
              .quantity = HTML_DURATION,
              .from_zero = true},
        .y = {.name = "lookups", .quantity = HTML_NAME},
        .names = names,
        .names_count = bars->count,
    };
    html_chart_begin(html, &chart);
    for (int i = 0; i < RESULT_STAGES_COUNT; i++) {
        const enum result_stage stage = (enum result_stage)i;
        html_chart_series(html, page_stage_name(stage), false);
        for (size_t j = 0; j < bars->count; j++) {
            html_chart_point(html, (double)j, mean_of(&bars->items[j], stage));
        }
    }
    html_chart_drawn(html);
    html_chart_end(html);
}

static const char *duration(struct html *html, double ns) {
    char text[QUANTITY_SIZE];
    return isfinite(ns) ? arena_text(html->arena, quantity_duration(text, ns))
                        : "-";
}

static void add_stage(struct html *html, struct html_table *table,
                      const struct bar *bar, enum result_stage stage) {
    const struct result_latency *latency = &bar->phase->stages.of[stage];
    const struct result_tail *tail = &bar->phase->tail;
    const bool sampled = latency->count != 0;
    html_table_row(table);
    html_table_cell(table, page_stage_name(stage));
    html_table_cell(table, duration(html, sampled ? latency->mean : NAN));
    html_table_cell(table,
                    duration(html, sampled ? (double)latency->p50 : NAN));
    html_table_cell(table,
                    duration(html, sampled ? (double)latency->p99 : NAN));
    html_table_cell(table,
                    duration(html, sampled ? (double)latency->max : NAN));
    html_table_cell(table,
                    duration(html, tail->given ? tail->mean_ns[stage] : NAN));
}

static void write_table(struct html *html, const struct bar *bar) {
    static const char *const names[] = {"stage", "mean", "p50",
                                        "p99",   "max",  "mean of the slowest"};
    struct html_table table;
    const struct result_tail *tail = &bar->phase->tail;
    html_table_begin(
        &table, html,
        arena_format(html->arena, "Stages of lookups: %s", bar->name), "lrrrrr",
        names);
    for (int i = 0; i < RESULT_STAGES_COUNT; i++) {
        add_stage(html, &table, bar, (enum result_stage)i);
    }
    html_table_end(&table);
    if (tail->given) {
        html_note(html, page_tail_words(&html->page, tail));
    }
}

void html_stages(struct html *html) {
    struct bars bars = {.count = 0};
    for (size_t i = 0; i < html_points_shown(html); i++) {
        add_phases(html, &bars, &html->page.points[i]);
    }
    if (bars.count == 0) {
        return;
    }
    html_begin_section(html, "stages", "Where the time went");
    draw(html, &bars);
    for (size_t i = 0; i < bars.count && html_has_room(html); i++) {
        if (bars.items[i].tail == NULL) {
            write_table(html, &bars.items[i]);
        }
    }
    html_end_section(html);
}
