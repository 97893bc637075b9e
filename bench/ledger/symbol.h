/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SYMBOL_H
#define PLUNGE_LEDGER_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct Dwfl;
struct arena;

/* What is where in a process, by libdw's word: of its program and libraries,
 * from the files that they were loaded from alone.
 *
 * Thread: one at a time. */

/* Whether this build can name anything at all. */
bool symbol_is_available(void);

/* NULL: there is no such process, or nothing is available. */
struct Dwfl *symbol_open(pid_t process);

/* NULL is allowed. */
void symbol_close(struct Dwfl *names);

/* "dbpool_open_at lib/pool.c:212" for the instruction @at; the name alone where
 * the file has no lines; "libc.so.6+0x8f16", for addr2line, where there is no
 * name, either; NULL where nothing was loaded. */
const char *symbol_text(struct Dwfl *names, uintptr_t at, struct arena *arena);

#endif
