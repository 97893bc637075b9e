/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/marker.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"

#define PREFIX "plunge:"
#define LINE_SIZE_MAX 4096
#define SHOWN_SIZE_MAX 60

static const char *const names[MARKER_COUNT] = {"ready", "opened", "answered",
                                                "closed"};

const char *marker_name(enum marker marker) {
    return names[marker];
}

void markers_init(struct markers *markers) {
    *markers = (struct markers){.last = MARKER_COUNT};
    text_init(&markers->line);
}

void markers_fini(struct markers *markers) {
    text_fini(&markers->line);
}

static enum marker find_marker(const char *name) {
    int marker = 0;
    while (marker < MARKER_COUNT && strcmp(names[marker], name) != 0) {
        marker++;
    }
    return (enum marker)marker;
}

static const char *refuse_unknown(const char *line, struct arena *arena) {
    return arena_format(
        arena,
        "it wrote \"%.*s\" to descriptor 3, which is no marker: "
        "there are plunge: ready, opened, answered and closed",
        SHOWN_SIZE_MAX, line);
}

static const char *refuse_order(const struct markers *markers,
                                enum marker marker, struct arena *arena) {
    if (markers->last == marker) {
        return arena_format(arena, "it wrote \"plunge: %s\" twice",
                            names[marker]);
    }
    return arena_format(arena,
                        "it wrote \"plunge: %s\" after \"plunge: %s\": the "
                        "order is ready, opened, answered, closed",
                        names[marker], names[markers->last]);
}

static void trim(struct text *line) {
    while (line->size != 0 &&
           isspace((unsigned char)line->bytes[line->size - 1]) != 0) {
        line->bytes[--line->size] = '\0';
    }
}

/* NULL, or what is wrong with the line. */
static const char *end_line(struct markers *markers, struct arena *arena) {
    trim(&markers->line);
    const char *line = markers->line.bytes;
    const size_t size = strlen(PREFIX);
    if (strncmp(line, PREFIX, size) != 0) {
        markers->strange_count++;
        return NULL;
    }
    enum marker marker = find_marker(line + size + strspn(line + size, " \t"));
    if (marker == MARKER_COUNT) {
        return refuse_unknown(line, arena);
    }
    if (markers->last != MARKER_COUNT && marker <= markers->last) {
        return refuse_order(markers, marker, arena);
    }
    markers->last = marker;
    markers->seen[marker] = true;
    return NULL;
}

bool markers_feed(struct markers *markers, const char *bytes, size_t size,
                  struct arena *arena, const char **problem_out) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            /* What is longer is no marker, wherever it ends. */
            if (markers->line.size < LINE_SIZE_MAX) {
                text_append_n(&markers->line, &bytes[i], 1);
            }
            continue;
        }
        const char *problem = end_line(markers, arena);
        text_clear(&markers->line);
        if (problem != NULL) {
            *problem_out = problem;
            return false;
        }
    }
    return true;
}
