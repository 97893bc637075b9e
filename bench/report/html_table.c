/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_table.h"

#include <string.h>

#include "report/html_part.h"

static const char *class_of(const struct html_table *table, size_t column) {
    return column < strlen(table->align) && table->align[column] == 'r'
               ? " class=\"number\""
               : "";
}

void html_table_begin(struct html_table *table, struct html *html,
                      const char *caption, const char *align,
                      const char *const *names) {
    *table = (struct html_table){.html = html, .align = align};
    const size_t id = ++html->tables_count;
    text_format(html->text,
                "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                "aria-labelledby=\"table-%zu\">\n"
                "<table><caption id=\"table-%zu\">",
                id, id);
    html_string(html, caption);
    html_raw(html, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < strlen(align); i++) {
        text_format(html->text, "<th scope=\"col\"%s>", class_of(table, i));
        html_string(html, names[i]);
        html_raw(html, "</th>");
    }
    html_raw(html, "</tr></thead>\n<tbody>\n");
}

static void end_row(struct html_table *table) {
    while (table->in_row && table->column < strlen(table->align)) {
        html_table_cell(table, NULL);
    }
    html_raw(table->html, table->in_row ? "</tr>\n" : "");
    table->in_row = false;
}

void html_table_row(struct html_table *table) {
    end_row(table);
    html_raw(table->html, "<tr>");
    table->in_row = true;
    table->column = 0;
}

void html_table_open_cell(struct html_table *table) {
    text_format(table->html->text,
                table->column == 0 ? "<th scope=\"row\"%s>" : "<td%s>",
                class_of(table, table->column));
}

void html_table_close_cell(struct html_table *table) {
    html_raw(table->html, table->column == 0 ? "</th>" : "</td>");
    table->column++;
}

void html_table_cell(struct html_table *table, const char *string) {
    html_table_open_cell(table);
    html_string(table->html, string == NULL ? "" : string);
    html_table_close_cell(table);
}

void html_table_end(struct html_table *table) {
    end_row(table);
    html_raw(table->html, "</tbody></table></div>\n");
}
