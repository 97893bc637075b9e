/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_TABLE_H
#define PLUNGE_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "report/display.h"

struct arena;
struct text;

/* Rows of columns, as wide as what stands in them. A column whose cells are
 * all empty is not shown.
 *
 * Memory: in the arena; the strings are borrowed until the table is written. */
#define TABLE_COLUMNS_MAX 8

struct table_cell {
    const char *string; /* NULL: empty */
    enum display_paint paint;
};

struct table_row {
    struct table_cell cells[TABLE_COLUMNS_MAX];
};

struct table {
    struct arena *arena;
    const char *align; /* one letter a column: 'l' or 'r' */
    struct table_row *rows;
    size_t rows_count;
};

void table_init(struct table *table, struct arena *arena, const char *align);

/* An empty row at the end; valid until the next one is added. */
struct table_row *table_add(struct table *table);

/* The names of the columns. */
void table_add_head(struct table *table, const char *const *names);

void table_write(const struct table *table, size_t indent, bool color,
                 struct text *text);

#endif
