/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/table.h"

/* Nobody would run more of them. */
#define MORE_BLOCKS_MAX UINT64_C(1000)

enum column {
    COLUMN_FIGURE,
    COLUMN_BASE,
    COLUMN_NEW,
    COLUMN_CHANGE,
    COLUMN_INTERVAL,
    COLUMN_ANSWER,
    COLUMN_VISIBLE,
    COLUMN_MORE,
};

static bool is_answer(const char *answer, const char *word) {
    return answer != NULL && strcmp(answer, word) == 0;
}

static enum display_paint paint_of(const char *answer) {
    if (is_answer(answer, "worse")) {
        return DISPLAY_RED;
    }
    if (is_answer(answer, "better")) {
        return DISPLAY_GREEN;
    }
    return is_answer(answer, "not decided") ? DISPLAY_YELLOW : DISPLAY_PLAIN;
}

/* ---- One figure ---------------------------------------------------------- */

static const char *value_words(double value, const char *unit,
                               struct arena *arena) {
    char text[QUANTITY_SIZE];
    if (!isfinite(value)) {
        return "-";
    }
    if (strcmp(unit, "per_s") == 0) {
        return arena_text(arena, quantity_rate(text, value));
    }
    if (strcmp(unit, "ns") == 0) {
        return arena_text(arena, quantity_duration(text, value));
    }
    if (strcmp(unit, "bytes") == 0) {
        return arena_text(arena, quantity_size(text, value));
    }
    return value >= 0 && value == floor(value) && value < 0x1p53
               ? arena_text(arena, quantity_count(text, (uint64_t)value))
               : arena_format(arena, "%.4g", value);
}

/* What rounds to nothing has no sign. */
static const char *change_words(double ratio, struct arena *arena) {
    const double per_cent = (ratio - 1) * 100;
    if (!isfinite(per_cent)) {
        return "";
    }
    return fabs(per_cent) < 0.05 ? "0.0 %"
                                 : arena_format(arena, "%+.1f %%", per_cent);
}

static const char *interval_words(const struct result_compared *figure,
                                  struct arena *arena) {
    const char *low = change_words(figure->low, arena);
    const char *high = change_words(figure->high, arena);
    return *low == '\0' || *high == '\0'
               ? ""
               : arena_format(arena, "%s to %s", low, high);
}

static const char *visible_words(double visible, struct arena *arena) {
    if (!isfinite(visible * 100)) {
        return "-";
    }
    return visible == 0 ? "any" : arena_format(arena, "%.1f %%", visible * 100);
}

static const char *more_words(const struct result_compared *figure,
                              struct arena *arena) {
    char text[QUANTITY_SIZE];
    if (figure->more_blocks == RESULT_UNKNOWN) {
        return "";
    }
    if (figure->more_blocks > MORE_BLOCKS_MAX) {
        return arena_format(arena, "over %s more blocks",
                            quantity_count(text, MORE_BLOCKS_MAX));
    }
    return arena_format(arena, "about %s more block%s",
                        quantity_count(text, figure->more_blocks),
                        figure->more_blocks == 1 ? "" : "s");
}

/* Measured phases are told apart where there are several. */
static const char *figure_name(const struct result_compared *figure,
                               bool with_phase, struct arena *arena) {
    return figure->phase == NULL || !with_phase
               ? figure->metric
               : arena_format(arena, "%s in %s", figure->metric, figure->phase);
}

struct page_compared_words
page_compared_words(const struct result_compared *figure, bool with_phase,
                    struct arena *arena) {
    const char *unit = figure->unit == NULL ? "count" : figure->unit;
    return (struct page_compared_words){
        .name = figure_name(figure, with_phase, arena),
        .base = value_words(figure->base_value, unit, arena),
        .newer = value_words(figure->new_value, unit, arena),
        .change = change_words(figure->ratio, arena),
        .interval = interval_words(figure, arena),
        .visible = visible_words(figure->visible, arena),
        .more = more_words(figure, arena),
    };
}

static void add_figure(struct table *table,
                       const struct result_compared *figure, bool with_phase,
                       struct arena *arena) {
    struct table_row *row = table_add(table);
    const struct page_compared_words words =
        page_compared_words(figure, with_phase, arena);
    row->cells[COLUMN_FIGURE].string = words.name;
    row->cells[COLUMN_BASE].string = words.base;
    row->cells[COLUMN_NEW].string = words.newer;
    row->cells[COLUMN_CHANGE].string = words.change;
    row->cells[COLUMN_INTERVAL].string = words.interval;
    row->cells[COLUMN_ANSWER].string = figure->answer;
    row->cells[COLUMN_ANSWER].paint = paint_of(figure->answer);
    row->cells[COLUMN_VISIBLE].string = words.visible;
    row->cells[COLUMN_MORE].string = words.more;
}

/* ---- All figures of a point ---------------------------------------------- */

static bool same_point(const struct result_compared *one,
                       const struct result_compared *other) {
    return strcmp(one->point, other->point) == 0 &&
           strcmp(one->subject, other->subject) == 0;
}

static bool has_phases(const struct result_comparison *comparison) {
    const char *phase = NULL;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        const char *other = comparison->figures[i].phase;
        if (phase != NULL && other != NULL && strcmp(phase, other) != 0) {
            return true;
        }
        phase = other == NULL ? phase : other;
    }
    return false;
}

