/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_FRAME_H
#define PLUNGE_LEDGER_FRAME_H

#include <stdint.h>

struct arena;

/* "dbpool_open_at lib/pool.c:212" for a return address of this process; the
 * name alone where the file has no lines; "plunge+0x4711", for addr2line, where
 * it has no name or libdw was not there to build with.
 *
 * Thread: one at a time. */
const char *frame_text(uintptr_t address, struct arena *arena);

/* Closes what was opened for it. */
void frame_forget_names(void);

#endif
