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
 * left out. So does what bears on times alone: samples, a tool, Little's law,
 * what else the machine did (noise.h), and whether it was steady.
 *
 * Returns: whether the run is to be trusted. What bears on times alone does not
 *          change that: it only leaves those expectations open. */
bool audit_result(const struct scenario *scenario, struct arena *arena,
                  struct result *result);

#endif
