/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_CLOSED_H
#define PLUNGE_LOAD_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/thinking.h"

struct gathering;
struct lateness;
struct slot;
struct slots;

/* A closed loop: in_flight slots, each of which asks again as soon as it is
 * answered, or when it has thought.
 *
 * Thread: the loop's. */
struct closed {
    struct gathering *gathering; /* of the current phase, while it is filled */
    struct thinking thinking;
};

/* @thinkers: the most slots that ever think at once. */
void closed_init(struct closed *closed, size_t thinkers);
void closed_fini(struct closed *closed);

/* A phase has just started: one of these, or one of another kind, or none.
 * Who thinks goes on thinking in a phase that has thinking, too. */
void closed_enter(struct closed *closed, struct slots *slots);

/* Whether the current phase is a closed loop that wants one lookup more in
 * flight. */
bool closed_wants(const struct closed *closed, const struct slots *slots);

/* @slot was answered, and the phase wants one more: true where it thinks before
 * that. */
bool closed_thinks(struct closed *closed, const struct slots *slots,
                   struct slot *slot, uint64_t now_ns);

/* Frees who has thought enough by @now_ns. */
void closed_wake(struct closed *closed, struct slots *slots, uint64_t now_ns);

/* Lets a free slot ask; what closed_wants() says is true. false: refused. The
 * next attempt is to be a turn of the loop later, so that a subject that
 * refuses everything does not keep the loop from its timers. */
bool closed_ask(struct closed *closed, struct slots *slots,
                const struct lateness *lateness, uint64_t now_ns);

/* All that could be asked now was. */
void closed_asked(struct closed *closed, struct slots *slots);

#endif
