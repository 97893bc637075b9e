/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "cell/spawn.h"

#define FD_ABOVE (LAUNCH_MARKER_FD + 1)

struct start {
    const struct launch_options *options;
    char **environment;
    int null_fd;
    int read_fd;
    int write_fd;
};

/* ---- The environment -----------------------------------------------------*/

static bool is_replaced(const char *variable) {
    return strncmp(variable, "PLUNGE_DATABASE=", 16) == 0 ||
           strncmp(variable, "TMPDIR=", 7) == 0;
}

static char **environment_of(const struct launch_options *options,
                             struct arena *arena) {
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **copy = arena_alloc(arena, (count + 3) * sizeof *copy);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(environ[i])) {
            copy[kept++] = environ[i];
        }
    }
    copy[kept++] = arena_format(arena, "PLUNGE_DATABASE=%s", options->database);
    copy[kept] = arena_format(arena, "TMPDIR=%s", options->temporary);
    return copy;
}

/* ---- In the child, between fork and exec ---------------------------------*/

/* Where this is not to be had, we stop the group ourselves, a moment later. */
static void stop_at_markers(int fd) {
    (void)fcntl(fd, F_SETOWN, -getpid());
    (void)fcntl(fd, F_SETSIG, SIGSTOP);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void become_program(const void *data) {
    const struct start *start = data;
    const struct launch_options *options = start->options;
    stop_at_markers(start->read_fd);
    (void)signal(SIGPIPE, SIG_DFL); /* ignored by us, and that is inherited */
    if (dup2(start->null_fd, STDIN_FILENO) < 0 ||
        dup2(start->write_fd, LAUNCH_MARKER_FD) < 0 ||
        (options->output_on_stderr && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ||
        close_range(FD_ABOVE, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        return;
    }
    /* exec changes none of the strings. */
    (void)execvpe(options->arguments[0], (char **)options->arguments,
                  start->environment);
}

/* ---- In the parent -------------------------------------------------------*/

/* Above the program's places. */
static int open_null(struct start *start) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    start->null_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_ABOVE);
    int status = start->null_fd < 0 ? -errno : 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}

static int make_pipe(struct start *start) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    start->read_fd = fcntl(fds[0], F_DUPFD_CLOEXEC, FD_ABOVE);
    start->write_fd = fcntl(fds[1], F_DUPFD_CLOEXEC, FD_ABOVE);
    int status = start->read_fd < 0 || start->write_fd < 0 ? -errno : 0;
    (void)close(fds[0]);
    (void)close(fds[1]);
    return status;
}

static void give_back(int *fd) {
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

int launch_program(const struct launch_options *options, struct arena *arena,
                   struct launched *launched_out) {
    struct start start = {
        .options = options,
        .environment = environment_of(options, arena),
        .null_fd = -1,
        .read_fd = -1,
        .write_fd = -1,
    };
    pid_t pid = -1;
    int status = open_null(&start);
    if (status == 0) {
        status = make_pipe(&start);
    }
    if (status == 0) {
        status = spawn_process(become_program, &start, FD_ABOVE, &pid);
    }
    if (status != 0) {
        give_back(&start.null_fd);
        give_back(&start.read_fd);
        give_back(&start.write_fd);
        return status;
    }
    *launched_out = (struct launched){
        .pid = pid,
        .marker_fd = start.read_fd,
        .given = {start.null_fd,
                  options->output_on_stderr ? STDERR_FILENO : STDOUT_FILENO,
                  STDERR_FILENO, start.write_fd},
    };
    return 0;
}

void launch_release(struct launched *launched) {
    give_back(&launched->given[STDIN_FILENO]);
    give_back(&launched->given[LAUNCH_MARKER_FD]);
}

void launch_quieten(const struct launched *launched) {
    if (launched->marker_fd >= 0) {
        (void)fcntl(launched->marker_fd, F_SETFL, O_NONBLOCK);
    }
}
