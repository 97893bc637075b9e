/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_PART_H
#define PLUNGE_REPORT_HTML_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/result.h"
#include "base/text.h"
#include "report/page.h"

struct point;

/* A page while it is written. What a summary says in words is said in the same
 * words here, so there is a struct page in it. For html*.c alone. */
struct html {
    struct page page;
    const struct result *result;
    struct arena *arena;
    struct text *text;
    size_t tables_count;
    struct text contents; /* the list of the sections, which stands at */
    size_t contents_at;   /* in the text of these */

    /* What is to be drawn, as the members of a JSON list; then the parts of the
     * chart that is begun, likewise. */
    struct text charts;
    size_t charts_count;
    struct text marks;
    struct text map;
    struct text series;
    bool series_open; /* its points are still to come */
    bool drawing;     /* else there is no room, and nothing is kept */
};

/* What a page may be made of besides its programs and the data: then rows are
 * left out, and charts are not drawn. */
#define HTML_BODY_MAX ((size_t)500000)
#define HTML_CHARTS_MAX ((size_t)350000)

bool html_has_room(const struct html *html);
bool html_may_draw(const struct html *html);

/* At most so many points of a sweep are shown one by one. */
#define HTML_POINTS_MAX ((size_t)8)

size_t html_points_shown(const struct html *html);

/* <tag class="names">escaped</tag>; @names may be NULL. */
void html_element(struct html *html, const char *tag, const char *names,
                  const char *string);
void html_raw(struct html *html, const char *markup);
void html_string(struct html *html, const char *string);

/* A section with a heading that the table of contents leads to. */
void html_begin_section(struct html *html, const char *id, const char *heading);
void html_end_section(struct html *html);

/* A paragraph that explains. */
void html_note(struct html *html, const char *string);

/* A sign, and the same in a word: "held", "failed", "undecided". */
void html_held(struct html *html, enum result_held how);

/* The cell of a point that is shown by itself: the block whose throughput is
 * the median one, the lower of two; without any, the first that left anything,
 * or the first. */
const struct result_cell *html_shown_cell(const struct html *html,
                                          const struct point *point);

/* Where a stack is known: its lines, to be unfolded. */
void html_stack(struct html *html, const char *stack);

/* "and 4 points more: see the data", where there are more than are shown. */
void html_more(struct html *html, size_t count, const char *what);

/* The sections, in their order. Each is there only where it says anything. */
void html_verdict(struct html *html);    /* the first thing that is seen */
void html_problems(struct html *html);   /* what went wrong, in words */
void html_find(struct html *html);       /* what was looked for */
void html_comparison(struct html *html); /* beside another result, or build */
void html_sweep(struct html *html);      /* points beside each other */
void html_load(struct html *html);       /* phases and their figures */
void html_latency(struct html *html);    /* by percentile */
void html_series(struct html *html);     /* second by second */
void html_cycles(struct html *html);     /* cycle by cycle */
void html_stages(struct html *html);     /* where the time went */
void html_leftovers(struct html *html);  /* what is left behind */
void html_audit(struct html *html);
void html_environment(struct html *html);
void html_scenario(struct html *html); /* its text, with what came of it */
void html_data(struct html *html);     /* to be saved */

#endif