static bool has_points(const struct result_comparison *comparison) {
    for (size_t i = 1; i < comparison->figures_count; i++) {
        if (!same_point(&comparison->figures[0], &comparison->figures[i])) {
            return true;
        }
    }
    return false;
}

/* Of one point all; of many what is not the same. */
static void write_point(struct page *page, size_t first, bool with_points) {
    static const char *const head[] = {
        "", "base", "new", "change", "interval", "answer", "visible", ""};
    const struct result_comparison *comparison = &page->result->comparison;
    const struct result_compared *figures = comparison->figures;
    const bool with_phase = has_phases(comparison);
    struct table table;
    size_t same = 0;
    table_init(&table, page->arena, "lrrrllrl");
    table_add_head(&table, head);
    for (size_t i = first; i < comparison->figures_count; i++) {
        if (!same_point(&figures[first], &figures[i])) {
            continue;
        }
        if (with_points && is_answer(figures[i].answer, "same")) {
            same++;
        } else {
            add_figure(&table, &figures[i], with_phase, page->arena);
        }
    }
    if (with_points) {
        const char *label = figures[first].point;
        page_line(page, "", DISPLAY_BOLD,
                  arena_format(page->arena, "%s%s%s: %zu figure%s the same",
                               figures[first].subject,
                               *label == '\0' ? "" : " ", label, same,
                               same == 1 ? " is" : "s are"));
    }
    if (table.rows_count > 1) {
        table_write(&table, PAGE_INDENT, page->color, page->text);
    }
}

static void write_points(struct page *page) {
    const struct result_comparison *comparison = &page->result->comparison;
    const bool with_points = has_points(comparison);
    for (size_t i = 0; i < comparison->figures_count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = same_point(&comparison->figures[i], &comparison->figures[j]);
        }
        if (!seen) {
            write_point(page, i, with_points);
        }
    }
}

/* ---- What is said beside ------------------------------------------------- */

static const char *side_words(const struct result_side *side,
                              struct arena *arena) {
    return arena_format(arena, "%s%s%s%s%s%s%s", side->path,
                        side->version == NULL ? "" : ", plunge ",
                        side->version == NULL ? "" : side->version,
                        side->build == NULL ? "" : " ",
                        side->build == NULL ? "" : side->build,
                        side->started_at == NULL ? "" : ", ",
                        side->started_at == NULL ? "" : side->started_at);
}

const char *page_compared_method(const struct result_comparison *comparison,
                                 struct arena *arena) {
    const char *method = *comparison->method == '\0' ? "-" : comparison->method;
    const double per_cent = comparison->tolerance * 100;
    return isfinite(per_cent)
               ? arena_format(arena, "%s; times within %.3g %% are the same",
                              method, per_cent)
               : method;
}

static const char *method_words(const struct result_comparison *comparison,
                                struct arena *arena) {
    const char *words = page_compared_method(comparison, arena);
    return comparison->error > 0 && isfinite(1 / comparison->error)
               ? arena_format(arena,
                              "%s; worse is said wrongly in 1 of %.0f "
                              "comparisons at most",
                              words, 1 / comparison->error)
               : words;
}

/* A reason once, with all figures that have it. */
static void write_reasons(struct page *page) {
    const struct result_comparison *comparison = &page->result->comparison;
    const bool with_phase = has_phases(comparison);
    size_t lines = 0;
    for (size_t i = 0; i < comparison->figures_count; i++) {
        const char *why = comparison->figures[i].why;
        size_t others = 0;
        bool seen = why == NULL;
        for (size_t j = 0; j < comparison->figures_count && !seen; j++) {
            const char *other = comparison->figures[j].why;
            const bool equal = other != NULL && strcmp(why, other) == 0;
            seen = equal && j < i;
            others += equal && j > i;
        }
        if (!seen && lines++ < PAGE_LINES_MAX) {
            const char *name =
                figure_name(&comparison->figures[i], with_phase, page->arena);
            page_line(page, "", DISPLAY_PLAIN,
                      others == 0
                          ? arena_format(page->arena, "%s: %s", name, why)
                          : arena_format(page->arena, "%s and %zu more: %s",
                                         name, others, why));
        }
    }
    page_more(page, lines);
}

static void write_answer(struct page *page) {
    const struct result_comparison *comparison = &page->result->comparison;
    text_append(page->text, "\n");
    display_spaces(page->text, PAGE_INDENT);
    display_painted(page->text, page->color, paint_of(comparison->answer),
                    comparison->answer);
    if (comparison->why != NULL) {
        text_append(page->text, ": ");
        display_append(page->text, comparison->why);
    }
    text_append(page->text, "\n");
}

void page_compared(struct page *page) {
    const struct result_comparison *comparison = &page->result->comparison;
    if (!comparison->given) {
        return;
    }
    text_append(page->text, "\n");
    page_line(page, "base", DISPLAY_PLAIN,
              side_words(&comparison->base, page->arena));
    page_line(page, "new", DISPLAY_PLAIN,
              side_words(&comparison->newer, page->arena));
    page_line(page, "method", DISPLAY_PLAIN,
              method_words(comparison, page->arena));
    for (size_t i = 0; i < comparison->remarks_count; i++) {
        page_line(page, i == 0 ? "note" : "", DISPLAY_YELLOW,
                  comparison->remarks[i].text);
    }
    text_append(page->text, "\n");
    write_points(page);
    write_reasons(page);
    write_answer(page);
}
