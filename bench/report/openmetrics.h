/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_OPENMETRICS_H
#define PLUNGE_REPORT_OPENMETRICS_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* OpenMetrics 1.0: latencies as histograms, the blocks added; requests by their
 * outcome; leftovers, peaks and costs; what was expected and how it was
 * decided. Swept keys are labels: pool.max is pool_max. */
void openmetrics_write(const struct result *const *results,
                       size_t results_count, struct arena *arena,
                       struct text *text);

#endif
