/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/result_json.h"
#include "report/html.h"
#include "report/html_assets.h"
#include "report/html_escape.h"
#include "report/html_part.h"

/* The result itself, to be saved from the page: the schema plunge/1, all of it
 * or, where that is too much for a page, without histograms and series, or not
 * at all. */

/* What is neither a section, a chart nor data: tags, and what stands after the
 * data. */
#define FRAME_MAX ((size_t)20000)

static size_t room_for_data(const struct html *html) {
    const size_t taken = FRAME_MAX + html_asset_style().size +
                         html_asset_program().size + html_asset_charts().size +
                         html->charts.size + html->text->size;
    return taken < HTML_SIZE_MAX ? HTML_SIZE_MAX - taken : 0;
}

/* A copy as deep as what changes. */
static struct result without_histograms(const struct result *result,
                                        struct arena *arena) {
    struct result slim = *result;
    slim.cells = arena_alloc(arena, result->cells_count * sizeof *slim.cells);
    for (size_t i = 0; i < result->cells_count; i++) {
        struct result_cell *cell = &slim.cells[i];
        *cell = result->cells[i];
        cell->cycles.steps_count = 0;
        cell->phases =
            arena_alloc(arena, cell->phases_count * sizeof *cell->phases);
        for (size_t j = 0; j < cell->phases_count; j++) {
            cell->phases[j] = result->cells[i].phases[j];
            cell->phases[j].histogram = NULL;
            cell->phases[j].service_histogram = NULL;
            cell->phases[j].series_count = 0;
        }
    }
    return slim;
}

/* As it stands in the page, where it is never shorter than by itself; false: it
 * is more than @room. */
static bool make_data(const struct result *result, size_t room,
                      struct text *text) {
    struct text json;
    text_init(&json);
    result_json_write(result, RESULT_JSON_LINE, &json);
    text_clear(text);
    const bool may_fit = json.size <= room;
    if (may_fit) {
        html_escape_json(text, json.bytes);
    }
    text_fini(&json);
    return may_fit && text->size <= room;
}

static void write_data(struct html *html, const struct text *data,
                       const char *note) {
    char size[QUANTITY_SIZE];
    html_raw(html, "<p><a id=\"download\" class=\"button\" hidden=\"\" "
                   "download=\"result.json\" href=\"#data\">Save result.json");
    text_format(html->text, " (%s)</a></p>\n",
                quantity_size(size, (double)data->size));
    html_note(html, note);
    html_raw(html, "<script type=\"application/json\" id=\"result\">");
    text_append_n(html->text, data->bytes, data->size);
    html_raw(html, "</script>\n");
}

void html_data(struct html *html) {
    const size_t room = room_for_data(html);
    struct text data;
    text_init(&data);
    html_begin_section(html, "data", "Data");
    if (make_data(html->result, room, &data)) {
        write_data(html, &data,
                   "All that was measured, as JSON of the schema plunge/1. It "
                   "is also the file result.json beside this one.");
    } else {
        const struct result slim =
            without_histograms(html->result, html->arena);
        if (make_data(&slim, room, &data)) {
            write_data(html, &data,
                       "All but histograms and series, which are too large for "
                       "a page: the file result.json beside this one has "
                       "them.");
        } else {
            html_note(html, "All that was measured is in the file result.json "
                            "beside this one: it is too large for a page.");
        }
    }
    html_end_section(html);
    text_fini(&data);
}
