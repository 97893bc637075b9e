/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/remains.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"

/* How long a killed process may take to be gone: one that sleeps in the
 * kernel, or that we may not kill, is reported but not waited for. */
#define KILLED_NS_MAX (2 * CLOCK_NS_PER_S)
#define STAT_SIZE 512

struct found {
    struct result_leftover *items;
    size_t count;
};

static void add(struct found *found, struct arena *arena,
                const struct result_leftover *leftover) {
    found->items =
        arena_more(arena, found->items, found->count, sizeof *found->items);
    found->items[found->count++] = *leftover;
}

/* The cell's own array has just the size that its reader gave it. */
void remains_append(const struct result_leftover *items, size_t items_count,
                    struct arena *arena, struct result_cell *cell) {
    if (items_count == 0) {
        return;
    }
    size_t count = cell->leftovers_count + items_count;
    struct result_leftover *all = arena_alloc(arena, count * sizeof *all);
    if (cell->leftovers_count != 0) {
        memcpy(all, cell->leftovers, cell->leftovers_count * sizeof *all);
    }
    memcpy(all + cell->leftovers_count, items, items_count * sizeof *all);
    cell->leftovers = all;
    cell->leftovers_count = count;
}

static void append(const struct found *found, struct arena *arena,
                   struct result_cell *cell) {
    remains_append(found->items, found->count, arena, cell);
}

/* ---- Files ---------------------------------------------------------------*/

static int is_entry(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void add_file(struct found *found, struct arena *arena,
                     const char *folder, const char *name, const char *site) {
    const char *path = arena_format(arena, "%s/%s", folder, name);
    struct stat info;
    bool known = lstat(path, &info) == 0;
    add(found, arena,
        &(struct result_leftover){
            .kind = RESULT_FILE,
            .identity = arena_format(arena, "%s (%s)", name, path),
            .site = site,
            .count = 1,
            .bytes = known ? (uint64_t)info.st_size : RESULT_UNKNOWN,
        });
}

void remains_files(const char *folder, const char *site, struct arena *arena,
                   struct result_cell *cell) {
    struct found found = {0};
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_entry, alphasort);
    for (int i = 0; i < count; i++) {
        add_file(&found, arena, folder, entries[i]->d_name, site);
        free(entries[i]);
    }
    free(entries);
    append(&found, arena, cell);
}

static bool was_given(const struct remains_given *given, const char *name) {
    for (size_t i = 0; given->names[i] != NULL; i++) {
        if (strcmp(given->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* @folder: its name below given->folder, "" for that itself. */
static void find_made(struct found *found, const struct remains_given *given,
                      const char *folder, struct arena *arena) {
    struct dirent **entries = NULL;
    int count = scandir(arena_format(arena, "%s/%s", given->folder, folder),
                        &entries, is_entry, alphasort);
    /* One that cannot be looked into, too. */
    if (count <= 0 && !was_given(given, folder) && *folder != '\0') {
        add_file(found, arena, given->folder, folder, given->site);
    }
    for (int i = 0; i < count; i++) {
        const char *name =
            arena_format(arena, "%s%s%s", folder, *folder == '\0' ? "" : "/",
                         entries[i]->d_name);
        struct stat info;
        const char *path = arena_format(arena, "%s/%s", given->folder, name);
        if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            find_made(found, given, name, arena);
        } else if (!was_given(given, name)) {
            add_file(found, arena, given->folder, name, given->site);
        }
        free(entries[i]);
    }
    free(entries);
}

void remains_made(const struct remains_given *given, struct arena *arena,
                  struct result_cell *cell) {
    struct found found = {0};
    find_made(&found, given, "", arena);
    append(&found, arena, cell);
}

/* ---- Processes -----------------------------------------------------------*/

struct process {
    pid_t pid;
    pid_t parent;
    char state;
    char name[64];
};

/* "4711 (a name (with) anything) S 4710 ...": false when it has gone. */
static bool read_process(const char *pid_text, struct process *process) {
    char path[64];
    char line[STAT_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%.20s/stat", pid_text);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    char *name = read ? strchr(line, '(') : NULL;
    char *end = read ? strrchr(line, ')') : NULL;
    if (name == NULL || end == NULL || end < name || strlen(end) < 5) {
        return false;
    }
    *end = '\0';
    (void)snprintf(process->name, sizeof process->name, "%s", name + 1);
    process->pid = (pid_t)strtol(pid_text, NULL, 10);
    process->state = end[2];
    process->parent = (pid_t)strtol(end + 4, NULL, 10);
    return true;
}

struct hunt {
    struct arena *arena;
    struct found found;
    pid_t *pids; /* reported, as found */
};

static bool is_reported(const struct hunt *hunt, pid_t pid) {
    for (size_t i = 0; i < hunt->found.count; i++) {
        if (hunt->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

static void report_and_kill(struct hunt *hunt, const struct process *process) {
    if (!is_reported(hunt, process->pid)) {
        hunt->pids = arena_more(hunt->arena, hunt->pids, hunt->found.count,
                                sizeof *hunt->pids);
        hunt->pids[hunt->found.count] = process->pid;
        add(&hunt->found, hunt->arena,
            &(struct result_leftover){
                .kind = RESULT_PROCESS,
                .identity = arena_format(hunt->arena, "%s (process %ld)",
                                         process->name, (long)process->pid),
                .count = 1,
                .bytes = RESULT_UNKNOWN,
            });
    }
    (void)kill(process->pid, SIGKILL);
}

static void kill_children(struct hunt *hunt) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) {
        return;
    }
    const pid_t self = getpid();
    struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) {
        struct process process;
        if (isdigit((unsigned char)entry->d_name[0]) != 0 &&
            read_process(entry->d_name, &process) && process.parent == self &&
            process.state != 'Z') {
            report_and_kill(hunt, &process);
        }
    }
    (void)closedir(folder);
}

/* True as long as a child lives. Those that died by themselves were not left
 * behind: only their parent did not wait. */
static bool reap_dead(void) {
    pid_t pid = 0;
    do {
        pid = waitpid(-1, NULL, WNOHANG);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid == 0;
}

void remains_processes(struct arena *arena, struct result_cell *cell) {
    struct hunt hunt = {.arena = arena};
    const uint64_t end_ns = clock_now_ns() + KILLED_NS_MAX;
    /* Again and again: the children of a killed one come to us in turn. */
    while (reap_dead() && clock_now_ns() < end_ns) {
        kill_children(&hunt);
        const struct timespec pause = {.tv_nsec = (long)CLOCK_NS_PER_MS};
        (void)nanosleep(&pause, NULL);
    }
    append(&hunt.found, arena, cell);
}
