/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_ENDING_H
#define PLUNGE_CELL_ENDING_H

#include <stdbool.h>

#include "cell/guard.h"

struct arena;
struct result_outcome;

/* How a child ended, and what that means for its cell. */
struct ending {
    int wait_status; /* of waitpid() */
    enum guard_reason reason;
    bool handed_over; /* there is a whole result of the child's */
    uint64_t time_ns; /* the limits that it had */
    uint64_t stall_ns;
    uint64_t unanswered;         /* when it was last looked at */
    uint64_t memory_limit_bytes; /* 0: none */
    uint64_t memory_bytes;       /* the most that it had; 0: unknown */
};

/* Changes @outcome, which is the child's own where it handed one over: that
 * stands when the process ended well, by itself. Nothing that happened after
 * it is lost. Memory: in @arena. */
void ending_judge(const struct ending *ending, struct arena *arena,
                  struct result_outcome *outcome);

#endif
