/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_THINKING_H
#define PLUNGE_LOAD_THINKING_H

#include <stddef.h>
#include <stdint.h>

struct slot;

/* Slots between an answer and their next lookup: a heap, by when that is due.
 *
 * Invariant: items[0] is due first; count <= capacity.
 * Thread:    the loop's. */
struct thinking {
    struct thinker {
        uint64_t due_ns;
        struct slot *slot;
    } * items;
    size_t capacity;
    size_t count;
};

/* Room for @capacity slots; 0: nobody thinks. */
void thinking_init(struct thinking *thinking, size_t capacity);
void thinking_fini(struct thinking *thinking);

void thinking_push(struct thinking *thinking, struct slot *slot,
                   uint64_t due_ns);

/* UINT64_MAX: nobody thinks. */
static inline uint64_t thinking_due_ns(const struct thinking *thinking) {
    return thinking->count == 0 ? UINT64_MAX : thinking->items[0].due_ns;
}

/* The one that is due first; there is one. */
struct slot *thinking_pop(struct thinking *thinking);

#endif
