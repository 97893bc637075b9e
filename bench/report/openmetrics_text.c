/* SPDX-License-Identifier: Apache-2.0 */
#include "report/openmetrics_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "report/escape.h"
#include "report/name.h"

#define NS_PER_S 1e9

void openmetrics_head(struct text *text, const char *name, const char *type,
                      const char *unit, const char *help) {
    text_format(text, "# TYPE %s %s\n", name, type);
    if (unit != NULL) {
        text_format(text, "# UNIT %s %s\n", name, unit);
    }
    text_format(text, "# HELP %s %s\n", name, help);
}

/* %f would lose digits, says the specification. */
void openmetrics_sample(struct text *text, const char *name, const char *labels,
                        double value) {
    text_format(text, "%s{%s} ", name, labels);
    if (isnan(value)) {
        text_append(text, "NaN\n");
    } else {
        text_format(text, "%.17g\n", value);
    }
}

/* ---- Histograms ----------------------------------------------------------*/

/* Fixed, so that results of different runs can be added up. */
static const struct {
    const char *le; /* seconds, in the canonical form */
    uint64_t le_ns;
} buckets[] = {
    {"1e-06", UINT64_C(1000)},       {"2e-06", UINT64_C(2000)},
    {"5e-06", UINT64_C(5000)},       {"1e-05", UINT64_C(10000)},
    {"2e-05", UINT64_C(20000)},      {"5e-05", UINT64_C(50000)},
    {"0.0001", UINT64_C(100000)},    {"0.0002", UINT64_C(200000)},
    {"0.0005", UINT64_C(500000)},    {"0.001", UINT64_C(1000000)},
    {"0.002", UINT64_C(2000000)},    {"0.005", UINT64_C(5000000)},
    {"0.01", UINT64_C(10000000)},    {"0.02", UINT64_C(20000000)},
    {"0.05", UINT64_C(50000000)},    {"0.1", UINT64_C(100000000)},
    {"0.2", UINT64_C(200000000)},    {"0.5", UINT64_C(500000000)},
    {"1.0", UINT64_C(1000000000)},   {"2.0", UINT64_C(2000000000)},
    {"5.0", UINT64_C(5000000000)},   {"10.0", UINT64_C(10000000000)},
    {"20.0", UINT64_C(20000000000)}, {"50.0", UINT64_C(50000000000)},
};

static uint64_t count_up_to(const struct histogram *histogram, uint64_t le_ns,
                            size_t *index) {
    uint64_t count = 0;
    while (*index < HISTOGRAM_COUNTS) {
        const uint64_t lowest = histogram_lowest(*index);
        const uint64_t highest = histogram_highest(*index);
        if (lowest + (highest - lowest) / 2 > le_ns) {
            break;
        }
        count += histogram->counts[(*index)++];
    }
    return count;
}

void openmetrics_histogram(struct text *text, const char *name,
                           const char *labels,
                           const struct histogram *histogram, double sum_ns) {
    uint64_t count = 0;
    size_t index = 0;
    for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++) {
        count += count_up_to(histogram, buckets[i].le_ns, &index);
        text_format(text, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, labels,
                    buckets[i].le, count);
    }
    text_format(text, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels,
                histogram->total);
    text_format(text, "%s_count{%s} %" PRIu64 "\n", name, labels,
                histogram->total);
    text_format(text, "%s_sum{%s} %.17g\n", name, labels, sum_ns / NS_PER_S);
}

/* ---- Labels --------------------------------------------------------------*/

const char *openmetrics_label(const char *name, const char *value,
                              struct arena *arena) {
    struct text text;
    text_init(&text);
    text_format(&text, "%s=\"", name);
    escape_label(&text, value == NULL ? "" : value);
    text_append(&text, "\"");
    const char *label = arena_text(arena, text.bytes);
    text_fini(&text);
    return label;
}

/* pool_max of pool.max: a name of a label is a word of C, which begins with a
 * letter; those with two underscores are not for us. */
static const char *label_name(const char *path, struct arena *arena) {
    const bool odd = isalpha((unsigned char)*path) == 0;
    char *name = arena_format(arena, "%s%s", odd ? "key" : "", path);
    for (char *at = name; *at != '\0'; at++) {
        *at = isalnum((unsigned char)*at) != 0 ? *at : '_';
    }
    return name;
}

/* Ours have no dot in them, and no underscore; those of two keys may still be
 * the same. */
static bool is_taken(const struct result_cell *cell, size_t index,
                     const char *name, struct arena *arena) {
    if (strchr(name, '_') == NULL) {
        return true;
    }
    for (size_t i = 0; i < index; i++) {
        if (strcmp(label_name(cell->parameters[i].path, arena), name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *value_of(const struct result_parameter *parameter,
                            struct arena *arena) {
    return parameter->text != NULL ? parameter->text
           : parameter->word != NULL
               ? parameter->word
               : arena_format(arena, "%.15g", parameter->number);
}

const char *openmetrics_labels(const char *scenario,
                               const struct result_cell *cell,
                               const char *phase, struct arena *arena) {
    const char *labels = arena_format(
        arena, "%s,%s,%s", openmetrics_label("scenario", scenario, arena),
        openmetrics_label("subject", cell->subject, arena),
        openmetrics_label("cell", name_of_point(cell, arena), arena));
    for (size_t i = 0; i < cell->parameters_count; i++) {
        const struct result_parameter *parameter = &cell->parameters[i];
        const char *name = label_name(parameter->path, arena);
        if (!is_taken(cell, i, name, arena)) {
            labels = arena_format(
                arena, "%s,%s", labels,
                openmetrics_label(name, value_of(parameter, arena), arena));
        }
    }
    return *phase == '\0'
               ? labels
               : arena_format(arena, "%s,%s", labels,
                              openmetrics_label("phase", phase, arena));
}
