/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/primitives.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "ledger/registry.h"

/* What makes a descriptor in libuv, in SQLite and in plunge itself. What the C
 * library opens and closes inside of itself (fopen, opendir) is not seen here,
 * only by /proc. */

static _Atomic bool was_refused;

int primitives_fds_refused(void) {
    return atomic_load(&was_refused) ? EMFILE : 0;
}

static void note_refusal(void) {
    if (errno == EMFILE) {
        atomic_store(&was_refused, true);
    }
}

static int opened(const char *primitive, int fd) {
    if (fd < 0) {
        note_refusal();
    } else {
        registry_add(&(struct registry_entry){
            .kind = REGISTRY_FD,
            .origin.primitive = primitive,
            .key = (uint64_t)fd,
        });
    }
    return fd;
}

static int opened_pair(const char *primitive, int status, const int fds[2]) {
    if (status == 0) {
        (void)opened(primitive, fds[0]);
        (void)opened(primitive, fds[1]);
    } else {
        note_refusal();
    }
    return status;
}

static void closing(int fd) {
    (void)registry_remove(REGISTRY_FD, (uint64_t)fd, NULL);
}

static bool takes_mode(int flags) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* ---- Files -------------------------------------------------------------- */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    return opened("open", __real_open(path, flags, mode));
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    return opened("open", __real_open64(path, flags, mode));
}

/* What a fortified open64() of two arguments becomes. */
int __real___open64_2(const char *path, int flags);
int __wrap___open64_2(const char *path, int flags);
int __wrap___open64_2(const char *path, int flags) {
    return opened("open", __real___open64_2(path, flags));
}

int __real_mkstemp64(char *path);
int __wrap_mkstemp64(char *path);
int __wrap_mkstemp64(char *path) {
    return opened("mkstemp", __real_mkstemp64(path));
}

/* ---- What has no path --------------------------------------------------- */

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags) {
    return opened("eventfd", __real_eventfd(count, flags));
}

int __real_epoll_create(int size);
int __wrap_epoll_create(int size);
int __wrap_epoll_create(int size) {
    return opened("epoll_create", __real_epoll_create(size));
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __wrap_epoll_create1(int flags) {
    return opened("epoll_create1", __real_epoll_create1(flags));
}

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __wrap_inotify_init1(int flags) {
    return opened("inotify_init1", __real_inotify_init1(flags));
}

int __real_pipe2(int fds[2], int flags);
int __wrap_pipe2(int fds[2], int flags);
int __wrap_pipe2(int fds[2], int flags) {
    return opened_pair("pipe2", __real_pipe2(fds, flags), fds);
}

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol) {
    return opened("socket", __real_socket(domain, type, protocol));
}

int __real_socketpair(int domain, int type, int protocol, int fds[2]);
int __wrap_socketpair(int domain, int type, int protocol, int fds[2]);
int __wrap_socketpair(int domain, int type, int protocol, int fds[2]) {
    return opened_pair("socketpair",
                       __real_socketpair(domain, type, protocol, fds), fds);
}

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size,
                   int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size,
                   int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size,
                   int flags) {
    return opened("accept4", __real_accept4(fd, address, size, flags));
}

/* ---- Copies ------------------------------------------------------------- */

int __real_dup(int fd);
int __wrap_dup(int fd);
int __wrap_dup(int fd) {
    return opened("dup", __real_dup(fd));
}

/* dup2() and dup3() close @to in the same step, and replace its entry. */
int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __wrap_dup2(int from, int to) {
    int fd = __real_dup2(from, to);
    return from == to ? fd : opened("dup2", fd);
}

int __real_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags) {
    return opened("dup3", __real_dup3(from, to, flags));
}

static bool duplicates(int command) {
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* SQLite locks through it, many times a transaction: everything but a copy
 * goes straight through. */
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    int result = __real_fcntl(fd, command, argument);
    return duplicates(command) ? opened("fcntl", result) : result;
}

int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    int result = __real_fcntl64(fd, command, argument);
    return duplicates(command) ? opened("fcntl", result) : result;
}

/* ---- The end ------------------------------------------------------------ */

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd) {
    closing(fd);
    return __real_close(fd);
}

/* uv_fs_open'd descriptors and /proc files become streams inside libuv. */
int __real_fclose(FILE *stream);
int __wrap_fclose(FILE *stream);
int __wrap_fclose(FILE *stream) {
    closing(fileno(stream));
    return __real_fclose(stream);
}

int __real_closedir(DIR *folder);
int __wrap_closedir(DIR *folder);
int __wrap_closedir(DIR *folder) {
    closing(dirfd(folder));
    return __real_closedir(folder);
}

/* libuv closes by system call, so as not to be a cancellation point. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        arguments[i] = va_arg(list, long);
    }
    va_end(list);
    if (number == SYS_close) {
        closing((int)arguments[0]);
    }
    return __real_syscall(number, arguments[0], arguments[1], arguments[2],
                          arguments[3], arguments[4], arguments[5]);
}
