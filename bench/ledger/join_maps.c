/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "ledger/entries.h"
#include "ledger/view.h"

static const char *map_text(const struct maps_area *area, uint64_t size,
                            struct arena *arena) {
    char number[QUANTITY_SIZE];
    (void)quantity_size(number, (double)size);
    return area->inode == 0
               ? arena_format(arena, "map of %s without a file", number)
               : arena_format(arena, "map %s (%s)", area->name, number);
}

static void join_made(const struct view *view, struct ledger *ledger,
                      const struct registry_entry *made) {
    struct arena *arena = ledger->arena;
    const struct maps_area *area = maps_find(&view->maps, made->key);
    if (area == NULL) {
        entries_dispute(ledger,
                        "%" PRIu64 " bytes were mapped and not unmapped, but "
                        "/proc/self/maps does not show them",
                        made->size);
        return;
    }
    entries_add(ledger, &(struct ledger_entry){
                            .key.kind = RESULT_MAP,
                            .key.numbers = {made->serial},
                            .identity = map_text(area, made->size, arena),
                            .site = origin_text(&made->origin, "mapped", arena),
                            .bytes = made->size,
                            .cycle = made->origin.tag,
                            .stack = made->origin.stack,
                        });
}

/* An area of a file of which a piece was seen to be mapped. */
static bool is_made(const struct view *view, const struct maps_area *area) {
    for (size_t i = 0; i < view->registry_count; i++) {
        const struct registry_entry *entry = &view->registry[i];
        if (entry->kind == REGISTRY_MAP && entry->key >= area->begin &&
            entry->key < area->end) {
            return true;
        }
    }
    return false;
}

/* By the C library, or by a library that is shared: each file once. */
static void join_found(struct ledger *ledger, const struct maps_area *area) {
    entries_add(ledger, &(struct ledger_entry){
                            .key.kind = RESULT_MAP,
                            .key.numbers = {0, area->device, area->inode},
                            .identity = arena_format(ledger->arena, "map %s",
                                                     area->name),
                        });
}

void join_maps(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->registry_count; i++) {
        if (view->registry[i].kind == REGISTRY_MAP) {
            join_made(view, ledger, &view->registry[i]);
        }
    }
    for (size_t i = 0; i < view->maps.count; i++) {
        const struct maps_area *area = &view->maps.areas[i];
        if (area->inode != 0 && !area->is_code && !is_made(view, area)) {
            join_found(ledger, area);
        }
    }
}
