/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/result.h"

/* /proc/ID/stat has 52 fields. */
#define STAT_SIZE 1024
#define STAT_FIELD_STATE 3
#define STAT_FIELD_USER_TIME 14
#define STAT_FIELD_SYSTEM_TIME 15
#define STAT_FIELD_STARTED 22
#define PATH_SIZE 96
#define SELF "/proc/self"
#define FDS_FOLDER SELF "/fd"

/* Past the wraps: reading must not change what is read. A descriptor of our own
 * would take the number, and with its end the registry's entry, of one that was
 * closed behind its back. */
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_fclose(FILE *stream);
int __real_closedir(DIR *folder);

/* Reads a small file of /proc whole; false: it has gone. */
static bool read_small(const char *path, char *bytes, size_t bytes_size) {
    int fd = __real_open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t size = read(fd, bytes, bytes_size - 1);
    (void)__real_close(fd);
    if (size <= 0) {
        return false;
    }
    bytes[size] = '\0';
    return true;
}

/* The next number among a folder's names; -1: no more. */
static int64_t next_number(DIR *folder) {
    const struct dirent *name;
    while ((name = readdir(folder)) != NULL) {
        char *end;
        long number = strtol(name->d_name, &end, 10);
        if (end != name->d_name && *end == '\0') {
            return number;
        }
    }
    return -1;
}

static void read_stat_field(int number, const char *text,
                            struct proc_task *task) {
    switch (number) {
    case STAT_FIELD_STATE:
        task->state = *text;
        break;
    case STAT_FIELD_USER_TIME:
    case STAT_FIELD_SYSTEM_TIME:
        task->cpu += strtoull(text, NULL, 10);
        break;
    case STAT_FIELD_STARTED:
        task->started = strtoull(text, NULL, 10);
        break;
    default:
        break;
    }
}

/* "4711 (any name, even with a ) in it) S 1 ..." */
static bool parse_stat(char *stat, struct proc_task *task_out) {
    char *name = strchr(stat, '(');
    char *end = strrchr(stat, ')');
    if (name == NULL || end == NULL) {
        return false;
    }
    *end = '\0';
    (void)snprintf(task_out->name, sizeof task_out->name, "%s", name + 1);
    const char *field = end + 1;
    for (int number = STAT_FIELD_STATE; number <= STAT_FIELD_STARTED;
         number++) {
        if (field == NULL || *field == '\0') {
            return false;
        }
        read_stat_field(number, field + 1, task_out);
        field = strchr(field + 1, ' ');
    }
    return true;
}

static bool read_task(const char *prefix, int64_t id,
                      struct proc_task *task_out) {
    char path[PATH_SIZE];
    char stat[STAT_SIZE];
    (void)snprintf(path, sizeof path, "%s/%lld/stat", prefix, (long long)id);
    *task_out = (struct proc_task){.id = id};
    return read_small(path, stat, sizeof stat) && parse_stat(stat, task_out);
}

static int compare_tasks(const void *a, const void *b) {
    const struct proc_task *left = a;
    const struct proc_task *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static void sort_tasks(struct proc_tasks *tasks) {
    if (tasks->count > 1) {
        qsort(tasks->items, tasks->count, sizeof tasks->items[0],
              compare_tasks);
    }
}

static void add_task(struct arena *arena, struct proc_tasks *tasks,
                     const char *prefix, int64_t id) {
    struct proc_task task;
    if (read_task(prefix, id, &task)) {
        tasks->items = arena_more(arena, tasks->items, tasks->count,
                                  sizeof tasks->items[0]);
        tasks->items[tasks->count++] = task;
    }
}

/* @root: "/proc/self". */
static struct proc_tasks list_threads(const char *root, struct arena *arena) {
    struct proc_tasks tasks = {0};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/task", root);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        tasks.error = errno;
        return tasks;
    }
    int64_t id;
    while ((id = next_number(folder)) >= 0) {
        add_task(arena, &tasks, path, id);
    }
    (void)__real_closedir(folder);
    sort_tasks(&tasks);
    return tasks;
}

/* The children of one thread: "4711 4712 ". */
static void add_children(struct arena *arena, struct proc_tasks *tasks,
                         const char *root, int64_t thread) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/task/%lld/children", root,
                   (long long)thread);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    long long id;
    while (fscanf(file, "%lld", &id) == 1) {
        add_task(arena, tasks, "/proc", id);
    }
    (void)__real_fclose(file);
}

static struct proc_tasks list_children(const char *root, struct arena *arena) {
    struct proc_tasks tasks = {0};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/task", root);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        tasks.error = errno;
        return tasks;
    }
    int64_t thread;
    while ((thread = next_number(folder)) >= 0) {
        add_children(arena, &tasks, root, thread);
    }
    (void)__real_closedir(folder);
    sort_tasks(&tasks);
    return tasks;
}

