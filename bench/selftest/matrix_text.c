/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/matrix.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/quantity.h"
#include "base/text.h"
#include "measure/proportion.h"
#include "report/display.h"
#include "report/table.h"
#include "selftest/defect.h"

enum column {
    COLUMN_DEFECT,
    COLUMN_DETECTOR,
    COLUMN_EXPECTED,
    COLUMN_CAUGHT,
    COLUMN_KIND,
    COLUMN_SITE,
    COLUMN_POWER,
    COLUMN_ALARMS,
};

static const char *count_of(uint64_t count, struct arena *arena) {
    char words[QUANTITY_SIZE];
    return arena_text(arena, quantity_count(words, count));
}

static const char *share_of(uint64_t count, uint64_t of, struct arena *arena) {
    return arena_format(arena, "%s/%s", count_of(count, arena),
                        count_of(of, arena));
}

/* "1.00 (0.96..1.00)": how often it is caught, with kind and site. */
static const char *power_of(const struct matrix_row *row, struct arena *arena) {
    uint64_t right = row->caught;
    right = row->kind_right < right ? row->kind_right : right;
    right = row->site_judged == row->planted && row->site_right < right
                ? row->site_right
                : right;
    const struct proportion interval =
        proportion_interval(right, row->planted, MATRIX_CONFIDENCE);
    return arena_format(arena, "%.2f (%.2f..%.2f)",
                        (double)right / (double)row->planted, interval.low,
                        interval.high);
}

static enum display_paint paint_of(uint64_t right, uint64_t of) {
    return right == of ? DISPLAY_GREEN : DISPLAY_RED;
}

static void add_row(struct table *table, const struct matrix_row *row,
                    struct arena *arena) {
    struct table_cell *cells = table_add(table)->cells;
    cells[COLUMN_DEFECT].string = row->defect->title;
    cells[COLUMN_DETECTOR].string = row->defect->detector;
    cells[COLUMN_EXPECTED].string = defect_expected(row->defect);
    if (row->planted == 0) {
        cells[COLUMN_CAUGHT].string = matrix_row_verdict(row);
        cells[COLUMN_CAUGHT].paint = DISPLAY_YELLOW;
        return;
    }
    cells[COLUMN_CAUGHT].string = share_of(row->caught, row->planted, arena);
    cells[COLUMN_CAUGHT].paint = paint_of(row->caught, row->planted);
    cells[COLUMN_KIND].string = share_of(row->kind_right, row->planted, arena);
    cells[COLUMN_KIND].paint = paint_of(row->kind_right, row->planted);
    cells[COLUMN_SITE].string =
        row->site_judged == 0
            ? "-"
            : share_of(row->site_right, row->site_judged, arena);
    cells[COLUMN_SITE].paint = paint_of(row->site_right, row->site_judged);
    /* Of one trial it says nothing. */
    cells[COLUMN_POWER].string = row->planted > 1 ? power_of(row, arena) : NULL;
    cells[COLUMN_ALARMS].string =
        share_of(row->false_alarms, row->clean_runs, arena);
    cells[COLUMN_ALARMS].paint = paint_of(row->false_alarms, 0);
}

static void write_matrix(const struct matrix *matrix, bool color,
                         struct arena *arena, struct text *text) {
    static const char *const head[] = {"defect", "detector",    "expected",
                                       "caught", "kind",        "site",
                                       "power",  "false alarms"};
    struct table table;
    table_init(&table, arena, "lllrrrrr");
    table_add_head(&table, head);
    for (size_t i = 0; i < matrix->rows_count; i++) {
        add_row(&table, &matrix->rows[i], arena);
    }
    table_write(&table, 2, color, text);
}

static void write_cleans(const struct matrix *matrix, bool color,
                         struct arena *arena, struct text *text) {
    static const char *const head[] = {"clean", "runs", "false alarms"};
    struct table table;
    table_init(&table, arena, "lrr");
    table_add_head(&table, head);
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        const struct matrix_clean *clean = &matrix->cleans[i];
        struct table_cell *cells = table_add(&table)->cells;
        cells[0].string = clean->clean->name;
        cells[1].string = count_of(clean->runs, arena);
        cells[2].string = count_of(clean->alarms, arena);
        cells[2].paint = paint_of(clean->alarms, 0);
    }
    table_write(&table, 2, color, text);
}

