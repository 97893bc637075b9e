/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "report/html_chart.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* The result beside another one, or another build: how far each figure moved,
 * with its interval. */

#define FIGURES_DRAWN_MAX ((size_t)24)

static const char *title_of(struct html *html,
                            const struct result_compared *figure) {
    const bool of_point = figure->point != NULL && *figure->point != '\0';
    const bool of_phase = figure->phase != NULL;
    return arena_format(html->arena, "%s%s%s%s%s",
                        of_point ? figure->point : "", of_point ? ": " : "",
                        figure->metric, of_phase ? " in " : "",
                        of_phase ? figure->phase : "");
}

static bool has_interval(const struct result_compared *figure) {
    return isfinite(figure->ratio) && isfinite(figure->low) &&
           isfinite(figure->high);
}

static double change(double ratio) {
    return 100 * (ratio - 1);
}

/* ---- The chart -----------------------------------------------------------*/

static void draw(struct html *html) {
    const struct result_comparison *comparison = &html->result->comparison;
    const struct result_compared *figures[FIGURES_DRAWN_MAX];
    const char *names[FIGURES_DRAWN_MAX];
    size_t count = 0;
    for (size_t i = 0;
         i < comparison->figures_count && count < FIGURES_DRAWN_MAX; i++) {
        if (has_interval(&comparison->figures[i])) {
            figures[count] = &comparison->figures[i];
            names[count] = title_of(html, figures[count]);
            count++;
        }
    }
    if (count == 0) {
        return;
    }
    const struct html_chart chart = {
        .kind = HTML_INTERVALS,
        .title = "New compared with base",
        .summary = "How far each figure moved, with its interval; 0 is the "
                   "same.",
        .x = {.name = "figure", .quantity = HTML_NAME},
        .y = {.name = "change", .quantity = HTML_COUNT, .unit = "%"},
        .names = names,
        .names_count = count,
    };
    html_chart_begin(html, &chart);
    html_chart_series(html, "change", false);
    for (size_t i = 0; i < count; i++) {
        html_chart_range(html, (double)i, change(figures[i]->low),
                         change(figures[i]->ratio), change(figures[i]->high));
    }
    html_chart_drawn(html);
    html_chart_end(html);
}

/* ---- The table -----------------------------------------------------------*/

static void add_figure(struct html *html, struct html_table *table,
                       const struct result_compared *figure) {
    const struct page_compared_words words =
        page_compared_words(figure, true, html->arena);
    html_table_row(table);
    html_table_cell(table, title_of(html, figure));
    html_table_cell(table, words.base);
    html_table_cell(table, words.newer);
    html_table_cell(table, words.change);
    html_table_cell(table, words.interval);
    html_table_open_cell(table);
    html_raw(html, "<span class=\"held ");
    html_raw(html, strcmp(figure->answer, "worse") == 0         ? "no\">"
                   : strcmp(figure->answer, "not decided") == 0 ? "undecided\">"
                                                                : "yes\">");
    html_string(html, figure->answer);
    html_raw(html, "</span>");
    html_table_close_cell(table);
    html_table_cell(table, words.visible);
    html_table_cell(table, figure->why == NULL ? words.more : figure->why);
}

static void write_table(struct html *html) {
    static const char *const names[] = {"figure",
                                        "base",
                                        "new",
                                        "change",
                                        "interval",
                                        "answer",
                                        "would have been seen",
                                        "remarks"};
    const struct result_comparison *comparison = &html->result->comparison;
    struct html_table table;
    size_t shown = 0;
    html_table_begin(&table, html, "Figure by figure", "lrrrllrl", names);
    for (; shown < comparison->figures_count && html_has_room(html); shown++) {
        add_figure(html, &table, &comparison->figures[shown]);
    }
    html_table_end(&table);
    html_more(html, comparison->figures_count - shown, "figures");
}

static void write_side(struct html *html, const char *name,
                       const struct result_side *side) {
    html_element(html, "dt", NULL, name);
    html_element(
        html, "dd", NULL,
        arena_format(html->arena, "%s%s%s %s %s",
                     side->path == NULL ? "" : side->path,
                     side->version == NULL ? "" : ", plunge ",
                     side->version == NULL ? "" : side->version,
                     side->build == NULL ? "" : side->build,
                     side->started_at == NULL ? "" : side->started_at));
}

void html_comparison(struct html *html) {
    const struct result_comparison *comparison = &html->result->comparison;
    if (!comparison->given) {
        return;
    }
    html_begin_section(html, "compared", "Compared with another");
    html_element(html, "p", "lead",
                 arena_format(html->arena, "%s%s%s", comparison->answer,
                              comparison->why == NULL ? "" : ": ",
                              comparison->why == NULL ? "" : comparison->why));
    html_raw(html, "<dl class=\"settings\">\n");
    write_side(html, "base", &comparison->base);
    write_side(html, "new", &comparison->newer);
    html_element(html, "dt", NULL, "method");
    html_element(html, "dd", NULL,
                 page_compared_method(comparison, html->arena));
    html_raw(html, "</dl>\n");
    for (size_t i = 0; i < comparison->remarks_count && html_has_room(html);
         i++) {
        html_note(html, comparison->remarks[i].text);
    }
    html_raw(html, "<div class=\"charts\">\n");
    draw(html);
    html_raw(html, "</div>\n");
    write_table(html);
    html_end_section(html);
}
