/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_SERIES_H
#define PLUNGE_LOAD_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

struct arena;
struct histogram;
struct scenario_settings;
struct tally;

/* What one phase did and held from second to second.
 *
 * Its clock is the phase's own: it stands still while the phase does not run,
 * and goes on in the next cycle. Somebody looks some times a second; the first
 * look after a full second ends an interval, and so does the end of the last
 * phase of all, so that intervals begin and end with the phase. What happened
 * in one is the difference of the phase's tally to the last time: nothing is
 * done for a lookup.
 *
 * Memory is bounded, and all taken at the start: when there are points_max of
 * them, each two neighbours become one (counts and histograms are added, of
 * what is held the most), and intervals are twice as long from then on.
 *
 * Invariant: the completed of all points are the phase's completed_in_window,
 *            of every cycle that was begun; their latencies are its latencies.
 * Thread:    the loop's. */
#define SERIES_POINTS_MAX 600
#define SERIES_POINTS_MIN 16
#define SERIES_BLOCKS_MAX 64

struct series;

/* As many points as all phases together may have, in equal parts; fewer where
 * the load is planned to be too short for them. */
size_t series_points_max(const struct scenario_settings *settings,
                         size_t phase);

struct series_options {
    size_t points_max; /* an even number */
    bool from_steady;  /* what is measured begins when it is steady */
};

/* The tally is the phase's, borrowed. */
struct series *series_new(const struct series_options *options,
                          const struct tally *tally);
void series_free(struct series *series); /* NULL is allowed */

/* The phase begins, and ends, in a cycle, with so many answers in its window.
 * NULL is allowed. */
void series_start(struct series *series, uint64_t now_ns);
void series_stop(struct series *series, uint64_t now_ns, uint64_t completed);

/* While it runs. */
struct series_look {
    uint64_t now_ns;
    uint64_t completed; /* in the window of this cycle */
    uint64_t in_flight; /* RESULT_UNKNOWN: it is not known */
    const struct result_usage *usage;
};

void series_look(struct series *series, const struct series_look *look);

/* The percentiles of the latencies of the last interval that has ended;
 * RESULT_UNKNOWN: none has, or nobody takes times. */
void series_latest(const struct series *series, uint64_t *p50_ns_out,
                   uint64_t *p99_ns_out);

/* After the last cycle: the last interval gets the rest. */
void series_finish(struct series *series);

/* Memory: in @arena. */
struct result_series_point *series_points(const struct series *series,
                                          struct arena *arena,
                                          size_t *count_out);

/* The mean of what was in flight when it was looked at, where @from_ns of its
 * clock had passed, and the standard error of that. NAN: it was not known, or
 * looked at too seldom for a mean. */
#define SERIES_LOOKS_MIN 10

struct series_mean {
    double mean;
    double error;
};

struct series_mean series_in_flight(const struct series *series,
                                    uint64_t from_ns);

/* What came at @from_ns of its clock and later, which is rounded up to where
 * that can be told apart. For a series from_steady alone. */
struct series_part {
    uint64_t from_ns;
    uint64_t length_ns;
    uint64_t completed;
};

struct series_part series_since(const struct series *series, uint64_t from_ns,
                                struct histogram *latency,
                                struct histogram *service);

#endif
