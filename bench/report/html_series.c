/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/spread.h"
#include "report/html_chart.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* What a cell did and held, second by second. The phases stand one behind the
 * other, each as long as its own clock ran. Drawn are the measured ones: a
 * warm-up is another load, on another scale. */

#define ROWS_MAX ((size_t)120) /* of a table */
#define POINTS_MIN 3           /* of a chart */

/* A walk over the points of all phases of a cell. */
struct walk {
    const struct result_cell *cell;
    bool measured; /* those phases alone */
    size_t phase;
    size_t index;
    double begin_s; /* of the phase */
    const struct result_series_point *point;
    double t_s; /* of the point, from the first phase on */
};

static double length_of(const struct result_phase *phase) {
    if (phase->series_count == 0) {
        return 0;
    }
    const struct result_series_point *last =
        &phase->series[phase->series_count - 1];
    return last->t_s + last->duration_s;
}

static bool next(struct walk *walk) {
    while (walk->phase < walk->cell->phases_count) {
        const struct result_phase *phase = &walk->cell->phases[walk->phase];
        if (walk->measured && !phase->measured) {
            walk->phase++;
            continue;
        }
        if (walk->index < phase->series_count) {
            walk->point = &phase->series[walk->index++];
            walk->t_s = walk->begin_s + walk->point->t_s;
            return true;
        }
        walk->begin_s += length_of(phase);
        walk->phase++;
        walk->index = 0;
    }
    return false;
}

static size_t points_count(const struct result_cell *cell, bool measured) {
    struct walk walk = {.cell = cell, .measured = measured};
    size_t count = 0;
    while (next(&walk)) {
        count++;
    }
    return count;
}

/* ---- What is drawn -------------------------------------------------------*/

static double known(uint64_t value) {
    return value == RESULT_UNKNOWN ? (double)NAN : (double)value;
}

static double per_second(double amount, double duration_s) {
    return duration_s > 0 ? amount / duration_s : (double)NAN;
}

enum column {
    COLUMN_RATE,
    COLUMN_P50,
    COLUMN_P99,
    COLUMN_MAX,
    COLUMN_IN_FLIGHT,
    COLUMN_THREADS,
    COLUMN_FDS,
    COLUMN_RSS,
    COLUMN_PROCESSORS,
    COLUMN_SWITCHES,
    COLUMNS_COUNT,
};

static const char *const column_names[COLUMNS_COUNT] = {
    [COLUMN_RATE] = "answered",
    [COLUMN_P50] = "p50",
    [COLUMN_P99] = "p99",
    [COLUMN_MAX] = "max",
    [COLUMN_IN_FLIGHT] = "in flight",
    [COLUMN_THREADS] = "threads",
    [COLUMN_FDS] = "descriptors",
    [COLUMN_RSS] = "resident memory",
    [COLUMN_PROCESSORS] = "processors used",
    [COLUMN_SWITCHES] = "context switches",
};

static double value_of(const struct result_series_point *point,
                       enum column column) {
    switch (column) {
    case COLUMN_RATE:
        return per_second(known(point->completed), point->duration_s);
    case COLUMN_P50:
        return known(point->p50_ns);
    case COLUMN_P99:
        return known(point->p99_ns);
    case COLUMN_MAX:
        return known(point->max_ns);
    case COLUMN_IN_FLIGHT:
        return point->in_flight;
    case COLUMN_THREADS:
        return known(point->threads);
    case COLUMN_FDS:
        return known(point->fds);
    case COLUMN_RSS:
        return known(point->rss_bytes);
    case COLUMN_PROCESSORS:
        return per_second(point->cpu_s, point->duration_s);
    case COLUMN_SWITCHES:
        return per_second(known(point->context_switches), point->duration_s);
    default:
        return NAN;
    }
}

struct drawing {
    enum html_chart_kind kind;
    const char *title;
    const char *summary;
    struct html_axis y;
    enum column columns[3];
    size_t columns_count;
};

