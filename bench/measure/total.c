/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/total.h"

#include <math.h>
#include <string.h>

#include "base/result.h"
#include "measure/histogram.h"

/* Which of a phase's two latencies is meant. */
enum side {
    SIDE_LATENCY,
    SIDE_SERVICE,
};

static const struct result_latency *latency_of(const struct result_phase *phase,
                                               enum side side) {
    return side == SIDE_LATENCY ? &phase->latency : &phase->service;
}

static const char *histogram_of(const struct result_phase *phase,
                                enum side side) {
    return side == SIDE_LATENCY ? phase->histogram : phase->service_histogram;
}

static uint64_t plus(uint64_t one, uint64_t other) {
    bool unknown = one == RESULT_UNKNOWN || other == RESULT_UNKNOWN;
    return unknown ? RESULT_UNKNOWN : one + other;
}

static uint64_t at_most(uint64_t value, uint64_t limit) {
    return value < limit ? value : limit;
}

/* Joins what needs no histogram: extremes are exact, and a mean of means is
 * one when it is weighted. */
static void join_exact(struct result_latency *into,
                       const struct result_latency *from) {
    uint64_t count = into->count + from->count;
    into->mean =
        (into->mean * (double)into->count + from->mean * (double)from->count) /
        (double)count;
    into->min = at_most(from->min, into->min);
    into->max = from->max > into->max ? from->max : into->max;
    into->count = count;
}

static bool join_histograms(const struct result_cell *cell, enum side side,
                            struct histogram *histogram) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        if (!phase->measured || latency_of(phase, side)->count == 0) {
            continue;
        }
        const char *encoded = histogram_of(phase, side);
        if (encoded == NULL || histogram_decode(histogram, encoded) != 0) {
            return false;
        }
    }
    return true;
}

static void join_percentiles(const struct result_cell *cell, enum side side,
                             struct result_latency *latency) {
    struct histogram histogram;
    histogram_init(&histogram);
    const struct {
        double percentile;
        uint64_t *value_ns;
    } wanted[] = {
        {50, &latency->p50},     {90, &latency->p90},       {99, &latency->p99},
        {99.9, &latency->p99_9}, {99.99, &latency->p99_99},
    };
    bool joined = join_histograms(cell, side, &histogram);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        *wanted[i].value_ns =
            joined ? at_most(
                         histogram_percentile(&histogram, wanted[i].percentile),
                         latency->max)
                   : RESULT_UNKNOWN;
    }
    histogram_fini(&histogram);
}

static struct result_latency join_latency(const struct result_cell *cell,
                                          enum side side) {
    struct result_latency joined = {0};
    size_t joined_count = 0;
    for (size_t i = 0; i < cell->phases_count; i++) {
        const struct result_phase *phase = &cell->phases[i];
        const struct result_latency *latency = latency_of(phase, side);
        if (!phase->measured || latency->count == 0) {
            continue;
        }
        if (joined_count++ == 0) {
            joined = *latency;
        } else {
            join_exact(&joined, latency);
        }
    }
    if (joined_count > 1) {
        join_percentiles(cell, side, &joined);
    }
    return joined;
}

static void add_phase(struct result_phase *total,
                      const struct result_phase *phase) {
    total->submitted = plus(total->submitted, phase->submitted);
    total->completed = plus(total->completed, phase->completed);
    total->failed = plus(total->failed, phase->failed);
    total->rejected = plus(total->rejected, phase->rejected);
    total->cancelled = plus(total->cancelled, phase->cancelled);
    total->wrong = plus(total->wrong, phase->wrong);
    if (phase->in_flight_peak > total->in_flight_peak) {
        total->in_flight_peak = phase->in_flight_peak;
    }
    if (phase->measured) {
        total->measured = true;
        total->duration_s += phase->duration_s;
        if (phase->steady.wanted && !phase->steady.found) {
            total->steady = phase->steady;
        }
        total->completed_in_window =
            plus(total->completed_in_window, phase->completed_in_window);
    }
}

struct result_phase total_of_cell(const struct result_cell *cell) {
    struct result_phase total = {.throughput_per_s = NAN};
    for (size_t i = 0; i < cell->phases_count; i++) {
        add_phase(&total, &cell->phases[i]);
    }
    if (total.duration_s > 0 && total.completed_in_window != RESULT_UNKNOWN) {
        total.throughput_per_s =
            (double)total.completed_in_window / total.duration_s;
    }
    total.latency = join_latency(cell, SIDE_LATENCY);
    total.service = join_latency(cell, SIDE_SERVICE);
    return total;
}

const struct result_phase *total_phase(const struct result_cell *cell,
                                       const char *name) {
    for (size_t i = 0; i < cell->phases_count; i++) {
        if (strcmp(cell->phases[i].name, name) == 0) {
            return &cell->phases[i];
        }
    }
    return NULL;
}

bool total_adds_up(const struct result_phase *phase) {
    uint64_t answered = plus(plus(phase->completed, phase->failed),
                             plus(phase->rejected, phase->cancelled));
    return phase->submitted != RESULT_UNKNOWN && phase->submitted == answered &&
           phase->wrong <= phase->completed;
}
