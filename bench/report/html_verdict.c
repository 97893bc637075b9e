/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"
#include "report/name.h"

/* The verdict by its word, its shape and its colour, what was run, and every
 * expectation: what somebody wants to know who opens the page. */

/* Shapes that can be told apart without their colours: a disc, an octagon, a
 * diamond, a triangle, a half disc; each with its mark. */
static const char *const shapes[] = {
    [RESULT_PASS] = "<circle cx=\"24\" cy=\"24\" r=\"22\"/>"
                    "<path class=\"mark\" d=\"M13 25l8 8 15-17\"/>",
    [RESULT_FAIL] = "<path d=\"M15 2h18l13 13v18L33 46H15L2 33V15z\"/>"
                    "<path class=\"mark\" d=\"M16 16l16 16M32 16L16 32\"/>",
    [RESULT_UNDECIDED] = "<path d=\"M24 1l23 23-23 23L1 24z\"/>"
                         "<path class=\"mark\" d=\"M18 19c0-8 12-8 12 0 0 5-6 "
                         "5-6 10M24 35v1\"/>",
    [RESULT_ERROR] = "<path d=\"M24 2l23 43H1z\"/>"
                     "<path class=\"mark\" d=\"M24 17v14M24 37v1\"/>",
    [RESULT_PARTIAL] = "<circle class=\"ring\" cx=\"24\" cy=\"24\" r=\"21\"/>"
                       "<path d=\"M24 3a21 21 0 0 0 0 42z\"/>",
};

static const struct {
    const char *sign;
    const char *word;
    const char *names;
} held[] = {
    [RESULT_HELD_NO] = {"✘", "failed", "held no"},
    [RESULT_HELD_YES] = {"✔", "held", "held yes"},
    [RESULT_HELD_UNDECIDED] = {"?", "undecided", "held undecided"},
};

void html_held(struct html *html, enum result_held how) {
    text_format(html->text,
                "<span class=\"%s\"><span aria-hidden=\"true\">%s</span> "
                "%s</span>",
                held[how].names, held[how].sign, held[how].word);
}

static const char *count_words(struct html *html) {
    const struct result *result = html->result;
    size_t counts[] = {
        [RESULT_HELD_NO] = 0,
        [RESULT_HELD_YES] = 0,
        [RESULT_HELD_UNDECIDED] = 0,
    };
    for (size_t i = 0; i < result->expectations_count; i++) {
        counts[result->expectations[i].held]++;
    }
    const char *words =
        arena_format(html->arena, "%zu of %zu expectations held",
                     counts[RESULT_HELD_YES], result->expectations_count);
    if (counts[RESULT_HELD_NO] != 0) {
        words = arena_format(html->arena, "%s, %zu failed", words,
                             counts[RESULT_HELD_NO]);
    }
    if (counts[RESULT_HELD_UNDECIDED] != 0) {
        words = arena_format(html->arena, "%s, %zu undecided", words,
                             counts[RESULT_HELD_UNDECIDED]);
    }
    return words;
}

static void write_banner(struct html *html) {
    const struct result *result = html->result;
    const char *verdict = result_verdict_name(result->verdict);
    const char *title = result->scenario.title;
    text_format(html->text,
                "<header class=\"banner %s\">\n<p class=\"verdict\">"
                "<svg viewBox=\"0 0 48 48\" aria-hidden=\"true\">%s</svg>"
                "<strong>%s</strong></p>\n<div class=\"about\">\n",
                verdict, shapes[result->verdict], verdict);
    html_element(html, "h1", NULL, title == NULL ? "unknown" : title);
    html_element(html, "p", "counts", count_words(html));
    if (result->comparison.given && result->comparison.why != NULL) {
        html_element(html, "p", "counts", result->comparison.why);
    }
    html_element(
        html, "p", "origin",
        arena_format(html->arena, "%s · %s · %s · plunge %s",
                     result->scenario.path == NULL ? "unknown"
                                                   : result->scenario.path,
                     name_of_seeds(result, html->arena),
                     result->started_at == NULL ? "" : result->started_at,
                     result->version == NULL ? "" : result->version));
    html_raw(html, "</div>\n</header>\n");
}

