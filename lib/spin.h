/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_SPIN_H
#define DBPOOL_SPIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Waiting awake for a moment before going to sleep: to be woken costs more than
 * a lookup does, on both sides. Nobody stays awake for longer than the limit.
 *
 * Whoever was awake in vain sleeps at once for the next wait, then for the next
 * two, four, ..., until a wait turns out to be short. Whoever has lost the
 * processor meanwhile does so for many more: where others want it, those that
 * sleep get it sooner than those that wait awake.
 *
 * Thread: the one that waits. */
struct dbpool__spin {
    uint64_t limit_ns; /* 0: never */
    uint64_t since_ns; /* the wait began; 0: nothing is waited for */
    bool awake;        /* for a part of it */
    bool pushed_away;  /* the processor was lost meanwhile */
    unsigned vain;     /* 2 to the power of this many waits are slept through */
    unsigned crowded;  /* the same, for the processor's sake */
    unsigned in_time;  /* waits since the last one that was not */
    uint32_t skip;     /* how many waits are left to sleep through */
    uint32_t skip_crowded;
};

void dbpool__spin_begin(struct dbpool__spin *spin, uint64_t now_ns);

/* What was waited for is there. */
void dbpool__spin_end(struct dbpool__spin *spin, uint64_t now_ns);

/* Whether to stay awake (longer). */
bool dbpool__spin_pays(const struct dbpool__spin *spin, uint64_t now_ns);

/* Waits until *@news is not @seen any more, or until the limit or @end_ns. Ends
 * at once where as many threads of the process do so as there are @cpus. */
void dbpool__spin_until(struct dbpool__spin *spin, const atomic_uint *news,
                        unsigned seen, uint64_t end_ns, unsigned cpus);

#endif