static const struct drawing drawings[] = {
    {HTML_STEPS,
     "Throughput",
     "Lookups that were answered in each interval, per second.",
     {.name = "throughput",
      .quantity = HTML_RATE,
      .unit = "lookups/s",
      .from_zero = true},
     {COLUMN_RATE},
     1},
    {HTML_HEAT,
     "Latency, interval by interval",
     "The stronger the colour, the more lookups took so long. Lines: p50, p99 "
     "and the longest.",
     {.name = "latency", .quantity = HTML_DURATION, .logarithmic = true},
     {COLUMN_P50, COLUMN_P99, COLUMN_MAX},
     3},
    {HTML_STEPS,
     "Lookups in flight",
     "Unanswered requests, the mean of some looks a second.",
     {.name = "in flight",
      .quantity = HTML_COUNT,
      .unit = "lookups",
      .from_zero = true},
     {COLUMN_IN_FLIGHT},
     1},
    {HTML_STEPS,
     "Threads and descriptors",
     "The most of the whole process in each interval.",
     {.name = "held",
      .quantity = HTML_COUNT,
      .unit = "count",
      .from_zero = true},
     {COLUMN_THREADS, COLUMN_FDS},
     2},
    {HTML_STEPS,
     "Resident memory",
     "The most of the whole process in each interval.",
     {.name = "resident memory", .quantity = HTML_SIZE, .from_zero = true},
     {COLUMN_RSS},
     1},
    {HTML_STEPS,
     "Processors",
     "Processor time of all threads per second.",
     {.name = "processors used",
      .quantity = HTML_COUNT,
      .unit = "processors",
      .from_zero = true},
     {COLUMN_PROCESSORS},
     1},
};

/* Of nothing that is known there is no chart. */
static bool has_values(const struct result_cell *cell,
                       const struct drawing *drawing) {
    struct walk walk = {.cell = cell, .measured = true};
    while (next(&walk)) {
        for (size_t i = 0; i < drawing->columns_count; i++) {
            if (isfinite(value_of(walk.point, drawing->columns[i]))) {
                return true;
            }
        }
    }
    return false;
}

static bool has_several_measured(const struct result_cell *cell) {
    size_t count = 0;
    for (size_t i = 0; i < cell->phases_count; i++) {
        count += cell->phases[i].measured;
    }
    return count > 1;
}

static void draw_marks(struct html *html, const struct result_cell *cell) {
    double begin_s = 0;
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (cell->phases[i].measured && has_several_measured(cell)) {
            html_chart_mark(html, begin_s, cell->phases[i].name);
            begin_s += length_of(&cell->phases[i]);
        }
    }
}

static void draw_map(struct html *html, const struct result_cell *cell) {
    struct walk walk = {.cell = cell, .measured = true};
    struct spread spread;
    while (next(&walk)) {
        const char *text = walk.point->spread;
        if (text != NULL && spread_read(text, &spread) == 0) {
            html_chart_interval(html, walk.t_s, walk.point->duration_s, text);
        }
    }
}

static void draw_column(struct html *html, const struct result_cell *cell,
                        enum column column, enum html_chart_kind kind) {
    struct walk walk = {.cell = cell, .measured = true};
    double end_s = 0;
    double last = NAN;
    html_chart_series(html, column_names[column], false);
    while (next(&walk)) {
        last = value_of(walk.point, column);
        end_s = walk.t_s + walk.point->duration_s;
        html_chart_point(html,
                         kind == HTML_STEPS
                             ? walk.t_s
                             : walk.t_s + walk.point->duration_s / 2,
                         last);
    }
    if (kind == HTML_STEPS) {
        html_chart_point(html, end_s, last);
    }
}

static void draw(struct html *html, const struct result_cell *cell,
                 const struct drawing *drawing) {
    const struct html_chart chart = {
        .kind = drawing->kind,
        .title = drawing->title,
        .summary = drawing->summary,
        .x = {.name = "time in the measured phases", .quantity = HTML_SECONDS},
        .y = drawing->y,
    };
    html_chart_begin(html, &chart);
    draw_marks(html, cell);
    if (drawing->kind == HTML_HEAT) {
        draw_map(html, cell);
    }
    for (size_t i = 0; i < drawing->columns_count; i++) {
        draw_column(html, cell, drawing->columns[i], drawing->kind);
    }
    html_chart_drawn(html);
    html_chart_end(html);
}

