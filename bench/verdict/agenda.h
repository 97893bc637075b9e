/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_AGENDA_H
#define PLUNGE_VERDICT_AGENDA_H

#include <stddef.h>

struct arena;
struct contrast_subject;
struct expectation;
struct point;

/* What there is to compare between two points: throughput and percentiles of
 * each measured phase, what was counted, left behind, held, what it cost,
 * slopes and exhaustion. In the order in which it is shown, and in @arena. A
 * mean never stands alone, and neither does a maximum. */
const struct contrast_subject *agenda_of(const struct point *base,
                                         const struct point *newer,
                                         struct arena *arena,
                                         size_t *count_out);

/* What an expectation is about, alone; no phase is all measured ones together.
 */
const struct contrast_subject *agenda_of_one(const struct expectation *what,
                                             struct arena *arena,
                                             size_t *count_out);

#endif
