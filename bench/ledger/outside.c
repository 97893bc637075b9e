/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/outside.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/kinds.h"
#include "ledger/ledger.h"
#include "ledger/proc.h"
#include "ledger/proc_text.h"

/* ---- Threads -------------------------------------------------------------*/

static void add_thread(struct ledger *ledger, const struct proc_task *task) {
    entries_add(ledger, &(struct ledger_entry){
                            .key.kind = RESULT_THREAD,
                            .key.numbers = {(uint64_t)task->id, task->started},
                            .identity = arena_format(ledger->arena,
                                                     "thread %s (%" PRId64 ")",
                                                     task->name, task->id),
                        });
}

static void take_threads(int64_t process, struct ledger *ledger) {
    struct proc_tasks tasks = proc_threads_of(process, ledger->arena);
    if (tasks.error != 0) {
        entries_dispute(ledger, "/proc/%" PRId64 "/task cannot be read: %s",
                        process, strerrordesc_np(tasks.error));
    }
    for (size_t i = 0; i < tasks.count; i++) {
        add_thread(ledger, &tasks.items[i]);
    }
}

/* ---- Descriptors ---------------------------------------------------------*/

/* "read and write, at 4096"; a position is a file's alone. */
static const char *describe(const char *fdinfo, const struct proc_fd *fd,
                            struct arena *arena) {
    const char *flags = proc_field(fdinfo, "flags");
    const char *position = proc_field(fdinfo, "pos");
    if (flags == NULL) {
        return NULL;
    }
    unsigned long mode = strtoul(flags, NULL, 8) & O_ACCMODE;
    const char *words = mode == O_RDONLY   ? "read"
                        : mode == O_WRONLY ? "write"
                                           : "read and write";
    if (fd->target[0] != '/' || position == NULL) {
        return words;
    }
    return arena_format(arena, "%s, at %llu", words,
                        strtoull(position, NULL, 10));
}

static struct ledger_entry entry_of_fd(const struct proc_fd *fd,
                                       struct arena *arena) {
    return (struct ledger_entry){
        .key = {.kind = fd->is_socket ? RESULT_SOCKET : RESULT_FD,
                .numbers = {(uint64_t)fd->fd, fd->device, fd->inode},
                .text = proc_fd_sort(fd)},
        .identity =
            arena_format(arena, "fd %d %s", fd->fd, proc_fd_text(fd, arena)),
    };
}

static void add_fd(int64_t process, const struct proc_fd *fd,
                   struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    const char *fdinfo =
        proc_text(process, arena_format(arena, "fdinfo/%d", fd->fd), arena);
    struct ledger_entry entry = entry_of_fd(fd, arena);
    entry.site = describe(fdinfo, fd, arena);
    entries_add(ledger, &entry);
    kinds_locks(fdinfo, fd->fd, proc_fd_text(fd, arena), ledger);
}

static void take_fds(int64_t process, struct ledger *ledger) {
    struct proc_fds fds = proc_fds_of(process, ledger->arena);
    if (fds.error != 0) {
        entries_dispute(ledger, "/proc/%" PRId64 "/fd cannot be read: %s",
                        process, strerrordesc_np(fds.error));
    }
    for (size_t i = 0; i < fds.count; i++) {
        add_fd(process, &fds.items[i], ledger);
    }
}

/* ---- The whole -----------------------------------------------------------*/

struct ledger *outside_take(int64_t process) {
    struct ledger *ledger = entries_new();
    take_threads(process, ledger);
    take_fds(process, ledger);
    outside_maps(process, ledger);
    kinds_timers(proc_text(process, "timers", ledger->arena), ledger);
    kinds_signals(proc_text(process, "status", ledger->arena), ledger);
    entries_sort(ledger);
    return ledger;
}

static void add_given(const struct proc_fds *own, int given, int number,
                      struct ledger *ledger) {
    for (size_t i = 0; i < own->count; i++) {
        if (own->items[i].fd == given) {
            struct proc_fd fd = own->items[i];
            fd.fd = number;
            struct ledger_entry entry = entry_of_fd(&fd, ledger->arena);
            entries_add(ledger, &entry);
        }
    }
}

