/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_OUTSIDE_H
#define PLUNGE_LEDGER_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct ledger;
struct result_cell;

/* The ledger of another process, as /proc shows it: threads, descriptors,
 * sockets, mapped files, file locks, timers and handlers of signals. Nothing
 * inside of it is asked, so it may be written in anything.
 *
 * A site is all that can be told from there: since when a thing has been seen,
 * and of a descriptor its mode and position. */

/* The process is stopped: nothing changes while it is read. */
struct ledger *outside_take(int64_t process);

/* What a process had when it was begun, whatever it has done since: its main
 * thread, and descriptors 0 to 3, which were duplicates of our own @given. */
#define OUTSIDE_GIVEN_COUNT 4

struct ledger *outside_take_bare(int64_t process,
                                 const int given[OUTSIDE_GIVEN_COUNT]);

/* How many threads are in @last, not in @first, and there at this moment; and
 * whether one of them runs or wants to. */
size_t outside_threads_left(const struct ledger *first,
                            const struct ledger *last, int64_t process,
                            bool *runs_out);

/* Takes the threads from @last that are gone by now. */
void outside_forget_ended(struct ledger *last, int64_t process);

/* Readings in the order of time, the first one the baseline. */
struct outside_reading {
    const char *name; /* "opened" */
    struct ledger *ledger;
};

/* What is in the last reading and not in the first: cell->leftovers, in
 * @arena. @bare: the first is that of a bare process. Which files a runtime
 * maps and which signals it handles cannot be told from what is left then:
 * neither is. */
void outside_left(const struct outside_reading *readings, size_t readings_count,
                  bool bare, struct arena *arena, struct result_cell *cell);

/* A part of it: the files that it has mapped. */
void outside_maps(int64_t process, struct ledger *ledger);

#endif
