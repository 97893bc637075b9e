/* SPDX-License-Identifier: Apache-2.0 */
#include "report/summary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/figure.h"
#include "report/name.h"
#include "report/page.h"
#include "report/table.h"

static const char *or_unknown(const char *string) {
    return string == NULL ? "unknown" : string;
}

static void write_title(struct page *page) {
    const struct result *result = page->result;
    display_painted(page->text, page->color, DISPLAY_BOLD,
                    or_unknown(result->scenario.title));
    text_append(page->text, "\n");
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color, DISPLAY_DIM,
                    arena_format(page->arena, "%s, seed %" PRIu64 ", plunge %s",
                                 or_unknown(result->scenario.path),
                                 result->seed, or_unknown(result->version)));
    text_append(page->text, "\n");
}

/* What @text_of says of the points' first cells, each once and in their order:
 * "1 to 2 or 1 to 4"; "" where it says nothing (NULL). */
static const char *
over_points(struct page *page, const char *separator,
            const char *(*text_of)(const struct result_cell *cell,
                                   struct arena *arena)) {
    const char **texts =
        arena_alloc(page->arena, page->points_count * sizeof *texts);
    size_t shown =
        page->judged_count != 0 ? page->judged_count : page->points_count;
    struct text line;
    text_init(&line);
    for (size_t i = 0; i < shown; i++) {
        texts[i] = text_of(page->points[i].cells[0], page->arena);
        bool seen = texts[i] == NULL;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = texts[j] != NULL && strcmp(texts[i], texts[j]) == 0;
        }
        if (!seen) {
            text_format(&line, "%s%s", line.size == 0 ? "" : separator,
                        texts[i]);
        }
    }
    const char *words = arena_text(page->arena, line.bytes);
    text_fini(&line);
    return words;
}

/* "1,000,000 users, 64.0 MiB, from the cache". */
static const char *database_text(const struct result_cell *cell,
                                 struct arena *arena) {
    const struct result_database *database = &cell->database;
    char users[QUANTITY_SIZE];
    char bytes[QUANTITY_SIZE];
    char time[QUANTITY_SIZE];
    const char *text =
        database->file == NULL
            ? arena_format(arena, "%s users",
                           quantity_count(users, database->users))
            : arena_format(arena, "%s, %s keys, answers not checked",
                           database->file,
                           quantity_count(users, database->users));
    if (database->bytes != RESULT_UNKNOWN) {
        text = arena_format(arena, "%s, %s", text,
                            quantity_size(bytes, (double)database->bytes));
    }
    if (database->cached) {
        return arena_format(arena, "%s, from the cache", text);
    }
    if (database->generate_s > 0) {
        return arena_format(
            arena, "%s, generated in %s", text,
            quantity_duration(time, database->generate_s * 1e9));
    }
    return text;
}

static const char *subject_text(const struct result_cell *cell,
                                struct arena *arena) {
    (void)arena;
    return or_unknown(cell->subject);
}

static const char *threads_text(const struct result_cell *cell,
                                struct arena *arena) {
    char min[QUANTITY_SIZE];
    char max[QUANTITY_SIZE];
    if (cell->pool.max == RESULT_UNKNOWN) {
        return NULL;
    }
    return arena_format(arena, "%s to %s", quantity_count(min, cell->pool.min),
                        quantity_count(max, cell->pool.max));
}

static const char *shutdown_text(const struct result_cell *cell,
                                 struct arena *arena) {
    (void)arena;
    return cell->pool.shutdown;
}

/* "./mine --flag, read at closed, 120 ms from its start". */
static const char *program_text(const struct result_cell *cell,
                                struct arena *arena) {
    const struct result_program *program = &cell->program;
    char time[QUANTITY_SIZE];
    if (!program->given) {
        return NULL;
    }
    if (program->read_at == NULL) {
        return or_unknown(program->command);
    }
    return arena_format(arena, "%s, read at %s, %s from its start",
                        or_unknown(program->command), program->read_at,
                        quantity_duration(time, program->duration_s * 1e9));
}

/* "dbpool, 3 to 5 threads, shutdown clean". */
static void write_pool(struct page *page) {
    struct text line;
    text_init(&line);
    text_append(&line, over_points(page, " or ", subject_text));
    const char *threads = over_points(page, " or ", threads_text);
    if (*threads != '\0') {
        text_format(&line, ", %s threads", threads);
    }
    const char *shutdown = over_points(page, " or ", shutdown_text);
    if (*shutdown != '\0') {
        text_format(&line, ", shutdown %s", shutdown);
    }
    page_line(page, "pool", DISPLAY_PLAIN, line.bytes);
    text_fini(&line);
}

