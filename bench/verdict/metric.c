/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/metric.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/leftover.h"
#include "base/quantity.h"
#include "base/result.h"
#include "measure/total.h"
#include "scenario/expectation.h"
#include "verdict/leaving.h"
#include "verdict/measured.h"

static struct metric known(double value) {
    return (struct metric){.state = METRIC_KNOWN, .value = value};
}

static struct metric empty(const char *why) {
    return (struct metric){.state = METRIC_EMPTY, .why = why};
}

static struct metric unknown(const char *why) {
    return (struct metric){.state = METRIC_UNKNOWN, .why = why};
}

static struct metric not_measured(const struct expectation *expectation,
                                  struct arena *arena) {
    return unknown(arena_format(arena, "not measured: %s",
                                measured_metric_name(expectation)));
}

static struct metric counted(const struct expectation *expectation,
                             uint64_t count, struct arena *arena) {
    return count == RESULT_UNKNOWN ? not_measured(expectation, arena)
                                   : known((double)count);
}

/* The phase that is asked about: the one that is named, or all as one. */
static bool find_phase(const struct expectation *expectation,
                       const struct result_cell *cell,
                       struct result_phase *phase_out) {
    if (expectation->phase == NULL) {
        *phase_out = total_of_cell(cell);
        return cell->phases_count != 0;
    }
    const struct result_phase *phase = total_phase(cell, expectation->phase);
    if (phase != NULL) {
        *phase_out = *phase;
        /* Whoever names a phase wants its times, measured or not. */
        phase_out->measured = true;
    }
    return phase != NULL;
}

uint64_t metric_samples_needed(const struct expectation *expectation) {
    if (expectation->metric != EXPECTATION_LATENCY &&
        expectation->metric != EXPECTATION_SERVICE) {
        return 0;
    }
    switch (expectation->statistic) {
    case EXPECTATION_P50:
        return METRIC_SAMPLES_BEYOND * 2;
    case EXPECTATION_P90:
        return METRIC_SAMPLES_BEYOND * 10;
    case EXPECTATION_P99:
        return METRIC_SAMPLES_BEYOND * 100;
    case EXPECTATION_P99_9:
        return METRIC_SAMPLES_BEYOND * 1000;
    case EXPECTATION_P99_99:
        return METRIC_SAMPLES_BEYOND * 10000;
    case EXPECTATION_MAX:
    case EXPECTATION_MIN:
    case EXPECTATION_MEAN:
        break;
    }
    return 0;
}

static const struct result_latency *
latency_of(const struct expectation *expectation,
           const struct result_phase *phase) {
    return expectation->metric == EXPECTATION_SERVICE ? &phase->service
                                                      : &phase->latency;
}

uint64_t metric_samples(const struct expectation *expectation,
                        const struct result_cell *cell) {
    struct result_phase phase;
    return find_phase(expectation, cell, &phase)
               ? latency_of(expectation, &phase)->count
               : 0;
}

static uint64_t statistic_of(const struct result_latency *latency,
                             enum expectation_statistic statistic) {
    switch (statistic) {
    case EXPECTATION_P50:
        return latency->p50;
    case EXPECTATION_P90:
        return latency->p90;
    case EXPECTATION_P99:
        return latency->p99;
    case EXPECTATION_P99_9:
        return latency->p99_9;
    case EXPECTATION_P99_99:
        return latency->p99_99;
    case EXPECTATION_MAX:
        return latency->max;
    case EXPECTATION_MIN:
        return latency->min;
    case EXPECTATION_MEAN:
        break;
    }
    return RESULT_UNKNOWN;
}

