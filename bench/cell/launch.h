/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_LAUNCH_H
#define PLUNGE_CELL_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct arena;

/* Starts a program of the user's, by spawn_process(): nothing on standard
 * input, our own standard output and error, and descriptor 3 a pipe to us for
 * its markers, no other.
 *
 * The kernel stops the whole process group (SIGSTOP) within the call that
 * writes to descriptor 3, before it returns: what follows a marker has not yet
 * happened when the ledger is read. That is the pipe's O_ASYNC, with another
 * signal; launch_quieten() ends it. */
#define LAUNCH_MARKER_FD 3

struct launch_options {
    const char *const *arguments; /* end in NULL */
    const char *database;         /* its $PLUNGE_DATABASE */
    const char *temporary;        /* its $TMPDIR */
    bool output_on_stderr;
};

#define LAUNCH_GIVEN_COUNT 4

struct launched {
    pid_t pid;
    int marker_fd; /* our end, not blocking */
    /* Ours that its descriptors 0 to 3 are duplicates of. */
    int given[LAUNCH_GIVEN_COUNT];
};

/* Returns 0, or -errno: why there is no pipe or the program cannot be
 * executed. */
int launch_program(const struct launch_options *options, struct arena *arena,
                   struct launched *launched_out);

/* Of what was given, closes what we have no other use for. */
void launch_release(struct launched *launched);

void launch_quieten(const struct launched *launched);

#endif
