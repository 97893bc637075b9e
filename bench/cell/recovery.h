/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_RECOVERY_H
#define PLUNGE_CELL_RECOVERY_H

#include <stdint.h>

struct arena;
struct ledger;
struct load;
struct mechanism;
struct result_cycles;
struct result_recovery;
struct uv_loop_s;

/* What a program can do that has run out of threads or descriptors: whether
 * the pools that were left open, and the one that failed, still close, and
 * whether work goes on then. All of it within the same limits:
 *
 * 0. one more pool is still refused its threads;
 * 1. half of the pools that went through are closed, the oldest first;
 * 2. one more is opened, asked, and closed (where a filter struck, that lets no
 *    thread start for good, this is left out);
 * 3. the one that failed is closed: so many threads are left as the rest has;
 * 4. the rest is closed: nothing is left of all that the cycles made. */
struct recovery {
    struct load *load;
    struct uv_loop_s *loop;
    struct mechanism *mechanism;
    const struct ledger *baseline;
    const struct result_cycles *cycles; /* with an exhaustion */
    uint64_t base_threads;
    uint64_t threads_per_pool;
};

/* Memory: in @arena. */
void recovery_run(const struct recovery *recovery, struct arena *arena,
                  struct result_recovery *result_out);

#endif
