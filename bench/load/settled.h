/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_SETTLED_H
#define PLUNGE_LOAD_SETTLED_H

#include <stddef.h>

struct arena;
struct result_series_point;
struct result_steady;

/* From when on a phase was in its steady state: its rate and its median latency
 * stay within 5 %, and its 99th percentile within 20 % (measure/steady.h).
 * Memory: in @arena. */
struct result_steady settled_find(const struct result_series_point *points,
                                  size_t count, struct arena *arena);

#endif
