/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_PROC_TEXT_H
#define PLUNGE_LEDGER_PROC_TEXT_H

#include <stdint.h>

struct arena;

/* Files of /proc as text. */
#define PROC_SELF 0

/* The text of /proc/PROCESS/NAME (PROC_SELF: of this one) in @arena, or NULL:
 * it has gone, or cannot be read. Past the wraps, as proc.c reads. */
const char *proc_text(int64_t process, const char *name, struct arena *arena);

/* What follows @name in a text of lines such as "pos:\t0"; NULL: none. */
const char *proc_field(const char *text, const char *name);

/* The next line; NULL: there is none. */
const char *proc_next_line(const char *line);

#endif
