/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_SCHEDULE_H
#define PLUNGE_LOAD_SCHEDULE_H

#include <stdint.h>

#include "scenario/rate.h"

/* When the lookups of an open loop are due. Lookup k of a cycle is due at a
 * time that is a pure function of (seed, phase, cycle, k) and of the phase's
 * rate: the same for every subject, whatever it does.
 *
 * Lookups come in a time of their own, in which one comes in each unit: evenly
 * in the middles of the units, or after exponential gaps (poisson). The rate's
 * integral takes real time to that one; its inverse is what is computed here,
 * a piece of the rate at a time, since times only grow.
 *
 * Memory: constant, whatever comes. */
struct schedule {
    /* Fixed. */
    struct scenario_rate rate;
    enum scenario_arrival arrival;
    uint64_t stream;  /* of the gaps */
    double length_ns; /* of the phase; 0: it ends by lookups */

    /* The next lookup, in units: whole + part, so that it stays exact. */
    uint64_t k;
    uint64_t whole;
    double part;

    /* The piece of the rate that it is in. */
    uint64_t piece;
    double piece_at_ns;
    double piece_at; /* units until there */
};

/* A part of a run with a schedule of its own. */
struct schedule_options {
    const struct scenario_rate *rate;
    enum scenario_arrival arrival;
    uint64_t for_ns; /* of the phase, or 0 */
    uint64_t stream; /* schedule_stream() */
};

/* @seed is the phase's. */
uint64_t schedule_stream(uint64_t seed, uint64_t cycle);

void schedule_begin(struct schedule *schedule,
                    const struct schedule_options *options);

/* The next lookup's time, in ns from the phase's start: never less than the
 * one before. UINT64_MAX: none comes any more. */
uint64_t schedule_next(struct schedule *schedule);

/* A draw from the exponential distribution with mean 1: number @k of a
 * stream. */
double schedule_exponential(uint64_t stream, uint64_t k);

#endif
