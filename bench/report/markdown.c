/* SPDX-License-Identifier: Apache-2.0 */
#include "report/markdown.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "report/cases.h"
#include "report/curve.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/name.h"
#include "report/page.h"

/* Kept free for what ends the text. */
#define RESERVE ((size_t)8192)

/* Of one field of a table. */
#define FIELD_BYTES_MAX ((size_t)600)

struct paper {
    const struct result *result;
    struct arena *arena;
    struct text *text;
    size_t start; /* where the paper begins in the text */
};

/* ---- Lines and tables, as many as fit ------------------------------------*/

/* Bytes are never fewer than characters. */
static bool fits(const struct paper *paper, const struct text *line) {
    return paper->text->size - paper->start + line->size + RESERVE <=
           MARKDOWN_SIZE_MAX;
}

/* Cut between two characters. */
static const char *bounded(struct paper *paper, const char *string) {
    size_t size = strlen(string);
    if (size <= FIELD_BYTES_MAX) {
        return string;
    }
    size = FIELD_BYTES_MAX;
    while (size != 0 && ((unsigned char)string[size] & 0xc0) == 0x80) {
        size--;
    }
    return arena_format(paper->arena, "%.*s...", (int)size, string);
}

struct rows {
    struct paper *paper;
    const char *head;
    struct text line; /* the one that is being made */
    size_t count;
    size_t left_out;
};

static struct rows rows_begin(struct paper *paper, const char *head) {
    struct rows rows = {.paper = paper, .head = head};
    text_init(&rows.line);
    return rows;
}

static void rows_add(struct rows *rows) {
    if (rows->left_out != 0 || !fits(rows->paper, &rows->line)) {
        rows->left_out++;
    } else {
        if (rows->count++ == 0) {
            text_append(rows->paper->text, rows->head);
        }
        text_append(rows->paper->text, rows->line.bytes);
    }
    text_clear(&rows->line);
}

static void rows_end(struct rows *rows) {
    if (rows->left_out != 0) {
        text_format(rows->paper->text,
                    "\nand %zu more, which do not fit in here\n",
                    rows->left_out);
    }
    text_fini(&rows->line);
}

static void field_code(struct rows *rows, const char *string) {
    escape_markdown_code(&rows->line, bounded(rows->paper, string));
}

static void field_text(struct rows *rows, const char *string) {
    escape_markdown(&rows->line, bounded(rows->paper, string));
}

/* ---- Verdict -------------------------------------------------------------*/

static const char *mark_of(enum result_verdict verdict) {
    static const char *const marks[] = {
        [RESULT_PASS] = "✅",         [RESULT_FAIL] = "❌",
        [RESULT_UNDECIDED] = "❔",    [RESULT_ERROR] = "❌",
        [RESULT_PARTIAL] = "⚠️",
    };
    return marks[verdict];
}

/* What ends a comment would end the marker, and what turns a text around turns
 * its source, too. */
static void append_marker(struct paper *paper) {
    struct text safe;
    text_init(&safe);
    const char *name = name_of_scenario(paper->result, paper->arena);
    for (; *name != '\0'; name++) {
        const bool plain = strchr("-<>\r\n", *name) == NULL;
        const bool single = *name == '-' && name[1] != '-' && name[1] != '\0';
        text_append_n(&safe, plain || single ? name : "_", 1);
    }
    text_append(paper->text, "<!-- plunge:");
    display_append(paper->text, safe.bytes);
    text_append(paper->text, " -->\n");
    text_fini(&safe);
}

static void write_title(struct paper *paper) {
    const struct result *result = paper->result;
    append_marker(paper);
    text_format(paper->text, "### %s ", mark_of(result->verdict));
    escape_markdown(paper->text, bounded(paper, result->scenario.title == NULL
                                                    ? "plunge"
                                                    : result->scenario.title));
    text_format(paper->text, ": %s\n\n", result_verdict_name(result->verdict));
    escape_markdown_code(paper->text,
                         bounded(paper, result->scenario.path == NULL
                                            ? "?"
                                            : result->scenario.path));
    text_append(paper->text, ", ");
    escape_markdown(paper->text, name_of_seeds(result, paper->arena));
    text_append(paper->text, ", plunge ");
    escape_markdown(
        paper->text,
        bounded(paper, result->version == NULL ? "" : result->version));
    text_append(paper->text, "\n\n");
}

