/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/view.h"

static void add(struct ledger *ledger, uint64_t key, const char *identity,
                uint64_t bytes, const struct registry_entry *made) {
    struct ledger_entry entry = {
        .key = {.kind = RESULT_SHM, .numbers = {key}, .text = identity},
        .identity = identity,
        .bytes = bytes,
    };
    if (made != NULL) {
        entry.site = origin_text(&made->origin, "made", ledger->arena);
        entry.cycle = made->origin.tag;
        entry.stack = made->origin.stack;
    }
    entries_add(ledger, &entry);
}

static void join_files(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->shared_files_count; i++) {
        const struct view_shared *file = &view->shared_files[i];
        add(ledger, file->inode,
            arena_format(ledger->arena, "shm %s", file->path), file->bytes,
            view_registered(view, REGISTRY_SHM, file->inode));
    }
}

/* A segment names who made it; of the others only the calls tell. */
static void join_ipcs(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->shared.count; i++) {
        const struct shared_item *item = &view->shared.items[i];
        uint64_t key = shared_ipc_key(item->ipc, (int)item->id);
        const struct registry_entry *made =
            view_registered(view, REGISTRY_IPC, key);
        if (made != NULL || item->maker == view->process) {
            add(ledger, key,
                arena_format(ledger->arena, "shm %s, id %" PRId64,
                             shared_ipc_name(item->ipc), item->id),
                item->bytes, made);
        }
    }
}

void join_shared(const struct view *view, struct ledger *ledger) {
    join_files(view, ledger);
    join_ipcs(view, ledger);
}
