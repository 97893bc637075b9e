/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_DRIVEN_H
#define PLUNGE_LOAD_DRIVEN_H

#include <stdbool.h>

#include "load/load.h"
#include "load/means.h"
struct result_usage;
struct subject;
struct subject_sink;

/* The same load for subjects that run the lookups on threads of their own: one
 * lookup in flight a lane. Each lane takes keys by the chunk and counts for
 * itself; what it has is added up after each phase, for which the lanes stop.
 *
 * Thread: the loop's; the source and the sink: the lanes'. */
struct driven;

/* @means is borrowed. @staged: lookups are told when they got how far. */
struct driven *driven_new(const struct means *means, bool staged);

/* false: lanes run and use it, so nothing was given back. */
bool driven_free(struct driven *driven);

/* As dispatch_rest(). */
void driven_rest(struct driven *driven);

struct subject_sink driven_sink(struct driven *driven);

/* As dispatch_look(). */
void driven_look(struct driven *driven, const struct result_usage *usage);

/* As dispatch_run(). */
void driven_run(struct driven *driven, struct subject *subject,
                const struct phases *phases, struct load_outcome *outcome_out);

#endif
