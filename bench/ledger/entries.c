/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/entries.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct ledger *entries_new(void) {
    struct arena *arena = arena_new();
    struct ledger *ledger = arena_alloc(arena, sizeof *ledger);
    ledger->arena = arena;
    return ledger;
}

void entries_add(struct ledger *ledger, const struct ledger_entry *entry) {
    ledger->entries = arena_more(ledger->arena, ledger->entries, ledger->count,
                                 sizeof *ledger->entries);
    ledger->entries[ledger->count] = *entry;
    if (entry->key.text == NULL) {
        ledger->entries[ledger->count].key.text = "";
    }
    ledger->count++;
}

void entries_dispute(struct ledger *ledger, const char *format, ...) {
    if (ledger->disputes_count++ == 0) {
        va_list list;
        va_start(list, format);
        ledger->disputed = arena_vformat(ledger->arena, format, list);
        va_end(list);
    }
}

int entries_compare_keys(const struct ledger_key *left,
                         const struct ledger_key *right) {
    if (left->kind != right->kind) {
        return (int)left->kind - (int)right->kind;
    }
    for (size_t i = 0; i < sizeof left->numbers / sizeof left->numbers[0];
         i++) {
        if (left->numbers[i] != right->numbers[i]) {
            return left->numbers[i] < right->numbers[i] ? -1 : 1;
        }
    }
    return strcmp(left->text, right->text);
}

static int compare(const void *a, const void *b) {
    const struct ledger_entry *left = a;
    const struct ledger_entry *right = b;
    return entries_compare_keys(&left->key, &right->key);
}

void entries_sort(struct ledger *ledger) {
    if (ledger->count > 1) {
        qsort(ledger->entries, ledger->count, sizeof *ledger->entries, compare);
    }
}
