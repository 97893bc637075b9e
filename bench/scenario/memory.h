/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_MEMORY_H
#define PLUNGE_SCENARIO_MEMORY_H

#include <stdbool.h>

struct scenario;

/* What a scenario's expectations ask of memory. */

/* Whether one names rss or heap, or a slope of them. */
bool memory_is_asked_for(const struct scenario *scenario);

/* Whether one names blocks of the heap that are left: left_behind.heap, or heap
 * in a map. */
bool memory_blocks_are_asked_for(const struct scenario *scenario);

/* Whether one names `rss per cycle`, which is estimated: it may take more
 * cycles than were planned. */
bool memory_slope_is_asked_for(const struct scenario *scenario);

/* The least bytes per cycle that such a line names; 0: none but nothing. */
double memory_slope_limit(const struct scenario *scenario);

#endif
