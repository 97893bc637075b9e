/* SPDX-License-Identifier: Apache-2.0 */
#include "load/lateness.h"

uint64_t lateness_of(const struct lateness *lateness, uint64_t due_ns,
                     uint64_t now_ns) {
    if (now_ns <= due_ns) {
        return 0;
    }
    uint64_t late_ns = now_ns - due_ns;
    /* Calls do not overlap. */
    for (unsigned i = 0; i < LATENESS_HOLDS && late_ns >= LATENESS_HOLD_NS;
         i++) {
        const struct lateness_hold *hold = &lateness->holds[i];
        const uint64_t from_ns =
            hold->from_ns > due_ns ? hold->from_ns : due_ns;
        const uint64_t to_ns = hold->to_ns < now_ns ? hold->to_ns : now_ns;
        if (to_ns > from_ns) {
            late_ns -= to_ns - from_ns;
        }
    }
    return late_ns;
}
