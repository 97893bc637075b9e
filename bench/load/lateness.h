/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_LATENESS_H
#define PLUNGE_LOAD_LATENESS_H

#include <stdint.h>

/* How late lookups were submitted through no fault of the subject's.
 *
 * A lookup that is submitted after it was due was held up by the generator (it
 * was busy, or its thread had no processor) or by the subject: in a call of
 * submit() the loop's thread is the subject's. Calls that take long are
 * remembered; the time in which one had the thread is not the generator's. What
 * a subject does in callbacks of its own cannot be told from that, and counts
 * as the generator's.
 *
 * Thread: the loop's. */
#define LATENESS_HOLDS 16 /* that are remembered: the last */
#define LATENESS_HOLD_NS UINT64_C(50000)

struct lateness {
    struct lateness_hold {
        uint64_t from_ns;
        uint64_t to_ns;
    } holds[LATENESS_HOLDS];
    unsigned next;
};

/* A call of submit() had the thread. */
static inline void lateness_held(struct lateness *lateness, uint64_t from_ns,
                                 uint64_t to_ns) {
    if (to_ns - from_ns >= LATENESS_HOLD_NS) {
        lateness->holds[lateness->next] =
            (struct lateness_hold){from_ns, to_ns};
        lateness->next = (lateness->next + 1) % LATENESS_HOLDS;
    }
}

/* Of a lookup that was due at @due_ns and is submitted at @now_ns: ns. */
uint64_t lateness_of(const struct lateness *lateness, uint64_t due_ns,
                     uint64_t now_ns);

#endif
