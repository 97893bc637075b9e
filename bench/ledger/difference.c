/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "base/result.h"
#include "ledger/entries.h"
#include "ledger/stacks.h"

#define ALL_KINDS (-1)

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

/* By a stack's number: a text takes long to make, and thousands of entries
 * share one. */
struct texts {
    const char **items;
    size_t count;
};

static const char *stack_text(struct texts *texts, unsigned number,
                              struct arena *arena) {
    while (texts->count <= number) {
        texts->items = arena_more(arena, texts->items, texts->count,
                                  sizeof texts->items[0]);
        texts->items[texts->count++] = NULL;
    }
    if (texts->items[number] == NULL) {
        texts->items[number] = stacks_text(number, arena);
    }
    return texts->items[number];
}

/* Both ledgers are sorted by key: one walk. */
static struct leftovers subtract(const struct ledger *before,
                                 const struct ledger *after,
                                 struct arena *arena) {
    struct leftovers leftovers = {0};
    struct texts texts = {0};
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
                    .bytes = entry->bytes == 0 ? RESULT_UNKNOWN : entry->bytes,
                    .cycle = entry->cycle,
                    .late_ms = entry->late_ms,
                    .stack = stack_text(&texts, entry->stack, arena),
                });
        }
    }
    return leftovers;
}

static bool is_same_thing(const struct ledger_key *one,
                          const struct ledger_key *other) {
    return one->kind == other->kind &&
           memcmp(one->numbers, other->numbers, sizeof one->numbers) == 0;
}

/* A value of the baseline that is there no more, not even as another. */
static void add_gone(const struct ledger *before, const struct ledger *after,
                     struct leftovers *leftovers, struct arena *arena) {
    for (size_t i = 0; i < before->count; i++) {
        const struct ledger_entry *entry = &before->entries[i];
        size_t j = 0;
        while (entry->gone != NULL && j < after->count &&
               !is_same_thing(&after->entries[j].key, &entry->key)) {
            j++;
        }
        if (entry->gone != NULL && j == after->count) {
            add(leftovers, arena,
                &(struct result_leftover){
                    .kind = entry->key.kind,
                    .identity = entry->gone,
                    .count = 1,
                    .bytes = RESULT_UNKNOWN,
                });
        }
    }
}

/* NULL comes first. */
static int compare_texts(const char *left, const char *right) {
    if (left == NULL || right == NULL) {
        return (left != NULL) - (right != NULL);
    }
    return strcmp(left, right);
}

static int compare_numbers(uint64_t left, uint64_t right) {
    return (left > right) - (left < right);
}

/* strverscmp: thread 2 stands before thread 10. */
static int compare(const void *a, const void *b) {
    const struct result_leftover *left = a;
    const struct result_leftover *right = b;
    if (left->kind != right->kind) {
        return (int)left->kind - (int)right->kind;
    }
    const int orders[] = {
        strverscmp(left->identity, right->identity),
        compare_numbers(left->cycle, right->cycle),
        compare_texts(left->site, right->site),
        compare_texts(left->stack, right->stack),
        compare_numbers(left->bytes, right->bytes),
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (orders[i] != 0) {
            return orders[i];
        }
    }
    return 0;
}

static void sum_up(struct result_leftover *sum,
                   const struct result_leftover *one) {
    sum->count += one->count;
    if (one->bytes != RESULT_UNKNOWN) {
        sum->bytes =
            one->bytes + (sum->bytes == RESULT_UNKNOWN ? 0 : sum->bytes);
    }
    sum->late_ms = sum->late_ms > one->late_ms ? sum->late_ms : one->late_ms;
    if (compare_texts(sum->site, one->site) != 0) {
        sum->site = NULL;
    }
    if (compare_texts(sum->stack, one->stack) != 0) {
        sum->stack = NULL;
    }
}

static bool is_same_place(const struct result_leftover *one,
                          const struct result_leftover *other) {
    return one->kind == other->kind && one->cycle == other->cycle &&
           strcmp(one->identity, other->identity) == 0 &&
           compare_texts(one->site, other->site) == 0 &&
           compare_texts(one->stack, other->stack) == 0;
}

/* "dbpool block of 216 B", or "of 16 B to 4.0 KiB". */
static const char *with_sizes(const char *name, uint64_t least, uint64_t most,
                              struct arena *arena) {
    char from[QUANTITY_SIZE];
    char to[QUANTITY_SIZE];
    (void)quantity_size(from, (double)least);
    if (least == most) {
        return arena_format(arena, "%s of %s", name, from);
    }
    return arena_format(arena, "%s of %s to %s", name, from,
                        quantity_size(to, (double)most));
}

/* The blocks that were made at one place in one cycle are one entry, by their
 * number: nobody can tell them apart. They stand together, by their size. */
static struct leftovers join_blocks(const struct leftovers *all,
                                    struct arena *arena) {
    struct leftovers few = {0};
    for (size_t i = 0; i < all->count;) {
        const struct result_leftover *first = &all->items[i];
        add(&few, arena, first);
        struct result_leftover *sum = &few.items[few.count - 1];
        size_t end = i + 1;
        while (first->kind == RESULT_HEAP && end < all->count &&
               is_same_place(first, &all->items[end])) {
            sum_up(sum, &all->items[end++]);
        }
        if (first->kind == RESULT_HEAP) {
            sum->identity = with_sizes(first->identity, first->bytes,
                                       all->items[end - 1].bytes, arena);
        }
        i = end;
    }
    return few;
}

/* The entry that @one is summed up in: of its kind, and late or not. They are
 * sorted by kind. */
static struct result_leftover *find_sum(const struct leftovers *few,
                                        const struct result_leftover *one) {
    bool is_late = one->late_ms > 0;
    for (size_t i = few->count; i > 0 && few->items[i - 1].kind == one->kind;
         i--) {
        if ((few->items[i - 1].late_ms > 0) == is_late) {
            return &few->items[i - 1];
        }
    }
    return NULL;
}

/* One entry a kind, or of the kind @only; a site only where all have the same.
 * What was merely late is not counted with what is still there. */
static struct leftovers collapse(const struct leftovers *all, int only,
                                 struct arena *arena) {
    struct leftovers few = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct result_leftover *one = &all->items[i];
        bool is_summed = only == ALL_KINDS || (int)one->kind == only;
        struct result_leftover *sum = is_summed ? find_sum(&few, one) : NULL;
        if (sum != NULL) {
            sum_up(sum, one);
            continue;
        }
        add(&few, arena, one);
        if (is_summed) {
            few.items[few.count - 1].identity = result_kind_name(one->kind);
            few.items[few.count - 1].cycle = 0;
        }
    }
    return few;
}

/* Blocks give way first: a thread says more. */
static struct leftovers shorten(const struct leftovers *all,
                                struct arena *arena) {
    struct leftovers few = join_blocks(all, arena);
    if (few.count > RESULT_LEFTOVERS_MAX) {
        few = collapse(&few, RESULT_HEAP, arena);
    }
    if (few.count > RESULT_LEFTOVERS_MAX) {
        few = collapse(&few, ALL_KINDS, arena);
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
    add_gone(before, after, &leftovers, arena);
    stacks_forget_names();
    if (leftovers.count > 1) {
        qsort(leftovers.items, leftovers.count, sizeof *leftovers.items,
              compare);
    }
    leftovers = shorten(&leftovers, arena);
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
