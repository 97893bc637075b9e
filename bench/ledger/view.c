/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "ledger/proc_text.h"

#define FDINFO_SIZE 32

/* ---- Orders ------------------------------------------------------------- */

static int compare(uint64_t left, uint64_t right) {
    return (left > right) - (left < right);
}

static int compare_tasks(const void *a, const void *b) {
    const struct proc_task *left = a;
    const struct proc_task *right = b;
    return compare((uint64_t)left->id, (uint64_t)right->id);
}

static int compare_fds(const void *a, const void *b) {
    const struct proc_fd *left = a;
    const struct proc_fd *right = b;
    return left->fd - right->fd;
}

static int compare_handles(const void *a, const void *b) {
    const struct view_handle *left = a;
    const struct view_handle *right = b;
    return compare(left->address, right->address);
}

/* A finished thread's number may have been given to another one. */
static int compare_threads(const void *a, const void *b) {
    const struct threads_entry *left = a;
    const struct threads_entry *right = b;
    int order = compare((uint64_t)left->tid, (uint64_t)right->tid);
    return order != 0 ? order : (int)left->state - (int)right->state;
}

static int compare_registered(const void *a, const void *b) {
    const struct registry_entry *left = a;
    const struct registry_entry *right = b;
    int order = (int)left->kind - (int)right->kind;
    return order != 0 ? order : compare(left->key, right->key);
}

/* What an entry of the census is found by: a thread's kernel id, the address of
 * anything else. */
static uint64_t census_key(const struct dbpool_census_entry *entry) {
    return entry->kind == DBPOOL_KIND_THREAD ? (uint64_t)entry->thread_id
                                             : (uintptr_t)entry->object;
}

static int compare_counted(const void *a, const void *b) {
    const struct dbpool_census_entry *left = a;
    const struct dbpool_census_entry *right = b;
    int order = (int)left->kind - (int)right->kind;
    return order != 0 ? order : compare(census_key(left), census_key(right));
}

static int compare_ids(const void *a, const void *b) {
    const struct dbpool_census_entry *const *left = a;
    const struct dbpool_census_entry *const *right = b;
    return compare((*left)->id, (*right)->id);
}

/* Of one place are those of one origin. */
static int compare_blocks(const void *a, const void *b) {
    const struct blocks_entry *left = a;
    const struct blocks_entry *right = b;
    return compare((uintptr_t)left->origin, (uintptr_t)right->origin);
}

static void sort(void *items, size_t count, size_t size,
                 int (*order)(const void *, const void *)) {
    if (count > 1) {
        qsort(items, count, size, order);
    }
}

static const void *search(const void *wanted, const void *items, size_t count,
                          size_t size,
                          int (*order)(const void *, const void *)) {
    return count == 0 ? NULL : bsearch(wanted, items, count, size, order);
}

/* ---- Observers ---------------------------------------------------------- */

/* The lists are asked for their length first. Another thread may make them
 * longer in between (a thread of libuv's own, say): then again. */
static void take_threads(struct view *view, struct arena *arena) {
    size_t capacity;
    size_t count = threads_list(NULL, 0);
    do {
        capacity = count;
        view->threads = arena_alloc(arena, capacity * sizeof *view->threads);
        count = threads_list(view->threads, capacity);
    } while (count > capacity);
    view->threads_count = count;
    sort(view->threads, count, sizeof *view->threads, compare_threads);
}

static void take_registry(struct view *view, struct arena *arena) {
    size_t capacity;
    size_t count = registry_list(NULL, 0);
    do {
        capacity = count;
        view->registry = arena_alloc(arena, capacity * sizeof *view->registry);
        count = registry_list(view->registry, capacity);
    } while (count > capacity);
    view->registry_count = count;
    sort(view->registry, count, sizeof *view->registry, compare_registered);
}

static void take_blocks(struct view *view, struct arena *arena) {
    size_t capacity;
    size_t count = blocks_list(NULL, 0);
    do {
        capacity = count;
        view->blocks = arena_alloc(arena, capacity * sizeof *view->blocks);
        count = blocks_list(view->blocks, capacity);
    } while (count > capacity);
    view->blocks_count = count;
    sort(view->blocks, count, sizeof *view->blocks, compare_blocks);
}

