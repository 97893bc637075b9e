/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/kinds.h"
#include "ledger/makers.h"
#include "ledger/view.h"

static void join_values(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->own.count; i++) {
        const struct own_value *value = &view->own.items[i];
        struct ledger_entry entry = {
            .key.kind = value->kind,
            .key.numbers = {value->numbers[0], value->numbers[1]},
            .key.text = value->value,
            .identity = value->identity,
            .gone = value->gone,
        };
        makers_name(view, value->numbers[0], "set", ledger, &entry);
        entries_add(ledger, &entry);
    }
}

static void join_timers(const struct view *view, struct ledger *ledger) {
    size_t first = ledger->count;
    kinds_timers(view->timers, ledger);
    for (size_t i = first; i < ledger->count; i++) {
        struct ledger_entry *timer = &ledger->entries[i];
        makers_name(view, timer->key.numbers[0], "made", ledger, timer);
    }
}

/* What is set for good, or until it is taken back by its number. */
static void join_set(struct ledger *ledger, const struct registry_entry *set) {
    struct arena *arena = ledger->arena;
    entries_add(ledger,
                &(struct ledger_entry){
                    .key.kind = RESULT_SETTING,
                    .key.numbers = {UINT64_MAX, set->serial},
                    .identity = arena_format(arena, "setting %s", set->text),
                    .site = origin_text(&set->origin, "made", arena),
                    .cycle = set->origin.tag,
                    .stack = set->origin.stack,
                });
}

void join_own(const struct view *view, struct ledger *ledger) {
    join_timers(view, ledger);
    join_values(view, ledger);
    for (size_t i = 0; i < view->registry_count; i++) {
        if (view->registry[i].kind == REGISTRY_KEY ||
            view->registry[i].kind == REGISTRY_AT_END) {
            join_set(ledger, &view->registry[i]);
        }
    }
}
