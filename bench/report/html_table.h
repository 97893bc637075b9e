/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_HTML_TABLE_H
#define PLUNGE_REPORT_HTML_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct html;

/* A table with a caption. The first cell of each row is its heading, the
 * columns of numbers are aligned to the right; it scrolls by itself where it is
 * wider than the screen, with the keyboard, too. */
struct html_table {
    struct html *html;
    const char *align; /* one letter a column: 'l' or 'r' */
    size_t column;     /* of the next cell */
    bool in_row;
};

void html_table_begin(struct html_table *table, struct html *html,
                      const char *caption, const char *align,
                      const char *const *names);
void html_table_row(struct html_table *table);

/* NULL: an empty one. */
void html_table_cell(struct html_table *table, const char *string);

/* The two halves of a cell with markup in it. */
void html_table_open_cell(struct html_table *table);
void html_table_close_cell(struct html_table *table);

void html_table_end(struct html_table *table);

#endif
