/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_OPENMETRICS_TEXT_H
#define PLUNGE_REPORT_OPENMETRICS_TEXT_H

#include <stdint.h>

struct arena;
struct histogram;
struct result_cell;
struct text;

/* The lines of OpenMetrics 1.0. A family is its head and then its samples, in
 * one piece. */

/* @unit: NULL, or what @name ends in. */
void openmetrics_head(struct text *text, const char *name, const char *type,
                      const char *unit, const char *help);
void openmetrics_sample(struct text *text, const char *name, const char *labels,
                        double value);

/* The samples of one histogram of ns, in seconds, over bounds that are the same
 * for all: what is in one of its buckets counts as the middle of that, so a
 * count may be off by what is within half a thousandth of the bound. */
void openmetrics_histogram(struct text *text, const char *name,
                           const char *labels,
                           const struct histogram *histogram, double sum_ns);

/* name="value", escaped. In @arena, as those below. */
const char *openmetrics_label(const char *name, const char *value,
                              struct arena *arena);

/* scenario="rush",subject="dbpool",cell="pool.max=4",pool_max="4": what tells
 * the cells of a point from all others. @phase: "" for what is of all. */
const char *openmetrics_labels(const char *scenario,
                               const struct result_cell *cell,
                               const char *phase, struct arena *arena);

#endif
