/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_chart.h"

#include <math.h>

#include "report/html_escape.h"
#include "report/html_part.h"

static const char *const kinds[] = {
    [HTML_LINES] = "lines",         [HTML_STEPS] = "steps",
    [HTML_INTERVALS] = "intervals", [HTML_HEAT] = "heat",
    [HTML_STACK] = "stack",
};

static const char *const quantities[] = {
    [HTML_COUNT] = "count",     [HTML_DURATION] = "duration",
    [HTML_SIZE] = "size",       [HTML_RATE] = "rate",
    [HTML_SECONDS] = "seconds", [HTML_PERCENTILE] = "percentile",
    [HTML_NAME] = "name",
};

static void append_number(struct text *text, double number) {
    if (isfinite(number)) {
        text_format(text, "%.7g", number);
    } else {
        text_append(text, "null");
    }
}

static void append_axis(struct text *text, const char *key,
                        const struct html_axis *axis) {
    text_format(text, ",\"%s\":{\"name\":", key);
    html_json_string(text, axis->name);
    text_format(text,
                ",\"quantity\":\"%s\",\"unit\":", quantities[axis->quantity]);
    html_json_string(text, axis->unit == NULL ? "" : axis->unit);
    text_format(text, ",\"logarithmic\":%s,\"fromZero\":%s}",
                axis->logarithmic ? "true" : "false",
                axis->from_zero ? "true" : "false");
}

static void append_head(struct html *html, const struct html_chart *chart) {
    struct text *text = &html->charts;
    text_format(text, "%s\n{\"id\":\"chart-%zu\",\"kind\":\"%s\",\"title\":",
                html->charts_count == 1 ? "" : ",", html->charts_count,
                kinds[chart->kind]);
    html_json_string(text, chart->title);
    append_axis(text, "x", &chart->x);
    append_axis(text, "y", &chart->y);
    text_append(text, ",\"names\":[");
    for (size_t i = 0; i < chart->names_count; i++) {
        text_append(text, i == 0 ? "" : ",");
        html_json_string(text, chart->names[i]);
    }
    text_append(text, "]");
}

static void write_canvas(struct html *html, const struct html_chart *chart) {
    text_format(html->text,
                "<div class=\"plot %s\"><canvas id=\"chart-%zu\" role=\"img\" "
                "tabindex=\"0\" aria-label=\"",
                kinds[chart->kind], html->charts_count);
    html_string(html, chart->title);
    html_raw(html, ". ");
    html_string(html, chart->summary);
    html_raw(html, "\"></canvas></div>\n"
                   "<p class=\"readout\" aria-live=\"polite\"></p>\n");
}

void html_chart_begin(struct html *html, const struct html_chart *chart) {
    html->drawing = html_may_draw(html);
    text_clear(&html->marks);
    text_clear(&html->map);
    text_clear(&html->series);
    html->series_open = false;
    html_raw(html, "<figure>\n");
    html_element(html, "figcaption", NULL, chart->title);
    html_element(html, "p", "summary", chart->summary);
    if (html->drawing) {
        html->charts_count++;
        append_head(html, chart);
        write_canvas(html, chart);
    } else {
        html_note(html, "Not drawn: there is more than a page can hold.");
    }
}

static struct text *next_member(struct text *text) {
    text_append(text, text->size == 0 ? "" : ",");
    return text;
}

void html_chart_mark(struct html *html, double x, const char *name) {
    if (html->drawing) {
        struct text *marks = next_member(&html->marks);
        text_append(marks, "[");
        append_number(marks, x);
        text_append(marks, ",");
        html_json_string(marks, name);
        text_append(marks, "]");
    }
}

void html_chart_interval(struct html *html, double t_s, double duration_s,
                         const char *spread) {
    if (html->drawing) {
        struct text *map = next_member(&html->map);
        text_append(map, "[");
        append_number(map, t_s);
        text_append(map, ",");
        append_number(map, duration_s);
        text_append(map, ",");
        html_json_string(map, spread);
        text_append(map, "]");
    }
}

static void close_series(struct html *html) {
    text_append(&html->series, html->series_open ? "]}" : "");
    html->series_open = false;
}

void html_chart_series(struct html *html, const char *name, bool aside) {
    if (html->drawing) {
        close_series(html);
        struct text *series = next_member(&html->series);
        text_append(series, "{\"name\":");
        html_json_string(series, name);
        text_format(series, ",\"aside\":%s,\"points\":[",
                    aside ? "true" : "false");
        html->series_open = true;
    }
}

static void append_point(struct html *html, const double *numbers,
                         size_t count) {
    struct text *series = &html->series;
    if (!html->drawing) {
        return;
    }
    text_append(series, series->bytes[series->size - 1] == '[' ? "[" : ",[");
    for (size_t i = 0; i < count; i++) {
        text_append(series, i == 0 ? "" : ",");
        append_number(series, numbers[i]);
    }
    text_append(series, "]");
}

void html_chart_point(struct html *html, double x, double y) {
    append_point(html, (const double[]){x, y}, 2);
}

void html_chart_range(struct html *html, double x, double low, double y,
                      double high) {
    append_point(html, (const double[]){x, y, low, high}, 4);
}

void html_chart_drawn(struct html *html) {
    if (html->drawing) {
        close_series(html);
        text_format(&html->charts,
                    ",\"marks\":[%s],\"map\":[%s],\"series\":[%s]}",
                    html->marks.bytes, html->map.bytes, html->series.bytes);
    }
    html->drawing = false;
}

void html_chart_end(struct html *html) {
    html_raw(html, "</figure>\n");
}

void html_begin_details(struct html *html, const char *summary) {
    html_raw(html, "<details open=\"\" class=\"figures\">");
    html_element(html, "summary", NULL, summary);
}

void html_end_details(struct html *html) {
    html_raw(html, "</details>\n");
}
