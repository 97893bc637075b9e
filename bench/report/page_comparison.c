/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/total.h"
#include "report/figure.h"
#include "report/table.h"

const char *page_point_name(const struct page *page,
                            const struct point *point) {
    const struct result_cell *cell = point->cells[0];
    const char *label = cell->label == NULL ? "" : cell->label;
    if (cell->reference) {
        return arena_format(page->arena, "%s (%s)%s%s", cell->subject,
                            cell->build == NULL ? "reference" : "other build",
                            *label == '\0' ? "" : " ", label);
    }
    return *label == '\0' ? cell->subject : label;
}

static uint64_t sum_errors(const struct point *point) {
    uint64_t errors = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        uint64_t failed = total_of_cell(point->cells[i]).failed;
        errors += failed == RESULT_UNKNOWN ? 0 : failed;
    }
    return errors;
}

/* The block that left the most behind. */
static const char *worst_left_behind(struct page *page,
                                     const struct point *point) {
    uint64_t worst[RESULT_KINDS_COUNT];
    uint64_t most = leftover_sum(point->cells[0], worst);
    for (size_t i = 1; i < point->cells_count; i++) {
        uint64_t counts[RESULT_KINDS_COUNT];
        uint64_t total = leftover_sum(point->cells[i], counts);
        if (total > most) {
            most = leftover_sum(point->cells[i], worst);
        }
    }
    struct text text;
    text_init(&text);
    leftover_append(&text, worst);
    const char *words = arena_text(page->arena, text.bytes);
    text_fini(&text);
    return words;
}

static const struct result_cell *find_incomplete(const struct point *point) {
    for (size_t i = 0; i < point->cells_count; i++) {
        if (point->cells[i]->outcome.state != RESULT_COMPLETED) {
            return point->cells[i];
        }
    }
    return NULL;
}

static void add_point(struct page *page, struct table *table,
                      const struct point *point) {
    static const enum figure columns[] = {
        FIGURE_THROUGHPUT,
        FIGURE_P50,
        FIGURE_P99,
    };
    struct table_row *row = table_add(table);
    row->cells[0].string = page_point_name(page, point);
    const struct result_cell *incomplete = find_incomplete(point);
    if (incomplete != NULL) {
        row->cells[5].string = result_state_name(incomplete->outcome.state);
        row->cells[5].paint = DISPLAY_RED;
        return;
    }
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        double value = figure_median(columns[i], point, NULL, page->arena);
        row->cells[i + 1].string = figure_text(columns[i], value, page->arena);
    }
    char number[QUANTITY_SIZE];
    uint64_t errors = sum_errors(point);
    row->cells[4].string =
        arena_text(page->arena, quantity_count(number, errors));
    row->cells[4].paint = errors == 0 ? DISPLAY_PLAIN : DISPLAY_RED;
    row->cells[5].string = worst_left_behind(page, point);
}

void page_comparison(struct page *page) {
    static const char *const head[] = {
        "cell", "throughput", "p50", "p99", "errors", "left behind",
    };
    if (page->points_count < 2) {
        return;
    }
    struct table table;
    table_init(&table, page->arena, "lrrrrl");
    table_add_head(&table, head);
    for (size_t i = 0; i < page->points_count; i++) {
        add_point(page, &table, &page->points[i]);
    }
    text_append(page->text, "\n");
    table_write(&table, PAGE_INDENT, page->color, page->text);
}