/* ---- At a glance ---------------------------------------------------------*/

/* What is longer has a row of its own. */
#define TILE_MAX 24

static void write_tile(struct html *html, const char *name, const char *value) {
    html_raw(html, strlen(value) > TILE_MAX ? "<li class=\"wide\">" : "<li>");
    html_element(html, "span", NULL, name);
    html_element(html, "strong", NULL, value);
    html_raw(html, "</li>\n");
}

/* "-" where there is none. */
static void write_figure(struct html *html, const char *name,
                         enum figure figure) {
    const char *value = page_figure_range(&html->page, figure);
    if (strcmp(value, "-") != 0) {
        write_tile(html, name, value);
    }
}

static void write_tiles(struct html *html) {
    if (html->page.points_count == 0) {
        return;
    }
    html_raw(html, "<ul class=\"tiles\" aria-label=\"At a glance\">\n");
    write_figure(html, "throughput", FIGURE_THROUGHPUT);
    write_figure(html, "p50", FIGURE_P50);
    write_figure(html, "p99", FIGURE_P99);
    write_figure(html, "max", FIGURE_MAX);
    write_figure(html, "answered", FIGURE_ANSWERED);
    write_tile(html, "left behind", page_left_behind(&html->page));
    html_raw(html, "</ul>\n");
}

static void write_settings(struct html *html) {
    struct page_setting settings[PAGE_SETTINGS_MAX];
    const size_t count = page_settings(&html->page, settings);
    if (count == 0) {
        return;
    }
    html_raw(html, "<dl class=\"settings\">\n");
    for (size_t i = 0; i < count; i++) {
        if (*settings[i].name != '\0') {
            html_element(html, "dt", NULL, settings[i].name);
        }
        html_element(html, "dd", NULL, settings[i].value);
    }
    html_raw(html, "</dl>\n");
}

/* ---- Expectations --------------------------------------------------------*/

static void write_expectation(struct html *html, struct html_table *table,
                              const struct result_expectation *expectation) {
    html_table_row(table);
    html_table_open_cell(table);
    html_held(html, expectation->held);
    html_table_close_cell(table);
    html_table_open_cell(table);
    html_raw(html, "<code>");
    html_string(html, expectation->text == NULL ? "" : expectation->text);
    html_raw(html, "</code>");
    html_table_close_cell(table);
    html_table_cell(table, expectation->measured);
    html_table_cell(table, expectation->why);
    html_table_open_cell(table);
    if (expectation->line != 0) {
        text_format(html->text, "<a href=\"#line-%u\">line %u</a>",
                    expectation->line, expectation->line);
    } else {
        html_raw(html, "not in the file");
    }
    html_table_close_cell(table);
}

static void write_expectations(struct html *html) {
    static const char *const names[] = {"verdict", "expectation", "measured",
                                        "why", "where"};
    const struct result *result = html->result;
    struct html_table table;
    if (result->expectations_count == 0) {
        html_note(html, "The scenario expects nothing.");
        return;
    }
    html_table_begin(&table, html, "What was expected, and what came of it",
                     "lllll", names);
    size_t shown = 0;
    for (; shown < result->expectations_count && html_has_room(html); shown++) {
        write_expectation(html, &table, &result->expectations[shown]);
    }
    html_table_end(&table);
    html_more(html, result->expectations_count - shown, "expectations");
}

void html_verdict(struct html *html) {
    write_banner(html);
    write_tiles(html);
    write_settings(html);
    html->contents_at = html->text->size;
    html_begin_section(html, "expectations", "Expectations");
    write_expectations(html);
    html_end_section(html);
}
