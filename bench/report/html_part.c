/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_part.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/point.h"
#include "measure/total.h"
#include "report/html_escape.h"

bool html_has_room(const struct html *html) {
    return html->text->size < HTML_BODY_MAX;
}

bool html_may_draw(const struct html *html) {
    return html->charts.size < HTML_CHARTS_MAX && html_has_room(html);
}

size_t html_points_shown(const struct html *html) {
    const size_t count = html->page.judged_count;
    return count < HTML_POINTS_MAX ? count : HTML_POINTS_MAX;
}

void html_raw(struct html *html, const char *markup) {
    text_append(html->text, markup);
}

void html_string(struct html *html, const char *string) {
    html_escape(html->text, string);
}

void html_element(struct html *html, const char *tag, const char *names,
                  const char *string) {
    text_format(html->text, "<%s", tag);
    if (names != NULL) {
        text_format(html->text, " class=\"%s\"", names);
    }
    html_raw(html, ">");
    html_string(html, string);
    text_format(html->text, "</%s>\n", tag);
}

void html_begin_section(struct html *html, const char *id,
                        const char *heading) {
    text_format(&html->contents, "<li><a href=\"#%s\">%s</a></li>\n", id,
                heading);
    text_format(html->text,
                "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n"
                "<h2 id=\"%s-heading\">",
                id, id, id);
    html_string(html, heading);
    html_raw(html, "</h2>\n");
}

void html_end_section(struct html *html) {
    html_raw(html, "</section>\n");
}

void html_note(struct html *html, const char *string) {
    html_element(html, "p", "note", string);
}

void html_more(struct html *html, size_t count, const char *what) {
    if (count != 0) {
        html_note(html, arena_format(html->arena,
                                     "And %zu more %s, which are in the data.",
                                     count, what));
    }
}

void html_stack(struct html *html, const char *stack) {
    if (stack != NULL && *stack != '\0') {
        html_raw(html, "<details class=\"stack\"><summary>stack</summary>");
        html_element(html, "pre", NULL, stack);
        html_raw(html, "</details>");
    }
}

/* ---- The cell that is shown ----------------------------------------------*/

struct ranked {
    const struct result_cell *cell;
    double throughput;
};

/* Of the same throughput the earlier one, so that the order is always one. */
static int compare(const void *one, const void *other) {
    const struct ranked *a = one;
    const struct ranked *b = other;
    if (a->throughput != b->throughput) {
        return a->throughput < b->throughput ? -1 : 1;
    }
    return (a->cell > b->cell) - (a->cell < b->cell);
}

const struct result_cell *html_shown_cell(const struct html *html,
                                          const struct point *point) {
    struct ranked *ranked =
        arena_alloc(html->arena, point->cells_count * sizeof *ranked);
    size_t count = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_cell *cell = point->cells[i];
        const double throughput = total_of_cell(cell).throughput_per_s;
        if (cell->outcome.state == RESULT_COMPLETED && isfinite(throughput)) {
            ranked[count++] = (struct ranked){cell, throughput};
        }
    }
    if (count != 0) {
        qsort(ranked, count, sizeof *ranked, compare);
        return ranked[(count - 1) / 2].cell;
    }
    for (size_t i = 0; i < point->cells_count; i++) {
        if (point->cells[i]->leftovers_count != 0) {
            return point->cells[i];
        }
    }
    return point->cells[0];
}
