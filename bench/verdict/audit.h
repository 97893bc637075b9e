/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_VERDICT_AUDIT_H
#define PLUNGE_VERDICT_AUDIT_H

#include <stdbool.h>

struct arena;
struct result;
struct scenario;

/* Whether a result may be believed: requests add up, the ledger's observers
 * agree, and every percentile that an expectation names has samples enough.
 * Fills in result->audit. A check that finds no completed cell to look at is
 * left out.
 *
 * Returns: whether the run is to be trusted. Too few samples do not change
 *          that, nor a tool that the cells ran under: they only leave the
 *          expectations open that it bears on. */
bool audit_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result);

#endif
