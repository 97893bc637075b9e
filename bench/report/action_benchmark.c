/* SPDX-License-Identifier: Apache-2.0 */
#include "report/action_benchmark.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "report/benchmark.h"
#include "report/name.h"

#define NS_PER_US 1e3

static const char *const units[] = {
    [BENCHMARK_NANOSECONDS] = "us",
    [BENCHMARK_PER_SECOND] = "lookups/s",
    [BENCHMARK_BYTES] = "bytes",
    [BENCHMARK_COUNT] = "count",
};

static double in_unit(const struct benchmark *item, double value) {
    return item->unit == BENCHMARK_NANOSECONDS ? value / NS_PER_US : value;
}

/* How many stand behind it, and how it comes about once more. */
static const char *extra_of(const struct result *result,
                            const struct benchmark *item, struct arena *arena) {
    char samples[QUANTITY_SIZE];
    return arena_format(
        arena, "%s of %zu block%s%s%s\n%s",
        item->unit == BENCHMARK_NANOSECONDS ||
                item->unit == BENCHMARK_PER_SECOND
            ? "median"
            : "most",
        item->blocks_count, item->blocks_count == 1 ? "" : "s",
        item->samples == 0 ? "" : ", samples: ",
        item->samples == 0 ? "" : quantity_count(samples, item->samples),
        name_of_command(result, arena));
}

static json_t *json_of(const struct result *result,
                       const struct benchmark *item, struct arena *arena) {
    const char *name = arena_format(
        arena, "%s/%s",
        name_joined(item->scenario, item->point, item->phase, arena),
        item->measure);
    json_t *json =
        json_pack("{s:s, s:s, s:f, s:s}", "name", name, "unit",
                  units[item->unit], "value", in_unit(item, item->value),
                  "extra", extra_of(result, item, arena));
    if (json != NULL && item->blocks_count > 1) {
        const char *range = arena_format(
            arena, "± %.4g", in_unit(item, (item->high - item->low) / 2));
        if (json_object_set_new(json, "range", json_string(range)) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static void append_all(const struct result *result, bool bigger,
                       struct arena *arena, json_t *list) {
    size_t count = 0;
    const struct benchmark *items = benchmark_list(result, arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (items[i].bigger_is_better == bigger &&
            json_array_append_new(list, json_of(result, &items[i], arena)) !=
                0) {
            check_out_of_memory();
        }
    }
}

static void write_list(const struct result *const *results,
                       size_t results_count, bool bigger, struct arena *arena,
                       struct text *text) {
    json_t *list = json_array();
    for (size_t i = 0; i < results_count; i++) {
        append_all(results[i], bigger, arena, list);
    }
    char *bytes = json_dumps(list, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text_append(text, bytes);
    text_append(text, "\n");
    free(bytes);
    json_decref(list);
}

void action_benchmark_write_smaller(const struct result *const *results,
                                    size_t results_count, struct arena *arena,
                                    struct text *text) {
    write_list(results, results_count, false, arena, text);
}

void action_benchmark_write_bigger(const struct result *const *results,
                                   size_t results_count, struct arena *arena,
                                   struct text *text) {
    write_list(results, results_count, true, arena, text);
}
