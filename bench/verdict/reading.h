/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_READING_H
#define PLUNGE_VERDICT_READING_H

#include <stdbool.h>

#include "verdict/ruling.h"

struct arena;
struct expectation;

/* An expectation, put to the cells of a result. */
struct question {
    const struct expectation *expectation;
    const struct result *result; /* for the reference cells */
    unsigned blocks;             /* that were to be run */
    struct arena *arena;
};

/* One cell's number, or why there is none. */
struct reading {
    bool known;
    double value;
    double other;         /* of the reference, where there is one */
    struct ruling ruling; /* where it is not known */
};

/* Of @cell, and of the reference beside it where the question has one. */
struct reading reading_take(const struct question *question,
                            const struct result_cell *cell);

/* Whether a question compares with a subject; then how many times the
 * reference's number the cell's is. */
bool reading_is_paired(const struct question *question);
double reading_ratio(const struct reading *reading);

#endif
