/* SPDX-License-Identifier: Apache-2.0 */
#include "database/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "database/sidecar.h"

/* Whether @path still names what @fd has open. */
static bool is_named(int fd, const char *path) {
    struct stat open_info;
    struct stat named_info;

    return fstat(fd, &open_info) == 0 && lstat(path, &named_info) == 0 &&
           open_info.st_dev == named_info.st_dev &&
           open_info.st_ino == named_info.st_ino;
}

/* Only what temporary_create() names: never the -wal of a living writer. */
static bool is_temporary(const char *name, const char *prefix) {
    size_t size = strlen(prefix);

    return strncmp(name, prefix, size) == 0 && name[size] != '\0' &&
           name[size + strspn(name + size, "0123456789.")] == '\0';
}

/* Where a file system knows no locks, nobody can be told dead: it stays. */
static void remove_if_dead(const char *path, struct arena *arena) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd, path)) {
        (void)unlink(path);
        sidecar_remove(path, arena);
    }
    (void)close(fd);
}

static void remove_dead(const char *folder, const char *prefix,
                        struct arena *arena) {
    DIR *entries = opendir(folder);

    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL;
         entry = readdir(entries)) {
        if (is_temporary(entry->d_name, prefix)) {
            remove_if_dead(arena_format(arena, "%s/%s", folder, entry->d_name),
                           arena);
        }
    }
    (void)closedir(entries);
}

/* Between its creation and its lock somebody may have taken the file for a
 * dead writer's and removed it: -EAGAIN. A file system without locks is no
 * obstacle, see remove_if_dead(). */
static int create_locked(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0) {
        return -errno;
    }
    (void)flock(fd, LOCK_EX);
    if (!is_named(fd, path)) {
        (void)close(fd);
        return -EAGAIN;
    }
    return fd;
}

int temporary_create(struct temporary *temporary, const char *target,
                     struct arena *arena) {
    const char *slash = strrchr(target, '/');
    const char *name = slash == NULL ? target : slash + 1;
    const char *folder = ".";
    int fd = -EAGAIN;

    if (slash != NULL) {
        /* "/NAME" is in "/". */
        size_t size = slash == target ? 1 : (size_t)(slash - target);
        folder = arena_text_n(arena, target, size);
    }
    const char *prefix = arena_format(arena, ".%s.tmp-", name);
    const char *path = NULL;

    remove_dead(folder, prefix, arena);
    /* The name is taken where another container's PID is the same. */
    for (unsigned i = 0; fd == -EAGAIN || fd == -EEXIST; i++) {
        path = arena_format(arena, "%s/%s%ld.%u", folder, prefix,
                            (long)getpid(), i);
        fd = create_locked(path);
    }
    if (fd < 0) {
        return fd;
    }
    *temporary = (struct temporary){.path = path,
                                    .target = target,
                                    .folder = folder,
                                    .arena = arena,
                                    .fd = fd};
    return 0;
}

/* Best effort: should the machine stop now, the file is whole under its old
 * name or its new one. */
static void sync_folder(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

int temporary_publish(struct temporary *temporary, bool no_sync) {
    if ((!no_sync && fsync(temporary->fd) != 0) ||
        rename(temporary->path, temporary->target) != 0) {
        return -errno;
    }
    temporary->path = NULL;
    if (!no_sync) {
        sync_folder(temporary->folder);
    }
    return 0;
}

void temporary_close(struct temporary *temporary) {
    if (temporary->path != NULL) {
        (void)unlink(temporary->path);
        sidecar_remove(temporary->path, temporary->arena);
    }
    (void)close(temporary->fd);
}
