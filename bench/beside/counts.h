/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BESIDE_COUNTS_H
#define PLUNGE_BESIDE_COUNTS_H

#include <stdint.h>

/* What the program has started, opened and allocated. The linker wraps what
 * that is done with (COUNTED in mk/bench.mk), so that it is the same count
 * whoever asks: the library, or the same by hand.
 *
 * Memory is counted apart for who wants it: SQLite and libuv say so, the rest
 * is whoever called them, which is the library where the program itself
 * allocates nothing. What a block takes is what it can hold
 * (malloc_usable_size) and the allocator's word in front of it.
 *
 * Thread: any. */
enum counts_party { COUNTS_OWN, COUNTS_SQLITE, COUNTS_LIBUV, COUNTS_PARTIES };

struct counts {
    uint64_t threads; /* started */
    uint64_t threads_joined;
    uint64_t connections;       /* opened */
    uint64_t connections_ended; /* closed */
    struct counts_memory {
        uint64_t allocations;
        uint64_t blocks; /* that are there */
        uint64_t bytes;  /* in them */
    } memory[COUNTS_PARTIES];
};

/* Before SQLite and libuv are used. */
void counts_begin(void);

struct counts counts_now(void);

#endif
