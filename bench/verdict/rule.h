/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_RULE_H
#define PLUNGE_VERDICT_RULE_H

#include "verdict/ruling.h"

struct point;
struct question;

/* Decides one expectation in one point of the sweep, over its blocks.
 *
 * Figures are judged on their median, counts and slopes in every block; pairs
 * of a cell and its reference on the median of their ratios. A block that is
 * missing, or is no witness, leaves open what the others do not refute. */
struct ruling rule_point(const struct question *question,
                         const struct point *point);

#endif