static void take_census(struct view *view, struct arena *arena) {
    size_t capacity;
    size_t count = dbpool_census(NULL, 0);
    do {
        capacity = count;
        view->census = arena_alloc(arena, capacity * sizeof *view->census);
        count = dbpool_census(view->census, capacity);
    } while (count > capacity);
    view->census_count = count;
    sort(view->census, count, sizeof *view->census, compare_counted);
    view->census_by_id = arena_alloc(arena, count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        view->census_by_id[i] = &view->census[i];
    }
    sort(view->census_by_id, count, sizeof(void *), compare_ids);
}

/* An entry of a pool has its address as its identity; this thread, the loop's,
 * is the only one that ends pools. */
static struct dbpool *pool_of(const struct dbpool_census_entry *entry) {
    return (struct dbpool *)entry->object;
}

static void take_requests(struct view *view, struct arena *arena) {
    size_t capacity = 0;
    for (size_t i = 0; i < view->census_count; i++) {
        if (view->census[i].kind == DBPOOL_KIND_POOL) {
            capacity += dbpool_unanswered(pool_of(&view->census[i]), NULL, 0);
        }
    }
    view->requests = arena_alloc(arena, capacity * sizeof *view->requests);
    for (size_t i = 0; i < view->census_count; i++) {
        if (view->census[i].kind == DBPOOL_KIND_POOL) {
            size_t left = capacity - view->requests_count;
            size_t count =
                dbpool_unanswered(pool_of(&view->census[i]),
                                  view->requests + view->requests_count, left);
            view->requests_count += count < left ? count : left;
        }
    }
}

/* Those whose init functions primitives_handles.c wraps. */
static bool is_registered(uv_handle_type type) {
    switch (type) {
    case UV_ASYNC:
    case UV_CHECK:
    case UV_IDLE:
    case UV_POLL:
    case UV_PREPARE:
    case UV_SIGNAL:
    case UV_TIMER:
        return true;
    default:
        return false;
    }
}

struct walk {
    struct view *view;
    struct arena *arena;
};

static void walk_handle(uv_handle_t *handle, void *data) {
    struct walk *walk = data;
    struct view *view = walk->view;
    uv_handle_type type = uv_handle_get_type(handle);
    view->handles = arena_more(walk->arena, view->handles, view->handles_count,
                               sizeof *view->handles);
    view->handles[view->handles_count++] = (struct view_handle){
        .address = (uintptr_t)handle,
        .type = uv_handle_type_name(type),
        .is_registered = is_registered(type),
    };
}

static void take_fdinfos(struct view *view, struct arena *arena) {
    view->fdinfos = arena_alloc(arena, view->fds.count * sizeof(char *));
    for (size_t i = 0; i < view->fds.count; i++) {
        char name[FDINFO_SIZE];
        (void)snprintf(name, sizeof name, "fdinfo/%d", view->fds.items[i].fd);
        view->fdinfos[i] = proc_text(PROC_SELF, name, arena);
    }
}

/* false: it is not there. */
static bool add_shared(struct view *view, struct arena *arena, const char *path,
                       uint64_t inode) {
    struct view_shared file = {.path = path, .inode = inode};
    if (!shared_is_file(path) ||
        !shared_file_is_there(path, inode, &file.bytes)) {
        return false;
    }
    for (size_t i = 0; i < view->shared_files_count; i++) {
        if (view->shared_files[i].inode == inode) {
            return true;
        }
    }
    view->shared_files = arena_more(arena, view->shared_files,
                                    view->shared_files_count, sizeof file);
    view->shared_files[view->shared_files_count++] = file;
    return true;
}

/* After all that they may be told from. What was removed meanwhile, which
 * nobody told, leaves the registry. */
