/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_REPORT_ACTION_BENCHMARK_H
#define PLUNGE_REPORT_ACTION_BENCHMARK_H

#include <stddef.h>

struct arena;
struct result;
struct text;

/* The JSON that the action "benchmark" of GitHub takes, which knows one
 * direction a file: times in us, counts and bytes as customSmallerIsBetter,
 * throughput as customBiggerIsBetter. */
void action_benchmark_write_smaller(const struct result *const *results,
                                    size_t results_count, struct arena *arena,
                                    struct text *text);
void action_benchmark_write_bigger(const struct result *const *results,
                                   size_t results_count, struct arena *arena,
                                   struct text *text);

#endif
