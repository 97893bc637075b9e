/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_FAILURE_H
#define PLUNGE_VERDICT_FAILURE_H

#include <stdbool.h>

#include "verdict/ruling.h"

struct arena;
struct expectation;

/* `exhausted`, `exhausted_at` and `error` in one cell: how it failed.
 *
 * Where nothing was exhausted there is no cycle: an order (`>= 20`) then has no
 * samples and is false, and so is any number; only `nothing`, or a prediction
 * of nothing, is right. */
bool failure_decides(const struct expectation *expectation);
struct ruling failure_rule(const struct expectation *expectation,
                           const struct result_cell *cell, struct arena *arena);

#endif
