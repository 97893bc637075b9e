/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_GRAMMAR_H
#define PLUNGE_SCENARIO_GRAMMAR_H

#include <stdbool.h>

#include "scenario/expectation.h"

struct arena;

/* What each metric of the grammar may be asked, so that a line without a
 * meaning is refused before anything runs. */
enum grammar_unit {
    GRAMMAR_NONE, /* no value at all: exhausted, error */
    GRAMMAR_COUNT,
    GRAMMAR_NUMBER, /* a count with a fraction: a slope, a cost */
    GRAMMAR_DURATION,
    GRAMMAR_SIZE,
    GRAMMAR_RATE,
};

/* What may follow a metric beside a value. */
enum grammar_trait {
    GRAMMAR_IN_PHASE = 1,
    GRAMMAR_PER_CYCLE = 2,
    GRAMMAR_SUBJECT = 4,
    GRAMMAR_BASELINE = 8,
    GRAMMAR_NOTHING = 16,
    GRAMMAR_PREDICTED = 32,
    GRAMMAR_RESOURCE = 64,
    GRAMMAR_KINDS = 128,
    GRAMMAR_WORDS = 256,
};

struct grammar_metric {
    const char *name;
    enum expectation_metric metric;
    enum grammar_unit unit;
    unsigned traits;
};

/* The metric that @word names: sets metric, statistic and kind. NULL: none,
 * then @advice_out says which ones there are. */
const struct grammar_metric *grammar_find(const char *word, struct arena *arena,
                                          struct expectation *expectation,
                                          const char **advice_out);

/* A value in base units; false: it is none of this unit. */
bool grammar_value(enum grammar_unit unit, const char *text, double *value_out);

/* a duration such as 50ms */
const char *grammar_unit_example(enum grammar_unit unit);

#endif
