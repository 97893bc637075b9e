/* SPDX-License-Identifier: Apache-2.0 */
#include "load/schedule.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

#define NS_PER_S ((double)CLOCK_NS_PER_S)
#define TURN (2.0 * 3.14159265358979323846)
#define STREAM_GAPS UINT64_C(0x6172726976616c73)
#define SINE_ROUNDS 60 /* halvings; a period in ns has fewer bits */

uint64_t schedule_stream(uint64_t seed, uint64_t cycle) {
    return random_seeded(random_mix(random_mix(seed, cycle), STREAM_GAPS));
}

/* 53 bits, from above 0 up to 1. */
double schedule_exponential(uint64_t stream, uint64_t k) {
    return -log((double)((random_at(stream, k) >> 11) + 1) * 0x1p-53);
}

void schedule_begin(struct schedule *schedule,
                    const struct schedule_options *options) {
    memset(schedule, 0, sizeof *schedule);
    schedule->rate = *options->rate;
    schedule->arrival = options->arrival;
    schedule->stream = options->stream;
    schedule->length_ns = (double)options->for_ns;
}

/* ---- Units: when the next one comes, in its own time ---------------------*/

static void advance(struct schedule *schedule) {
    if (schedule->arrival == SCENARIO_UNIFORM) {
        schedule->whole = schedule->k;
        schedule->part = 0.5;
    } else {
        double whole = 0;
        schedule->part =
            modf(schedule->part +
                     schedule_exponential(schedule->stream, schedule->k),
                 &whole);
        schedule->whole += (uint64_t)whole;
    }
    schedule->k++;
}

/* ---- Real time -----------------------------------------------------------*/

/* Exact but for the rounding of the part. */
static uint64_t constant_ns(const struct schedule *schedule) {
    const uint64_t rate = schedule->rate.base_per_s;
    const unsigned __int128 whole =
        (unsigned __int128)schedule->whole * CLOCK_NS_PER_S;
    const double rest =
        ((double)(uint64_t)(whole % rate) + schedule->part * NS_PER_S) /
        (double)rate;
    return (uint64_t)(whole / rate) + (uint64_t)rest;
}

/* One piece of a rate: from its start, @units come after how many ns? A rate
 * that goes from @from to @to (both a ns) within @length_ns. */
static double linear_ns(double from, double to, double length_ns,
                        double units) {
    const double slope = (to - from) / length_ns;
    const double root = sqrt(fmax(0, from * from + 2 * slope * units));
    const double below = from + root;
    return below > 0 ? 2 * units / below : 0;
}

static double ramp_ns(const struct schedule *schedule, double units) {
    const double from = (double)schedule->rate.base_per_s / NS_PER_S;
    const double to = (double)schedule->rate.other_per_s / NS_PER_S;
    const double all = (from + to) / 2 * schedule->length_ns;
    return units > all ? INFINITY
                       : linear_ns(from, to, schedule->length_ns, units);
}

/* A piece of one rate and its length; INFINITY for the last. */
struct piece {
    double per_ns;
    double length_ns;
};

static struct piece piece_of(const struct schedule *schedule) {
    const struct scenario_rate *rate = &schedule->rate;
    const double base = (double)rate->base_per_s / NS_PER_S;
    const double other = (double)rate->other_per_s / NS_PER_S;
    if (rate->kind == SCENARIO_RATE_STAIRS) {
        const double step = (double)schedule->piece / (double)(rate->steps - 1);
        return (struct piece){
            .per_ns = base + (other - base) * step,
            .length_ns = schedule->piece + 1 == rate->steps
                             ? INFINITY
                             : schedule->length_ns / (double)rate->steps,
        };
    }
    switch (schedule->piece) {
    case 0:
        return (struct piece){base, (double)rate->at_ns};
    case 1:
        return (struct piece){other, (double)rate->length_ns};
    default:
        return (struct piece){base, INFINITY};
    }
}

static double pieces_ns(struct schedule *schedule, double units) {
    struct piece piece = piece_of(schedule);
    while (piece.length_ns < INFINITY &&
           units - schedule->piece_at >= piece.per_ns * piece.length_ns) {
        schedule->piece_at += piece.per_ns * piece.length_ns;
        schedule->piece_at_ns += piece.length_ns;
        schedule->piece++;
        piece = piece_of(schedule);
    }
    return piece.per_ns > 0 ? schedule->piece_at_ns +
                                  (units - schedule->piece_at) / piece.per_ns
                            : INFINITY;
}

/* The integral of a sine has no inverse that could be written down: whole
 * periods are taken off, and the rest is found by halving. */
static double sine_ns(const struct schedule *schedule, double units) {
    const struct scenario_rate *rate = &schedule->rate;
    const double period_ns = (double)rate->length_ns;
    const double mean = (double)rate->base_per_s / NS_PER_S;
    const double swing = (double)rate->other_per_s / NS_PER_S;
    const double periods = floor(units / (mean * period_ns));
    const double wanted = units - periods * mean * period_ns;
    double low = 0;
    double high = period_ns;
    for (unsigned i = 0; i < SINE_ROUNDS && high - low > 0.25; i++) {
        const double middle = (low + high) / 2;
        const double come =
            mean * middle +
            swing * period_ns / TURN * (1 - cos(TURN * middle / period_ns));
        if (come < wanted) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return periods * period_ns + high;
}

static double real_ns(struct schedule *schedule) {
    const double units = (double)schedule->whole + schedule->part;
    switch (schedule->rate.kind) {
    case SCENARIO_RATE_RAMP:
        return ramp_ns(schedule, units);
    case SCENARIO_RATE_SINE:
        return sine_ns(schedule, units);
    default:
        return pieces_ns(schedule, units);
    }
}

uint64_t schedule_next(struct schedule *schedule) {
    advance(schedule);
    if (schedule->rate.kind == SCENARIO_RATE_CONSTANT) {
        return constant_ns(schedule);
    }
    const double ns = real_ns(schedule);
    return ns < 0x1p63 ? (uint64_t)ns : UINT64_MAX;
}
