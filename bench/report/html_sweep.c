/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/total.h"
#include "report/html_chart.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* The points of a sweep beside each other. A median has an interval: that of
 * the blocks' own order, which asks nothing of how they are spread. */

#define POINTS_MAX ((size_t)64)
#define CONFIDENCE 0.95

struct interval {
    double low;
    double median;
    double high;
    double confidence; /* that the true median is within; 0: one block */
    size_t count;
};

static int compare(const void *one, const void *other) {
    const double a = *(const double *)one;
    const double b = *(const double *)other;
    return (a > b) - (a < b);
}

/* How many blocks on either side may be left out: P(median outside) is twice
 * the chance of no more than so many heads in @count throws. */
static size_t trimmed(size_t count, double *confidence_out) {
    double chance = ldexp(1, -(int)count);
    double outside = 2 * chance;
    size_t rank = 0;
    *confidence_out = 1 - outside;
    while (rank + 1 < count / 2) {
        chance *= (double)(count - rank) / (double)(rank + 1);
        outside += 2 * chance;
        if (1 - outside < CONFIDENCE) {
            break;
        }
        *confidence_out = 1 - outside;
        rank++;
    }
    return rank;
}

static struct interval interval_of(struct html *html, enum figure figure,
                                   const struct point *point) {
    double *values =
        arena_alloc(html->arena, point->cells_count * sizeof *values);
    struct interval interval = {
        .median = figure_median(figure, point, NULL, html->arena),
    };
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct point block = {&point->cells[i], 1};
        const double value = figure_median(figure, &block, NULL, html->arena);
        if (!isnan(value)) {
            values[interval.count++] = value;
        }
    }
    interval.low = interval.high = interval.median;
    if (interval.count > 1) {
        qsort(values, interval.count, sizeof *values, compare);
        const size_t rank = trimmed(interval.count, &interval.confidence);
        interval.low = values[rank];
        interval.high = values[interval.count - 1 - rank];
    }
    return interval;
}

static const char *interval_text(struct html *html, enum figure figure,
                                 const struct interval *interval) {
    if (interval->count < 2) {
        return "-";
    }
    return arena_format(html->arena, "%s to %s",
                        figure_text(figure, interval->low, html->arena),
                        figure_text(figure, interval->high, html->arena));
}

/* ---- Charts --------------------------------------------------------------*/

/* The one key that tells the points apart; NULL: there are several, or none. */
static const char *common_key(const struct html *html) {
    const char *key = NULL;
    for (size_t i = 0; i < html->page.points_count; i++) {
        const struct result_cell *cell = html->page.points[i].cells[0];
        if (cell->parameters_count != 1 || cell->parameters[0].text == NULL ||
            (key != NULL && strcmp(key, cell->parameters[0].path) != 0)) {
            return NULL;
        }
        key = cell->parameters[0].path;
    }
    return key;
}

static const char *const *point_names(struct html *html, const char *key,
                                      size_t count) {
    const char **names = arena_alloc(html->arena, count * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const struct point *point = &html->page.points[i];
        const struct result_cell *cell = point->cells[0];
        names[i] = page_point_name(&html->page, point);
        if (key != NULL) {
            const char *value = cell->parameters[0].text;
            names[i] = cell->reference ? arena_format(html->arena, "%s, %s",
                                                      cell->subject, value)
                                       : value;
        }
    }
    return names;
}

