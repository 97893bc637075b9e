/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/outline.h"

#include <string.h>

#include "base/arena.h"

/* Of a line so much is shown. */
#define SHOWN_MAX 60

static const char section[] = "expect:";

struct outline outline_of(const char *text) {
    return (struct outline){.line = "", .rest = text};
}

/* A list may stand below its key without being indented. */
static bool begins_key(const struct outline *outline) {
    return outline->size != 0 && strchr(" \t-#]}", *outline->line) == NULL;
}

static bool has_word(const struct outline *outline, const char *word) {
    const char *found = strstr(outline->line, word);
    return found != NULL && found < outline->line + outline->size;
}

/* What asks for these has them counted, and that takes time. */
static bool is_counted(const struct outline *outline) {
    static const char *const words[] = {"rss", "heap", "allocations",
                                        "instructions", "syscalls"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (has_word(outline, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_said(struct outline *outline) {
    const size_t blanks = strspn(outline->line, " \t\r");
    if (begins_key(outline)) {
        outline->in_expect =
            outline->size >= sizeof section - 1 &&
            strncmp(outline->line, section, sizeof section - 1) == 0;
    }
    return blanks < outline->size && outline->line[blanks] != '#' &&
           (!outline->in_expect || is_counted(outline));
}

bool outline_next(struct outline *outline) {
    while (*outline->rest != '\0') {
        outline->line = outline->rest;
        outline->size = strcspn(outline->rest, "\n");
        outline->number++;
        outline->rest += outline->size;
        outline->rest += *outline->rest == '\n' ? 1 : 0;
        if (is_said(outline)) {
            return true;
        }
    }
    if (outline->size != 0) {
        outline->number++;
    }
    outline->line = "";
    outline->size = 0;
    return false;
}

const char *outline_quote(const struct outline *outline, struct arena *arena) {
    const bool whole = outline->size <= SHOWN_MAX;
    if (outline->size == 0) {
        return "missing";
    }
    return arena_format(arena, "\"%.*s%s\"",
                        (int)(whole ? outline->size : SHOWN_MAX), outline->line,
                        whole ? "" : "...");
}
