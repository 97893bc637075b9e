/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/view.h"

static const char *block_name(enum heap_owner owner, struct arena *arena) {
    return arena_format(arena, "%s block", heap_owner_name(owner));
}

static void add_block(struct ledger *ledger, const struct blocks_entry *block,
                      const char *identity, const char *site) {
    entries_add(ledger, &(struct ledger_entry){
                            .key.kind = RESULT_HEAP,
                            .key.numbers = {block->serial},
                            .identity = identity,
                            .site = site,
                            .bytes = block->bytes,
                            .cycle = block->tag,
                            .stack = block->origin->stack,
                        });
}

static void check_count(struct ledger *ledger, enum heap_owner owner,
                        int64_t listed) {
    int64_t counted = heap_held(owner).blocks - heap_unlisted(owner);
    if (listed != counted) {
        entries_dispute(ledger,
                        "%" PRId64 " blocks of %s are counted, but %" PRId64
                        " are listed",
                        counted, heap_owner_name(owner), listed);
    }
}

void join_heap(const struct view *view, struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    int64_t listed[HEAP_OWNERS_COUNT] = {0};
    const char *names[HEAP_OWNERS_COUNT];
    const char *site = NULL;
    if (!heap_is_counted()) {
        return;
    }
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        names[i] = block_name((enum heap_owner)i, arena);
    }
    for (size_t i = 0; i < view->blocks_count; i++) {
        const struct blocks_entry *block = &view->blocks[i];
        /* They are sorted by it: thousands of blocks, few places. */
        if (i == 0 || block->origin != view->blocks[i - 1].origin) {
            site = origin_text(block->origin, "made", arena);
        }
        add_block(ledger, block, names[block->owner], site);
        listed[block->owner]++;
    }
    for (int i = 0; i < HEAP_OWNERS_COUNT; i++) {
        check_count(ledger, (enum heap_owner)i, listed[i]);
    }
}
