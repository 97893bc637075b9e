/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include "base/result.h"
#include "base/text.h"

static const struct {
    const char *mark;
    enum display_paint paint;
} marks[] = {
    [RESULT_HELD_NO] = {"✘", DISPLAY_RED},
    [RESULT_HELD_YES] = {"✔", DISPLAY_GREEN},
    [RESULT_HELD_UNDECIDED] = {"?", DISPLAY_YELLOW},
};

static size_t longest_text(const struct result *result) {
    size_t longest = 0;
    for (size_t i = 0; i < result->expectations_count; i++) {
        size_t width = display_width(result->expectations[i].text);
        longest = width > longest ? width : longest;
    }
    return longest;
}

/* What held needs no reason: it was measured so. A reason stands on a line of
 * its own, for it is a sentence. */
static void write_expectation(struct page *page, size_t width,
                              const struct result_expectation *expectation) {
    const char *measured = expectation->measured;
    enum display_paint paint = marks[expectation->held].paint;
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color, paint,
                    marks[expectation->held].mark);
    text_append(page->text, " ");
    display_append(page->text, expectation->text);
    if (measured != NULL) {
        display_spaces(page->text,
                       width - display_width(expectation->text) + PAGE_INDENT);
        display_painted(page->text, page->color, paint, measured);
    }
    text_append(page->text, "\n");
    if (expectation->held != RESULT_HELD_YES && expectation->why != NULL) {
        display_spaces(page->text, 3 * PAGE_INDENT);
        display_append(page->text, expectation->why);
        text_append(page->text, "\n");
    }
}

static void write_expectations(struct page *page) {
    const struct result *result = page->result;
    size_t width = longest_text(result);
    for (size_t i = 0; i < result->expectations_count; i++) {
        write_expectation(page, width, &result->expectations[i]);
    }
}

static void write_counts(struct page *page) {
    const struct result *result = page->result;
    size_t counts[] = {
        [RESULT_HELD_NO] = 0,
        [RESULT_HELD_YES] = 0,
        [RESULT_HELD_UNDECIDED] = 0,
    };
    for (size_t i = 0; i < result->expectations_count; i++) {
        counts[result->expectations[i].held]++;
    }
    text_format(page->text, ": %zu of %zu expectations held",
                counts[RESULT_HELD_YES], result->expectations_count);
    if (counts[RESULT_HELD_NO] != 0) {
        text_format(page->text, ", %zu failed", counts[RESULT_HELD_NO]);
    }
    if (counts[RESULT_HELD_UNDECIDED] != 0) {
        text_format(page->text, ", %zu undecided",
                    counts[RESULT_HELD_UNDECIDED]);
    }
    text_append(page->text, "\n");
}

enum display_paint page_verdict_paint(enum result_verdict verdict) {
    switch (verdict) {
    case RESULT_PASS:
        return DISPLAY_GREEN;
    case RESULT_FAIL:
    case RESULT_ERROR:
        return DISPLAY_RED;
    case RESULT_UNDECIDED:
    case RESULT_PARTIAL:
        break;
    }
    return DISPLAY_YELLOW;
}

void page_verdict(struct page *page) {
    text_append(page->text, "\n");
    if (page->result->expectations_count != 0) {
        write_expectations(page);
        text_append(page->text, "\n");
    }
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color,
                    page_verdict_paint(page->result->verdict),
                    result_verdict_name(page->result->verdict));
    write_counts(page);
}
