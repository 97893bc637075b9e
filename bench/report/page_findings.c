/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/result.h"
#include "base/text.h"

/* Everything here is one line under the other, with one empty line before the
 * first. */
struct lines {
    struct page *page;
    const char *name; /* of the first line */
    size_t count;
};

static void add_line(struct lines *lines, enum display_paint paint,
                     const char *line) {
    if (lines->count == 0) {
        text_append(lines->page->text, "\n");
    }
    if (lines->count < PAGE_LINES_MAX) {
        page_line(lines->page, lines->count == 0 ? lines->name : "", paint,
                  line);
    }
    lines->count++;
}

static struct lines start_lines(struct page *page, const char *name) {
    return (struct lines){.page = page, .name = name};
}

static void end_lines(struct lines *lines) {
    page_more(lines->page, lines->count);
}

static void write_outcomes(struct page *page) {
    struct lines lines = start_lines(page, "outcome");
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        const struct result_outcome *outcome = &cell->outcome;
        if (outcome->state == RESULT_COMPLETED) {
            continue;
        }
        const char *signal =
            outcome->signal == 0
                ? ""
                : arena_format(page->arena, " by signal %d", outcome->signal);
        const char *line =
            arena_format(page->arena, "%s%s%s%s%s", page_place(page, cell),
                         result_state_name(outcome->state), signal,
                         outcome->detail == NULL ? "" : ": ",
                         outcome->detail == NULL ? "" : outcome->detail);
        add_line(&lines, DISPLAY_RED, line);
    }
    end_lines(&lines);
}

/* Where an expectation quotes the text of the first failure it is told there;
 * here it explains a count of errors. */
static void write_errors(struct page *page) {
    struct lines lines = start_lines(page, "first error");
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        if (cell->error != NULL && !cell->cycles.exhausted.happened) {
            add_line(&lines, DISPLAY_PLAIN,
                     arena_format(page->arena, "%s%s", page_place(page, cell),
                                  cell->error));
        }
    }
    end_lines(&lines);
}

static void write_late(struct page *page) {
    struct lines lines = start_lines(page, "late");
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        for (size_t j = 0; j < cell->leftovers_count; j++) {
            const struct result_leftover *leftover = &cell->leftovers[j];
            if (leftover->late_ms > 0) {
                add_line(
                    &lines, DISPLAY_PLAIN,
                    arena_format(
                        page->arena, "%s%s %s, gone after %.1f ms",
                        page_place(page, cell),
                        result_kind_name(leftover->kind),
                        leftover->identity == NULL ? "" : leftover->identity,
                        leftover->late_ms));
            }
        }
    }
    end_lines(&lines);
}

enum { FRAMES_SHOWN = 6 };

/* The innermost lines of a stack, which stands in result.json as a whole. */
static void write_stack(struct lines *lines, const char *stack) {
    for (int i = 0; stack != NULL && *stack != '\0' && i < FRAMES_SHOWN; i++) {
        const size_t size = strcspn(stack, "\n");
        if (lines->count <= PAGE_LINES_MAX) {
            page_line(
                lines->page, "", DISPLAY_PLAIN,
                arena_format(lines->page->arena, "    %.*s", (int)size, stack));
        }
        stack += size;
        stack += *stack == '\n' ? 1 : 0;
    }
}

static void write_tools(struct page *page) {
    struct lines lines = start_lines(page, "found");
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        for (size_t j = 0; j < cell->findings_count; j++) {
            const struct result_finding *finding = &cell->findings[j];
            add_line(&lines, DISPLAY_RED,
                     arena_format(page->arena, "%s%s: %s",
                                  page_place(page, cell), finding->tool,
                                  finding->text == NULL ? finding->kind
                                                        : finding->text));
            write_stack(&lines, finding->stack);
        }
    }
    end_lines(&lines);
}

static void write_outputs(struct page *page) {
    struct lines lines = start_lines(page, "written");
    for (size_t i = 0; i < page->result->cells_count; i++) {
        const struct result_cell *cell = &page->result->cells[i];
        if (cell->under.output != NULL) {
            add_line(&lines, DISPLAY_PLAIN,
                     arena_format(page->arena, "%s%s", page_place(page, cell),
                                  cell->under.output));
        }
    }
    end_lines(&lines);
}

static void write_audit(struct page *page) {
    struct lines lines = start_lines(page, "audit");
    for (size_t i = 0; i < page->result->audit_count; i++) {
        const struct result_audit *audit = &page->result->audit[i];
        if (!audit->ok) {
            add_line(&lines, DISPLAY_YELLOW,
                     arena_format(page->arena, "not so: %s (%s)", audit->check,
                                  audit->detail == NULL ? "" : audit->detail));
        }
    }
    end_lines(&lines);
}

void page_findings(struct page *page) {
    write_outcomes(page);
    write_errors(page);
    write_late(page);
    write_tools(page);
    write_outputs(page);
    write_audit(page);
}
