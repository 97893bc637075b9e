/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_SCENE_H
#define PLUNGE_LEDGER_SCENE_H

#include <stddef.h>
#include <sys/types.h>

struct arena;

/* What each thread of another process is at, when nothing moves any more. */
struct scene_thread {
    const char *text;  /* "plunge-db/2 (thread 4711) sleeps in futex_wait" */
    const char *stack; /* a line a frame, the innermost first; NULL: it cannot
                          be read, or libdw was not there to build with */
};

struct scene {
    struct scene_thread *threads; /* in the order of their ids */
    size_t count;
};

#define SCENE_FRAMES_MAX 64

/* Stops each thread of @process, a child, for as long as its stack is read.
 * Memory: in @arena. */
struct scene scene_take(pid_t process, struct arena *arena);

#endif
