/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_GUARD_H
#define PLUNGE_CELL_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* What a supervisor does about a child that goes on: a pure function of what
 * it has seen so far. The clock, the board and the signals are its caller's.
 *
 *             interrupted           GUARD_ASKED_NS later, or urgent
 *   running ---------------> asked -----------------------------> killed
 *      |                                                            ^
 *      +------------------------------------------------------------+
 *           over its time or memory, or no sign of life for stall + grace
 */
enum guard_action {
    GUARD_GO_ON,
    GUARD_ASK,  /* it to stop; said once */
    GUARD_KILL, /* said once */
};

/* Why the child was not left alone. */
enum guard_reason {
    GUARD_NOTHING,
    GUARD_INTERRUPTED,
    GUARD_OVER_TIME,
    GUARD_OVER_MEMORY,
    GUARD_STALLED,
};

/* The child notices most stalls by itself and then says more of them than an
 * outsider could: it gets this much longer. */
#define GUARD_GRACE_NS (5 * CLOCK_NS_PER_S)

/* For a child that was asked to stop, to hand over what it has. */
#define GUARD_ASKED_NS (2 * CLOCK_NS_PER_S)

struct guard_sight {
    uint64_t now_ns;
    uint64_t answered;
    uint64_t submitted;
    uint64_t cycles;
    uint32_t phase;
    uint64_t memory_bytes; /* the most that it has had; 0: unknown */
    bool interrupted;
    bool urgent; /* interrupted again */
};

enum guard_state {
    GUARD_RUNNING,
    GUARD_ASKED,
    GUARD_KILLED,
};

struct guard {
    uint64_t memory_bytes;
    uint64_t time_ns;
    uint64_t stall_ns;
    uint64_t started_ns;
    uint64_t moved_ns; /* when the board was last seen to change */
    uint64_t asked_ns;
    struct guard_sight last;
    enum guard_state state;
    enum guard_reason reason;
};

struct guard_limits {
    uint64_t memory_bytes; /* 0: none */
    uint64_t time_ns;
    uint64_t stall_ns;
};

void guard_init(struct guard *guard, const struct guard_limits *limits,
                uint64_t now_ns);

/* Of a child that could not move, since it waited for its supervisor. */
void guard_moved(struct guard *guard, uint64_t now_ns);

enum guard_action guard_decide(struct guard *guard,
                               const struct guard_sight *sight);

#endif