static struct metric read_latency(const struct expectation *expectation,
                                  const struct result_phase *phase,
                                  struct arena *arena) {
    const struct result_latency *latency = latency_of(expectation, phase);
    uint64_t needed = metric_samples_needed(expectation);
    if (latency->count == 0) {
        return empty("there are no samples");
    }
    if (latency->count < needed) {
        char wanted[QUANTITY_SIZE];
        char there[QUANTITY_SIZE];
        return unknown(arena_format(
            arena, "too few samples: %s needs %s, there are %s",
            measured_metric_name(expectation), quantity_count(wanted, needed),
            quantity_count(there, latency->count)));
    }
    if (expectation->statistic == EXPECTATION_MEAN) {
        return isnan(latency->mean) ? not_measured(expectation, arena)
                                    : known(latency->mean);
    }
    return counted(expectation, statistic_of(latency, expectation->statistic),
                   arena);
}

static struct metric read_throughput(const struct expectation *expectation,
                                     const struct result_phase *phase,
                                     struct arena *arena) {
    if (phase->completed_in_window == 0) {
        return empty("there are no samples");
    }
    return isnan(phase->throughput_per_s) ? not_measured(expectation, arena)
                                          : known(phase->throughput_per_s);
}

/* Of a program of the user's there is nothing else. */
static struct metric read_program(const struct expectation *expectation,
                                  const struct result_cell *cell,
                                  struct arena *arena) {
    double duration_s = cell->program.duration_s;
    bool known_one =
        expectation->metric == EXPECTATION_DURATION && !isnan(duration_s);
    return known_one ? known(duration_s * (double)CLOCK_NS_PER_S)
                     : not_measured(expectation, arena);
}

static struct metric read_times(const struct expectation *expectation,
                                const struct result_cell *cell,
                                struct arena *arena) {
    struct result_phase phase;
    if (cell->program.given) {
        return read_program(expectation, cell, arena);
    }
    if (!find_phase(expectation, cell, &phase)) {
        return not_measured(expectation, arena);
    }
    if (expectation->per_cycle) {
        return unknown("not measured: there is no slope of a time");
    }
    if (!phase.measured) {
        return empty("there are no samples: no phase was measured");
    }
    if (phase.steady.wanted && !phase.steady.found) {
        return unknown(arena_format(
            arena, "not decided: %s",
            phase.steady.why == NULL ? "never steady" : phase.steady.why));
    }
    if (expectation->metric == EXPECTATION_THROUGHPUT) {
        return read_throughput(expectation, &phase, arena);
    }
    if (expectation->metric == EXPECTATION_DURATION) {
        return isnan(phase.duration_s)
                   ? not_measured(expectation, arena)
                   : known(phase.duration_s * (double)CLOCK_NS_PER_S);
    }
    return read_latency(expectation, &phase, arena);
}

static struct metric read_count(const struct expectation *expectation,
                                const struct result_cell *cell,
                                struct arena *arena) {
    struct result_phase phase;
    if (!find_phase(expectation, cell, &phase)) {
        return not_measured(expectation, arena);
    }
    uint64_t count = phase.completed;
    if (expectation->metric == EXPECTATION_ERRORS) {
        count = phase.failed;
    } else if (expectation->metric == EXPECTATION_WRONG) {
        count = phase.wrong;
    } else if (expectation->metric == EXPECTATION_REJECTED) {
        count = phase.rejected;
    }
    return counted(expectation, count, arena);
}

static struct metric read_left_behind(const struct expectation *expectation,
                                      const struct result_cell *cell,
                                      struct arena *arena) {
    uint64_t counts[RESULT_KINDS_COUNT];
    uint64_t total = leftover_sum(cell, counts);
    if (!expectation->kind_given) {
        return known((double)total);
    }
    enum result_kind kind = expectation->kind;
    if (counts[kind] == 0 && !leftover_is_watched(cell, kind)) {
        return unknown(leaving_unwatched(kind, arena));
    }
    return known((double)counts[kind]);
}

