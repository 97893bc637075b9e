/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_DRIFT_H
#define PLUNGE_VERDICT_DRIFT_H

#include <stdbool.h>

#include "verdict/ruling.h"

struct arena;
struct expectation;
struct result_cell;

/* `METRIC per cycle` against a number, in one cell. What was counted is a
 * number like any other, but that one that has moved and came back is not
 * known to be 0. Of RSS there is an interval: what is expected holds when it
 * holds of all of it, does not when it holds of none of it, and else is
 * undecided. That it is "nothing" holds when it is clean. */
bool drift_decides(const struct expectation *expectation);
struct ruling drift_rule(const struct expectation *expectation,
                         const struct result_cell *cell, struct arena *arena);

#endif
