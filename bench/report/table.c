/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

static const size_t gap = 2;

void table_init(struct table *table, struct arena *arena, const char *align) {
    CHECK(strlen(align) <= TABLE_COLUMNS_MAX);
    *table = (struct table){.arena = arena, .align = align};
}

struct table_row *table_add(struct table *table) {
    table->rows = arena_more(table->arena, table->rows, table->rows_count,
                             sizeof table->rows[0]);
    struct table_row *row = &table->rows[table->rows_count++];
    *row = (struct table_row){0};
    return row;
}

void table_add_head(struct table *table, const char *const *names) {
    struct table_row *row = table_add(table);
    for (size_t i = 0; table->align[i] != '\0'; i++) {
        row->cells[i] = (struct table_cell){names[i], DISPLAY_DIM};
    }
}

static const char *string_of(const struct table_cell *cell) {
    return cell->string == NULL ? "" : cell->string;
}

static size_t column_width(const struct table *table, size_t column) {
    size_t width = 0;
    for (size_t i = 0; i < table->rows_count; i++) {
        size_t own = display_width(string_of(&table->rows[i].cells[column]));
        width = own > width ? own : width;
    }
    return width;
}

/* No spaces at the end of a line: they are owed until something follows. */
static void write_row(const struct table *table, const struct table_row *row,
                      const size_t *widths, size_t indent, bool color,
                      struct text *text) {
    size_t owed = indent;
    for (size_t i = 0; table->align[i] != '\0'; i++) {
        if (widths[i] == 0) {
            continue;
        }
        const char *string = string_of(&row->cells[i]);
        size_t rest = widths[i] - display_width(string);
        owed += table->align[i] == 'r' ? rest : 0;
        if (*string != '\0') {
            display_spaces(text, owed);
            display_painted(text, color, row->cells[i].paint, string);
            owed = 0;
        }
        owed += (table->align[i] == 'r' ? 0 : rest) + gap;
    }
    text_append(text, "\n");
}

void table_write(const struct table *table, size_t indent, bool color,
                 struct text *text) {
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    for (size_t i = 0; table->align[i] != '\0'; i++) {
        widths[i] = column_width(table, i);
    }
    for (size_t i = 0; i < table->rows_count; i++) {
        write_row(table, &table->rows[i], widths, indent, color, text);
    }
}
