/* SPDX-License-Identifier: Apache-2.0 */
#include "report/format.h"

#include <stdbool.h>
#include <string.h>

#include "base/result_json.h"
#include "report/summary.h"

static void write_json(const struct result *result, struct arena *arena,
                       struct text *text) {
    (void)arena;
    result_json_write(result, RESULT_JSON_INDENTED, text);
}

static void write_summary(const struct result *result, struct arena *arena,
                          struct text *text) {
    (void)arena;
    summary_write(result, false, text);
}

/* A new one is a file of its own, and one line here. */
static const struct format formats[] = {
    {"json", "result.json", "all that was measured: schema plunge/1",
     write_json},
    {"summary", "summary.txt", "what a person reads, without colours",
     write_summary},
};

enum { FORMATS_COUNT = sizeof formats / sizeof formats[0] };

const struct format *format_list(size_t *count_out) {
    *count_out = FORMATS_COUNT;
    return formats;
}

const struct format *format_find(const char *name) {
    for (size_t i = 0; i < FORMATS_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}
