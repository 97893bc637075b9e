/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_SUMMARY_H
#define PLUNGE_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

struct result;
struct text;

/* What a person reads after a run. */
void summary_write(const struct result *result, bool color, struct text *text);

/* Its comparison alone. */
void summary_comparison(const struct result *result, bool color,
                        struct text *text);

/* One line a scenario: scenario, verdict, throughput, p99, left behind. */
void summary_table(const struct result *const *results, size_t results_count,
                   bool color, struct text *text);

#endif
