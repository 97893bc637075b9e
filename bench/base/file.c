/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define READ_SIZE ((size_t)64 * 1024)
#define FOLDERS_OPEN_MAX 16

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return -errno;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

static int write_new(const char *path, const char *bytes, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return -errno;
    }
    int status = write_all(fd, bytes, size);
    if (close(fd) != 0 && status == 0) {
        status = -errno;
    }
    return status;
}

int file_write(const char *path, const char *bytes, size_t size) {
    struct text temporary;
    text_init(&temporary);
    text_format(&temporary, "%s.%ld.tmp", path, (long)getpid());
    /* One that a process of the same number left when it was killed. */
    (void)unlink(temporary.bytes);
    int status = write_new(temporary.bytes, bytes, size);
    if (status == 0 && rename(temporary.bytes, path) != 0) {
        status = -errno;
    }
    if (status != 0) {
        (void)unlink(temporary.bytes);
    }
    text_fini(&temporary);
    return status;
}

static int read_all(int fd, size_t size_max, struct text *text) {
    const size_t start = text->size;
    char chunk[READ_SIZE];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -errno;
        }
        if ((size_t)got > size_max - (text->size - start)) {
            return -EFBIG;
        }
        text_append_n(text, chunk, (size_t)got);
    }
}

int file_read(const char *path, size_t size_max, struct text *text) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    const size_t start = text->size;
    int status = read_all(fd, size_max, text);
    (void)close(fd);
    if (status != 0 && text->size != start) {
        text->size = start;
        text->bytes[start] = '\0';
    }
    return status;
}

static int make_one(const char *path) {
    if (mkdir(path, 0777) == 0) {
        return 0;
    }
    const int error = errno;
    struct stat info;
    if (stat(path, &info) != 0) {
        return -error;
    }
    return S_ISDIR(info.st_mode) ? 0 : -ENOTDIR;
}

int file_make_folder(const char *path) {
    struct text part;
    text_init(&part);
    text_append(&part, path);
    int status = 0;
    for (size_t i = 1; i < part.size && status == 0; i++) {
        if (part.bytes[i] == '/') {
            part.bytes[i] = '\0';
            status = make_one(part.bytes);
            part.bytes[i] = '/';
        }
    }
    if (status == 0) {
        status = make_one(part.bytes);
    }
    text_fini(&part);
    return status;
}

/* Not -errno: EPERM would be -1, which is nftw's own failure. */
static int remove_one(const char *path, const struct stat *info, int type,
                      struct FTW *place) {
    (void)info;
    (void)type;
    (void)place;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

int file_remove_tree(const char *path) {
    int status = nftw(path, remove_one, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
    if (status < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    return -status;
}
