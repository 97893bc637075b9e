/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/kinds.h"
#include "ledger/view.h"

/* Two kinds of locks: of files, which the kernel shows, and between threads,
 * which it does not know of. */

static void join_made(struct ledger *ledger,
                      const struct registry_entry *made) {
    struct arena *arena = ledger->arena;
    entries_add(ledger,
                &(struct ledger_entry){
                    .key.kind = RESULT_LOCK,
                    .key.numbers = {made->serial},
                    .identity = arena_format(arena, "lock %s", made->text),
                    .site = origin_text(&made->origin, "made", arena),
                    .cycle = made->origin.tag,
                    .stack = made->origin.stack,
                });
}

/* The lock is whose the descriptor is that it is held by way of. */
static void name_opener(const struct view *view, struct ledger *ledger, int fd,
                        struct ledger_entry *lock) {
    struct arena *arena = ledger->arena;
    const struct registry_entry *opened =
        view_registered(view, REGISTRY_FD, (uint64_t)fd);
    const char *words =
        opened == NULL ? NULL : origin_text(&opened->origin, "opened", arena);
    if (words != NULL) {
        lock->site = arena_format(arena, "%s, %s", lock->site, words);
        lock->cycle = opened->origin.tag;
        lock->stack = opened->origin.stack;
    }
}

void join_locks(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->registry_count; i++) {
        if (view->registry[i].kind == REGISTRY_LOCK) {
            join_made(ledger, &view->registry[i]);
        }
    }
    for (size_t i = 0; i < view->fds.count; i++) {
        const struct proc_fd *fd = &view->fds.items[i];
        size_t first = ledger->count;
        kinds_locks(view->fdinfos[i], fd->fd, proc_fd_text(fd, ledger->arena),
                    ledger);
        for (size_t j = first; j < ledger->count; j++) {
            name_opener(view, ledger, fd->fd, &ledger->entries[j]);
        }
    }
}
