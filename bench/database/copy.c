/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/private_folder.h"
#include "database/database.h"

/* What is copied between two looks for a stop. */
#define PIECE_SIZE ((size_t)8 * 1024 * 1024)
#define BUFFER_SIZE ((size_t)64 * 1024)

/* What the steps here say when it is time to stop: not an errno of theirs. */
#define STOPPED (-ECANCELED)

static int write_all(int fd, const char *bytes, size_t size) {
    while (size != 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* A piece through our own memory: the bytes moved, 0 at the end, or -errno. */
static ssize_t move_by_hand(int from, int to) {
    char buffer[BUFFER_SIZE];
    ssize_t got;

    do {
        got = read(from, buffer, sizeof buffer);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return -errno;
    }
    int status = write_all(to, buffer, (size_t)got);
    return status == 0 ? got : status;
}

/* The kernel's own copy where it can: both go on from where the other is. */
static ssize_t move_piece(int from, int to, bool *by_hand) {
    if (!*by_hand) {
        ssize_t moved = copy_file_range(from, NULL, to, NULL, PIECE_SIZE, 0);
        if (moved > 0) {
            return moved;
        }
        /* At the end read() says so as well; on any error it will meet the
         * same one, or copy what the kernel would not. */
        *by_hand = true;
    }
    return move_by_hand(from, to);
}

static int copy_bytes(int from, int to) {
    bool by_hand = false;
    ssize_t moved = 1;

    if (interrupt_pending() == 0 && ioctl(to, FICLONE, from) == 0) {
        return 0;
    }
    while (moved > 0) {
        if (interrupt_pending() != 0) {
            return STOPPED;
        }
        moved = move_piece(from, to, &by_hand);
    }
    return (int)moved;
}

static int copy_file(const char *from_path, const char *to_path) {
    int status = 0;
    int to = -1;
    int from = open(from_path, O_RDONLY | O_CLOEXEC);

    if (from < 0) {
        return -errno;
    }
    to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status = to < 0 ? -errno : copy_bytes(from, to);
    if (to >= 0 && close(to) != 0 && status == 0) {
        status = -errno;
    }
    (void)close(from);
    return status;
}

/* What is in a -wal only is not in the copy: SQLite alone could bring it in. */
static bool is_being_written(const char *path, struct arena *arena) {
    struct stat info;

    return stat(arena_format(arena, "%s-wal", path), &info) == 0 &&
           info.st_size != 0;
}

int database_copy(const char *path, struct arena *arena,
                  const char **folder_out, const char **path_out,
                  const char **problem_out) {
    if (is_being_written(path, arena)) {
        *problem_out = arena_format(
            arena, "%s: cannot be copied: %s-wal holds changes to it", path,
            path);
        return -1;
    }
    const char *wanted = NULL;
    const char *folder = private_folder_make(arena, &wanted);
    if (folder == NULL) {
        *problem_out = arena_format(
            arena, "%s: cannot be made a folder for a copy of %s: %s", wanted,
            path, strerror(errno));
        return -1;
    }
    const char *copy = arena_format(arena, "%s/users.db", folder);
    int status = copy_file(path, copy);
    if (status != 0) {
        *problem_out =
            status == STOPPED
                ? NULL
                : arena_format(arena, "%s: cannot be copied to %s: %s", path,
                               copy, strerror(-status));
        private_folder_remove(folder);
        return -1;
    }
    *folder_out = folder;
    *path_out = copy;
    return 0;
}
