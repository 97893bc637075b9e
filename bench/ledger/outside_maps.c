/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/outside.h"

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/maps.h"
#include "ledger/proc_text.h"

/* Mapped files, each once, however many pieces of it are mapped where. What
 * grows and shrinks by itself is no entry: memory without a file (the heap,
 * arenas, stacks of threads), and files with code in them, which stay once
 * they are loaded. */
void outside_maps(int64_t process, struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    struct maps maps = maps_parse(proc_text(process, "maps", arena), arena);
    for (size_t i = 0; i < maps.count; i++) {
        const struct maps_area *area = &maps.areas[i];
        if (area->inode == 0 || area->is_code || maps_is_known(&maps, area)) {
            continue;
        }
        entries_add(ledger,
                    &(struct ledger_entry){
                        .key.kind = RESULT_MAP,
                        .key.numbers = {area->device, area->inode},
                        .identity = arena_format(arena, "map %s", area->name),
                    });
    }
}
