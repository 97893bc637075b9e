/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_TRAIL_H
#define PLUNGE_LEDGER_TRAIL_H

#include <stdint.h>

/* Ways up the stack that were unwound before. An unwinder reads tables at each
 * frame, some thousand instructions; but where a frame keeps its return address
 * follows from the way that led to it, so that a way once known is recognised
 * by reading the stack alone.
 *
 * Where a function takes a varying amount of stack (alloca) the way is not
 * recognised, and unwound again.
 *
 * Thread: any; finding takes no lock, one mutex, a leaf, guards what is added.
 * Memory: its own, from the kernel: what is kept is no block that somebody
 *         lost. */

/* One frame: a return address, and where on the stack it stands. */
struct trail_frame {
    uintptr_t address;
    const uintptr_t *slot;
};

/* The number of the way that begins with the return address in @slot; 0: it is
 * not known, or this thread has added none yet. */
unsigned trail_find(const uintptr_t *slot);

/* Remembers @count frames of the calling thread, the innermost first, under
 * @number, which is not 0. A way whose addresses are not where the slots say is
 * left out, as that of a signal's handler. */
void trail_add(const struct trail_frame *frames, unsigned count,
               unsigned number);

/* No other thread may be in here. */
void trail_forget(void);

#endif
