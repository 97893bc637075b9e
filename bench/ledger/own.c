/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/own.h"

#include "base/arena.h"

void own_add(struct own_values *values, struct arena *arena,
             const struct own_value *value) {
    values->items =
        arena_more(arena, values->items, values->count, sizeof *value);
    values->items[values->count++] = *value;
}

struct own_values own_take(const char *status, struct arena *arena) {
    struct own_values values = {0};
    own_timers(&values, arena);
    own_signals(&values, arena);
    own_settings(&values, status, arena);
    return values;
}
