/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_TOTAL_H
#define PLUNGE_MEASURE_TOTAL_H

#include <stdbool.h>

struct result_cell;
struct result_phase;

/* The phases of a cell as one phase. Its times, its throughput and its window
 * cover the measured phases together (completions over summed durations,
 * percentiles of the joined histograms); its counts cover all phases.
 * `measured` says whether there was a measured one; in_flight_peak is the
 * highest of all.
 *
 * Its steady state is that of the last measured one that never had any.
 *
 * Percentiles that cannot be joined, for want of a histogram, are
 * RESULT_UNKNOWN. It has no name and no histograms of its own. */
struct result_phase total_of_cell(const struct result_cell *cell);

/* The phase called @name, measured or not; NULL: there is none. */
const struct result_phase *total_phase(const struct result_cell *cell,
                                       const char *name);

/* submitted = completed + failed + rejected + cancelled, and no more answers
 * are wrong than there are. */
bool total_adds_up(const struct result_phase *phase);

#endif
