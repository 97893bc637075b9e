/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* What went wrong, in words: cells that did not get to their end, first
 * failures, what a tool has found, what was late, and where the ledger's
 * observers disagree. */

#define ROWS_MAX 200

struct problems {
    struct html *html;
    struct html_table table;
    size_t count; /* of all rows */
};

static bool begin_row(struct problems *problems, const struct result_cell *cell,
                      const char *kind) {
    static const char *const names[] = {"what", "cell", "in words"};
    struct html *html = problems->html;
    if (problems->count++ == 0) {
        html_begin_section(html, "problems", "Failures and findings");
        html_table_begin(&problems->table, html, "What was seen, cell by cell",
                         "lll", names);
    }
    if (problems->count > ROWS_MAX || !html_has_room(html)) {
        return false;
    }
    html_table_row(&problems->table);
    html_table_cell(&problems->table, kind);
    html_table_cell(&problems->table, point_place(cell, html->arena));
    return true;
}

static void add(struct problems *problems, const struct result_cell *cell,
                const char *kind, const char *words, const char *stack) {
    if (begin_row(problems, cell, kind)) {
        html_table_open_cell(&problems->table);
        html_string(problems->html, words);
        html_stack(problems->html, stack);
        html_table_close_cell(&problems->table);
    }
}

static void add_outcome(struct problems *problems,
                        const struct result_cell *cell) {
    const struct result_outcome *outcome = &cell->outcome;
    struct arena *arena = problems->html->arena;
    if (outcome->state == RESULT_COMPLETED) {
        return;
    }
    const char *words = outcome->detail == NULL ? "" : outcome->detail;
    if (outcome->signal != 0) {
        words = arena_format(arena, "by signal %d%s%s", outcome->signal,
                             *words == '\0' ? "" : ": ", words);
    }
    add(problems, cell, result_state_name(outcome->state), words, NULL);
}

static void add_late(struct problems *problems,
                     const struct result_cell *cell) {
    for (size_t i = 0; i < cell->leftovers_count; i++) {
        const struct result_leftover *leftover = &cell->leftovers[i];
        if (leftover->late_ms > 0) {
            add(problems, cell, "late",
                arena_format(problems->html->arena, "%s %s, gone after %.1f ms",
                             result_kind_name(leftover->kind),
                             leftover->identity == NULL ? ""
                                                        : leftover->identity,
                             leftover->late_ms),
                NULL);
        }
    }
}

static void add_findings(struct problems *problems,
                         const struct result_cell *cell) {
    for (size_t i = 0; i < cell->findings_count; i++) {
        const struct result_finding *finding = &cell->findings[i];
        add(problems, cell, finding->tool,
            finding->text == NULL ? finding->kind : finding->text,
            finding->stack);
    }
}

void html_problems(struct html *html) {
    struct problems problems = {.html = html};
    for (size_t i = 0; i < html->result->cells_count; i++) {
        const struct result_cell *cell = &html->result->cells[i];
        add_outcome(&problems, cell);
        if (cell->error != NULL) {
            add(&problems, cell, "first error", cell->error, NULL);
        }
        if (cell->ledger_disputed != NULL) {
            add(&problems, cell, "disputed", cell->ledger_disputed, NULL);
        }
        add_findings(&problems, cell);
        add_late(&problems, cell);
    }
    if (problems.count != 0) {
        html_table_end(&problems.table);
        html_more(html,
                  problems.count > ROWS_MAX ? problems.count - ROWS_MAX : 0,
                  "lines");
        html_end_section(html);
    }
}
