/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_RATE_H
#define PLUNGE_SCENARIO_RATE_H

#include <stdint.h>

struct problems;
struct value;

/* How many lookups come in a second, of an open loop; from the phase's start
 * on. Lookups per second are whole numbers, and never below 0. */
enum scenario_rate_kind {
    SCENARIO_RATE_NONE, /* a closed loop */
    SCENARIO_RATE_CONSTANT,
    SCENARIO_RATE_RAMP,   /* from base to other, through the whole phase */
    SCENARIO_RATE_STAIRS, /* the same in so many equal steps */
    SCENARIO_RATE_SPIKE,  /* base, and other from at_ns on, for as long */
    SCENARIO_RATE_SINE,   /* base, and up to other above it and below it */
};

struct scenario_rate {
    enum scenario_rate_kind kind;
    uint64_t base_per_s;
    uint64_t other_per_s;
    uint64_t steps;
    uint64_t at_ns;
    uint64_t length_ns; /* of the spike; a period of the sine */
};

/* How long a slot of a closed loop waits between an answer and its next
 * lookup. */
enum scenario_think_kind {
    SCENARIO_THINK_NONE,
    SCENARIO_THINK_CONSTANT,
    SCENARIO_THINK_EXPONENTIAL, /* with that mean */
};

struct scenario_think {
    enum scenario_think_kind kind;
    uint64_t ns;
};

enum scenario_arrival {
    SCENARIO_POISSON,
    SCENARIO_UNIFORM,
};

/* @value is that of load.rate, and @think of load.think; none where they were
 * not given. What is wrong with them is told. */
struct scenario_rate rate_read(struct problems *problems,
                               const struct value *value);
struct scenario_think rate_read_think(struct problems *problems,
                                      const struct value *value);

/* The most lookups that ever come in a second. */
uint64_t rate_peak_per_s(const struct scenario_rate *rate);

/* In how many ns so many lookups have come on average, where a spike adds
 * none; 0: unknown. */
uint64_t rate_planned_ns(const struct scenario_rate *rate, uint64_t lookups);

/* The most lookups that an open loop has in flight where the scenario does not
 * say so: what comes in two seconds at its highest rate, so that a stall of
 * that length is seen whole; within bounds, for each takes memory. */
uint64_t rate_in_flight_default(const struct scenario_rate *rate);

#endif