/* "memcheck of valgrind 3.19.0: load.main.in_flight 10,000 -> 500". */
static const char *under_text(const struct result_cell *cell,
                              struct arena *arena) {
    const struct result_under *under = &cell->under;
    if (!under->given) {
        return NULL;
    }
    return arena_format(arena, "%s of valgrind%s%s: %s", under->tool,
                        under->version == NULL ? "" : " ",
                        under->version == NULL ? "" : under->version,
                        under->scaling == NULL ? "the load as it is"
                                               : under->scaling);
}

/* What memcheck saw that is no finding. */
static const char *unlost_text(const struct result_cell *cell,
                               struct arena *arena) {
    const struct result_under *under = &cell->under;
    char still[QUANTITY_SIZE];
    char possibly[QUANTITY_SIZE];
    if (!under->given || under->still_reachable_bytes == RESULT_UNKNOWN) {
        return NULL;
    }
    const char *text = arena_format(
        arena, "no finding: %s still reachable at the end",
        quantity_size(still, (double)under->still_reachable_bytes));
    if (under->possibly_lost_bytes == 0) {
        return text;
    }
    return arena_format(
        arena, "%s, %s possibly lost by pools left open", text,
        quantity_size(possibly, (double)under->possibly_lost_bytes));
}

static void write_under(struct page *page) {
    const char *under = over_points(page, "; ", under_text);
    const char *unlost = over_points(page, "; ", unlost_text);
    if (*under != '\0') {
        page_line(page, "under", DISPLAY_YELLOW, under);
    }
    if (*unlost != '\0') {
        page_line(page, "", DISPLAY_PLAIN, unlost);
    }
}

/* Programs and built-in subjects never stand in one sweep. */
static void write_subject(struct page *page) {
    const char *programs = over_points(page, "; ", program_text);
    if (*programs != '\0') {
        page_line(page, "program", DISPLAY_PLAIN, programs);
    } else {
        write_pool(page);
    }
}

/* Of all that is judged: in a sweep every value that there is. */
static void write_setting(struct page *page) {
    const struct result *result = page->result;
    if (page->points_count == 0) {
        return;
    }
    page_line(page, "database", DISPLAY_PLAIN,
              over_points(page, "; ", database_text));
    write_subject(page);
    write_under(page);
    /* Of a search each value has as many as it was asked for. */
    if (page->points_count < result->cells_count && !result->find.is_sought) {
        page_line(page, "blocks", DISPLAY_PLAIN,
                  arena_format(page->arena, "%zu, figures are their medians",
                               page->points[0].cells_count));
    }
}

void summary_write(const struct result *result, bool color, struct text *text) {
    struct arena *arena = arena_new();
    struct page page = page_of(result, color, arena, text);
    write_title(&page);
    text_append(text, "\n");
    write_setting(&page);
    page_load(&page);
    page_comparison(&page);
    page_tail(&page);
    page_ledger(&page);
    page_findings(&page);
    page_find(&page);
    page_compared(&page);
    page_verdict(&page);
    arena_free(arena);
}

void summary_comparison(const struct result *result, bool color,
                        struct text *text) {
    struct arena *arena = arena_new();
    struct page page = page_of(result, color, arena, text);
    display_painted(text, color, DISPLAY_BOLD,
                    or_unknown(result->scenario.title));
    text_append(text, "\n");
    page_compared(&page);
    arena_free(arena);
}

/* ---- Several scenarios --------------------------------------------------- */

/* "4.13 ms", or from the lowest to the highest point of a sweep. */
static const char *figure_range(const struct page *page, enum figure figure) {
    double lowest = NAN;
    double highest = NAN;
    for (size_t i = 0; i < page->judged_count; i++) {
        double value =
            figure_median(figure, &page->points[i], NULL, page->arena);
        lowest = fmin(lowest, value);
        highest = fmax(highest, value);
    }
    const char *text = figure_text(figure, lowest, page->arena);
    return isnan(lowest) || lowest == highest
               ? text
               : arena_format(page->arena, "%s to %s", text,
                              figure_text(figure, highest, page->arena));
}

static void add_result(const struct result *result, struct arena *arena,
                       struct table *table) {
    const struct page page = page_of(result, false, arena, NULL);
    struct table_row *row = table_add(table);
    row->cells[0].string = name_of_scenario(result, arena);
    row->cells[1].string = result_verdict_name(result->verdict);
    row->cells[1].paint = page_verdict_paint(result->verdict);
    row->cells[2].string = figure_range(&page, FIGURE_THROUGHPUT);
    row->cells[3].string = figure_range(&page, FIGURE_P99);
    row->cells[4].string = page_left_behind(&page);
}

void summary_table(const struct result *const *results, size_t results_count,
                   bool color, struct text *text) {
    static const char *const head[] = {
        "scenario", "verdict", "throughput", "p99", "left behind",
    };
    struct arena *arena = arena_new();
    struct table table;
    table_init(&table, arena, "llrrl");
    table_add_head(&table, head);
    for (size_t i = 0; i < results_count; i++) {
        add_result(results[i], arena, &table);
    }
    table_write(&table, 0, color, text);
    arena_free(arena);
}
