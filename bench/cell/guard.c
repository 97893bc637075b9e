/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/guard.h"

void guard_init(struct guard *guard, const struct guard_limits *limits,
                uint64_t now_ns) {
    *guard = (struct guard){
        .memory_bytes = limits->memory_bytes,
        .time_ns = limits->time_ns,
        .stall_ns = limits->stall_ns,
        .started_ns = now_ns,
        .moved_ns = now_ns,
        .state = GUARD_RUNNING,
        .reason = GUARD_NOTHING,
    };
}

void guard_moved(struct guard *guard, uint64_t now_ns) {
    guard->moved_ns = now_ns;
}

static bool moved(const struct guard_sight *before,
                  const struct guard_sight *now) {
    return now->answered != before->answered ||
           now->submitted != before->submitted ||
           now->cycles != before->cycles || now->phase != before->phase;
}

static enum guard_action kill_for(struct guard *guard,
                                  enum guard_reason reason) {
    guard->state = GUARD_KILLED;
    guard->reason = reason;
    return GUARD_KILL;
}

static enum guard_action decide_running(struct guard *guard,
                                        const struct guard_sight *sight) {
    if (sight->interrupted) {
        guard->state = GUARD_ASKED;
        guard->reason = GUARD_INTERRUPTED;
        guard->asked_ns = sight->now_ns;
        return GUARD_ASK;
    }
    if (sight->now_ns - guard->started_ns > guard->time_ns) {
        return kill_for(guard, GUARD_OVER_TIME);
    }
    if (guard->memory_bytes != 0 && sight->memory_bytes > guard->memory_bytes) {
        return kill_for(guard, GUARD_OVER_MEMORY);
    }
    /* Not stall + grace > now - moved: a limit may be as long as it likes. */
    uint64_t still_ns = sight->now_ns - guard->moved_ns;
    if (still_ns > GUARD_GRACE_NS &&
        still_ns - GUARD_GRACE_NS > guard->stall_ns) {
        return kill_for(guard, GUARD_STALLED);
    }
    return GUARD_GO_ON;
}

enum guard_action guard_decide(struct guard *guard,
                               const struct guard_sight *sight) {
    if (moved(&guard->last, sight)) {
        guard->moved_ns = sight->now_ns;
    }
    guard->last = *sight;
    switch (guard->state) {
    case GUARD_RUNNING:
        return decide_running(guard, sight);
    case GUARD_ASKED:
        if (sight->urgent || sight->now_ns - guard->asked_ns > GUARD_ASKED_NS) {
            return kill_for(guard, GUARD_INTERRUPTED);
        }
        return GUARD_GO_ON;
    case GUARD_KILLED:
        break;
    }
    return GUARD_GO_ON;
}
