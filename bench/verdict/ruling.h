/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_RULING_H
#define PLUNGE_VERDICT_RULING_H

#include <stdbool.h>

#include "base/result.h"

/* What was decided about an expectation in a cell, in a point of the sweep, or
 * in all of them. Memory: in the judge's arena. */
struct ruling {
    enum result_held held;
    double badness; /* among rulings that are held alike, the higher is worse */
    const char *measured; /* "p99 4.13 ms" */
    const char *why;      /* one sentence, without capital and full stop */
};

/* Not held is worse than undecided, which is worse than held. */
bool ruling_is_worse(const struct ruling *one, const struct ruling *other);

/* Undecided, with nothing measured. */
struct ruling ruling_open(const char *why);

#endif
