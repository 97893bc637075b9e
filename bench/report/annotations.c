/* SPDX-License-Identifier: Apache-2.0 */
#include "report/annotations.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "report/cases.h"
#include "report/escape.h"
#include "report/name.h"

/* Long enough for a sentence with its figures. */
#define NAMES_MAX ((size_t)2000)

struct annotation {
    const struct result *result;
    const struct test_case *item;
};

struct annotations {
    struct arena *arena;
    struct annotation *items;
    size_t count;
};

/* An audit that fails has left something open, or it does not matter here. What
 * is not decided of a comparison is told once, for all of its figures; that it
 * is worse with the figures that are. */
static bool matters(const struct result *result, const struct test_case *item) {
    if (strcmp(item->group, "compare") == 0) {
        const bool whole = strcmp(item->name, CASE_COMPARISON) == 0;
        return whole == (item->state == CASE_OPEN);
    }
    return strcmp(item->group, "audit") != 0 ||
           result->verdict == RESULT_UNDECIDED;
}

static void add_all(struct annotations *annotations,
                    const struct result *result, enum case_state state) {
    size_t count = 0;
    const struct test_case *cases =
        case_list(result, annotations->arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (cases[i].state == state && matters(result, &cases[i])) {
            annotations->items =
                arena_more(annotations->arena, annotations->items,
                           annotations->count, sizeof *annotations->items);
            annotations->items[annotations->count++] = (struct annotation){
                .result = result,
                .item = &cases[i],
            };
        }
    }
}

static const char *level_of(const struct annotation *annotation) {
    return annotation->item->state == CASE_OPEN ? "warning" : "error";
}

static void append_place(const struct annotation *annotation,
                         struct text *text) {
    const char *path = annotation->result->scenario.path;
    text_format(text, "::%s ", level_of(annotation));
    if (path != NULL && *path != '\0') {
        text_append(text, "file=");
        escape_command_property(text, path);
        text_append(text, ",");
    }
    if (annotation->item->line != 0) {
        text_format(text, "line=%u,", annotation->item->line);
    }
    text_append(text, "title=");
}

static void append_one(const struct annotation *annotation, struct arena *arena,
                       struct text *text) {
    const char *title = arena_format(
        arena, "%s: %s", name_of_scenario(annotation->result, arena),
        annotation->item->name);
    append_place(annotation, text);
    escape_command_property(text, title);
    text_append(text, "::");
    escape_command_data(text, case_message(annotation->item, arena));
    text_append(text, "\n");
}

/* "plunge: 5 more::rush: p99 < 5ms; rush: errors == 0; ..." */
static void append_others(const struct annotation *annotations, size_t count,
                          struct arena *arena, struct text *text) {
    struct text names;
    text_init(&names);
    for (size_t i = 0; i < count && names.size < NAMES_MAX; i++) {
        text_format(&names, "%s%s: %s", i == 0 ? "" : "; ",
                    name_of_scenario(annotations[i].result, arena),
                    annotations[i].item->name);
    }
    text_format(text,
                "::%s title=plunge%%3A %zu more::", level_of(&annotations[0]),
                count);
    escape_command_data(text, names.bytes);
    text_append(text, names.size < NAMES_MAX ? "\n" : "; ...\n");
    text_fini(&names);
}

void annotations_write(const struct result *const *results,
                       size_t results_count, struct arena *arena,
                       struct text *text) {
    static const enum case_state states[] = {CASE_ERROR, CASE_FAILED,
                                             CASE_OPEN};
    struct annotations annotations = {.arena = arena};
    for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
        for (size_t i = 0; i < results_count; i++) {
            add_all(&annotations, results[i], states[s]);
        }
    }
    const size_t shown = annotations.count <= ANNOTATIONS_MAX
                             ? annotations.count
                             : ANNOTATIONS_MAX - 1;
    for (size_t i = 0; i < shown; i++) {
        append_one(&annotations.items[i], arena, text);
    }
    if (shown < annotations.count) {
        append_others(annotations.items + shown, annotations.count - shown,
                      arena, text);
    }
}
