/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/makers.h"

#include <stdbool.h>
#include <string.h>

#include "ledger/entries.h"
#include "ledger/view.h"

#define KIND_SHIFT 56

static uint64_t key_of(enum result_kind kind, uint64_t number) {
    return (uint64_t)kind << KIND_SHIFT | number;
}

void makers_note(enum result_kind kind, uint64_t number, const char *primitive,
                 const char *value) {
    struct registry_entry entry = {
        .kind = REGISTRY_MAKER,
        .key = key_of(kind, number),
        .origin.primitive = primitive,
    };
    memcpy(entry.text, value, strnlen(value, sizeof entry.text - 1));
    registry_add(&entry);
}

static bool is_of(const struct registry_entry *made,
                  const struct ledger_entry *entry) {
    const size_t size = strlen(made->text);
    return size == 0 || (entry->key.text != NULL &&
                         strncmp(entry->key.text, made->text, size) == 0);
}

void makers_name(const struct view *view, uint64_t number, const char *verb,
                 struct ledger *ledger, struct ledger_entry *entry) {
    const struct registry_entry *made =
        number >> KIND_SHIFT != 0
            ? NULL
            : view_registered(view, REGISTRY_MAKER,
                              key_of(entry->key.kind, number));
    if (made != NULL && is_of(made, entry)) {
        entry->site = origin_text(&made->origin, verb, ledger->arena);
        entry->cycle = made->origin.tag;
        entry->stack = made->origin.stack;
    }
}
