/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_METRIC_H
#define PLUNGE_VERDICT_METRIC_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct expectation;
struct result_cell;

/* The number that an expectation is about, in one cell. */
enum metric_state {
    METRIC_KNOWN,
    METRIC_EMPTY,   /* no samples: whatever is expected of it is false */
    METRIC_UNKNOWN, /* not measured, or too little of it: undecided */
};

struct metric {
    enum metric_state state;
    double value;    /* in base units: ns, bytes, 1, 1/s; KNOWN only */
    const char *why; /* EMPTY and UNKNOWN only */
};

/* What words are expected of (`error`, `exhausted`) is no number: UNKNOWN. */
struct metric metric_read(const struct expectation *expectation,
                          const struct result_cell *cell, struct arena *arena);

/* A figure varies from block to block and is judged on the median; all else is
 * a count and must hold in every block. */
bool metric_is_figure(const struct expectation *expectation);

/* Whether the clock is the witness of it, or the ledger. */
bool metric_is_time(const struct expectation *expectation);
bool metric_is_of_ledger(const struct expectation *expectation);

/* How many samples there must be for a percentile to have ten beyond it, and
 * how many there are; 0 where an expectation names no percentile. */
#define METRIC_SAMPLES_BEYOND UINT64_C(10)
uint64_t metric_samples_needed(const struct expectation *expectation);
uint64_t metric_samples(const struct expectation *expectation,
                        const struct result_cell *cell);

#endif