/* What was not as it should be, one after the other. */
static void write_troubles(const struct matrix *matrix, struct arena *arena,
                           struct text *text) {
    for (size_t i = 0; i < matrix->rows_count; i++) {
        const struct matrix_row *row = &matrix->rows[i];
        const char *verdict = matrix_row_verdict(row);
        if (strcmp(verdict, "caught") == 0) {
            continue;
        }
        text_format(text, "  %s: %s (%s)", verdict, row->defect->title,
                    row->defect->name);
        if (row->planted == 0 || row->broken != 0) {
            text_format(text, ": %s\n",
                        row->why_not == NULL ? "interrupted" : row->why_not);
            continue;
        }
        text_format(text, ": expected %s %s; plunge said: %s%s%s\n",
                    defect_expected(row->defect),
                    defect_site(row->defect, arena), row->said,
                    row->site[0] == '\0' ? "" : ", ", row->site);
    }
    for (size_t i = 0; i < matrix->cleans_count; i++) {
        const struct matrix_clean *clean = &matrix->cleans[i];
        if (clean->alarms != 0) {
            text_format(text, "  false alarm: %s: %s\n", clean->clean->name,
                        clean->said);
        }
    }
}

static uint64_t rows_that_are(const struct matrix *matrix,
                              const char *verdict) {
    uint64_t count = 0;
    for (size_t i = 0; i < matrix->rows_count; i++) {
        count += strcmp(matrix_row_verdict(&matrix->rows[i]), verdict) == 0;
    }
    return count;
}

static void write_end(const struct matrix *matrix, struct arena *arena,
                      struct text *text) {
    const uint64_t caught = rows_that_are(matrix, "caught");
    const uint64_t skipped = rows_that_are(matrix, "skipped");
    text_format(text,
                "%zu defects: %" PRIu64 " caught, by kind and site; %" PRIu64
                " not; %" PRIu64 " skipped\n",
                matrix->rows_count, caught,
                matrix->rows_count - caught - skipped, skipped);
    text_format(text,
                "%s clean runs: %" PRIu64 " false alarms; their share is below "
                "%.2g %% (at %g %%)\n",
                count_of(matrix->clean_runs, arena), matrix->false_alarms,
                matrix_alarm_bound(matrix) * 100, MATRIX_CONFIDENCE * 100);
}

void matrix_write_text(const struct matrix *matrix, bool color,
                       struct arena *arena, struct text *text) {
    write_matrix(matrix, color, arena, text);
    text_append(text, "\n");
    write_cleans(matrix, color, arena, text);
    text_append(text, "\n");
    write_troubles(matrix, arena, text);
    write_end(matrix, arena, text);
}

/* ---- Files ---------------------------------------------------------------*/

static int write_file(const char *folder, const char *name,
                      const struct text *text, struct arena *arena,
                      const char **problem_out) {
    const char *path = arena_format(arena, "%s/%s", folder, name);
    int status = file_write(path, text->bytes, text->size);
    if (status != 0) {
        *problem_out =
            arena_format(arena, "cannot write %s: %s", path, strerror(-status));
    }
    return status == 0 ? 0 : -1;
}

int matrix_write_folder(const struct matrix *matrix, const char *folder,
                        struct arena *arena, const char **problem_out) {
    int status = file_make_folder(folder);
    if (status != 0) {
        *problem_out = arena_format(arena, "cannot make the folder %s: %s",
                                    folder, strerror(-status));
        return -1;
    }
    struct text text;
    text_init(&text);
    matrix_write_json(matrix, &text);
    status = write_file(folder, "selftest.json", &text, arena, problem_out);
    text_clear(&text);
    matrix_write_text(matrix, false, arena, &text);
    if (status == 0) {
        status = write_file(folder, "selftest.txt", &text, arena, problem_out);
    }
    text_fini(&text);
    return status;
}
