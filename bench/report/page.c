/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"

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
