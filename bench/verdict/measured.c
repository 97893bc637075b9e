/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/measured.h"

#include <math.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "base/quantity.h"
#include "base/text.h"
#include "scenario/expectation.h"

enum unit {
    UNIT_COUNT,
    UNIT_RATE,
    UNIT_DURATION,
    UNIT_SIZE,
};

/* @one and @many say "1 error", "2 errors"; where they are NULL the name
 * stands before the value if @named. */
static const struct {
    const char *name;
    enum unit unit;
    bool named;
    const char *one;
    const char *many;
} metrics[] = {
    [EXPECTATION_THROUGHPUT] = {"throughput", UNIT_RATE, false, NULL, NULL},
    [EXPECTATION_LATENCY] = {"latency", UNIT_DURATION, true, NULL, NULL},
    [EXPECTATION_SERVICE] = {"service", UNIT_DURATION, true, NULL, NULL},
    [EXPECTATION_ERRORS] = {"errors", UNIT_COUNT, false, "error", "errors"},
    [EXPECTATION_WRONG] = {"wrong", UNIT_COUNT, false, "wrong", "wrong"},
    [EXPECTATION_REJECTED] = {"rejected", UNIT_COUNT, false, "rejected",
                              "rejected"},
    [EXPECTATION_COMPLETED] = {"completed", UNIT_COUNT, false, "completed",
                               "completed"},
    [EXPECTATION_LEFT_BEHIND] = {"left_behind", UNIT_COUNT, false,
                                 "left behind", "left behind"},
    [EXPECTATION_THREADS] = {"threads", UNIT_COUNT, false, "thread", "threads"},
    [EXPECTATION_FDS] = {"fds", UNIT_COUNT, false, "fd", "fds"},
    [EXPECTATION_RSS] = {"rss", UNIT_SIZE, true, NULL, NULL},
    [EXPECTATION_HEAP] = {"heap", UNIT_SIZE, true, NULL, NULL},
    [EXPECTATION_EXHAUSTED] = {"exhausted", UNIT_COUNT, false, NULL, NULL},
    [EXPECTATION_EXHAUSTED_AT] = {"exhausted_at", UNIT_COUNT, false, NULL,
                                  NULL},
    [EXPECTATION_ERROR] = {"error", UNIT_COUNT, false, NULL, NULL},
    [EXPECTATION_DURATION] = {"duration", UNIT_DURATION, false, NULL, NULL},
    [EXPECTATION_INSTRUCTIONS] = {"instructions", UNIT_COUNT, false,
                                  "instruction per lookup",
                                  "instructions per lookup"},
    [EXPECTATION_ALLOCATIONS] = {"allocations", UNIT_COUNT, false,
                                 "allocation per lookup",
                                 "allocations per lookup"},
    [EXPECTATION_SYSCALLS] = {"syscalls", UNIT_COUNT, false,
                              "syscall per lookup", "syscalls per lookup"},
    [EXPECTATION_CONTEXT_SWITCHES] = {"context_switches", UNIT_COUNT, false,
                                      "context switch per lookup",
                                      "context switches per lookup"},
};

static const struct {
    const char *latency;
    const char *service;
} statistics[] = {
    [EXPECTATION_P50] = {"p50", "service.p50"},
    [EXPECTATION_P90] = {"p90", "service.p90"},
    [EXPECTATION_P99] = {"p99", "service.p99"},
    [EXPECTATION_P99_9] = {"p99.9", "service.p99.9"},
    [EXPECTATION_P99_99] = {"p99.99", "service.p99.99"},
    [EXPECTATION_MAX] = {"max", "service.max"},
    [EXPECTATION_MIN] = {"min", "service.min"},
    [EXPECTATION_MEAN] = {"mean", "service.mean"},
};

const char *measured_metric_name(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_LATENCY:
        return statistics[expectation->statistic].latency;
    case EXPECTATION_SERVICE:
        return statistics[expectation->statistic].service;
    default:
        return metrics[expectation->metric].name;
    }
}

static const char *write_value(const struct expectation *expectation,
                               double value, struct arena *arena) {
    char text[QUANTITY_SIZE];
    switch (metrics[expectation->metric].unit) {
    case UNIT_RATE:
        return arena_text(arena, quantity_rate(text, value));
    case UNIT_DURATION:
        return arena_text(arena, quantity_duration(text, value));
    case UNIT_SIZE:
        return arena_text(arena, quantity_size(text, value));
    case UNIT_COUNT:
        break;
    }
    bool whole = value == floor(value) && value >= 0 && value < 0x1p63;
    return whole ? arena_text(arena, quantity_count(text, (uint64_t)value))
                 : arena_format(arena, "%.4g", value);
}

const char *measured_value(const struct expectation *expectation, double value,
                           struct arena *arena) {
    return arena_format(arena, "%s%s", write_value(expectation, value, arena),
                        expectation->per_cycle ? " per cycle" : "");
}

static const char *write_kind(const struct expectation *expectation,
                              double value, struct arena *arena) {
    struct text text;
    text_init(&text);
    leftover_append_kind(&text, expectation->kind, quantity_whole(value));
    char *words = arena_text(arena, text.bytes);
    text_fini(&text);
    return words;
}

const char *measured_text(const struct expectation *expectation, double value,
                          struct arena *arena) {
    const char *number = write_value(expectation, value, arena);
    const char *slope = expectation->per_cycle ? " per cycle" : "";
    const char *noun = value == 1 ? metrics[expectation->metric].one
                                  : metrics[expectation->metric].many;
    if (expectation->kind_given && value == floor(value)) {
        return arena_format(arena, "%s%s",
                            write_kind(expectation, value, arena), slope);
    }
    if (noun != NULL) {
        return arena_format(arena, "%s %s%s", number, noun, slope);
    }
    if (metrics[expectation->metric].named) {
        return arena_format(arena, "%s %s%s", measured_metric_name(expectation),
                            number, slope);
    }
    return arena_format(arena, "%s%s", number, slope);
}

const char *measured_left_behind(const struct result_cell *cell,
                                 struct arena *arena) {
    uint64_t counts[RESULT_KINDS_COUNT];
    struct text text;
    text_init(&text);
    (void)leftover_sum(cell, counts);
    leftover_append(&text, counts);
    char *words = arena_text(arena, text.bytes);
    text_fini(&text);
    return words;
}
