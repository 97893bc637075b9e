/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/quiet.h"

#include "ledger/vital.h"

void quiet_init(struct quiet *quiet, uint64_t now_ns) {
    *quiet = (struct quiet){.moved_ns = now_ns};
}

void quiet_moved(struct quiet *quiet, uint64_t now_ns) {
    quiet->moved_ns = now_ns;
}

bool quiet_decide(struct quiet *quiet, const struct vital *vital,
                  uint64_t now_ns) {
    bool moved = vital->busy || vital->cpu_ticks != quiet->cpu_ticks ||
                 vital->threads > quiet->threads || vital->fds > quiet->fds;
    quiet->cpu_ticks = vital->cpu_ticks;
    quiet->threads = vital->threads;
    quiet->fds = vital->fds;
    if (moved) {
        quiet->moved_ns = now_ns;
    }
    return now_ns - quiet->moved_ns >= QUIET_NS;
}
