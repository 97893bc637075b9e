/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/table.h"

/* ---- Left behind --------------------------------------------------------- */

enum { KIND_LINES_MAX = 3 };

/* A cell that did not get to its end is shown where its ledger could be taken
 * all the same: what it holds says why it hung. */
static bool is_judged(const struct result_cell *cell) {
    return !cell->reference && (cell->outcome.state == RESULT_COMPLETED ||
                                cell->leftovers_count != 0);
}

/* The cell that left the most behind, the first of several; NULL: no cell got
 * so far as to leave anything. */
static const struct result_cell *find_worst(const struct page *page) {
    const struct result_cell *worst = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        uint64_t counts[RESULT_KINDS_COUNT];
        uint64_t total = leftover_sum(cell, counts);
        if (is_judged(cell) && (worst == NULL || total > most)) {
            worst = cell;
            most = total;
        }
    }
    return worst;
}

/* The kind has a column of its own. */
static const char *without_kind(const char *identity, const char *kind) {
    size_t size = strlen(kind);
    if (identity == NULL) {
        return "";
    }
    return strncmp(identity, kind, size) == 0 && identity[size] == ' '
               ? identity + size + 1
               : identity;
}

static void add_leftover(struct page *page, struct table *table,
                         const struct result_cell *cell,
                         const struct result_leftover *leftover) {
    char number[QUANTITY_SIZE];
    const char *kind = result_kind_name(leftover->kind);
    const char *identity = without_kind(leftover->identity, kind);
    struct table_row *row = table_add(table);
    row->cells[0].string = kind;
    row->cells[1].string =
        leftover->count == 1
            ? identity
            : arena_format(page->arena, "%s times %s",
                           quantity_count(number, leftover->count), identity);
    if (leftover->cycle != 0 && cell->cycles.planned > 1) {
        row->cells[2].string = arena_format(
            page->arena, "cycle %s", quantity_count(number, leftover->cycle));
    }
    row->cells[3].string = leftover->site;
}

/* A line a frame, below the site. */
static void add_stack(struct page *page, struct table *table,
                      const char *stack) {
    while (stack != NULL && *stack != '\0') {
        size_t size = strcspn(stack, "\n");
        struct table_row *row = table_add(table);
        row->cells[3].string =
            arena_format(page->arena, "  %.*s", (int)size, stack);
        stack += size + (stack[size] == '\n');
    }
}

/* Of every kind the first few: a hundred threads must not hide one file. */
static void add_kind(struct page *page, struct table *table,
                     const struct result_cell *cell, enum result_kind kind) {
    size_t lines = 0;
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover->kind == kind && leftover_counts(leftover) &&
            lines++ < KIND_LINES_MAX) {
            add_leftover(page, table, cell, leftover);
            add_stack(page, table, lines == 1 ? leftover->stack : NULL);
        }
    }
    if (lines > KIND_LINES_MAX) {
        struct table_row *row = table_add(table);
        row->cells[1].string =
            arena_format(page->arena, "and %zu more", lines - KIND_LINES_MAX);
    }
}

static void write_leftovers(struct page *page, const struct result_cell *cell) {
    struct table table;
    table_init(&table, page->arena, "llll");
    for (int kind = 0; kind < RESULT_KINDS_COUNT; kind++) {
        add_kind(page, &table, cell, (enum result_kind)kind);
    }
    table_write(&table, 2 * PAGE_INDENT, page->color, page->text);
}

static bool is_disputed(const struct page *page) {
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        if (is_judged(cell) && cell->ledger_disputed != NULL) {
            return true;
        }
    }
    return false;
}

const char *page_left_behind(const struct page *page) {
    const struct result_cell *cell = find_worst(page);
    if (cell == NULL) {
        return "not measured";
    }
    uint64_t counts[RESULT_KINDS_COUNT];
    struct text text;
    text_init(&text);
    (void)leftover_sum(cell, counts);
    leftover_append(&text, counts);
    text_append(&text, is_disputed(page) ? " (disputed)" : "");
    const char *words = arena_text(page->arena, text.bytes);
    text_fini(&text);
    return words;
}

static void write_left_behind(struct page *page) {
    const struct result_cell *cell = find_worst(page);
    uint64_t counts[RESULT_KINDS_COUNT];
    bool is_left = cell != NULL && leftover_sum(cell, counts) != 0;
    page_line(page, "left behind", DISPLAY_PLAIN,
              arena_format(page->arena, "%s%s",
                           is_left ? page_place(page, cell) : "",
                           page_left_behind(page)));
    if (is_left) {
        write_leftovers(page, cell);
    }
}

/* ---- Exhausted ----------------------------------------------------------- */

static void write_what_was_said(struct page *page,
                                const struct result_cycles *cycles) {
    if (cycles->is_predicted && cycles->predicted.statement != NULL) {
        page_line(page, "", DISPLAY_PLAIN,
                  arena_format(page->arena, "said before: %s",
                               cycles->predicted.statement));
    }
}

static void write_recovery(struct page *page,
                           const struct result_recovery *recovery) {
    if (recovery->tried) {
        page_line(page, "", recovery->ok ? DISPLAY_PLAIN : DISPLAY_RED,
                  arena_format(page->arena, "%s: %s",
                               recovery->ok ? "recovered" : "not recovered",
                               recovery->why == NULL ? "" : recovery->why));
    }
}

static void write_exhaustion(struct page *page,
                             const struct result_cell *cell) {
    const struct result_exhaustion *exhausted = &cell->cycles.exhausted;
    char at[QUANTITY_SIZE];
    char planned[QUANTITY_SIZE];
    char predicted[QUANTITY_SIZE];
    page_line(
        page, "exhausted", DISPLAY_PLAIN,
        arena_format(
            page->arena, "%s%s in cycle %s of %s (%s%s)",
            page_place(page, cell),
            exhausted->resource == NULL ? "unknown" : exhausted->resource,
            quantity_count(at, exhausted->at_cycle),
            quantity_count(planned, cell->cycles.planned),
            cell->cycles.predicted_cycle == 0 ? "not " : "predicted: ",
            cell->cycles.predicted_cycle == 0
                ? "predicted"
                : quantity_count(predicted, cell->cycles.predicted_cycle)));
    write_what_was_said(page, &cell->cycles);
    if (exhausted->error != NULL) {
        page_line(page, "", DISPLAY_PLAIN,
                  arena_format(page->arena, "\"%s\"", exhausted->error));
    }
    if (exhausted->mechanism != NULL) {
        page_line(
            page, "", DISPLAY_PLAIN,
            arena_format(page->arena, "mechanism: %s", exhausted->mechanism));
    }
    write_recovery(page, &cell->cycles.recovery);
}

/* Of every point its first block that was exhausted. */
static void write_exhaustions(struct page *page) {
    size_t lines = 0;
    for (size_t i = 0; i < page->judged_count; i++) {
        const struct point *point = &page->points[i];
        for (size_t j = 0; j < point->cells_count; j++) {
            if (point->cells[j]->cycles.exhausted.happened) {
                if (lines++ < PAGE_LINES_MAX) {
                    write_exhaustion(page, point->cells[j]);
                }
                break;
            }
        }
    }
    page_more(page, lines);
}

void page_ledger(struct page *page) {
    if (page->result->cells_count == 0) {
        return;
    }
    text_append(page->text, "\n");
    write_left_behind(page);
    write_exhaustions(page);
    if (page->judged_count == 1) {
        page_slopes(page, page->points[0].cells[0]);
    }
}
