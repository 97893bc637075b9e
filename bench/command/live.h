/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_LIVE_H
#define PLUNGE_COMMAND_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "command/strip.h"

struct run_sight;
struct text;

/* What a run is at, as a block of lines for people: how far it is, rate and
 * latency of the last second with those before as bars, and what the cell's
 * process holds. It neither prints nor reads a clock.
 *
 *     block 2 of 5: dbpool pool.max=8, steady
 *       [##########..............]  43 %   12.0 s left   1,204,113 answered
 *       rate   1,204,113/s  ▁▂▅█▇
 *       p50    812 us       ▃▃▄█▃
 *       p99    1.42 ms      ▂▂▃█▂
 *       10,000 in flight, 9,998 waiting; 6 threads, 24 fds, RSS 38.2 MiB
 */
#define LIVE_WIDTH_MIN 40

struct live {
    const char *what; /* the sight's, of the cell under way */
    uint64_t second_began_ns;
    uint64_t answered_before;
    uint64_t rate; /* in the last whole second; RESULT_UNKNOWN: none yet */
    struct strip rates;
    struct strip p50s;
    struct strip p99s;
};

/* All zero but what is unknown. */
void live_init(struct live *live);

/* At each look, whether it is shown or not. */
void live_look(struct live *live, const struct run_sight *sight,
               uint64_t now_ns);

/* Appends the block, each line ended, what is wider than @width columns cut.
 * Returns the count of lines. */
unsigned live_append(const struct live *live, const struct run_sight *sight,
                     unsigned width, struct text *text);

#endif
