/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_PROC_H
#define PLUNGE_LEDGER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* What the kernel shows of a process under /proc: of this one, or (_of) of any
 * other that we may look at. What goes away while it is read is left out.
 *
 * Owner:  everything lives in the arena that is given.
 * Errors: a folder that cannot be read at all (no descriptor is left for it)
 *         is a list with an error; a number, RESULT_UNKNOWN. */

/* A thread (of the process) or a process (a child of it). */
struct proc_task {
    int64_t id;
    uint64_t started; /* in clock ticks since boot: ids are used again */
    uint64_t cpu;     /* in clock ticks, user and system */
    char state;       /* R, S, D, T, ... */
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

struct proc_tasks proc_threads_of(int64_t process, struct arena *arena);
struct proc_tasks proc_children_of(int64_t process, struct arena *arena);
struct proc_fds proc_fds_of(int64_t process, struct arena *arena);

/* The process itself; false: it has gone. */
bool proc_process(int64_t process, struct proc_task *task_out);

/* Of a descriptor's target, what says something to people: a path, "socket",
 * "eventfd". */
const char *proc_fd_text(const struct proc_fd *fd, struct arena *arena);

/* What makes it the same one beside its device and inode, which all that is
 * anonymous shares; a file stays the same one under another name, and without
 * any. */
const char *proc_fd_sort(const struct proc_fd *fd);

/* Cheap enough for every cycle. */
uint64_t proc_fds_count(void);
uint64_t proc_rss_bytes(void);

/* RSS with each page that is shared counted in part. The kernel looks at every
 * page for it: some 50 us for a small process. */
uint64_t proc_pss_bytes(void);

/* How many descriptors below @end are open, without opening one: in one call
 * of poll(), which must be allowed as many (RLIMIT_NOFILE). */
uint64_t proc_fds_count_below(uint64_t end);

#endif
