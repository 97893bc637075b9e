/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_CHART_H
#define PLUNGE_REPORT_HTML_CHART_H

#include <stdbool.h>
#include <stddef.h>

struct html;

/* A chart: a canvas in the page, and what is to be drawn on it in the page's
 * list, which page/report.js draws. The figures stand in a table, which whoever
 * draws writes between begin and end.
 *
 * A canvas alone says nothing to those who cannot see it: the title and the
 * summary are its text. */
enum html_quantity {
    HTML_COUNT,
    HTML_DURATION, /* in ns; the chart chooses the unit */
    HTML_SIZE,     /* in bytes; likewise */
    HTML_RATE,     /* per second */
    HTML_SECONDS,
    HTML_PERCENTILE, /* 0 to 1, on the axis of 1 / (1 - p) */
    HTML_NAME,       /* the n-th of the chart's names */
};

struct html_axis {
    const char *name;
    enum html_quantity quantity;
    const char *unit; /* of a count or a rate: "threads", "lookups/s" */
    bool logarithmic;
    bool from_zero;
};

enum html_chart_kind {
    HTML_LINES,
    HTML_STEPS,     /* lines that stay until the next point */
    HTML_INTERVALS, /* points with a bar from the low to the high */
    HTML_HEAT,      /* lines over a map of how many there were */
    HTML_STACK,     /* a bar a name, of one part a series */
};

struct html_chart {
    enum html_chart_kind kind;
    const char *title;
    const char *summary; /* in words what is to be seen */
    struct html_axis x;
    struct html_axis y;
    const char *const *names; /* of a HTML_NAME axis */
    size_t names_count;
};

void html_chart_begin(struct html *html, const struct html_chart *chart);

/* The members of a chart, in this order: marks, the map, series. A mark is a
 * line across the chart with a word beside it. */
void html_chart_mark(struct html *html, double x, const char *name);

/* One interval of a map: when it begins, how long it is, how many are in each
 * step from the lowest on (measure/spread.h). */
void html_chart_interval(struct html *html, double t_s, double duration_s,
                         const char *spread);

void html_chart_series(struct html *html, const char *name, bool aside);

/* NAN: a gap. */
void html_chart_point(struct html *html, double x, double y);
void html_chart_range(struct html *html, double x, double low, double y,
                      double high);

/* After the last series; then the table, then the end. */
void html_chart_drawn(struct html *html);
void html_chart_end(struct html *html);

/* The same around a table: open without JavaScript, closed with. */
void html_begin_details(struct html *html, const char *summary);
void html_end_details(struct html *html);

#endif
