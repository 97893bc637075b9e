/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"

static enum display_paint paint_of(const struct result_find *find) {
    if (strcmp(find->state, "found") == 0) {
        return DISPLAY_GREEN;
    }
    return strcmp(find->state, "undecided") == 0 ? DISPLAY_YELLOW : DISPLAY_RED;
}

/* How it was found: the summary's table has the figures of each value. */
static const char *way_of(const struct result_find *find, struct arena *arena) {
    size_t confirming = 0;
    for (size_t i = 0; i < find->questions_count; i++) {
        confirming += find->questions[i].confirming;
    }
    const char *asked =
        arena_format(arena, "asked %zu time%s", find->questions_count,
                     find->questions_count == 1 ? "" : "s");
    return confirming == 0
               ? asked
               : arena_format(arena, "%s, %zu of them to confirm, for longer",
                              asked, confirming);
}

void page_find(struct page *page) {
    const struct result_find *find = &page->result->find;
    if (!find->is_sought) {
        return;
    }
    text_append(page->text, "\n");
    page_line(
        page, "largest", DISPLAY_PLAIN,
        arena_format(page->arena, "%s with which %s", find->path, find->holds));
    page_line(page, find->state, paint_of(find), find->text);
    page_line(page, "", DISPLAY_PLAIN, way_of(find, page->arena));
}
