/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_REMAINS_H
#define PLUNGE_CELL_REMAINS_H

#include <stddef.h>

struct arena;
struct result_cell;
struct result_leftover;

/* What a cell's process left outside of itself, seen after it has gone. Each
 * appends to cell->leftovers. Memory: in @arena.
 *
 * The cached database is not looked at: other runs share it, and a -wal or
 * -shm beside it may be theirs. What is about files runs on a private copy. */

/* The files in the private @folder. @site says whose they are. */
void remains_files(const char *folder, const char *site, struct arena *arena,
                   struct result_cell *cell);

/* The same of a folder that was given to a program of the user's: what is at
 * any depth, empty folders too, but for what was there before. */
struct remains_given {
    const char *folder;
    const char *const *names; /* below it; end in NULL */
    const char *site;
};

void remains_made(const struct remains_given *given, struct arena *arena,
                  struct result_cell *cell);

/* Appends what others have found. */
void remains_append(const struct result_leftover *items, size_t items_count,
                    struct arena *arena, struct result_cell *cell);

/* The live descendants that came to this process as their reaper. They are
 * killed; the dead are reaped. */
void remains_processes(struct arena *arena, struct result_cell *cell);

#endif
