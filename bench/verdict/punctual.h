/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_PUNCTUAL_H
#define PLUNGE_VERDICT_PUNCTUAL_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct expectation;
struct result;
struct result_cell;

/* Where lookups are due at times of their own (an open loop, time to think),
 * whether the generator itself submitted them in time. It was late where it was
 * so by more than PUNCTUAL_NS at more than one lookup of a hundred, and that is
 * more than a tenth of the phase's p99: then its figures are the generator's as
 * much as the subject's. */
#define PUNCTUAL_NS UINT64_C(1000000)

/* Whether any cell of @result has such lookups. */
bool punctual_is_asked(const struct result *result);

/* A sentence on the first phase of @cell in which it was late, in @arena; NULL:
 * in none. */
const char *punctual_problem(const struct result_cell *cell,
                             struct arena *arena);

/* The same for @expectation: NULL, too, where it is about no times, or about
 * another phase. */
const char *punctual_objection(const struct expectation *expectation,
                               const struct result_cell *cell,
                               struct arena *arena);

#endif