static bool read_fd(struct arena *arena, const char *folder, int fd,
                    struct proc_fd *fd_out) {
    char path[PATH_SIZE];
    char target[PATH_MAX];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%d", folder, fd);
    ssize_t size = readlink(path, target, sizeof target);
    /* Through the link: what is open, even where its name has gone. */
    if (size < 0 || stat(path, &info) != 0) {
        return false;
    }
    *fd_out = (struct proc_fd){
        .fd = fd,
        .is_socket = S_ISSOCK(info.st_mode),
        .device = info.st_dev,
        .inode = info.st_ino,
        .target = arena_text_n(arena, target, (size_t)size),
    };
    return true;
}

static int compare_fds(const void *a, const void *b) {
    const struct proc_fd *left = a;
    const struct proc_fd *right = b;
    return (left->fd > right->fd) - (left->fd < right->fd);
}

/* @own: one of them is the descriptor that they are read by. */
static struct proc_fds list_fds(const char *root, bool own,
                                struct arena *arena) {
    struct proc_fds fds = {0};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/fd", root);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fds.error = errno;
        return fds;
    }
    int64_t number;
    while ((number = next_number(folder)) >= 0) {
        struct proc_fd fd;
        bool reader = own && number == dirfd(folder);
        if (!reader && read_fd(arena, path, (int)number, &fd)) {
            fds.items =
                arena_more(arena, fds.items, fds.count, sizeof fds.items[0]);
            fds.items[fds.count++] = fd;
        }
    }
    (void)__real_closedir(folder);
    if (fds.count > 1) {
        qsort(fds.items, fds.count, sizeof fds.items[0], compare_fds);
    }
    return fds;
}

struct proc_tasks proc_threads(struct arena *arena) {
    return list_threads(SELF, arena);
}

struct proc_tasks proc_children(struct arena *arena) {
    return list_children(SELF, arena);
}

struct proc_fds proc_fds(struct arena *arena) {
    return list_fds(SELF, true, arena);
}

/* ---- Another process -----------------------------------------------------*/

static const char *root_of(int64_t process, char root[PATH_SIZE]) {
    (void)snprintf(root, PATH_SIZE, "/proc/%" PRId64, process);
    return root;
}

struct proc_tasks proc_threads_of(int64_t process, struct arena *arena) {
    char root[PATH_SIZE];
    return list_threads(root_of(process, root), arena);
}

struct proc_tasks proc_children_of(int64_t process, struct arena *arena) {
    char root[PATH_SIZE];
    return list_children(root_of(process, root), arena);
}

struct proc_fds proc_fds_of(int64_t process, struct arena *arena) {
    char root[PATH_SIZE];
    return list_fds(root_of(process, root), false, arena);
}

bool proc_process(int64_t process, struct proc_task *task_out) {
    return read_task("/proc", process, task_out);
}

/* "socket:[4711]", "anon_inode:[eventfd]": the number says nothing to people,
 * and differs from run to run. */
const char *proc_fd_text(const struct proc_fd *fd, struct arena *arena) {
    static const char anonymous[] = "anon_inode:";
    const char *target = fd->target;
    if (target[0] == '/') {
        return target;
    }
    if (strncmp(target, anonymous, sizeof anonymous - 1) == 0) {
        target += sizeof anonymous - 1;
        target += *target == '[';
        return arena_text_n(arena, target, strcspn(target, "]"));
    }
    return arena_text_n(arena, target, strcspn(target, ":"));
}

const char *proc_fd_sort(const struct proc_fd *fd) {
    return fd->target[0] == '/' ? "" : fd->target;
}

/* ---- In numbers ----------------------------------------------------------*/

uint64_t proc_fds_count(void) {
    uint64_t count = 0;
    DIR *folder = opendir(FDS_FOLDER);
    if (folder == NULL) {
        return RESULT_UNKNOWN;
    }
    while (next_number(folder) >= 0) {
        count++;
    }
    (void)__real_closedir(folder);
    return count - 1; /* the folder's own */
}

uint64_t proc_fds_count_below(uint64_t end) {
    struct pollfd *fds = calloc(end, sizeof *fds);
    if (fds == NULL) {
        check_out_of_memory();
    }
    for (uint64_t i = 0; i < end; i++) {
        fds[i].fd = (int)i;
    }
    uint64_t count = RESULT_UNKNOWN;
    if (poll(fds, end, 0) >= 0) {
        count = 0;
        for (uint64_t i = 0; i < end; i++) {
            count += (fds[i].revents & POLLNVAL) == 0;
        }
    }
    free(fds);
    return count;
}

uint64_t proc_rss_bytes(void) {
    char statm[STAT_SIZE];
    if (!read_small("/proc/self/statm", statm, sizeof statm)) {
        return RESULT_UNKNOWN;
    }
    const char *resident = strchr(statm, ' ');
    CHECK(resident != NULL);
    return strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t proc_pss_bytes(void) {
    static const char label[] = "\nPss:";
    char rollup[STAT_SIZE];
    if (!read_small("/proc/self/smaps_rollup", rollup, sizeof rollup)) {
        return RESULT_UNKNOWN;
    }
    const char *pss = strstr(rollup, label);
    return pss == NULL ? RESULT_UNKNOWN
                       : strtoull(pss + strlen(label), NULL, 10) * 1024;
}
