/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_PREDICTION_H
#define PLUNGE_SCENARIO_PREDICTION_H

#include <stdint.h>

struct scenario_settings;

/* Threads that one cycle's pool will have started by its end:
 * min(max, max(min, the most requests unanswered at once)). Of
 * direct, its lanes: one a core, max at most. 0 for a subject without threads.
 */
uint64_t prediction_threads_per_cycle(const struct scenario_settings *settings);

/* The first cycle, from 1, in which a thread cannot be started when
 * limits.threads counts @base_threads already before the first; 0: none within
 * the planned cycles. Pure arithmetic, done before the run. */
uint64_t prediction_exhausted_at(const struct scenario_settings *settings,
                                 uint64_t base_threads);

#endif
