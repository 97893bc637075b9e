/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_BENCHER_H
#define PLUNGE_REPORT_BENCHER_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* The JSON of Bencher (Bencher Metric Format): a benchmark for each phase of a
 * point and for each point, with its measures: throughput in 1/s, latency-p99
 * and so on in ns, counts and bytes; the least and the most of the blocks as
 * its bounds. */
void bencher_write(const struct result *const *results, size_t results_count,
                   struct arena *arena, struct text *text);

#endif
