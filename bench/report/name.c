/* SPDX-License-Identifier: Apache-2.0 */
#include "report/name.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"

const char *name_of_scenario(const struct result *result, struct arena *arena) {
    const char *path = result->scenario.path;
    if (path == NULL || *path == '\0') {
        return "unknown";
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    return dot == NULL || dot == name
               ? name
               : arena_text_n(arena, name, (size_t)(dot - name));
}

const char *name_of_point(const struct result_cell *cell, struct arena *arena) {
    const char *label = cell->label == NULL ? "" : cell->label;
    if (!cell->reference) {
        return label;
    }
    const char *subject = cell->build != NULL     ? "other-build"
                          : cell->subject == NULL ? "reference"
                                                  : cell->subject;
    return arena_format(arena, "%s%s%s", subject, *label == '\0' ? "" : " ",
                        label);
}

const char *name_joined(const char *scenario, const char *point,
                        const char *phase, struct arena *arena) {
    return arena_format(arena, "%s%s%s%s%s", scenario,
                        *point == '\0' ? "" : "/", point,
                        *phase == '\0' ? "" : "/", phase);
}

/* In single quotes, unless nothing in it means anything to a shell. */
static void append_word(struct text *text, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-./=:,+%@";
    text_append(text, " ");
    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        text_append(text, word);
        return;
    }
    text_append(text, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            text_append(text, "'\\''");
        } else {
            text_append_n(text, word, 1);
        }
    }
    text_append(text, "'");
}

static const char *tool_of(const struct result *result) {
    return result->cells_count != 0 && result->cells[0].under.given
               ? result->cells[0].under.tool
               : NULL;
}

const char *name_of_seeds(const struct result *result, struct arena *arena) {
    const struct result_merge *merge = &result->merge;
    const char *seeds = "";
    if (!merge->given) {
        return arena_format(arena, "seed %" PRIu64, result->seed);
    }
    for (size_t i = 0; i < merge->shards_count; i++) {
        seeds = arena_format(arena, "%s%s%" PRIu64, seeds, i == 0 ? "" : ", ",
                             merge->shards[i].seed);
    }
    return arena_format(
        arena, "seeds %s (%zu shards, %s)", seeds, merge->shards_count,
        strcmp(merge->how, "sum") == 0 ? "added" : "side by side");
}

static const char *merge_command(const struct result_merge *merge,
                                 struct arena *arena) {
    struct text text;
    text_init(&text);
    text_format(&text, "plunge report --merge %s", merge->how);
    for (size_t i = 0; i < merge->shards_count; i++) {
        append_word(&text, merge->shards[i].path);
    }
    const char *command = arena_text(arena, text.bytes);
    text_fini(&text);
    return command;
}

const char *name_of_command(const struct result *result, struct arena *arena) {
    const struct result_scenario *scenario = &result->scenario;
    const char *tool = tool_of(result);
    struct text text;
    if (result->merge.given) {
        return merge_command(&result->merge, arena);
    }
    text_init(&text);
    text_format(&text, "plunge run --seed %" PRIu64, result->seed);
    for (size_t i = 0; i < scenario->set_count; i++) {
        text_append(&text, " -s");
        append_word(&text, arena_format(arena, "%s=%s", scenario->set[i].key,
                                        scenario->set[i].value));
    }
    if (tool != NULL) {
        text_append(&text, " --under");
        append_word(&text, tool);
    }
    const char *path = scenario->path == NULL ? "" : scenario->path;
    append_word(&text, *path == '-' ? arena_format(arena, "./%s", path) : path);
    const char *command = arena_text(arena, text.bytes);
    text_fini(&text);
    return command;
}
