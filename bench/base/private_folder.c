/* SPDX-License-Identifier: Apache-2.0 */
#include "base/private_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/file.h"

#define PREFIX "plunge-"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define RANDOM_SIZE 6

/* Between its making and its locking a folder looks as if nobody had it. */
#define YOUNG_S 10

/* Whoever has the descriptor has the lock. */
struct folder {
    struct folder *next;
    int fd;
    char path[];
};

static struct folder *folders;

static const char *parent_folder(void) {
    const char *parent = getenv("TMPDIR");
    return parent == NULL || parent[0] == '\0' ? "/tmp" : parent;
}

/* ---- What others left ----------------------------------------------------*/

static bool is_named_so(const char *name) {
    if (strncmp(name, PREFIX, PREFIX_SIZE) != 0 ||
        strlen(name) != PREFIX_SIZE + RANDOM_SIZE) {
        return false;
    }
    for (const char *at = name + PREFIX_SIZE; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at)) {
            return false;
        }
    }
    return true;
}

static bool is_abandoned(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
           (info.st_mode & 0777) == 0700 &&
           time(NULL) - info.st_mtime > YOUNG_S &&
           flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void sweep_one(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (is_abandoned(fd)) {
        (void)file_remove_tree(path);
    }
    (void)close(fd);
}

/* What cannot be swept stays for the next one. */
static void sweep(const char *parent, struct arena *arena) {
    DIR *stream = opendir(parent);
    if (stream == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(stream); entry != NULL;
         entry = readdir(stream)) {
        if (is_named_so(entry->d_name)) {
            sweep_one(arena_format(arena, "%s/%s", parent, entry->d_name));
        }
    }
    (void)closedir(stream);
}

/* ---- One's own -----------------------------------------------------------*/

/* false: it cannot be locked, and errno says why. */
static bool keep(const char *path) {
    size_t size = strlen(path) + 1;
    struct folder *folder = malloc(sizeof *folder + size);
    if (folder == NULL) {
        check_out_of_memory();
    }
    memcpy(folder->path, path, size);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->fd < 0 || flock(folder->fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        if (folder->fd >= 0) {
            (void)close(folder->fd);
        }
        free(folder);
        errno = error;
        return false;
    }
    folder->next = folders;
    folders = folder;
    return true;
}

const char *private_folder_make(struct arena *arena, const char **path_out) {
    const char *parent = parent_folder();
    char *path = arena_format(arena, "%s/" PREFIX "XXXXXX", parent);
    *path_out = path;
    sweep(parent, arena);
    if (mkdtemp(path) == NULL) {
        return NULL;
    }
    if (!keep(path)) {
        int error = errno;
        (void)rmdir(path);
        errno = error;
        return NULL;
    }
    return path;
}

void private_folder_remove(const char *path) {
    for (struct folder **at = &folders; *at != NULL; at = &(*at)->next) {
        struct folder *folder = *at;
        if (strcmp(folder->path, path) == 0) {
            (void)file_remove_tree(path);
            (void)close(folder->fd);
            *at = folder->next;
            free(folder);
            return;
        }
    }
}
