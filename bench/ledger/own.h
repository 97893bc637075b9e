/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_OWN_H
#define PLUNGE_LEDGER_OWN_H

#include "ledger/own_values.h"

struct arena;

/* What this process has made up its mind about, by now. @status: the text of
 * /proc/self/status, or NULL. All is in @arena. */
struct own_values own_take(const char *status, struct arena *arena);

#endif
