/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#define STAT_FIELD_STARTED 22
#define PATH_SIZE 64
#define THREADS_FOLDER "/proc/self/task"
#define FDS_FOLDER "/proc/self/fd"

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
    for (int number = 3; number < STAT_FIELD_STARTED; number++) {
        field = strchr(field + 1, ' ');
        if (field == NULL) {
            return false;
        }
    }
    task_out->started = strtoull(field, NULL, 10);
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

struct proc_tasks proc_threads(struct arena *arena) {
    struct proc_tasks tasks = {0};
    DIR *folder = opendir(THREADS_FOLDER);
    if (folder == NULL) {
        tasks.error = errno;
        return tasks;
    }
    int64_t id;
    while ((id = next_number(folder)) >= 0) {
        add_task(arena, &tasks, THREADS_FOLDER, id);
    }
    (void)__real_closedir(folder);
    sort_tasks(&tasks);
    return tasks;
}

/* The children of one thread: "4711 4712 ". */
static void add_children(struct arena *arena, struct proc_tasks *tasks,
                         int64_t thread) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, THREADS_FOLDER "/%lld/children",
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

struct proc_tasks proc_children(struct arena *arena) {
    struct proc_tasks tasks = {0};
    DIR *folder = opendir(THREADS_FOLDER);
    if (folder == NULL) {
        tasks.error = errno;
        return tasks;
    }
    int64_t thread;
    while ((thread = next_number(folder)) >= 0) {
        add_children(arena, &tasks, thread);
    }
    (void)__real_closedir(folder);
    sort_tasks(&tasks);
    return tasks;
}

static bool read_fd(struct arena *arena, int fd, struct proc_fd *fd_out) {
    char path[PATH_SIZE];
    char target[PATH_MAX];
    struct stat stat;
    (void)snprintf(path, sizeof path, FDS_FOLDER "/%d", fd);
    ssize_t size = readlink(path, target, sizeof target);
    if (size < 0 || fstat(fd, &stat) != 0) {
        return false;
    }
    *fd_out = (struct proc_fd){
        .fd = fd,
        .is_socket = S_ISSOCK(stat.st_mode),
        .device = stat.st_dev,
        .inode = stat.st_ino,
        .target = arena_text_n(arena, target, (size_t)size),
    };
    return true;
}

static int compare_fds(const void *a, const void *b) {
    const struct proc_fd *left = a;
    const struct proc_fd *right = b;
    return (left->fd > right->fd) - (left->fd < right->fd);
}

struct proc_fds proc_fds(struct arena *arena) {
    struct proc_fds fds = {0};
    DIR *folder = opendir(FDS_FOLDER);
    if (folder == NULL) {
        fds.error = errno;
        return fds;
    }
    int64_t number;
    while ((number = next_number(folder)) >= 0) {
        struct proc_fd fd;
        if (number != dirfd(folder) && read_fd(arena, (int)number, &fd)) {
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
