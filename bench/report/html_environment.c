/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "report/html_part.h"
#include "report/html_table.h"

/* Whether the figures can be trusted, and what they were measured on. */

void html_audit(struct html *html) {
    static const char *const names[] = {"check", "", "in words"};
    const struct result *result = html->result;
    struct html_table table;
    if (result->audit_count == 0) {
        return;
    }
    html_begin_section(html, "audit", "Audit");
    html_table_begin(&table, html, "What plunge checked of itself", "lll",
                     names);
    for (size_t i = 0; i < result->audit_count && html_has_room(html); i++) {
        const struct result_audit *audit = &result->audit[i];
        html_table_row(&table);
        html_table_cell(&table, audit->check);
        html_table_open_cell(&table);
        html_raw(html, audit->ok
                           ? "<span class=\"held yes\"><span "
                             "aria-hidden=\"true\">✔</span> so</span>"
                           : "<span class=\"held undecided\"><span "
                             "aria-hidden=\"true\">!</span> not so</span>");
        html_table_close_cell(&table);
        html_table_cell(&table, audit->detail);
    }
    html_table_end(&table);
    html_end_section(html);
}

/* ---- The machine ---------------------------------------------------------*/

#define BYTES "_bytes"

static bool is_size(const char *name) {
    const size_t size = strlen(name);
    return size > strlen(BYTES) &&
           strcmp(name + size - strlen(BYTES), BYTES) == 0;
}

/* "23.5 GiB" of memory_bytes. */
static void add_fact(struct html *html, struct html_table *table,
                     const struct result_fact *fact) {
    char size[QUANTITY_SIZE];
    const char *name = fact->name == NULL ? "" : fact->name;
    const char *value = fact->text;
    if (value == NULL && is_size(name)) {
        name = arena_text_n(html->arena, name, strlen(name) - strlen(BYTES));
        value = quantity_size(size, fact->number);
    } else if (value == NULL) {
        value = arena_format(html->arena, "%.4g", fact->number);
    }
    html_table_row(table);
    html_table_cell(table, name);
    html_table_cell(table, value);
}

static void write_facts(struct html *html) {
    static const char *const names[] = {"what", "value"};
    const struct result *result = html->result;
    struct html_table table;
    html_table_begin(&table, html, "The machine and the program", "ll", names);
    for (size_t i = 0; i < result->environment_count && html_has_room(html);
         i++) {
        add_fact(html, &table, &result->environment[i]);
    }
    html_table_end(&table);
}

static const char *share(struct html *html, double value) {
    return isfinite(value) ? arena_format(html->arena, "%.1f %%", 100 * value)
                           : "unknown";
}

static void add_noise(struct html *html, struct html_table *table,
                      const struct result_cell *cell) {
    const struct result_noise *noise = &cell->noise;
    char text[QUANTITY_SIZE];
    html_table_row(table);
    html_table_cell(table, point_place(cell, html->arena));
    html_table_cell(table, quantity_duration(text, noise->duration_s * 1e9));
    html_table_cell(table, share(html, noise->others));
    html_table_cell(table, share(html, noise->steal));
    html_table_cell(table, share(html, noise->pressure));
    html_table_cell(table, quantity_duration(text, noise->clock_step_s * 1e9));
}

#define NOISE_ROWS_MAX ((size_t)100)

static void write_noise(struct html *html) {
    static const char *const names[] = {"cell",
                                        "time",
                                        "other processes",
                                        "other machines",
                                        "waiting for a processor",
                                        "clock set by"};
    const struct result *result = html->result;
    struct html_table table;
    size_t count = 0;
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        if (!cell->noise.given) {
            continue;
        }
        if (count++ == 0) {
            html_table_begin(&table, html,
                             "What the machine did beside each cell", "lrrrrr",
                             names);
        }
        if (count <= NOISE_ROWS_MAX && html_has_room(html)) {
            add_noise(html, &table, cell);
        }
    }
    if (count != 0) {
        html_table_end(&table);
        html_more(html, count > NOISE_ROWS_MAX ? count - NOISE_ROWS_MAX : 0,
                  "cells");
    }
}

void html_environment(struct html *html) {
    if (html->result->environment_count == 0) {
        return;
    }
    html_begin_section(html, "environment", "Environment");
    write_facts(html);
    write_noise(html);
    html_end_section(html);
}