/* Of the points that have most blocks. */
static const char *summary_of(struct html *html) {
    size_t least = SIZE_MAX;
    size_t most = 0;
    double confidence = 0;
    for (size_t i = 0; i < html->page.points_count; i++) {
        const size_t count = html->page.points[i].cells_count;
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    if (most < 2) {
        return "One block each: there are no intervals.";
    }
    (void)trimmed(most, &confidence);
    return arena_format(
        html->arena,
        least == most
            ? "Medians over %zu blocks; a bar holds the true median with %.4g "
              "%%."
            : "Medians over up to %zu blocks; a bar of so many holds the true "
              "median with %.4g %%.",
        most, 100 * confidence);
}

/* Where nobody was answered there is nothing to draw. */
static bool is_known(struct html *html, const enum figure *figures,
                     size_t figures_count) {
    for (size_t i = 0; i < figures_count; i++) {
        for (size_t j = 0; j < html->page.points_count; j++) {
            if (!isnan(figure_median(figures[i], &html->page.points[j], NULL,
                                     html->arena))) {
                return true;
            }
        }
    }
    return false;
}

static void draw(struct html *html, const char *title,
                 const struct html_axis *axis, const enum figure *figures,
                 const char *const *series, size_t series_count) {
    const size_t count = html->page.points_count < POINTS_MAX
                             ? html->page.points_count
                             : POINTS_MAX;
    const char *key = common_key(html);
    const struct html_chart chart = {
        .kind = HTML_INTERVALS,
        .title = title,
        .summary = summary_of(html),
        .x = {.name = key == NULL ? "cell" : key, .quantity = HTML_NAME},
        .y = *axis,
        .names = point_names(html, key, count),
        .names_count = count,
    };
    html_chart_begin(html, &chart);
    for (size_t i = 0; i < series_count; i++) {
        html_chart_series(html, series[i], false);
        for (size_t j = 0; j < count; j++) {
            const struct interval interval =
                interval_of(html, figures[i], &html->page.points[j]);
            html_chart_range(html, (double)j, interval.low, interval.median,
                             interval.high);
        }
    }
    html_chart_drawn(html);
    html_chart_end(html);
}

static void draw_all(struct html *html) {
    static const enum figure rate[] = {FIGURE_THROUGHPUT};
    static const char *const rate_names[] = {"throughput"};
    static const enum figure times[] = {FIGURE_P50, FIGURE_P99};
    static const char *const times_names[] = {"p50", "p99"};
    static const struct html_axis rate_axis = {.name = "throughput",
                                               .quantity = HTML_RATE,
                                               .unit = "lookups/s",
                                               .from_zero = true};
    static const struct html_axis times_axis = {
        .name = "latency", .quantity = HTML_DURATION, .logarithmic = true};
    html_raw(html, "<div class=\"charts\">\n");
    draw(html, "Throughput of each cell", &rate_axis, rate, rate_names, 1);
    if (is_known(html, times, 2)) {
        draw(html, "Latency of each cell", &times_axis, times, times_names, 2);
    }
    html_raw(html, "</div>\n");
}

/* ---- The table -----------------------------------------------------------*/

static const char *left_behind(struct html *html, const struct point *point) {
    uint64_t counts[RESULT_KINDS_COUNT];
    uint64_t most = 0;
    const struct result_cell *worst = point->cells[0];
    for (size_t i = 0; i < point->cells_count; i++) {
        const uint64_t total = leftover_sum(point->cells[i], counts);
        if (total > most) {
            most = total;
            worst = point->cells[i];
        }
    }
    struct text text;
    text_init(&text);
    (void)leftover_sum(worst, counts);
    leftover_append(&text, counts);
    const char *words = arena_text(html->arena, text.bytes);
    text_fini(&text);
    return words;
}

static const char *errors_of(struct html *html, const struct point *point) {
    char number[QUANTITY_SIZE];
    uint64_t errors = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        const uint64_t failed = total_of_cell(point->cells[i]).failed;
        errors += failed == RESULT_UNKNOWN ? 0 : failed;
    }
    return arena_text(html->arena, quantity_count(number, errors));
}

static void add_point(struct html *html, struct html_table *table,
                      const struct point *point) {
    static const enum figure figures[] = {FIGURE_THROUGHPUT, FIGURE_P50,
                                          FIGURE_P99};
    html_table_row(table);
    html_table_cell(table, page_point_name(&html->page, point));
    html_table_cell(table,
                    arena_format(html->arena, "%zu", point->cells_count));
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const struct interval interval = interval_of(html, figures[i], point);
        html_table_cell(table,
                        figure_text(figures[i], interval.median, html->arena));
        html_table_cell(table, interval_text(html, figures[i], &interval));
    }
    html_table_cell(table, errors_of(html, point));
    html_table_cell(table, left_behind(html, point));
}

void html_sweep(struct html *html) {
    static const char *const names[] = {
        "cell",     "blocks", "throughput", "interval", "p50",
        "interval", "p99",    "interval",   "errors",   "left behind"};
    struct html_table table;
    size_t shown = 0;
    if (html->page.points_count < 2) {
        return;
    }
    html_begin_section(html, "cells", "Cells beside each other");
    if (page_figure_range(&html->page, FIGURE_THROUGHPUT)[0] != '-') {
        draw_all(html);
    }
    html_table_begin(&table, html,
                     "Medians over the blocks, with their intervals",
                     "lrrrrrrrrl", names);
    for (; shown < html->page.points_count && html_has_room(html); shown++) {
        add_point(html, &table, &html->page.points[shown]);
    }
    html_table_end(&table);
    html_more(html, html->page.points_count - shown, "cells");
    html_end_section(html);
}
