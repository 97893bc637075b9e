/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* The text of a value is that of a cell which has it. */
static const char *value_text(struct html *html, const char *path,
                              double value) {
    for (size_t i = 0; i < html->result->cells_count; i++) {
        const struct result_cell *cell = &html->result->cells[i];
        for (size_t j = 0; j < cell->parameters_count; j++) {
            const struct result_parameter *parameter = &cell->parameters[j];
            if (parameter->word == NULL && parameter->text != NULL &&
                parameter->number == value &&
                strcmp(parameter->path, path) == 0) {
                return parameter->text;
            }
        }
    }
    return arena_format(html->arena, "%.10g", value);
}

void html_find(struct html *html) {
    static const char *const names[] = {"question", "value", "answer",
                                        "asked for"};
    const struct result_find *find = &html->result->find;
    struct html_table table;
    if (!find->is_sought) {
        return;
    }
    html_begin_section(html, "found", "What was looked for");
    html_element(html, "p", "lead", find->text == NULL ? "" : find->text);
    html_note(html,
              arena_format(html->arena, "The largest %s with which %s: %s.",
                           find->path, find->holds, find->state));
    html_table_begin(&table, html, "Every value that was tried, in turn",
                     "rrll", names);
    for (size_t i = 0; i < find->questions_count && html_has_room(html); i++) {
        const struct result_question *question = &find->questions[i];
        html_table_row(&table);
        html_table_cell(&table, arena_format(html->arena, "%zu", i + 1));
        html_table_cell(&table, value_text(html, find->path, question->value));
        html_table_open_cell(&table);
        html_held(html, question->held);
        html_table_close_cell(&table);
        html_table_cell(&table, question->confirming ? "longer, to confirm"
                                                     : "to find it");
    }
    html_table_end(&table);
    html_end_section(html);
}
