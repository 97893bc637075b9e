/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_VIEW_H
#define PLUNGE_LEDGER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dbpool.h"
#include "ledger/blocks.h"
#include "ledger/maps.h"
#include "ledger/own.h"
#include "ledger/proc.h"
#include "ledger/registry.h"
#include "ledger/shared.h"
#include "ledger/threads.h"

struct arena;
struct uv_loop_s;

/* What each observer says at one moment, side by side and unjudged. join.h
 * makes one list of it. */

/* A handle as uv_walk() shows it. */
struct view_handle {
    uint64_t address;
    const char *type;   /* "async" */
    bool is_registered; /* of a type whose init is wrapped */
};

/* A file of shared memory that this process has made, opened or mapped, and
 * that is there at this moment. */
struct view_shared {
    const char *path;
    uint64_t inode;
    uint64_t bytes;
};

/* Each array is sorted by what it is searched by. */
struct view {
    /* The kernel's. */
    struct proc_tasks tasks; /* id */
    struct proc_fds fds;     /* fd */
    const char **fdinfos;    /* of each of these, as text; or NULL */
    struct proc_tasks children;
    struct maps maps; /* address */
    int64_t process;
    struct shared_items shared;
    struct view_shared *shared_files; /* each once */
    size_t shared_files_count;
    const char *timers;
    struct own_values own;

    /* The loop's. */
    const struct uv_loop_s *loop;
    struct view_handle *handles; /* address */
    size_t handles_count;

    /* The wrapped primitives'. */
    struct threads_entry *threads; /* tid, a running one first */
    size_t threads_count;
    struct registry_entry *registry; /* kind, key */
    size_t registry_count;
    struct blocks_entry *blocks; /* origin */
    size_t blocks_count;

    /* dbpool's. */
    struct dbpool_census_entry *census; /* kind, key */
    size_t census_count;
    const struct dbpool_census_entry **census_by_id;
    struct dbpool_census_entry *requests; /* unanswered; pool by pool */
    size_t requests_count;
};

/* All arrays are in @arena. */
void view_take(struct view *view, struct uv_loop_s *loop, struct arena *arena);

/* NULL: not in view. */
const struct proc_task *view_task(const struct view *view, int64_t tid);
const struct proc_fd *view_fd(const struct view *view, int fd);
const struct view_handle *view_handle(const struct view *view,
                                      uint64_t address);
const struct threads_entry *view_thread(const struct view *view, int64_t tid);
const struct registry_entry *
view_registered(const struct view *view, enum registry_kind kind, uint64_t key);
const struct dbpool_census_entry *
view_counted(const struct view *view, enum dbpool_kind kind, uint64_t key);
const struct dbpool_census_entry *view_census_id(const struct view *view,
                                                 uint64_t id);

#endif
