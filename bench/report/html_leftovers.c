/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* What is left behind, each thing with the place where it was made. Of every
 * kind the first: a thousand threads must not hide one file. */

#define KIND_ROWS_MAX 12

static const char *identity_of(struct html *html,
                               const struct result_leftover *leftover) {
    char number[QUANTITY_SIZE];
    const char *kind = result_kind_name(leftover->kind);
    const size_t size = strlen(kind);
    const char *identity = leftover->identity == NULL ? "" : leftover->identity;
    if (strncmp(identity, kind, size) == 0 && identity[size] == ' ') {
        identity += size + 1; /* the kind has a column of its own */
    }
    return leftover->count == 1
               ? identity
               : arena_format(html->arena, "%s times %s",
                              quantity_count(number, leftover->count),
                              identity);
}

static void add_leftover(struct html *html, struct html_table *table,
                         const struct result_leftover *leftover) {
    char text[QUANTITY_SIZE];
    html_table_row(table);
    html_table_cell(table, result_kind_name(leftover->kind));
    html_table_cell(table, identity_of(html, leftover));
    html_table_cell(table, leftover->bytes == RESULT_UNKNOWN
                               ? ""
                               : quantity_size(text, (double)leftover->bytes));
    html_table_cell(table, leftover->cycle == 0
                               ? ""
                               : quantity_count(text, leftover->cycle));
    html_table_open_cell(table);
    html_string(html, leftover->site == NULL ? "unknown" : leftover->site);
    html_stack(html, leftover->stack);
    html_table_close_cell(table);
}

static void add_kind(struct html *html, struct html_table *table,
                     const struct result_cell *cell, enum result_kind kind) {
    size_t rows = 0;
    size_t shown = 0;
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover->kind != kind || !leftover_counts(leftover)) {
            continue;
        }
        if (rows++ < KIND_ROWS_MAX && html_has_room(html)) {
            add_leftover(html, table, leftover);
            shown++;
        }
    }
    if (rows > shown) {
        html_table_row(table);
        html_table_cell(table, result_kind_name(kind));
        html_table_cell(table,
                        arena_format(html->arena, "and %zu more: in the data",
                                     rows - shown));
    }
}

static void write_cell(struct html *html, const struct result_cell *cell) {
    static const char *const names[] = {"kind", "what", "size", "cycle",
                                        "made at"};
    uint64_t counts[RESULT_KINDS_COUNT];
    struct html_table table;
    struct text words;
    (void)leftover_sum(cell, counts);
    text_init(&words);
    leftover_append(&words, counts);
    html_element(html, "p", "lead", words.bytes);
    text_fini(&words);
    html_table_begin(&table, html,
                     "What was still there after the last shutdown", "llrrl",
                     names);
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        add_kind(html, &table, cell, (enum result_kind)kind);
    }
    html_table_end(&table);
}

/* The block of a point that left the most; NULL: none has left anything. */
static const struct result_cell *find_worst(const struct point *point) {
    const struct result_cell *worst = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < point->cells_count; i++) {
        uint64_t counts[RESULT_KINDS_COUNT];
        const uint64_t total = leftover_sum(point->cells[i], counts);
        if (total > most) {
            worst = point->cells[i];
            most = total;
        }
    }
    return worst;
}

void html_leftovers(struct html *html) {
    size_t shown = 0;
    size_t more = 0;
    if (html->page.judged_count == 0) {
        return;
    }
    html_begin_section(html, "left-behind", "Left behind");
    for (size_t i = 0; i < html->page.judged_count; i++) {
        const struct point *point = &html->page.points[i];
        const struct result_cell *worst = find_worst(point);
        if (worst == NULL) {
            continue;
        }
        if (shown == HTML_POINTS_MAX || !html_has_room(html)) {
            more++;
            continue;
        }
        shown++;
        if (html->result->cells_count > 1) {
            html_element(html, "h3", NULL, point_place(worst, html->arena));
        }
        write_cell(html, worst);
    }
    if (shown == 0) {
        html_element(html, "p", "lead", page_left_behind(&html->page));
    }
    html_more(html, more, "cells that left something");
    html_end_section(html);
}
