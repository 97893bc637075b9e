/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_STACKS_H
#define PLUNGE_LEDGER_STACKS_H

#include <stdatomic.h>
#include <stdbool.h>

struct arena;

/* Backtraces of what was acquired, each different one kept once. Off until
 * stacks_begin(): a new one costs some ten thousand instructions, one that was
 * taken before some hundred (trail.h).
 *
 * Thread: any; one mutex, a leaf. */
#define STACKS_FRAMES_MAX 32

/* Before the threads that are to be seen. */
void stacks_begin(void);

extern _Atomic bool stacks_is_on;

static inline bool stacks_are_taken(void) {
    return atomic_load_explicit(&stacks_is_on, memory_order_relaxed);
}

/* Off again, and nothing is kept any more; numbers mean nothing from then on.
 */
void stacks_end(void);

/* The number of the calling thread's; 0: off. errno is kept. */
unsigned stacks_now(void);

/* A line a frame, "in_this_function file.c:12", from the wrapped primitive up,
 * without the ledger's own;
 * "plunge+0x4711" where libdw is not there to say more. NULL for 0. */
const char *stacks_text(unsigned number, struct arena *arena);

/* Gives back what stacks_text() reads names from; it may be called again. */
void stacks_forget_names(void);

#endif
