/* SPDX-License-Identifier: Apache-2.0 */
#include "command/saved.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result.h"
#include "base/result_json.h"
#include "base/text.h"
#include "command/command.h"
#include "measure/histogram.h"

/* A thousand cells with all their series have a tenth of it. */
#define SAVED_BYTES_MAX ((size_t)256 * 1024 * 1024)

/* The whole file; of a folder its result.json. */
static int read_file(const char **path, struct arena *arena,
                     struct text *text) {
    int status = file_read(*path, SAVED_BYTES_MAX, text);
    if (status == -EISDIR) {
        *path = arena_format(arena, "%s/result.json", *path);
        status = file_read(*path, SAVED_BYTES_MAX, text);
    }
    if (status == 0) {
        return COMMAND_OK;
    }
    if (status == -EFBIG) {
        (void)fprintf(stderr, "plunge: %s: larger than 256 MiB: no result is\n",
                      *path);
        return COMMAND_WRONG_INPUT;
    }
    (void)fprintf(stderr, "plunge: %s: %s%s\n", *path, strerror(-status),
                  status == -ENOENT
                      ? ": a result is result.json or the folder of a run"
                      : "");
    return COMMAND_NOT_COMPLETED;
}

static bool is_histogram(const char *encoded) {
    struct histogram histogram;
    if (encoded == NULL) {
        return true; /* not measured */
    }
    histogram_init(&histogram);
    const bool decoded = histogram_decode(&histogram, encoded) == 0;
    histogram_fini(&histogram);
    return decoded;
}

/* The field that says it is a histogram and is not, or NULL. */
static const char *broken_histogram(const struct result *result,
                                    struct arena *arena) {
    for (size_t i = 0; i < result->cells_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        for (size_t j = 0; j < cell->phases_count; j++) {
            const struct result_phase *phase = &cell->phases[j];
            const bool good = is_histogram(phase->histogram);
            if (!good || !is_histogram(phase->service_histogram)) {
                return arena_format(arena, "cells[%zu].phases[%zu].%shistogram",
                                    i, j, good ? "service_" : "");
            }
        }
    }
    return NULL;
}

static int parse(const char *path, const struct text *text, struct arena *arena,
                 struct result **result_out) {
    struct result *result = NULL;
    const char *problem = NULL;
    if (result_json_read(text->bytes, text->size, arena, &result, &problem) !=
        0) {
        (void)fprintf(stderr, "plunge: %s: is no result: %s\n", path, problem);
        return COMMAND_WRONG_INPUT;
    }
    problem = broken_histogram(result, arena);
    if (problem != NULL) {
        (void)fprintf(stderr,
                      "plunge: %s: %s: expected an HdrHistogram "
                      "(HISTFAAA...), got something else\n",
                      path, problem);
        return COMMAND_WRONG_INPUT;
    }
    *result_out = result;
    return COMMAND_OK;
}

int saved_read(const char *path, struct arena *arena,
               struct result **result_out) {
    struct text text;
    text_init(&text);
    int status = read_file(&path, arena, &text);
    if (status == COMMAND_OK) {
        status = parse(path, &text, arena, result_out);
    }
    text_fini(&text);
    return status;
}