static struct metric read_slope(const struct expectation *expectation,
                                const struct result_cell *cell,
                                struct arena *arena) {
    const char *name = measured_metric_name(expectation);
    for (size_t i = 0; i < cell->slopes_count; i++) {
        const struct result_slope *slope = &cell->slopes[i];
        if (strcmp(slope->metric, name) == 0 && !isnan(slope->per_cycle)) {
            return known(slope->per_cycle);
        }
    }
    return unknown(arena_format(
        arena, "not measured: a slope of %s needs two cycles at least", name));
}

static struct metric read_usage(const struct expectation *expectation,
                                const struct result_cell *cell,
                                struct arena *arena) {
    const struct result_usage *peak = &cell->resources.peak;
    if (expectation->per_cycle) {
        return read_slope(expectation, cell, arena);
    }
    uint64_t value = peak->heap_bytes;
    if (expectation->metric == EXPECTATION_THREADS) {
        value = peak->threads;
    } else if (expectation->metric == EXPECTATION_FDS) {
        value = peak->fds;
    } else if (expectation->metric == EXPECTATION_RSS) {
        value = peak->rss_bytes;
    }
    return counted(expectation, value, arena);
}

static struct metric read_cost(const struct expectation *expectation,
                               const struct result_cell *cell,
                               struct arena *arena) {
    double value = cell->cost.context_switches;
    if (expectation->metric == EXPECTATION_INSTRUCTIONS) {
        value = cell->cost.instructions;
    } else if (expectation->metric == EXPECTATION_ALLOCATIONS) {
        value = cell->cost.allocations;
    } else if (expectation->metric == EXPECTATION_SYSCALLS) {
        value = cell->cost.syscalls;
    }
    return isnan(value) ? not_measured(expectation, arena) : known(value);
}

struct metric metric_read(const struct expectation *expectation,
                          const struct result_cell *cell, struct arena *arena) {
    switch (expectation->metric) {
    case EXPECTATION_THROUGHPUT:
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION:
        return read_times(expectation, cell, arena);
    case EXPECTATION_ERRORS:
    case EXPECTATION_WRONG:
    case EXPECTATION_REJECTED:
    case EXPECTATION_COMPLETED:
        return read_count(expectation, cell, arena);
    case EXPECTATION_LEFT_BEHIND:
        return read_left_behind(expectation, cell, arena);
    case EXPECTATION_THREADS:
    case EXPECTATION_FDS:
    case EXPECTATION_RSS:
    case EXPECTATION_HEAP:
        return read_usage(expectation, cell, arena);
    case EXPECTATION_INSTRUCTIONS:
    case EXPECTATION_ALLOCATIONS:
    case EXPECTATION_SYSCALLS:
    case EXPECTATION_CONTEXT_SWITCHES:
        return read_cost(expectation, cell, arena);
    case EXPECTATION_EXHAUSTED:
    case EXPECTATION_EXHAUSTED_AT:
    case EXPECTATION_ERROR:
        break;
    }
    return not_measured(expectation, arena);
}

bool metric_is_figure(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_THROUGHPUT:
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION:
    case EXPECTATION_RSS:
    case EXPECTATION_HEAP:
    case EXPECTATION_INSTRUCTIONS:
    case EXPECTATION_ALLOCATIONS:
    case EXPECTATION_SYSCALLS:
    case EXPECTATION_CONTEXT_SWITCHES:
        return true;
    default:
        return false;
    }
}

bool metric_is_time(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_THROUGHPUT:
    case EXPECTATION_LATENCY:
    case EXPECTATION_SERVICE:
    case EXPECTATION_DURATION:
        return true;
    default:
        return false;
    }
}

bool metric_is_of_ledger(const struct expectation *expectation) {
    switch (expectation->metric) {
    case EXPECTATION_LEFT_BEHIND:
    case EXPECTATION_THREADS:
    case EXPECTATION_FDS:
    case EXPECTATION_EXHAUSTED:
    case EXPECTATION_EXHAUSTED_AT:
        return true;
    default:
        return false;
    }
}
