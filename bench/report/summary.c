/* SPDX-License-Identifier: Apache-2.0 */
#include "report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/figure.h"
#include "report/name.h"
#include "report/page.h"
#include "report/table.h"

static const char *or_unknown(const char *string) {
    return string == NULL ? "unknown" : string;
}

static void write_title(struct page *page) {
    const struct result *result = page->result;
    display_painted(page->text, page->color, DISPLAY_BOLD,
                    or_unknown(result->scenario.title));
    text_append(page->text, "\n");
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color, DISPLAY_DIM,
                    arena_format(page->arena, "%s, %s, plunge %s",
                                 or_unknown(result->scenario.path),
                                 name_of_seeds(result, page->arena),
                                 or_unknown(result->version)));
    text_append(page->text, "\n");
}

void summary_write(const struct result *result, bool color, struct text *text) {
    struct arena *arena = arena_new();
    struct page page = page_of(result, color, arena, text);
    write_title(&page);
    text_append(text, "\n");
    page_setting(&page);
    page_load(&page);
    page_comparison(&page);
    page_tail(&page);
    page_ledger(&page);
    page_findings(&page);
    page_find(&page);
    page_compared(&page);
    page_verdict(&page);
    arena_free(arena);
}

void summary_comparison(const struct result *result, bool color,
                        struct text *text) {
    struct arena *arena = arena_new();
    struct page page = page_of(result, color, arena, text);
    display_painted(text, color, DISPLAY_BOLD,
                    or_unknown(result->scenario.title));
    text_append(text, "\n");
    page_compared(&page);
    arena_free(arena);
}

/* ---- Several scenarios --------------------------------------------------- */

static void add_result(const struct result *result, struct arena *arena,
                       struct table *table) {
    const struct page page = page_of(result, false, arena, NULL);
    struct table_row *row = table_add(table);
    row->cells[0].string = name_of_scenario(result, arena);
    row->cells[1].string = result_verdict_name(result->verdict);
    row->cells[1].paint = page_verdict_paint(result->verdict);
    row->cells[2].string = page_figure_range(&page, FIGURE_THROUGHPUT);
    row->cells[3].string = page_figure_range(&page, FIGURE_P99);
    row->cells[4].string = page_left_behind(&page);
}

void summary_table(const struct result *const *results, size_t results_count,
                   bool color, struct text *text) {
    static const char *const head[] = {
        "scenario", "verdict", "throughput", "p99", "left behind",
    };
    struct arena *arena = arena_new();
    struct table table;
    table_init(&table, arena, "llrrl");
    table_add_head(&table, head);
    for (size_t i = 0; i < results_count; i++) {
        add_result(results[i], arena, &table);
    }
    table_write(&table, 0, color, text);
    arena_free(arena);
}
