/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/stacks.h"

struct leftovers {
    struct result_leftover *items;
    size_t count;
};

static void add(struct leftovers *leftovers, struct arena *arena,
                const struct result_leftover *leftover) {
    leftovers->items = arena_more(arena, leftovers->items, leftovers->count,
                                  sizeof *leftovers->items);
    leftovers->items[leftovers->count++] = *leftover;
}

/* Both ledgers are sorted by key: one walk. */
static struct leftovers subtract(const struct ledger *before,
                                 const struct ledger *after,
                                 struct arena *arena) {
    struct leftovers leftovers = {0};
    size_t j = 0;
    for (size_t i = 0; i < after->count; i++) {
        const struct ledger_entry *entry = &after->entries[i];
        int order = 1;
        while (j < before->count &&
               (order = entries_compare_keys(&before->entries[j].key,
                                             &entry->key)) < 0) {
            j++;
        }
        if (j == before->count || order != 0) {
            add(&leftovers, arena,
                &(struct result_leftover){
                    .kind = entry->key.kind,
                    .identity = entry->identity,
                    .site = entry->site,
                    .count = 1,
                    .bytes = RESULT_UNKNOWN,
                    .cycle = entry->cycle,
                    .late_ms = entry->late_ms,
                    .stack = stacks_text(entry->stack, arena),
                });
        }
    }
    return leftovers;
}

/* strverscmp: thread 2 stands before thread 10. */
static int compare(const void *a, const void *b) {
    const struct result_leftover *left = a;
    const struct result_leftover *right = b;
    if (left->kind != right->kind) {
        return (int)left->kind - (int)right->kind;
    }
    int order = strverscmp(left->identity, right->identity);
    return order != 0
               ? order
               : (left->cycle > right->cycle) - (left->cycle < right->cycle);
}

static bool same_text(const char *left, const char *right) {
    return left == right ||
           (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* One entry a kind; a site only where all have the same. What was merely late
 * is not counted with what is still there. */
static struct leftovers collapse(const struct leftovers *all,
                                 struct arena *arena) {
    struct leftovers few = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct result_leftover *one = &all->items[i];
        bool is_late = one->late_ms > 0;
        size_t j = 0;
        while (j < few.count && (few.items[j].kind != one->kind ||
                                 (few.items[j].late_ms > 0) != is_late)) {
            j++;
        }
        if (j == few.count) {
            add(&few, arena, one);
            few.items[j].identity = result_kind_name(one->kind);
            few.items[j].cycle = 0;
            continue;
        }
        struct result_leftover *sum = &few.items[j];
        sum->count++;
        sum->late_ms =
            sum->late_ms > one->late_ms ? sum->late_ms : one->late_ms;
        if (!same_text(sum->site, one->site)) {
            sum->site = NULL;
        }
        if (!same_text(sum->stack, one->stack)) {
            sum->stack = NULL;
        }
    }
    return few;
}

static void keep_texts(struct leftovers *leftovers, struct arena *arena) {
    for (size_t i = 0; i < leftovers->count; i++) {
        struct result_leftover *leftover = &leftovers->items[i];
        leftover->identity = arena_text(arena, leftover->identity);
        leftover->site = arena_text(arena, leftover->site);
    }
}

void ledger_difference(const struct ledger *before, const struct ledger *after,
                       struct arena *arena, struct result_cell *cell) {
    struct leftovers leftovers = subtract(before, after, arena);
    stacks_forget_names();
    if (leftovers.count > 1) {
        qsort(leftovers.items, leftovers.count, sizeof *leftovers.items,
              compare);
    }
    if (leftovers.count > RESULT_LEFTOVERS_MAX) {
        leftovers = collapse(&leftovers, arena);
    }
    keep_texts(&leftovers, arena);
    cell->leftovers = leftovers.items;
    cell->leftovers_count = leftovers.count;
    cell->ledger_disputed = NULL;
    if (after->disputes_count == 1) {
        cell->ledger_disputed = arena_text(arena, after->disputed);
    } else if (after->disputes_count > 1) {
        cell->ledger_disputed =
            arena_format(arena, "%s (and %zu more)", after->disputed,
                         after->disputes_count - 1);
    }
}
