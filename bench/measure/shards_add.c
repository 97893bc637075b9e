/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/shards_part.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/point.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/histogram.h"
#include "measure/total.h"

struct sum {
    const struct result_cell *const *cells; /* one of each shard */
    size_t count;
    struct arena *arena;
    const char *problem; /* NULL: none so far */
};

static uint64_t plus(uint64_t one, uint64_t other) {
    bool unknown = one == RESULT_UNKNOWN || other == RESULT_UNKNOWN;
    return unknown ? RESULT_UNKNOWN : one + other;
}

static uint64_t most(uint64_t one, uint64_t other) {
    bool unknown = one == RESULT_UNKNOWN || other == RESULT_UNKNOWN;
    return unknown ? RESULT_UNKNOWN : one > other ? one : other;
}

/* ---- Latencies -----------------------------------------------------------*/

enum side {
    SIDE_LATENCY,
    SIDE_SERVICE,
    SIDE_LATENESS, /* has no histogram */
};

static const struct result_latency *latency_of(const struct result_phase *phase,
                                               enum side side) {
    switch (side) {
    case SIDE_LATENCY:
        return &phase->latency;
    case SIDE_SERVICE:
        return &phase->service;
    default:
        return &phase->lateness;
    }
}

/* Extremes are exact, and a mean of means is one when it is weighted. */
static void add_exact(struct result_latency *into,
                      const struct result_latency *from) {
    if (from->count == 0) {
        return;
    }
    if (into->count == 0) {
        *into = *from;
        return;
    }
    const uint64_t count = into->count + from->count;
    into->mean =
        (into->mean * (double)into->count + from->mean * (double)from->count) /
        (double)count;
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    into->count = count;
}

/* All histograms of one phase into one; false: one is missing. */
static bool add_histograms(const struct sum *sum, const char *name,
                           enum side side, struct histogram *histogram) {
    for (size_t i = 0; i < sum->count; i++) {
        const struct result_phase *phase = total_phase(sum->cells[i], name);
        const char *encoded =
            side == SIDE_LATENCY ? phase->histogram : phase->service_histogram;
        if (latency_of(phase, side)->count == 0) {
            continue;
        }
        if (encoded == NULL || histogram_decode(histogram, encoded) != 0) {
            return false;
        }
    }
    return true;
}

/* The percentiles of the sum, within what is known exactly. */
static void take_percentiles(const struct histogram *histogram,
                             struct result_latency *latency) {
    const struct result_latency exact = *latency;
    histogram_summary(histogram, latency);
    latency->count = exact.count;
    latency->min = exact.min;
    latency->max = exact.max;
    latency->mean = exact.mean;
    uint64_t *const percentiles[] = {&latency->p50, &latency->p90,
                                     &latency->p99, &latency->p99_9,
                                     &latency->p99_99};
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++) {
        if (*percentiles[i] > exact.max) {
            *percentiles[i] = exact.max;
        }
    }
}

static struct result_latency exact_sum(const struct sum *sum, const char *name,
                                       enum side side) {
    struct result_latency exact = {0};
    for (size_t i = 0; i < sum->count; i++) {
        add_exact(&exact, latency_of(total_phase(sum->cells[i], name), side));
    }
    return exact;
}

static void add_latency(struct sum *sum, const char *name, enum side side,
                        struct result_latency *into, const char **encoded_out) {
    struct histogram histogram;
    struct text text;
    *into = exact_sum(sum, name, side);
    if (into->count == 0) {
        return;
    }
    histogram_init(&histogram);
    if (add_histograms(sum, name, side, &histogram)) {
        text_init(&text);
        take_percentiles(&histogram, into);
        histogram_encode(&histogram, &text);
        *encoded_out = arena_text(sum->arena, text.bytes);
        text_fini(&text);
    } else {
        sum->problem =
            arena_format(sum->arena,
                         "%s, phase %s: a shard has no histogram: its "
                         "percentiles cannot be added",
                         point_place(sum->cells[0], sum->arena), name);
    }
    histogram_fini(&histogram);
}

/* Without a histogram a percentile of a sum is not known; but it is no more
 * than the largest of any shard. */
