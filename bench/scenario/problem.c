/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/problem.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "scenario/source.h"

#define QUOTED_MAX 60 /* characters */
#define SHOWN_MAX 100 /* characters of a source line */
#define SHOWN_BEFORE 60

void problems_init(struct problems *problems, struct arena *arena,
                   const char *path, const char *source) {
    memset(problems, 0, sizeof *problems);
    problems->arena = arena;
    problems->path = path;
    problems->source = source;
}

static int compare_text(const char *a, const char *b) {
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    return strcmp(a, b);
}

static const char *file_path(const struct place *place) {
    return place->file == NULL ? NULL : place->file->path;
}

static int compare_place(const struct place *a, const struct place *b) {
    const int files = compare_text(file_path(a), file_path(b));
    if (files != 0) {
        return files;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    if (a->column != b->column) {
        return a->column < b->column ? -1 : 1;
    }
    return compare_text(a->origin, b->origin);
}

static bool known(const struct problems *problems,
                  const struct problem *problem) {
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *item = &problems->items[i];
        if (compare_place(&item->place, &problem->place) == 0 &&
            compare_text(item->key, problem->key) == 0 &&
            strcmp(item->message, problem->message) == 0) {
            return true;
        }
    }
    return false;
}

static void insert(struct problems *problems, const struct problem *problem) {
    problems->items = arena_more(problems->arena, problems->items,
                                 problems->count, sizeof *problems->items);
    size_t at = problems->count;
    while (at > 0 &&
           compare_place(&problem->place, &problems->items[at - 1].place) < 0) {
        problems->items[at] = problems->items[at - 1];
        at--;
    }
    problems->items[at] = *problem;
    problems->count++;
}

void problems_add(struct problems *problems, struct place place,
                  const char *key, const char *advice, const char *format,
                  ...) {
    if (problems->more) {
        return;
    }
    va_list list;
    va_start(list, format);
    const struct problem problem = {
        .place = place,
        .key = arena_text(problems->arena, key),
        .message = arena_vformat(problems->arena, format, list),
        .advice = arena_text(problems->arena, advice),
    };
    va_end(list);
    if (known(problems, &problem)) {
        return;
    }
    if (problems->count == PROBLEMS_MAX) {
        problems->more = true;
        return;
    }
    insert(problems, &problem);
}

/* Appends one character as a terminal may see it; returns its size. */
static size_t append_safe(struct text *text, const char *bytes, size_t size) {
    uint32_t code = 0;
    const size_t taken = source_character(bytes, size, &code);
    if (taken == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0) ||
        code == 0x2028 || code == 0x2029 ||
        (code >= 0x202a && code <= 0x202e) ||
        (code >= 0x2066 && code <= 0x2069)) {
        text_append(text, code == '\t' ? "\t" : "?");
        return taken == 0 ? 1 : taken;
    }
    text_append_n(text, bytes, taken);
    return taken;
}

static const char *problem_path(const struct problems *problems,
                                const struct place *place) {
    return place->file == NULL ? problems->path : place->file->path;
}

const char *problem_where(const struct problems *problems,
                          const struct place *place, const struct place *from) {
    if (place->origin != NULL) {
        return arena_format(problems->arena, " by %s", place->origin);
    }
    const char *line =
        arena_format(problems->arena, " in line %u", place->line);
    return from->origin == NULL &&
                   compare_text(file_path(place), file_path(from)) == 0
               ? line
               : arena_format(problems->arena, "%s of %s", line,
                              problem_path(problems, place));
}

const char *problem_source(const struct problems *problems,
                           const struct place *place) {
    return place->file == NULL ? problems->source : place->file->text;
}

const char *problem_quoted(struct arena *arena, const char *string) {
    struct text text;
    text_init(&text);
    text_append(&text, "\"");
    size_t rest = strlen(string);
    for (unsigned shown = 0; rest != 0; shown++) {
        if (shown == QUOTED_MAX) {
            text_append(&text, "...");
            break;
        }
        const size_t taken = append_safe(&text, string, rest);
        string += taken;
        rest -= taken;
    }
    text_append(&text, "\"");
    const char *quoted = arena_text(arena, text.bytes);
    text_fini(&text);
    return quoted;
}

/* The source line and, under it, the caret; a tab stands in both, so that the
 * caret meets its character whatever the width of a tab. */
static void render_source(const struct problems *problems,
                          const struct place *place, struct text *text) {
    size_t rest = 0;
    const char *line =
        source_line(problem_source(problems, place), place->line, &rest);
    if (line == NULL || rest == 0) {
        return;
    }
    const unsigned column = place->column;
    const unsigned first = column > SHOWN_MAX ? column - SHOWN_BEFORE : 1;
    struct text caret;
    text_init(&caret);
    text_format(text, "%5u | ", place->line);
    for (unsigned at = 1; rest != 0 && at < first + SHOWN_MAX; at++) {
        const size_t before = text->size;
        const size_t taken = append_safe(text, line, rest);
        if (at < first) {
            text->size = before;
            text->bytes[before] = '\0';
        } else if (at < column) {
            text_append(&caret, *line == '\t' ? "\t" : " ");
        }
        line += taken;
        rest -= taken;
    }
    text_format(text, "\n      | %s^\n", caret.bytes);
    text_fini(&caret);
}

void problems_render(const struct problems *problems, struct text *text) {
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        const struct place *place = &problem->place;
        if (place->origin != NULL) {
            text_append(text, place->origin);
        } else {
            text_format(text, "%s:%u:%u", problem_path(problems, place),
                        place->line, place->column);
        }
        if (problem->key != NULL) {
            text_format(text, ": %s", problem->key);
        }
        text_format(text, ": %s\n", problem->message);
        if (place->origin == NULL) {
            render_source(problems, place, text);
        }
        if (problem->advice != NULL) {
            text_format(text, "      %s\n", problem->advice);
        }
    }
    if (problems->more) {
        text_format(text, "There are more: these are the first %d found.\n",
                    PROBLEMS_MAX);
    }
}
