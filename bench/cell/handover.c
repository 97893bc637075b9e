/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "load/load.h"

#define FD_ABOVE (HANDOVER_FD_FIRST + HANDOVER_FILES_COUNT)

static const char *const names[HANDOVER_FILES_COUNT] = {
    [HANDOVER_ORDER] = "plunge-order",
    [HANDOVER_RESULT] = "plunge-result",
    [HANDOVER_BOARD] = "plunge-board",
};

static void give_back(int *fd) {
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static int map_board(struct handover *handover) {
    void *board = mmap(NULL, sizeof *handover->board, PROT_READ | PROT_WRITE,
                       MAP_SHARED, handover->fds[HANDOVER_BOARD], 0);
    if (board == MAP_FAILED) {
        return -errno;
    }
    handover->board = board;
    return 0;
}

static int make_file(const char *name, int *fd_out) {
    int low = memfd_create(name, MFD_CLOEXEC);
    if (low < 0) {
        return -errno;
    }
    int fd = fcntl(low, F_DUPFD_CLOEXEC, FD_ABOVE);
    int status = fd < 0 ? -errno : 0;
    (void)close(low);
    if (status == 0) {
        *fd_out = fd;
    }
    return status;
}

int handover_init(struct handover *handover) {
    *handover = (struct handover){.fds = {-1, -1, -1}};
    int status = 0;
    for (int i = 0; i < HANDOVER_FILES_COUNT && status == 0; i++) {
        status = make_file(names[i], &handover->fds[i]);
    }
    if (status == 0 && ftruncate(handover->fds[HANDOVER_BOARD],
                                 sizeof *handover->board) != 0) {
        status = -errno;
    }
    if (status == 0) {
        status = map_board(handover);
    }
    if (status != 0) {
        handover_fini(handover);
    }
    return status;
}

/* Whoever calls the child's command by hand has not got these. */
static int find_files(struct handover *handover) {
    for (int i = 0; i < HANDOVER_FILES_COUNT; i++) {
        int fd = HANDOVER_FD_FIRST + i;
        struct stat info;
        if (fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &info) != 0) {
            return -EBADF;
        }
        if (i == HANDOVER_BOARD &&
            (size_t)info.st_size != sizeof *handover->board) {
            return -EBADF;
        }
    }
    for (int i = 0; i < HANDOVER_FILES_COUNT; i++) {
        handover->fds[i] = HANDOVER_FD_FIRST + i;
        (void)fcntl(handover->fds[i], F_SETFD, FD_CLOEXEC);
    }
    return 0;
}

int handover_join(struct handover *handover, struct text *order) {
    *handover = (struct handover){.fds = {-1, -1, -1}};
    int status = find_files(handover);
    if (status == 0) {
        status = handover_read(handover, HANDOVER_ORDER, order);
    }
    if (status == 0) {
        status = map_board(handover);
    }
    if (status != 0) {
        handover_fini(handover);
        return status;
    }
    give_back(&handover->fds[HANDOVER_ORDER]);
    give_back(&handover->fds[HANDOVER_BOARD]);
    return 0;
}

void handover_fini(struct handover *handover) {
    for (int i = 0; i < HANDOVER_FILES_COUNT; i++) {
        give_back(&handover->fds[i]);
    }
    if (handover->board != NULL) {
        (void)munmap(handover->board, sizeof *handover->board);
        handover->board = NULL;
    }
}

int handover_write(const struct handover *handover, enum handover_file file,
                   const struct text *text) {
    size_t done = 0;
    while (done < text->size) {
        ssize_t written = pwrite(handover->fds[file], text->bytes + done,
                                 text->size - done, (off_t)done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return -errno;
        }
        done += (size_t)written;
    }
    return 0;
}

int handover_read(const struct handover *handover, enum handover_file file,
                  struct text *text) {
    /* Opened anew, at its beginning: both sides share one position. */
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", handover->fds[file]);
    return file_read(path, HANDOVER_SIZE_MAX, text);
}
