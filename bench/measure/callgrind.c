/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/callgrind.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* "fn=(12) name" gives a number its name, "fn=(12)" uses it. */
struct names {
    const char **items; /* by number */
    size_t count;
};

struct reader {
    struct arena *arena;
    struct callgrind *callgrind;
    struct names files;
    struct names functions;
    size_t *places; /* by the number of a name: where its function is, + 1 */
    size_t places_count;
    const char *file; /* of the function */
    size_t function;  /* its number */
    bool has_function;
    bool has_summary;
    bool after_calls; /* this line's cost is the callee's */
};

static const char *name_of(struct reader *reader, struct names *names,
                           const char *words, size_t size, size_t *number_out) {
    char *end = NULL;
    size_t number = strtoul(words + 1, &end, 10);
    while (names->count <= number) {
        names->items = arena_more(reader->arena, names->items, names->count,
                                  sizeof *names->items);
        names->items[names->count++] = "";
    }
    const char *name = end + strspn(end, ") ");
    size_t rest = size - (size_t)(name - words);
    if (name < words + size) {
        names->items[number] = arena_text_n(reader->arena, name, rest);
    }
    *number_out = number;
    return names->items[number];
}

static struct callgrind_function *function_of(struct reader *reader) {
    struct callgrind *callgrind = reader->callgrind;
    while (reader->places_count <= reader->function) {
        reader->places =
            arena_more(reader->arena, reader->places, reader->places_count,
                       sizeof *reader->places);
        reader->places[reader->places_count++] = 0;
    }
    size_t *place = &reader->places[reader->function];
    if (*place == 0) {
        callgrind->functions = arena_more(reader->arena, callgrind->functions,
                                          callgrind->functions_count,
                                          sizeof callgrind->functions[0]);
        callgrind->functions[callgrind->functions_count++] =
            (struct callgrind_function){
                .name = reader->functions.items[reader->function],
                .file = reader->file,
            };
        *place = callgrind->functions_count;
    }
    return &callgrind->functions[*place - 1];
}

/* "+3 120": at which line, and how many. */
static void read_cost(struct reader *reader, const char *line) {
    const char *cost = line + strcspn(line, " \n");
    if (reader->has_function && !reader->after_calls) {
        function_of(reader)->instructions += strtoull(cost, NULL, 10);
    }
    reader->after_calls = false;
}

static bool begins(const char *line, const char *word) {
    return strncmp(line, word, strlen(word)) == 0;
}

static void read_line(struct reader *reader, const char *line, size_t size) {
    size_t number = 0;
    if (begins(line, "fl=(")) {
        reader->file =
            name_of(reader, &reader->files, line + 3, size - 3, &number);
    } else if (begins(line, "fi=(") || begins(line, "fe=(")) {
        (void)name_of(reader, &reader->files, line + 3, size - 3, &number);
    } else if (begins(line, "cfi=(") || begins(line, "cfl=(")) {
        (void)name_of(reader, &reader->files, line + 4, size - 4, &number);
    } else if (begins(line, "fn=(")) {
        (void)name_of(reader, &reader->functions, line + 3, size - 3,
                      &reader->function);
        reader->has_function = true;
    } else if (begins(line, "cfn=(")) {
        (void)name_of(reader, &reader->functions, line + 4, size - 4, &number);
    } else if (begins(line, "calls=")) {
        reader->after_calls = true;
    } else if (begins(line, "totals: ") || begins(line, "summary: ")) {
        reader->callgrind->instructions = strtoull(strchr(line, ' '), NULL, 10);
        reader->has_summary = true;
    } else if (isdigit((unsigned char)*line) != 0 || *line == '+' ||
               *line == '-' || *line == '*') {
        read_cost(reader, line);
    }
}

int callgrind_read(const char *text, struct arena *arena,
                   struct callgrind *callgrind_out, const char **problem_out) {
    struct callgrind callgrind = {0};
    struct reader reader = {
        .arena = arena, .callgrind = &callgrind, .file = ""};
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        read_line(&reader, text, size);
        text += size + (text[size] == '\n' ? 1 : 0);
    }
    if (!reader.has_summary || callgrind.functions_count == 0) {
        *problem_out = "what callgrind wrote has no summary, or no functions";
        return -1;
    }
    *callgrind_out = callgrind;
    return 0;
}

static uint64_t instructions_of(const struct callgrind *callgrind,
                                const struct callgrind_function *function) {
    for (size_t i = 0; i < callgrind->functions_count; i++) {
        const struct callgrind_function *other = &callgrind->functions[i];
        if (strcmp(other->name, function->name) == 0 &&
            strcmp(other->file, function->file) == 0) {
            return other->instructions;
        }
    }
    return 0;
}

const struct callgrind_function *callgrind_grown(const struct callgrind *before,
                                                 const struct callgrind *after,
                                                 int64_t *difference_out) {
    const struct callgrind_function *most = NULL;
    *difference_out = 0;
    for (size_t i = 0; i < after->functions_count; i++) {
        const struct callgrind_function *function = &after->functions[i];
        int64_t difference = (int64_t)(function->instructions -
                                       instructions_of(before, function));
        if (difference > *difference_out) {
            *difference_out = difference;
            most = function;
        }
    }
    return most;
}
