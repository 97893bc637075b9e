/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SPAWN_H
#define PLUNGE_CELL_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct handover;

/* Starts a process that is another program as soon as this returns: its own
 * session and process group, killed with its parent, no core file, every signal
 * let through. @become is called in it, and ends in exec, or returns with
 * errno. @fd_free: @become may place descriptors below it. This process becomes
 * the one that its orphaned descendants come to.
 *
 * Returns: 0 or -errno: nothing runs then. */
typedef void (*spawn_become_fn)(const void *data);

int spawn_process(spawn_become_fn become, const void *data, int fd_free,
                  pid_t *pid_out);

/* Starts this program again, or another build of it, as the child of a cell, by
 * spawn_process(): no descriptors but 0 to 2 and the handover's, nothing on
 * standard input. */
struct spawn_options {
    const struct handover *handover;
    const char *program;    /* another build (build.h); NULL: this one */
    bool one_arena;         /* malloc's; costs speed, makes memory repeatable */
    char *const *under;     /* a command to run it under, or NULL */
    char *const *variables; /* see spawn_add_variables(), or NULL */
};

int spawn_child(const struct spawn_options *options, struct arena *arena,
                pid_t *pid_out);

/* The environment of the child: @environment without a thread-stack cache in
 * the C library, which would keep the stacks of joined threads. */
char **spawn_environment(char *const *environment, bool one_arena,
                         struct arena *arena);

/* @environment with each NAME=VALUE of @variables. Where the name is there
 * already, its value comes first, then a colon: of options that are given
 * twice the last counts. */
char **spawn_add_variables(char *const *environment, char *const *variables,
                           struct arena *arena);

#endif
