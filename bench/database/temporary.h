/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_TEMPORARY_H
#define PLUNGE_DATABASE_TEMPORARY_H

#include <stdbool.h>

struct arena;

/* A file that is not ready to be seen: `.NAME.tmp-PID` beside the NAME that it
 * is to get.
 *
 * Invariant: its writer holds a lock on it (flock) as long as it lives. One
 *            without a lock is a dead writer's, and whoever comes next
 *            removes it. The kernel drops the lock however the writer dies,
 *            and knows it in another container too, where the PID in the name
 *            says nothing.
 * Errors:    0 or -errno. */
struct temporary {
    const char *path;
    const char *target;
    const char *folder;
    struct arena *arena;
    int fd;
};

/* Creates an empty one for @target, which names a file. What dead writers left
 * there is removed first. */
int temporary_create(struct temporary *temporary, const char *target,
                     struct arena *arena);

/* Makes it the target, whole, and durable unless @no_sync. On an error it is
 * still there. */
int temporary_publish(struct temporary *temporary, bool no_sync);

/* Removes it, unless it was published; ends its use in any case. */
void temporary_close(struct temporary *temporary);

#endif
