/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/own_values.h"

#include "base/arena.h"

void own_add(struct own_values *values, struct arena *arena,
             const struct own_value *value) {
    values->items =
        arena_more(arena, values->items, values->count, sizeof *value);
    values->items[values->count++] = *value;
}
