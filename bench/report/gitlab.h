/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_GITLAB_H
#define PLUNGE_REPORT_GITLAB_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* A metrics report of GitLab: OpenMetrics with a few gauges alone. A merge
 * request shows each whose text differs from that of the branch before, so
 * values have three digits, and buckets of histograms are none; and its reader
 * splits lines as a shell would, from which a # takes the rest. */
void gitlab_write(const struct result *const *results, size_t results_count,
                  struct arena *arena, struct text *text);

#endif
