/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/makers.h"
#include "ledger/use.h"
#include "ledger/view.h"

/* ---- Descriptors -------------------------------------------------------- */

static void join_fd(const struct view *view, struct ledger *ledger,
                    const struct proc_fd *fd) {
    struct arena *arena = ledger->arena;
    const struct registry_entry *registered =
        view_registered(view, REGISTRY_FD, (uint64_t)fd->fd);
    struct ledger_entry entry = {
        .key = {.kind = fd->is_socket ? RESULT_SOCKET : RESULT_FD,
                .numbers = {(uint64_t)fd->fd, fd->device, fd->inode},
                .text = proc_fd_sort(fd)},
        .identity =
            arena_format(arena, "fd %d %s", fd->fd, proc_fd_text(fd, arena)),
    };
    if (registered != NULL) {
        const char *site = origin_text(&registered->origin, "opened", arena);
        entry.site = use_of_fd(view, registered, fd, site, arena);
        entry.cycle = registered->origin.tag;
        entry.stack = registered->origin.stack;
    }
    entries_add(ledger, &entry);
}

static void join_fds(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->fds.count; i++) {
        join_fd(view, ledger, &view->fds.items[i]);
    }
    for (size_t i = 0; i < view->registry_count; i++) {
        const struct registry_entry *registered = &view->registry[i];
        if (registered->kind == REGISTRY_FD &&
            view_fd(view, (int)registered->key) == NULL) {
            const char *site =
                origin_text(&registered->origin, "opened", ledger->arena);
            entries_dispute(ledger,
                            "fd %" PRIu64 " (%s) was opened and not closed, "
                            "but /proc/self/fd does not show it",
                            registered->key,
                            site == NULL ? "by whom is unknown" : site);
        }
    }
}

/* ---- Handles ------------------------------------------------------------ */

/* Of a pool's handle, the census knows what it is for. */
static const char *handle_name(const struct view *view, uint64_t address,
                               const char *type) {
    const struct dbpool_census_entry *counted =
        view_counted(view, DBPOOL_KIND_HANDLE, address);
    return counted != NULL && counted->text[0] != '\0' ? counted->text : type;
}

static void add_handle(const struct view *view, struct ledger *ledger,
                       uint64_t address, const char *type) {
    struct arena *arena = ledger->arena;
    const struct registry_entry *registered =
        view_registered(view, REGISTRY_HANDLE, address);
    struct ledger_entry entry = {
        .key = {.kind = RESULT_HANDLE, .numbers = {0, address}},
        .identity =
            arena_format(arena, "handle %s", handle_name(view, address, type)),
    };
    if (registered != NULL) {
        entry.key.numbers[0] = registered->serial;
        entry.site = origin_text(&registered->origin, "made", arena);
        entry.cycle = registered->origin.tag;
        entry.stack = registered->origin.stack;
    }
    entries_add(ledger, &entry);
}

static void join_walked(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->handles_count; i++) {
        const struct view_handle *handle = &view->handles[i];
        if (handle->is_registered &&
            view_registered(view, REGISTRY_HANDLE, handle->address) == NULL) {
            entries_dispute(ledger,
                            "the loop holds a handle (%s) whose making was not "
                            "seen",
                            handle->type);
        }
        add_handle(view, ledger, handle->address, handle->type);
    }
}

static void join_handles(const struct view *view, struct ledger *ledger) {
    join_walked(view, ledger);
    for (size_t i = 0; i < view->registry_count; i++) {
        const struct registry_entry *registered = &view->registry[i];
        if (registered->kind != REGISTRY_HANDLE ||
            view_handle(view, registered->key) != NULL) {
            continue;
        }
        if (registered->loop == view->loop) {
            entries_dispute(ledger, "a handle was made and not closed, but the "
                                    "loop does not hold it");
        } else {
            add_handle(view, ledger, registered->key, "of another loop");
        }
    }
    for (size_t i = 0; i < view->census_count; i++) {
        const struct dbpool_census_entry *counted = &view->census[i];
        if (counted->kind == DBPOOL_KIND_HANDLE && counted->object != NULL &&
            view_registered(view, REGISTRY_HANDLE,
                            (uintptr_t)counted->object) == NULL) {
            entries_dispute(ledger,
                            "the census names a handle of %s whose making was "
                            "not seen",
                            counted->text);
        }
    }
}

/* ---- Connections -------------------------------------------------------- */

static void join_connection(const struct view *view, struct ledger *ledger,
                            const struct registry_entry *registered) {
    struct arena *arena = ledger->arena;
    const struct dbpool_census_entry *counted =
        view_counted(view, DBPOOL_KIND_CONNECTION, registered->key);
    const char *path = counted == NULL ? registered->text : counted->text;
    const char *site = origin_text(&registered->origin, "opened", arena);
    entries_add(ledger,
                &(struct ledger_entry){
                    .key.kind = RESULT_CONNECTION,
                    .key.numbers = {registered->serial},
                    .identity = arena_format(arena, "connection %s", path),
                    .site = use_of_connection(view, registered, site, arena),
                    .cycle = registered->origin.tag,
                    .stack = registered->origin.stack,
                });
}

static void join_connections(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->registry_count; i++) {
        if (view->registry[i].kind == REGISTRY_CONNECTION) {
            join_connection(view, ledger, &view->registry[i]);
        }
    }
    for (size_t i = 0; i < view->census_count; i++) {
        const struct dbpool_census_entry *counted = &view->census[i];
        if (counted->kind == DBPOOL_KIND_CONNECTION &&
            counted->object != NULL &&
            view_registered(view, REGISTRY_CONNECTION,
                            (uintptr_t)counted->object) == NULL) {
            entries_dispute(ledger,
                            "the census names a connection to %s that SQLite "
                            "was not seen to open",
                            counted->text);
        }
    }
}

/* ---- Processes ---------------------------------------------------------- */

static void join_children(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->children.count; i++) {
        const struct proc_task *child = &view->children.items[i];
        struct ledger_entry entry = {
            .key.kind = RESULT_PROCESS,
            .key.numbers = {(uint64_t)child->id, child->started},
            .identity = arena_format(ledger->arena, "process %" PRId64 " %s",
                                     child->id, child->name),
        };
        makers_name(view, (uint64_t)child->id, "started", ledger, &entry);
        entries_add(ledger, &entry);
    }
}

static void join_errors(const struct view *view, struct ledger *ledger) {
    const struct {
        const char *path;
        int error;
    } sources[] = {
        {"/proc/self/task", view->tasks.error},
        {"/proc/self/fd", view->fds.error},
        {"/proc/self/task", view->children.error},
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sources[i].error != 0) {
            entries_dispute(ledger, "%s cannot be read: %s", sources[i].path,
                            strerrordesc_np(sources[i].error));
        }
    }
}

void join_view(const struct view *view, struct ledger *ledger) {
    join_errors(view, ledger);
    join_census(view, ledger);
    join_threads(view, ledger);
    join_fds(view, ledger);
    join_handles(view, ledger);
    join_connections(view, ledger);
    join_heap(view, ledger);
    join_maps(view, ledger);
    join_locks(view, ledger);
    join_own(view, ledger);
    join_shared(view, ledger);
    join_children(view, ledger);
    entries_sort(ledger);
}
