/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/proc_text.h"

/* /proc/locks names the processes that hold locks, but not those of an open
 * file description; /proc/PID/fdinfo says the same lines of all that are held
 * by way of a descriptor. Duplicates of one show the same locks. */
#define LOCK_FIELD "lock"

struct lock {
    char how[16];  /* POSIX, FLOCK, OFDLCK, LEASE */
    char what[16]; /* READ, WRITE */
    char file[64]; /* fe:00:4711 */
    char from[24];
    char to[24]; /* a number, or EOF */
};

/* "1: POSIX  ADVISORY  READ 3239 fe:00:4711 0 EOF" */
static bool parse_lock(const char *text, struct lock *lock_out) {
    return sscanf(text, "%*d: %15s %*s %15s %*d %63s %23s %23s", lock_out->how,
                  lock_out->what, lock_out->file, lock_out->from,
                  lock_out->to) == 5;
}

static bool is_there(const struct ledger *ledger,
                     const struct ledger_key *key) {
    for (size_t i = ledger->count; i > 0; i--) {
        if (entries_compare_keys(&ledger->entries[i - 1].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void add_lock(const char *text, int fd, const char *target,
                     struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    struct lock lock;
    if (!parse_lock(text, &lock)) {
        return;
    }
    const struct ledger_key key = {
        .kind = RESULT_LOCK,
        .text = arena_format(arena, "%s %s %s %s %s", lock.how, lock.what,
                             lock.file, lock.from, lock.to)};
    if (is_there(ledger, &key)) {
        return;
    }
    entries_add(ledger, &(struct ledger_entry){
                            .key = key,
                            .identity = arena_format(
                                arena, "lock %s %s of %s, %s to %s", lock.how,
                                lock.what, target, lock.from, lock.to),
                            .site = arena_format(arena, "by way of fd %d", fd),
                        });
}

void kinds_locks(const char *fdinfo, int fd, const char *target,
                 struct ledger *ledger) {
    for (const char *line = fdinfo; line != NULL; line = proc_next_line(line)) {
        if (strncmp(line, LOCK_FIELD ":", sizeof LOCK_FIELD) == 0) {
            add_lock(line + sizeof LOCK_FIELD, fd, target, ledger);
        }
    }
}