/* ---- Cases ---------------------------------------------------------------*/

static const char *case_mark(enum case_state state) {
    static const char *const marks[] = {
        [CASE_GOOD] = "✅",
        [CASE_FAILED] = "❌",
        [CASE_ERROR] = "❌",
        [CASE_OPEN] = "❔",
    };
    return marks[state];
}

static void add_case(struct rows *rows, const struct test_case *item) {
    text_format(&rows->line, "| %s | ", case_mark(item->state));
    field_code(rows, item->name);
    if (item->line != 0) {
        text_format(&rows->line, " (line %u)", item->line);
    }
    text_append(&rows->line, " | ");
    field_text(rows, item->measured == NULL ? "" : item->measured);
    if (item->state != CASE_GOOD && item->why != NULL) {
        text_append(&rows->line, item->measured == NULL ? "" : "<br>");
        field_text(rows, item->why);
    }
    text_append(&rows->line, " |\n");
    rows_add(rows);
}

/* What was expected, all of it; of all else what is not good. Where there is
 * too much of it, what failed is there first. */
static void write_cases(struct paper *paper) {
    static const enum case_state order[] = {CASE_ERROR, CASE_FAILED, CASE_OPEN,
                                            CASE_GOOD};
    size_t count = 0;
    const struct test_case *cases =
        case_list(paper->result, paper->arena, &count);
    struct rows rows =
        rows_begin(paper, "|  | expected | measured |\n|---|---|---|\n");
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++) {
        for (size_t i = 0; i < count; i++) {
            const bool expected = *cases[i].group == '\0';
            const bool compared = strcmp(cases[i].group, "compare") == 0;
            if (cases[i].state == order[s] && !compared &&
                (expected || order[s] != CASE_GOOD)) {
                add_case(&rows, &cases[i]);
            }
        }
    }
    rows_end(&rows);
}

/* ---- Figures -------------------------------------------------------------*/

static void add_curve(struct rows *rows, const struct curve *curve) {
    static const enum figure figures[] = {FIGURE_THROUGHPUT, FIGURE_P50,
                                          FIGURE_P99, FIGURE_P99_9, FIGURE_MAX};
    struct arena *arena = rows->paper->arena;
    text_append(&rows->line, "| ");
    field_code(rows, *curve->name != '\0' ? curve->name
                                          : curve->point->cells[0]->subject);
    text_append(&rows->line, " | ");
    field_code(rows, curve->phase);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        text_append(&rows->line, " | ");
        field_text(rows, figure_text(figures[i],
                                     figure_median(figures[i], curve->point,
                                                   curve->phase, arena),
                                     arena));
    }
    text_append(&rows->line, " |\n");
    rows_add(rows);
}

static void write_figures(struct paper *paper) {
    size_t count = 0;
    const struct curve *curves =
        curve_list(paper->result, paper->arena, &count);
    struct rows rows =
        rows_begin(paper, "\n| cell | phase | throughput | p50 | p99 | p99.9 | "
                          "max |\n|---|---|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < count; i++) {
        add_curve(&rows, &curves[i]);
    }
    rows_end(&rows);
}

/* ---- A comparison --------------------------------------------------------*/

static void add_compared(struct rows *rows,
                         const struct result_compared *figure) {
    const struct page_compared_words words =
        page_compared_words(figure, true, rows->paper->arena);
    const char *const fields[] = {words.base, words.newer, words.change,
                                  words.interval};
    text_append(&rows->line, "| ");
    if (figure->point != NULL && *figure->point != '\0') {
        field_code(rows, figure->point);
        text_append(&rows->line, " ");
    }
    field_text(rows, words.name);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        text_append(&rows->line, " | ");
        field_text(rows, fields[i]);
    }
    text_format(&rows->line, " | %s%s%s%s | ", figure->answer,
                *words.more == '\0' ? "" : " (", words.more,
                *words.more == '\0' ? "" : ")");
    field_text(rows, words.visible);
    text_append(&rows->line, " |\n");
    rows_add(rows);
}

