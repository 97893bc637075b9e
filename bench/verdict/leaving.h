/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_LEAVING_H
#define PLUNGE_VERDICT_LEAVING_H

#include <stdbool.h>

#include "base/result.h"
#include "verdict/ruling.h"

struct arena;
struct expectation;

/* left_behind against `nothing` or a map of kinds, in one cell. */
bool leaving_decides(const struct expectation *expectation);
struct ruling leaving_rule(const struct expectation *expectation,
                           const struct result_cell *cell, struct arena *arena);

/* Why nothing is known of @kind: nobody has looked. */
const char *leaving_unwatched(enum result_kind kind, struct arena *arena);

#endif
