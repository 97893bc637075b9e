/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/table.h"

static bool is_size(const char *metric) {
    static const char bytes[] = " bytes";
    size_t size = strlen(metric);
    size_t ending = sizeof bytes - 1;
    return strcmp(metric, "rss") == 0 || strcmp(metric, "pss") == 0 ||
           strcmp(metric, "heap") == 0 ||
           (size > ending && strcmp(metric + size - ending, bytes) == 0);
}

const char *page_slope_amount(const struct page *page,
                              const struct result_slope *slope, double value) {
    char text[QUANTITY_SIZE];
    if (isnan(value)) {
        return "unknown";
    }
    return is_size(slope->metric)
               ? arena_text(page->arena, quantity_size(text, value))
               : arena_format(page->arena, "%.3g", value);
}

static const char *in_cycles(const struct page *page,
                             const struct result_slope *slope) {
    char number[QUANTITY_SIZE];
    return slope->cycles == 0 || slope->cycles == RESULT_UNKNOWN
               ? ""
               : arena_format(page->arena, " in %s cycle%s",
                              quantity_count(number, slope->cycles),
                              slope->cycles == 1 ? "" : "s");
}

/* "clean: the same after each of 9,998 cycles", "leak: first more after cycle
 * 812". */
static const char *counted_words(const struct page *page,
                                 const struct result_slope *slope) {
    char number[QUANTITY_SIZE];
    if (slope->first_cycle != 0) {
        bool more = strcmp(slope->verdict, "leak") == 0;
        return arena_format(page->arena, "%s: %s after cycle %s",
                            slope->verdict,
                            more ? "first more" : "not the same",
                            quantity_count(number, slope->first_cycle));
    }
    if (strcmp(slope->verdict, "clean") == 0 && *in_cycles(page, slope) != 0) {
        return slope->cycles == 1
                   ? "clean: the same after one more cycle"
                   : arena_format(page->arena,
                                  "clean: the same after each of %s cycles",
                                  quantity_count(number, slope->cycles));
    }
    return slope->verdict;
}

/* "clean: no leak above 12 B at 99.9 % in 5,000 cycles": how small a leak could
 * have been missed. */
static const char *estimated_words(const struct page *page,
                                   const struct result_slope *slope) {
    double percent = 100 * slope->confidence;
    if (isnan(slope->upper_bound)) {
        return arena_format(page->arena, "%s%s", slope->verdict,
                            in_cycles(page, slope));
    }
    const char *upper =
        page_slope_amount(page, slope, fmax(slope->upper_bound, 0));
    if (strcmp(slope->verdict, "clean") == 0) {
        return arena_format(page->arena, "clean: no leak above %s at %.3g %%%s",
                            upper, percent, in_cycles(page, slope));
    }
    return arena_format(page->arena, "%s: %s to %s at %.3g %%%s",
                        slope->verdict,
                        page_slope_amount(page, slope, slope->lower_bound),
                        upper, percent, in_cycles(page, slope));
}

const char *page_slope_words(const struct page *page,
                             const struct result_slope *slope) {
    return slope->confidence < 1 ? estimated_words(page, slope)
                                 : counted_words(page, slope);
}

void page_slopes(struct page *page, const struct result_cell *cell) {
    static const char *const head[] = {"slope", "per cycle", "at most", ""};
    if (cell->slopes_count == 0) {
        return;
    }
    struct table table;
    table_init(&table, page->arena, "lrrl");
    table_add_head(&table, head);
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        struct table_row *row = table_add(&table);
        row->cells[0].string = slope->metric;
        row->cells[1].string = page_slope_amount(page, slope, slope->per_cycle);
        row->cells[2].string =
            page_slope_amount(page, slope, slope->upper_bound);
        row->cells[3].string = page_slope_words(page, slope);
    }
    text_append(page->text, "\n");
    table_write(&table, PAGE_INDENT, page->color, page->text);
}