/* Those that are worse first; those that are the same are many. */
static void write_compared(struct paper *paper) {
    static const char *const order[] = {"worse", "not decided", "better",
                                        "not compared"};
    const struct result_comparison *comparison = &paper->result->comparison;
    struct rows rows = rows_begin(
        paper, "\n|  | base | new | change | interval | answer | visible |\n"
               "|---|--:|--:|--:|--:|---|--:|\n");
    size_t others = comparison->figures_count;
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++) {
        for (size_t i = 0; i < comparison->figures_count; i++) {
            const char *answer = comparison->figures[i].answer;
            if (answer != NULL && strcmp(answer, order[o]) == 0) {
                add_compared(&rows, &comparison->figures[i]);
                others--;
            }
        }
    }
    rows_end(&rows);
    if (others != 0) {
        text_format(paper->text, "\n%zu figure%s the same\n", others,
                    others == 1 ? " is" : "s are");
    }
}

static void write_comparison(struct paper *paper) {
    const struct result_comparison *comparison = &paper->result->comparison;
    if (!comparison->given) {
        return;
    }
    text_append(paper->text, "\nBeside ");
    escape_markdown_code(paper->text,
                         bounded(paper, comparison->base.path == NULL
                                            ? "?"
                                            : comparison->base.path));
    text_append(paper->text, ": **");
    escape_markdown(paper->text, comparison->answer == NULL
                                     ? "not decided"
                                     : comparison->answer);
    text_append(paper->text, "** ");
    escape_markdown(paper->text, comparison->why == NULL
                                     ? ""
                                     : bounded(paper, comparison->why));
    text_append(paper->text, "\n");
    write_compared(paper);
}

/* ---- What is left, and how it comes about once more ----------------------*/

static void write_left_behind(struct paper *paper) {
    const struct page page =
        page_of(paper->result, false, paper->arena, paper->text);
    if (page.points_count != 0) {
        text_append(paper->text, "\nLeft behind: ");
        escape_markdown(paper->text, bounded(paper, page_left_behind(&page)));
        text_append(paper->text, "\n");
    }
}

static void add_finding(struct rows *rows,
                        const struct result_finding *finding) {
    text_append(&rows->line, "- ");
    field_text(rows, finding->tool);
    text_append(&rows->line, ": ");
    field_code(rows, finding->text == NULL ? finding->kind : finding->text);
    text_append(&rows->line, "\n");
    rows_add(rows);
}

static void write_findings(struct paper *paper) {
    struct rows rows = rows_begin(paper, "\nFound:\n\n");
    for (size_t i = 0; i < paper->result->cells_count; i++) {
        const struct result_cell *cell = &paper->result->cells[i];
        for (size_t j = 0; j < cell->findings_count; j++) {
            add_finding(&rows, &cell->findings[j]);
        }
    }
    rows_end(&rows);
}

static void write_command(struct paper *paper) {
    struct text line;
    text_init(&line);
    text_append(&line, "\nAgain: ");
    escape_markdown_code(&line, name_of_command(paper->result, paper->arena));
    text_append(&line, "\n");
    /* The rest of the reserve is for what was left out above. */
    if (line.size < RESERVE / 2) {
        text_append(paper->text, line.bytes);
    }
    text_fini(&line);
}

void markdown_write(const struct result *result, struct arena *arena,
                    struct text *text) {
    struct paper paper = {
        .result = result,
        .arena = arena,
        .text = text,
        .start = text->size,
    };
    write_title(&paper);
    write_cases(&paper);
    write_comparison(&paper);
    write_figures(&paper);
    write_left_behind(&paper);
    write_findings(&paper);
    write_command(&paper);
}