static void add_lateness(const struct sum *sum, const char *name,
                         struct result_latency *into) {
    struct result_latency worst = {0};
    for (size_t i = 0; i < sum->count; i++) {
        const struct result_latency *shard =
            latency_of(total_phase(sum->cells[i], name), SIDE_LATENESS);
        if (shard->count != 0) {
            worst.p50 = most(worst.p50, shard->p50);
            worst.p90 = most(worst.p90, shard->p90);
            worst.p99 = most(worst.p99, shard->p99);
            worst.p99_9 = most(worst.p99_9, shard->p99_9);
            worst.p99_99 = most(worst.p99_99, shard->p99_99);
        }
    }
    *into = exact_sum(sum, name, SIDE_LATENESS);
    into->p50 = worst.p50;
    into->p90 = worst.p90;
    into->p99 = worst.p99;
    into->p99_9 = worst.p99_9;
    into->p99_99 = worst.p99_99;
}

/* ---- Phases --------------------------------------------------------------*/

static void add_operations(struct result_operations *into,
                           const struct result_operations *from) {
    into->lookup = plus(into->lookup, from->lookup);
    into->rename = plus(into->rename, from->rename);
    into->sign_up = plus(into->sign_up, from->sign_up);
    into->sign_off = plus(into->sign_off, from->sign_off);
    into->transfer = plus(into->transfer, from->transfer);
    into->scan = plus(into->scan, from->scan);
}

static void add_counts(struct result_phase *into,
                       const struct result_phase *from) {
    into->submitted = plus(into->submitted, from->submitted);
    into->completed = plus(into->completed, from->completed);
    into->failed = plus(into->failed, from->failed);
    into->rejected = plus(into->rejected, from->rejected);
    into->cancelled = plus(into->cancelled, from->cancelled);
    into->wrong = plus(into->wrong, from->wrong);
    into->completed_in_window =
        plus(into->completed_in_window, from->completed_in_window);
    into->in_flight_peak = plus(into->in_flight_peak, from->in_flight_peak);
    into->in_flight_mean += from->in_flight_mean;
    into->in_flight_error = hypot(into->in_flight_error, from->in_flight_error);
    add_operations(&into->operations, &from->operations);
    into->duration_s = fmax(into->duration_s, from->duration_s);
    if (from->steady.wanted && !from->steady.found) {
        into->steady = from->steady;
    }
}

static void add_phase(struct sum *sum, const struct result_phase *first,
                      struct result_phase *into) {
    *into = *first;
    for (size_t i = 1; i < sum->count; i++) {
        add_counts(into, total_phase(sum->cells[i], first->name));
    }
    into->throughput_per_s =
        into->duration_s > 0 && into->completed_in_window != RESULT_UNKNOWN
            ? (double)into->completed_in_window / into->duration_s
            : (double)NAN;
    into->histogram = NULL;
    into->service_histogram = NULL;
    add_latency(sum, first->name, SIDE_LATENCY, &into->latency,
                &into->histogram);
    add_latency(sum, first->name, SIDE_SERVICE, &into->service,
                &into->service_histogram);
    add_lateness(sum, first->name, &into->lateness);
    into->staged = false;
    into->tail.given = false;
    into->series = NULL;
    into->series_count = 0;
}

static bool all_have_phase(struct sum *sum, const char *name) {
    for (size_t i = 0; i < sum->count; i++) {
        if (total_phase(sum->cells[i], name) == NULL ||
            sum->cells[i]->phases_count != sum->cells[0]->phases_count) {
            sum->problem =
                arena_format(sum->arena,
                             "%s: phase %s is not in every shard: one of them "
                             "is not whole",
                             point_place(sum->cells[0], sum->arena), name);
            return false;
        }
    }
    return true;
}

static void add_phases(struct sum *sum, struct result_cell *into) {
    const struct result_cell *first = sum->cells[0];
    into->phases =
        arena_alloc(sum->arena, first->phases_count * sizeof *into->phases);
    for (size_t i = 0; i < first->phases_count && sum->problem == NULL; i++) {
        if (all_have_phase(sum, first->phases[i].name)) {
            add_phase(sum, &first->phases[i], &into->phases[i]);
        }
    }
}

/* ---- All else of a cell --------------------------------------------------*/

