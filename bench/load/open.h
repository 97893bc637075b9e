/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_OPEN_H
#define PLUNGE_LOAD_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "load/schedule.h"

struct lateness;
struct slots;

/* An open loop: lookups come when their schedule says, whatever becomes of
 * those before them. Above in_flight a lookup that is due is rejected at once.
 *
 * Thread: the loop's. */
struct open {
    struct schedule schedule;
    uint64_t due_ns; /* of the next lookup; UINT64_MAX: there is none */
};

/* The current phase is one of these, and has just started. */
void open_enter(struct open *open, const struct slots *slots);

/* No other phase is. */
void open_leave(struct open *open);

/* Submits the next lookup, which is due, or rejects it. */
void open_ask(struct open *open, struct slots *slots,
              const struct lateness *lateness, uint64_t now_ns);

#endif
