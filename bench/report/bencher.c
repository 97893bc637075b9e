/* SPDX-License-Identifier: Apache-2.0 */
#include "report/bencher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "report/benchmark.h"
#include "report/name.h"

#define NAME_MAX_BYTES ((size_t)1024) /* of a benchmark */

/* "latency-p99", "service-p99-9", "left-behind": its measures have no other
 * signs in their names. */
static const char *measure_of(const struct benchmark *item,
                              struct arena *arena) {
    char *name = arena_format(arena, "%s%s",
                              item->unit == BENCHMARK_NANOSECONDS &&
                                      item->measure[0] == 'p'
                                  ? "latency-"
                                  : "",
                              item->measure);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '.' || *at == '_') {
            *at = '-';
        }
    }
    return name;
}

static json_t *metric_of(const struct benchmark *item) {
    return item->blocks_count > 1
               ? json_pack("{s:f, s:f, s:f}", "value", item->value,
                           "lower_value", item->low, "upper_value", item->high)
               : json_pack("{s:f}", "value", item->value);
}

/* The object of @name in @all, a new one where there is none. */
static json_t *benchmark_in(json_t *all, const char *name) {
    json_t *benchmark = json_object_get(all, name);
    if (benchmark == NULL) {
        benchmark = json_object();
        if (json_object_set_new(all, name, benchmark) != 0) {
            check_out_of_memory();
        }
    }
    return benchmark;
}

static void append_all(const struct result *result, struct arena *arena,
                       json_t *all) {
    size_t count = 0;
    const struct benchmark *items = benchmark_list(result, arena, &count);
    for (size_t i = 0; i < count; i++) {
        const struct benchmark *item = &items[i];
        const char *name =
            name_joined(item->scenario, item->point, item->phase, arena);
        if (strlen(name) <= NAME_MAX_BYTES &&
            json_object_set_new(benchmark_in(all, name),
                                measure_of(item, arena),
                                metric_of(item)) != 0) {
            check_out_of_memory();
        }
    }
}

void bencher_write(const struct result *const *results, size_t results_count,
                   struct arena *arena, struct text *text) {
    json_t *all = json_object();
    for (size_t i = 0; i < results_count; i++) {
        append_all(results[i], arena, all);
    }
    char *bytes = json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    if (bytes == NULL) {
        check_out_of_memory();
    }
    text_append(text, bytes);
    text_append(text, "\n");
    free(bytes);
    json_decref(all);
}
