/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SETTLE_H
#define PLUNGE_CELL_SETTLE_H

struct program_end;
struct program_stock;

/* A thread that a program has joined may be in its last instructions yet, and
 * cannot end while the whole process is stopped. So all but the main thread,
 * which is held where it wrote the marker (by ptrace: where that is not
 * allowed, nothing happens here), go on for 50 ms, or as long as one of those
 * that are left still runs, a second at most. Which ones are gone by then were
 * not left behind; of everything else the reading stands.
 *
 * The program is stopped before and after, and its last reading was taken. */
void settle_threads(struct program_end *end, struct program_stock *stock);

#endif
