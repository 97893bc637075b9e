/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_NOISE_H
#define PLUNGE_VERDICT_NOISE_H

#include <stdbool.h>

struct arena;
struct expectation;
struct result_cell;

/* Why a cell is no witness of times and throughput: its stopwatch does not
 * agree with itself, or the machine was not there for it. Answers, counts and
 * leftovers stand. Each returns a sentence, in @arena, or NULL. What was not
 * measured, or for too short a time, objects to nothing. */

/* Little's law: throughput times mean latency is the mean number in flight,
 * which is looked at independently. For phases that are long enough for their
 * ends not to matter, without failures, and to 10 %. */
#define NOISE_LITTLE_TOLERANCE 0.1
#define NOISE_LITTLE_ERRORS 4   /* standard errors of what was looked at */
#define NOISE_LITTLE_TURNS 20.0 /* mean latencies that a phase has to last */
const char *noise_little(const struct result_cell *cell, struct arena *arena);

/* Of the processors' time, while the load ran: what other machines took; and
 * what other processes did, where processors were waited for. */
#define NOISE_STEAL_MAX 0.05
#define NOISE_OTHERS_MAX 0.1
#define NOISE_PRESSURE_MAX 0.1
const char *noise_steal(const struct result_cell *cell, struct arena *arena);
const char *noise_pressure(const struct result_cell *cell, struct arena *arena);

/* The wall clock was set: by more than a clock is slewed (500 ppm, twice that
 * is allowed for) and 10 ms. */
#define NOISE_STEP_S 0.01
#define NOISE_SLEW 0.001
const char *noise_clock(const struct result_cell *cell, struct arena *arena);

/* The first of these that bears on @expectation. */
const char *noise_objection(const struct expectation *expectation,
                            const struct result_cell *cell,
                            struct arena *arena);

#endif
