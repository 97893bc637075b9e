/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_QUIET_H
#define PLUNGE_CELL_QUIET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct vital;

/* Whether a program has come to rest: for so long it had no CPU time (a
 * hundredth of a second is the least that is seen), no new thread and no new
 * descriptor, and none of its threads wanted to run. A pure function of what it
 * is shown. */
#define QUIET_NS (1 * CLOCK_NS_PER_S)

struct quiet {
    uint64_t moved_ns; /* when it was last seen to do something */
    uint64_t cpu_ticks;
    uint64_t threads;
    uint64_t fds;
};

void quiet_init(struct quiet *quiet, uint64_t now_ns);

/* A marker, too, is a sign of life. */
void quiet_moved(struct quiet *quiet, uint64_t now_ns);

bool quiet_decide(struct quiet *quiet, const struct vital *vital,
                  uint64_t now_ns);

#endif
