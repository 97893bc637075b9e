/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "report/figure.h"

static bool is_reference(const struct point *point) {
    return point->cells[0]->reference;
}

/* References are shown last, whatever block they come from. */
static struct point *sort_points(const struct result *result,
                                 struct arena *arena, size_t *count_out,
                                 size_t *judged_count_out) {
    const struct point *points = point_list(result, arena, count_out);
    struct point *sorted = arena_alloc(arena, *count_out * sizeof sorted[0]);
    size_t count = 0;
    for (size_t i = 0; i < *count_out; i++) {
        if (!is_reference(&points[i])) {
            sorted[count++] = points[i];
        }
    }
    *judged_count_out = count;
    for (size_t i = 0; i < *count_out; i++) {
        if (is_reference(&points[i])) {
            sorted[count++] = points[i];
        }
    }
    return sorted;
}

struct page page_of(const struct result *result, bool color,
                    struct arena *arena, struct text *text) {
    struct page page = {
        .result = result,
        .color = color,
        .arena = arena,
        .text = text,
    };
    page.points =
        sort_points(result, arena, &page.points_count, &page.judged_count);
    return page;
}

void page_line(struct page *page, const char *name, enum display_paint paint,
               const char *value) {
    size_t width = display_width(name);
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color, DISPLAY_DIM, name);
    display_spaces(page->text,
                   width < PAGE_NAME_WIDTH ? PAGE_NAME_WIDTH - width : 1);
    display_painted(page->text, page->color, paint, value);
    text_append(page->text, "\n");
}

void page_more(struct page *page, size_t lines) {
    if (lines > PAGE_LINES_MAX) {
        text_format(page->text, "    and %zu more\n", lines - PAGE_LINES_MAX);
    }
}

/* Whether blocks or cells must be told apart. */
static bool has_several_cells(const struct page *page) {
    return page->result->cells_count > 1;
}

const char *page_place(const struct page *page,
                       const struct result_cell *cell) {
    return has_several_cells(page)
               ? arena_format(page->arena,
                              "%s: ", point_place(cell, page->arena))
               : "";
}

/* "4.13 ms", or from the lowest to the highest point of a sweep. */
const char *page_figure_range(const struct page *page, enum figure figure) {
    double lowest = NAN;
    double highest = NAN;
    for (size_t i = 0; i < page->judged_count; i++) {
        double value =
            figure_median(figure, &page->points[i], NULL, page->arena);
        lowest = fmin(lowest, value);
        highest = fmax(highest, value);
    }
    const char *text = figure_text(figure, lowest, page->arena);
    return isnan(lowest) || lowest == highest
               ? text
               : arena_format(page->arena, "%s to %s", text,
                              figure_text(figure, highest, page->arena));
}