struct ledger *outside_take_bare(int64_t process,
                                 const int given[OUTSIDE_GIVEN_COUNT]) {
    struct ledger *ledger = entries_new();
    struct proc_task task;
    if (proc_process(process, &task)) {
        add_thread(ledger, &task);
    }
    struct proc_fds own = proc_fds(ledger->arena);
    for (int i = 0; i < OUTSIDE_GIVEN_COUNT; i++) {
        add_given(&own, given[i], i, ledger);
    }
    entries_sort(ledger);
    return ledger;
}

/* ---- What is left --------------------------------------------------------*/

static int compare_entries(const void *a, const void *b) {
    const struct ledger_entry *left = a;
    const struct ledger_entry *right = b;
    return entries_compare_keys(&left->key, &right->key);
}

static bool has(const struct ledger *ledger, const struct ledger_entry *entry) {
    return ledger->count != 0 &&
           bsearch(entry, ledger->entries, ledger->count,
                   sizeof ledger->entries[0], compare_entries) != NULL;
}

/* The thread of an entry, as it is now; NULL: it is gone. */
static const struct proc_task *find_thread(const struct proc_tasks *tasks,
                                           const struct ledger_entry *entry) {
    for (size_t i = 0; i < tasks->count; i++) {
        const struct proc_task *task = &tasks->items[i];
        if ((uint64_t)task->id == entry->key.numbers[0] &&
            task->started == entry->key.numbers[1]) {
            return task;
        }
    }
    return NULL;
}

size_t outside_threads_left(const struct ledger *first,
                            const struct ledger *last, int64_t process,
                            bool *runs_out) {
    struct arena *arena = arena_new();
    struct proc_tasks tasks = proc_threads_of(process, arena);
    size_t count = 0;
    *runs_out = false;
    for (size_t i = 0; i < last->count; i++) {
        const struct ledger_entry *entry = &last->entries[i];
        if (entry->key.kind != RESULT_THREAD || has(first, entry)) {
            continue;
        }
        const struct proc_task *task = find_thread(&tasks, entry);
        if (task != NULL) {
            count++;
            *runs_out = *runs_out || task->state == 'R' || task->state == 'D';
        }
    }
    arena_free(arena);
    return count;
}

void outside_forget_ended(struct ledger *last, int64_t process) {
    struct arena *arena = arena_new();
    struct proc_tasks tasks = proc_threads_of(process, arena);
    size_t kept = 0;
    for (size_t i = 0; i < last->count; i++) {
        const struct ledger_entry *entry = &last->entries[i];
        if (entry->key.kind != RESULT_THREAD ||
            find_thread(&tasks, entry) != NULL) {
            last->entries[kept++] = *entry;
        }
    }
    last->count = kept;
    arena_free(arena);
}

/* The first reading that has it, without a gap to the last. */
static const char *first_seen(const struct outside_reading *readings,
                              size_t readings_count,
                              const struct ledger_entry *entry) {
    size_t first = readings_count - 1;
    while (first > 0 && has(readings[first - 1].ledger, entry)) {
        first--;
    }
    return readings[first].name;
}

static void name_sites(const struct outside_reading *readings,
                       size_t readings_count) {
    struct ledger *last = readings[readings_count - 1].ledger;
    for (size_t i = 0; i < last->count; i++) {
        struct ledger_entry *entry = &last->entries[i];
        const char *since = first_seen(readings, readings_count, entry);
        entry->site = arena_format(last->arena, "first seen at %s%s%s", since,
                                   entry->site == NULL ? "" : "; ",
                                   entry->site == NULL ? "" : entry->site);
    }
}

static void forgive_runtime(struct ledger *bare, const struct ledger *last) {
    for (size_t i = 0; i < last->count; i++) {
        enum result_kind kind = last->entries[i].key.kind;
        if (kind == RESULT_MAP || kind == RESULT_SIGNAL) {
            entries_add(bare, &last->entries[i]);
        }
    }
    entries_sort(bare);
}

void outside_left(const struct outside_reading *readings, size_t readings_count,
                  bool bare, struct arena *arena, struct result_cell *cell) {
    const struct ledger *last = readings[readings_count - 1].ledger;
    if (bare) {
        forgive_runtime(readings[0].ledger, last);
    }
    name_sites(readings, readings_count);
    ledger_difference(readings[0].ledger, last, arena, cell);
}
