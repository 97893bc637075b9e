/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SOAK_H
#define PLUNGE_CELL_SOAK_H

#include <stdbool.h>
#include <stdint.h>

/* When a cell has run its planned cycles and does not know enough, it runs as
 * many again: whether there is time for that before limits.time, with a margin
 * for cycles that become slower and for the stock-taking. Pure. */
struct soak_times {
    uint64_t cell_ns;   /* since the cell began */
    uint64_t cycles_ns; /* of these, in its cycles */
    uint64_t limit_ns;  /* limits.time */
};

bool soak_may_double(const struct soak_times *times);

#endif
