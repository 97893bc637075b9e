/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_CLOSED_H
#define PLUNGE_LOAD_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/load.h"
#include "load/means.h"

struct subject;
struct subject_sink;

/* A closed loop for subjects that lookups are submitted to: in_flight slots,
 * each of which asks again as soon as it is answered. Slots are made once and
 * kept through phases and cycles; nothing is allocated for a lookup.
 *
 * Thread: the loop's. */
struct closed;

/* @means is borrowed, @slots_count the most requests ever in flight. */
struct closed *closed_new(const struct means *means, size_t slots_count);

/* Turns the loop. false: some requests were never answered, and a thread of the
 * subject may still write there, so only the handles were given back. */
bool closed_free(struct closed *closed);

/* Gives back what answers are kept in, which the next ones take anew; nothing
 * while some are missing. */
void closed_rest(struct closed *closed);

/* For the subject to be opened with. */
struct subject_sink closed_sink(struct closed *closed);

/* Submits and receives one cycle of @phases, drain included. LOAD_LOST and
 * LOAD_STALLED leave requests unanswered: nothing can be run after that. */
void closed_run(struct closed *closed, struct subject *subject,
                const struct phases *phases, struct load_outcome *outcome_out);

/* The subject of this cycle has said that it is closed. */
void closed_subject_closed(struct closed *closed);

/* NULL, or what was answered that nobody waited for, once for each time: of
 * this cycle, after its end too. Until the next begins. */
const char *closed_stray(const struct closed *closed);

#endif