/* ---- The table -----------------------------------------------------------*/

static const char *column_text(struct html *html, enum column column,
                               double value) {
    char text[QUANTITY_SIZE];
    if (!isfinite(value)) {
        return "-";
    }
    switch (column) {
    case COLUMN_RATE:
    case COLUMN_SWITCHES:
        return arena_text(html->arena, quantity_rate(text, value));
    case COLUMN_P50:
    case COLUMN_P99:
    case COLUMN_MAX:
        return arena_text(html->arena, quantity_duration(text, value));
    case COLUMN_RSS:
        return arena_text(html->arena, quantity_size(text, value));
    case COLUMN_PROCESSORS:
        return arena_format(html->arena, "%.2f", value);
    default:
        return arena_text(html->arena,
                          quantity_count(text, quantity_whole(value)));
    }
}

static void write_rows(struct html *html, struct html_table *table,
                       const struct result_cell *cell, size_t stride) {
    struct walk walk = {.cell = cell};
    for (size_t i = 0; next(&walk) && html_has_room(html); i++) {
        if (i % stride != 0) {
            continue;
        }
        html_table_row(table);
        html_table_cell(table, cell->phases[walk.phase].name);
        html_table_cell(table, arena_format(html->arena, "%.2f s", walk.t_s));
        for (int j = 0; j < COLUMNS_COUNT; j++) {
            const enum column column = (enum column)j;
            html_table_cell(
                table, column_text(html, column, value_of(walk.point, column)));
        }
    }
}

static void write_table(struct html *html, const struct result_cell *cell) {
    const size_t stride = (points_count(cell, false) - 1) / ROWS_MAX + 1;
    const char *names[2 + COLUMNS_COUNT] = {"phase", "from"};
    struct html_table table;
    for (size_t i = 0; i < COLUMNS_COUNT; i++) {
        names[2 + i] = column_names[i];
    }
    html_table_begin(
        &table, html,
        stride == 1
            ? "What was done and held in each interval"
            : arena_format(html->arena,
                           "What was done and held in every %zuth interval; "
                           "all are in the data",
                           stride),
        "lrrrrrrrrrrr", names);
    write_rows(html, &table, cell, stride);
    html_table_end(&table);
}

static void write_cell(struct html *html, const struct result_cell *cell) {
    if (points_count(cell, true) >= POINTS_MIN) {
        html_raw(html, "<div class=\"charts\">\n");
        for (size_t i = 0; i < sizeof drawings / sizeof drawings[0]; i++) {
            if (has_values(cell, &drawings[i])) {
                draw(html, cell, &drawings[i]);
            }
        }
        html_raw(html, "</div>\n");
        html_begin_details(html, "The figures");
        write_table(html, cell);
        html_end_details(html);
    } else {
        write_table(html, cell);
    }
}

static bool is_anything_known(struct html *html) {
    for (size_t i = 0; i < html_points_shown(html); i++) {
        if (points_count(html_shown_cell(html, &html->page.points[i]), false) !=
            0) {
            return true;
        }
    }
    return false;
}

void html_series(struct html *html) {
    const size_t count = html_points_shown(html);
    const bool several = html->result->cells_count > 1;
    if (!is_anything_known(html)) {
        return;
    }
    html_begin_section(html, "seconds", "Second by second");
    for (size_t i = 0; i < count && html_has_room(html); i++) {
        const struct point *point = &html->page.points[i];
        const struct result_cell *cell = html_shown_cell(html, point);
        if (points_count(cell, false) == 0) {
            continue;
        }
        if (several) {
            html_element(html, "h3", NULL,
                         arena_format(html->arena, "%s, block %u",
                                      page_point_name(&html->page, point),
                                      cell->block));
        }
        write_cell(html, cell);
    }
    html_more(html, html->page.judged_count - count, "cells");
    html_end_section(html);
}
