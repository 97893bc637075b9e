/* SPDX-License-Identifier: Apache-2.0 */
#include "report/gitlab.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "report/benchmark.h"
#include "report/openmetrics_text.h"

struct gauge {
    const char *measure; /* benchmark.h */
    const char *name;
    const char *unit;
    const char *help;
    double base; /* that the unit is of the measure's */
};

static const struct gauge gauges[] = {
    {"throughput", "plunge_throughput_per_second", NULL, "Answers a second.",
     1},
    {"p50", "plunge_p50_seconds", "seconds", "Median latency.", 1e9},
    {"p99", "plunge_p99_seconds", "seconds", "99th percentile of latency.",
     1e9},
    {"p99.9", "plunge_p99_9_seconds", "seconds",
     "99.9th percentile of latency.", 1e9},
    {"left_behind", "plunge_left_behind", NULL, "What was left behind.", 1},
    {"threads", "plunge_peak_threads", NULL, "The most threads.", 1},
    {"instructions", "plunge_instructions_per_lookup", NULL,
     "Instructions that a lookup takes.", 1},
    {"allocations", "plunge_allocations_per_lookup", NULL,
     "Allocations that a lookup takes.", 1},
    {"syscalls", "plunge_syscalls_per_lookup", NULL,
     "System calls that a lookup takes.", 1},
};

/* In place of what means something to a shell between double quotes, and of
 * what begins a comment. */
static const char *plain(const char *string, struct arena *arena) {
    char *copy = arena_text(arena, string);
    for (char *at = copy; *at != '\0'; at++) {
        if (strchr("#\\\"'`$", *at) != NULL) {
            *at = '_';
        }
    }
    return copy;
}

static const char *labels_of(const struct benchmark *item,
                             struct arena *arena) {
    const char *labels =
        openmetrics_label("scenario", plain(item->scenario, arena), arena);
    if (*item->point != '\0') {
        labels = arena_format(
            arena, "%s,%s", labels,
            openmetrics_label("cell", plain(item->point, arena), arena));
    }
    return *item->phase == '\0'
               ? labels
               : arena_format(arena, "%s,%s", labels,
                              openmetrics_label(
                                  "phase", plain(item->phase, arena), arena));
}

static void write_gauge(const struct gauge *gauge,
                        const struct benchmark *items, size_t items_count,
                        struct arena *arena, struct text *text) {
    for (size_t i = 0; i < items_count; i++) {
        if (strcmp(items[i].measure, gauge->measure) == 0) {
            /* A count is exact. */
            const int digits = items[i].unit == BENCHMARK_COUNT ? 6 : 3;
            text_format(text, "%s{%s} %.*g\n", gauge->name,
                        labels_of(&items[i], arena), digits,
                        items[i].value / gauge->base);
        }
    }
}

void gitlab_write(const struct result *const *results, size_t results_count,
                  struct arena *arena, struct text *text) {
    const struct benchmark **items =
        arena_alloc(arena, results_count * sizeof *items);
    size_t *counts = arena_alloc(arena, results_count * sizeof *counts);
    for (size_t i = 0; i < results_count; i++) {
        items[i] = benchmark_list(results[i], arena, &counts[i]);
    }
    for (size_t g = 0; g < sizeof gauges / sizeof gauges[0]; g++) {
        openmetrics_head(text, gauges[g].name, "gauge", gauges[g].unit,
                         gauges[g].help);
        for (size_t i = 0; i < results_count; i++) {
            write_gauge(&gauges[g], items[i], counts[i], arena, text);
        }
    }
    text_append(text, "# EOF\n");
}
