/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_BLOCKS_H
#define PLUNGE_LEDGER_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/heap.h"

struct origin;

/* The blocks of the heap that are alive, each with its origin; heap.c fills it.
 *
 * Invariant: a block is added after it was allocated and removed before it is
 *            given back, so that one address is never two blocks.
 * Thread:    any, without a lock: threads of a pool must not meet here, and a
 *            lock would order what is not ordered and so hide races.
 * Memory:    its own, from the kernel; addresses are kept in a form that no
 *            leak checker takes for a pointer. */
struct blocks_entry {
    enum heap_owner owner;
    uint64_t serial; /* unique */
    uint64_t bytes;
    uint64_t tag;
    const struct origin *origin; /* never freed */
};

void blocks_add(enum heap_owner owner, const char *primitive, const void *block,
                uint64_t bytes);

/* false: it was made before blocks were listed, and @entry_out is untouched. */
bool blocks_remove(const void *block, struct blocks_entry *entry_out);

/* Puts one back that was removed: at another address, or of another size. */
void blocks_restore(const void *block, const struct blocks_entry *entry);

/* Writes the first @capacity entries, in no order, and returns how many there
 * are. */
size_t blocks_list(struct blocks_entry *entries, size_t capacity);

#endif
