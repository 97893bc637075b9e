/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_PROC_H
#define PLUNGE_LEDGER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* What the kernel shows of this process under /proc/self. What goes away while
 * it is read is left out.
 *
 * Owner:  everything lives in the arena that is given.
 * Errors: a folder that cannot be read at all (no descriptor is left for it)
 *         is a list with an error; a number, RESULT_UNKNOWN. */

/* A thread (of this process) or a process (a child of it). */
struct proc_task {
    int64_t id;
    uint64_t started; /* in clock ticks since boot: ids are used again */
    char name[16];
};

struct proc_tasks {
    struct proc_task *items; /* in the order of their ids */
    size_t count;
    int error; /* errno, or 0 */
};

struct proc_fd {
    int fd;
    bool is_socket;
    uint64_t device;
    uint64_t inode;
    const char *target; /* "/tmp/users.db", "socket:[4711]" */
};

struct proc_fds {
    struct proc_fd *items; /* in the order of their numbers */
    size_t count;
    int error;
};

struct proc_tasks proc_threads(struct arena *arena);
struct proc_tasks proc_children(struct arena *arena);
struct proc_fds proc_fds(struct arena *arena);

/* Cheap enough for every cycle. */
uint64_t proc_fds_count(void);
uint64_t proc_rss_bytes(void);

/* RSS with each page that is shared counted in part. The kernel looks at every
 * page for it: some 50 us for a small process. */
uint64_t proc_pss_bytes(void);

#endif