static void take_shared(struct view *view, struct arena *arena) {
    view->shared = shared_take(arena);
    for (size_t i = 0; i < view->registry_count; i++) {
        const struct registry_entry *entry = &view->registry[i];
        if (entry->kind == REGISTRY_SHM &&
            !add_shared(view, arena, entry->text, entry->key)) {
            (void)registry_remove(REGISTRY_SHM, entry->key, NULL);
        }
        if (entry->kind == REGISTRY_IPC &&
            shared_find(&view->shared, entry->key) == NULL) {
            (void)registry_remove(REGISTRY_IPC, entry->key, NULL);
        }
    }
    for (size_t i = 0; i < view->fds.count; i++) {
        (void)add_shared(view, arena, view->fds.items[i].target,
                         view->fds.items[i].inode);
    }
    for (size_t i = 0; i < view->maps.count; i++) {
        (void)add_shared(view, arena, view->maps.areas[i].name,
                         view->maps.areas[i].inode);
    }
}

void view_take(struct view *view, struct uv_loop_s *loop, struct arena *arena) {
    *view = (struct view){.loop = loop};
    struct walk walk = {view, arena};
    uv_walk(loop, walk_handle, &walk);
    sort(view->handles, view->handles_count, sizeof *view->handles,
         compare_handles);
    take_census(view, arena);
    take_requests(view, arena);
    take_threads(view, arena);
    take_registry(view, arena);
    take_blocks(view, arena);
    view->tasks = proc_threads(arena);
    view->fds = proc_fds(arena);
    take_fdinfos(view, arena);
    view->children = proc_children(arena);
    view->timers = proc_text(PROC_SELF, "timers", arena);
    view->own = own_take(proc_text(PROC_SELF, "status", arena), arena);
    view->maps = maps_parse(proc_text(PROC_SELF, "maps", arena), arena);
    view->process = getpid();
    take_shared(view, arena);
}

/* ---- Searches ----------------------------------------------------------- */

const struct proc_task *view_task(const struct view *view, int64_t tid) {
    struct proc_task wanted = {.id = tid};
    return search(&wanted, view->tasks.items, view->tasks.count, sizeof wanted,
                  compare_tasks);
}

const struct proc_fd *view_fd(const struct view *view, int fd) {
    struct proc_fd wanted = {.fd = fd};
    return search(&wanted, view->fds.items, view->fds.count, sizeof wanted,
                  compare_fds);
}

const struct view_handle *view_handle(const struct view *view,
                                      uint64_t address) {
    struct view_handle wanted = {.address = address};
    return search(&wanted, view->handles, view->handles_count, sizeof wanted,
                  compare_handles);
}

static int compare_tids(const void *a, const void *b) {
    const struct threads_entry *left = a;
    const struct threads_entry *right = b;
    return compare((uint64_t)left->tid, (uint64_t)right->tid);
}

const struct threads_entry *view_thread(const struct view *view, int64_t tid) {
    struct threads_entry wanted = {.tid = tid};
    const struct threads_entry *found =
        search(&wanted, view->threads, view->threads_count, sizeof wanted,
               compare_tids);
    while (found != NULL && found > view->threads && found[-1].tid == tid) {
        found--;
    }
    return found;
}

const struct registry_entry *view_registered(const struct view *view,
                                             enum registry_kind kind,
                                             uint64_t key) {
    struct registry_entry wanted = {.kind = kind, .key = key};
    return search(&wanted, view->registry, view->registry_count, sizeof wanted,
                  compare_registered);
}

struct wanted {
    enum dbpool_kind kind;
    uint64_t key;
};

static int compare_wanted(const void *a, const void *b) {
    const struct wanted *wanted = a;
    const struct dbpool_census_entry *entry = b;
    int order = (int)wanted->kind - (int)entry->kind;
    return order != 0 ? order : compare(wanted->key, census_key(entry));
}

const struct dbpool_census_entry *
view_counted(const struct view *view, enum dbpool_kind kind, uint64_t key) {
    struct wanted wanted = {kind, key};
    return search(&wanted, view->census, view->census_count,
                  sizeof *view->census, compare_wanted);
}

const struct dbpool_census_entry *view_census_id(const struct view *view,
                                                 uint64_t id) {
    const struct dbpool_census_entry wanted = {.id = id};
    const struct dbpool_census_entry *key = &wanted;
    const struct dbpool_census_entry *const *found = search(
        &key, view->census_by_id, view->census_count, sizeof key, compare_ids);
    return found == NULL ? NULL : *found;
}
