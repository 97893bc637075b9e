/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_OUTCOME_H
#define PLUNGE_LOAD_OUTCOME_H

#include "load/load.h"
#include "load/watch.h"

struct subject_error;

/* How a cycle ended, put together from its parts. */
void outcome_set(struct load_outcome *outcome, enum load_end end,
                 const struct subject_error *error);

/* A part of the cycle was waited for. That it never came outweighs all else:
 * what it left behind goes on. */
void outcome_join(struct load_outcome *outcome, enum watch_end end);

#endif
