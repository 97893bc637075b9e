/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_PAGE_H
#define PLUNGE_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "report/display.h"
#include "report/figure.h"

struct arena;
struct point;
struct text;

/* A summary while it is written, section by section. */
struct page {
    const struct result *result;
    const struct point *points; /* reference points too, as the last */
    size_t points_count;
    size_t judged_count; /* points that are no references: the first ones */
    bool color;
    struct arena *arena; /* for as long as the page is written */
    struct text *text;
};

#define PAGE_INDENT ((size_t)2)
/* The width of "left behind" and two spaces: where what a line says begins. */
#define PAGE_NAME_WIDTH 13

/* At most so many lines about the same, then "and N more". */
#define PAGE_LINES_MAX 10

/* References are its last points, whatever block they come from. */
struct page page_of(const struct result *result, bool color,
                    struct arena *arena, struct text *text);

/* "  database     1,000,000 users": the value is painted, the name is dim. */
void page_line(struct page *page, const char *name, enum display_paint paint,
               const char *value);

enum display_paint page_verdict_paint(enum result_verdict verdict);

/* "    and 4 more", where there are more lines than fit. */
void page_more(struct page *page, size_t lines);

/* A cell's name before what is said of it: "pool.max=8, block 2: "; "" where
 * there is but one. */
const char *page_place(const struct page *page, const struct result_cell *cell);

/* "pool.max=8", "direct (reference)", "dbpool (other build) pool.max=8". */
const char *page_point_name(const struct page *page, const struct point *point);

/* What has to be said about a phase besides its figures, over all blocks, for
 * one wrong answer in one block is one too many: "not measured", "2 wrong",
 * "steady from 1.80 s on", "95 % lookups, 5 % renames". */
const char *page_phase_notes(const struct page *page, const struct point *point,
                             const struct result_phase *phase);

/* A slope's amount with its unit, and its verdict in words. */
const char *page_slope_amount(const struct page *page,
                              const struct result_slope *slope, double value);
const char *page_slope_words(const struct page *page,
                             const struct result_slope *slope);

/* "hand-back". */
const char *page_stage_name(enum result_stage stage);

/* The phase's tail in the block whose tail is the median one; NULL: none has
 * one. */
const struct result_tail *page_median_tail(const struct page *page,
                                           const struct point *point,
                                           const char *phase);

/* What the slowest spent it on, in one sentence. */
const char *page_tail_words(const struct page *page,
                            const struct result_tail *tail);

/* One figure of all judged points, from the lowest to the highest. */
const char *page_figure_range(const struct page *page, enum figure figure);

/* What was run: "database", "pool" ...; in a sweep every value that there is.
 * An empty name goes on with the one before. */
#define PAGE_SETTINGS_MAX 5

struct page_setting {
    const char *name;
    const char *value;
    enum display_paint paint;
};

size_t page_settings(const struct page *page,
                     struct page_setting settings[PAGE_SETTINGS_MAX]);

/* One figure of a comparison, as it stands in a table. */
struct page_compared_words {
    const char *name; /* "p99 in steady": the phase only where it is asked for
                       */
    const char *base;
    const char *newer;
    const char *change;
    const char *interval;
    const char *visible;
    const char *more; /* "about 4 more blocks", or "" */
};

struct page_compared_words
page_compared_words(const struct result_compared *figure, bool with_phase,
                    struct arena *arena);

/* By which method, and what is let pass of times, where that is known. */
const char *page_compared_method(const struct result_comparison *comparison,
                                 struct arena *arena);

/* What the cell left that left the most: "1 pool, 3 threads". */
const char *page_left_behind(const struct page *page);

/* The sections, each with an empty line before it where it says anything. */
void page_setting(struct page *page);    /* what was run */
void page_load(struct page *page);       /* phases and their latencies */
void page_tail(struct page *page);       /* where the slowest spent it */
void page_comparison(struct page *page); /* the points of the sweep */
void page_ledger(struct page *page);     /* left behind, exhausted, slopes */
void page_slopes(struct page *page, const struct result_cell *cell);
void page_findings(struct page *page); /* what went wrong, in words */
void page_find(struct page *page);     /* what was looked for */
void page_compared(struct page *page); /* with another result or build */
void page_verdict(struct page *page);  /* the expectations */

#endif
