/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_CLOSED_H
#define PLUNGE_LOAD_CLOSED_H

#include <stdbool.h>
#include <stdint.h>

struct gathering;
struct slot;
struct slots;

/* A closed loop: in_flight slots, each of which asks again as soon as it is
 * answered.
 *
 * Thread: the loop's. */
struct closed {
    struct gathering *gathering; /* of the current phase, while it is filled */
};

/* The current phase is one of these, and has just started. */
void closed_enter(struct closed *closed, const struct slots *slots);

/* It is over, or no other began. */
void closed_leave(struct closed *closed);

/* Whether the current phase wants one lookup more in flight. */
bool closed_wants(const struct slots *slots);

/* Lets a free slot ask; what closed_wants() says is true. false: refused. The
 * next attempt is to be a turn of the loop later, so that a subject that
 * refuses everything does not keep the loop from its timers. */
bool closed_ask(struct closed *closed, struct slots *slots, uint64_t now_ns);

/* All that could be asked now was. */
void closed_asked(struct closed *closed, struct slots *slots);

#endif
