/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_COMPARISON_H
#define PLUNGE_VERDICT_COMPARISON_H

#include <stdbool.h>

#include "scenario/expectation.h"

/* Whether @value OP @limit. Figures that differ by less than a billionth are
 * equal: a slope of whole threads is computed in floating point. */
bool comparison_holds(enum expectation_operator op, double value, double limit);

/* How far @value is on the wrong side of @limit, for ordering only: of two
 * values the higher one is worse. */
double comparison_badness(enum expectation_operator op, double value,
                          double limit);

#endif
