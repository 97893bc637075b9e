/* SPDX-License-Identifier: Apache-2.0 */
#include "load/thinking.h"

#include <stdlib.h>

#include "base/check.h"

void thinking_init(struct thinking *thinking, size_t capacity) {
    *thinking = (struct thinking){.capacity = capacity};
    if (capacity == 0) {
        return;
    }
    thinking->items = calloc(capacity, sizeof *thinking->items);
    if (thinking->items == NULL) {
        check_out_of_memory();
    }
}

void thinking_fini(struct thinking *thinking) {
    free(thinking->items);
}

void thinking_push(struct thinking *thinking, struct slot *slot,
                   uint64_t due_ns) {
    struct thinker *items = thinking->items;
    CHECK(thinking->count < thinking->capacity);
    size_t at = thinking->count++;
    while (at > 0 && items[(at - 1) / 2].due_ns > due_ns) {
        items[at] = items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    items[at] = (struct thinker){due_ns, slot};
}

struct slot *thinking_pop(struct thinking *thinking) {
    struct thinker *items = thinking->items;
    CHECK(thinking->count > 0);
    struct slot *first = items[0].slot;
    const struct thinker last = items[--thinking->count];
    size_t at = 0;
    for (size_t child = 1; child < thinking->count; child = 2 * at + 1) {
        if (child + 1 < thinking->count &&
            items[child + 1].due_ns < items[child].due_ns) {
            child++;
        }
        if (items[child].due_ns >= last.due_ns) {
            break;
        }
        items[at] = items[child];
        at = child;
    }
    items[at] = last;
    return first;
}