static void add_leftovers(const struct sum *sum, struct result_cell *into) {
    into->leftovers = NULL;
    into->leftovers_count = 0;
    into->findings = NULL;
    into->findings_count = 0;
    for (size_t i = 0; i < sum->count; i++) {
        const struct result_cell *cell = sum->cells[i];
        for (size_t j = 0; j < cell->leftovers_count; j++) {
            into->leftovers =
                arena_more(sum->arena, into->leftovers, into->leftovers_count,
                           sizeof *into->leftovers);
            into->leftovers[into->leftovers_count++] = cell->leftovers[j];
        }
        for (size_t j = 0; j < cell->findings_count; j++) {
            into->findings =
                arena_more(sum->arena, into->findings, into->findings_count,
                           sizeof *into->findings);
            into->findings[into->findings_count++] = cell->findings[j];
        }
    }
}

static void take_most(struct result_usage *into,
                      const struct result_usage *from) {
    into->threads = most(into->threads, from->threads);
    into->fds = most(into->fds, from->fds);
    into->rss_bytes = most(into->rss_bytes, from->rss_bytes);
    into->heap_bytes = most(into->heap_bytes, from->heap_bytes);
}

/* NAN where it is not known of one. */
static double worst(double one, double other) {
    return isnan(one) || isnan(other) ? (double)NAN : fmax(one, other);
}

/* What machine and process were like: of all shards the worst. */
static void take_worst(struct result_cell *into,
                       const struct result_cell *from) {
    take_most(&into->resources.before, &from->resources.before);
    take_most(&into->resources.after, &from->resources.after);
    take_most(&into->resources.peak, &from->resources.peak);
    into->noise.given = into->noise.given && from->noise.given;
    into->noise.duration_s =
        worst(into->noise.duration_s, from->noise.duration_s);
    into->noise.steal = worst(into->noise.steal, from->noise.steal);
    into->noise.others = worst(into->noise.others, from->noise.others);
    into->noise.pressure = worst(into->noise.pressure, from->noise.pressure);
    into->noise.clock_step_s =
        worst(into->noise.clock_step_s, from->noise.clock_step_s);
    if (into->outcome.state == RESULT_COMPLETED) {
        into->outcome = from->outcome;
    }
    into->error = into->error == NULL ? from->error : into->error;
    into->ledger_disputed = into->ledger_disputed == NULL
                                ? from->ledger_disputed
                                : into->ledger_disputed;
}

static double completed_of(const struct result_cell *cell) {
    const struct result_phase total = total_of_cell(cell);
    return total.completed == RESULT_UNKNOWN ? (double)NAN
                                             : (double)total.completed;
}

/* A cost per lookup of all: each shard counts by its lookups. */
static void weigh_costs(const struct sum *sum, struct result_cell *into) {
    struct result_cost cost = {0};
    double all = 0;
    for (size_t i = 0; i < sum->count; i++) {
        const struct result_cost *own = &sum->cells[i]->cost;
        const double completed = completed_of(sum->cells[i]);
        all += completed;
        cost.instructions += own->instructions * completed;
        cost.allocations += own->allocations * completed;
        cost.syscalls += own->syscalls * completed;
        cost.context_switches += own->context_switches * completed;
    }
    into->cost.instructions = cost.instructions / all;
    into->cost.allocations = cost.allocations / all;
    into->cost.syscalls = cost.syscalls / all;
    into->cost.context_switches = cost.context_switches / all;
}

int shards_add_cells(const struct result_cell *const *cells, size_t count,
                     struct arena *arena, struct result_cell *into,
                     const char **problem_out) {
    struct sum sum = {.cells = cells, .count = count, .arena = arena};
    *into = *cells[0];
    if (into->cycles.planned > 1) {
        *problem_out = "cycles are of one process and cannot be added: merge "
                       "blocks";
        return -1;
    }
    into->slopes = NULL;
    into->slopes_count = 0;
    add_phases(&sum, into);
    add_leftovers(&sum, into);
    for (size_t i = 1; i < count; i++) {
        take_worst(into, cells[i]);
    }
    weigh_costs(&sum, into);
    *problem_out = sum.problem;
    return sum.problem == NULL ? 0 : -1;
}
