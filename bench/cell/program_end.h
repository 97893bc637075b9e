/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_PROGRAM_END_H
#define PLUNGE_CELL_PROGRAM_END_H

#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct launched;
struct result_cell;

/* Stopping a program of the user's, letting it go on, and its end. */
struct program_end {
    struct launched *launched;
    int pid_fd;     /* readable once it has ended; -1: there is none */
    bool has_ended; /* and was waited for: wait_status counts */
    bool was_killed;
    int wait_status;
};

void program_end_init(struct program_end *end, struct launched *launched);

bool program_end_has_come(struct program_end *end);

/* Its whole process group, and waits until none of its threads can go on.
 * false: it has ended, or (5 s) would not stop. */
bool program_end_stop(struct program_end *end);
void program_end_continue(const struct program_end *end);

/* It has ended when this returns. @gently: SIGTERM for itself, SIGKILL after
 * 2 s; else SIGKILL for its whole group. */
void program_end_bring(struct program_end *end, bool gently);

/* Those that it left have a second to follow it; then they are leftovers, and
 * ended. Memory: in @arena. */
void program_end_reap(struct arena *arena, struct result_cell *cell);

#endif
