/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/own.h"

#include "ledger/own_parts.h"

struct own_values own_take(const char *status, struct arena *arena) {
    struct own_values values = {0};
    own_timers(&values, arena);
    own_signals(&values, arena);
    own_settings(&values, status, arena);
    return values;
}
