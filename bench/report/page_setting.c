/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"

/* What was run: of all points of a sweep every value that there is. */

static const char *or_unknown(const char *string) {
    return string == NULL ? "unknown" : string;
}

/* What @text_of says of the points' first cells, each once and in their order:
 * "1 to 2 or 1 to 4"; "" where it says nothing (NULL). */
static const char *
over_points(const struct page *page, const char *separator,
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
static const char *pool_words(const struct page *page) {
    const char *words = over_points(page, " or ", subject_text);
    const char *threads = over_points(page, " or ", threads_text);
    if (*threads != '\0') {
        words = arena_format(page->arena, "%s, %s threads", words, threads);
    }
    const char *shutdown = over_points(page, " or ", shutdown_text);
    return *shutdown == '\0'
               ? words
               : arena_format(page->arena, "%s, shutdown %s", words, shutdown);
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

static struct page_setting *add(struct page_setting *end, const char *name,
                                enum display_paint paint, const char *value) {
    *end = (struct page_setting){name, value, paint};
    return end + 1;
}

size_t page_settings(const struct page *page,
                     struct page_setting settings[PAGE_SETTINGS_MAX]) {
    struct page_setting *end = settings;
    if (page->points_count == 0) {
        return 0;
    }
    end = add(end, "database", DISPLAY_PLAIN,
              over_points(page, "; ", database_text));
    /* Programs and built-in subjects never stand in one sweep. */
    const char *programs = over_points(page, "; ", program_text);
    if (*programs != '\0') {
        end = add(end, "program", DISPLAY_PLAIN, programs);
    } else {
        end = add(end, "pool", DISPLAY_PLAIN, pool_words(page));
    }
    const char *under = over_points(page, "; ", under_text);
    if (*under != '\0') {
        end = add(end, "under", DISPLAY_YELLOW, under);
    }
    const char *unlost = over_points(page, "; ", unlost_text);
    if (*unlost != '\0') {
        end = add(end, "", DISPLAY_PLAIN, unlost);
    }
    /* Of a search each value has as many as it was asked for. */
    if (page->points_count < page->result->cells_count &&
        !page->result->find.is_sought) {
        end = add(end, "blocks", DISPLAY_PLAIN,
                  arena_format(page->arena, "%zu, figures are their medians",
                               page->points[0].cells_count));
    }
    return (size_t)(end - settings);
}

void page_setting(struct page *page) {
    struct page_setting settings[PAGE_SETTINGS_MAX];
    const size_t count = page_settings(page, settings);
    for (size_t i = 0; i < count; i++) {
        page_line(page, settings[i].name, settings[i].paint, settings[i].value);
    }
}
