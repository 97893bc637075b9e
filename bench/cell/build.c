/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "cell/spawn.h"
#include "load/load.h"

#define WORD "plunge-cell"
#define ANSWER_SIZE 1024
#define PATIENCE_NS (10 * CLOCK_NS_PER_S)
#define TICK_MS 50

/* ---- The answer ----------------------------------------------------------*/

void build_answer(void) {
    printf(WORD " %d %zu\n" PLUNGE_VERSION " (" PLUNGE_VARIANT ")\n",
           BUILD_PROTOCOL, sizeof(struct load_board));
}

/* ---- The question --------------------------------------------------------*/

struct question {
    const char *program;
    int null_fd;
    int answer_fd;
};

static void become_asked(const void *data) {
    const struct question *question = data;
    char *const arguments[] = {"plunge", BUILD_QUESTION, NULL};
    if (dup2(question->null_fd, STDIN_FILENO) < 0 ||
        dup2(question->answer_fd, STDOUT_FILENO) < 0 ||
        dup2(question->null_fd, STDERR_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        return;
    }
    (void)execve(question->program, arguments, environ);
}

struct listening {
    int fd;
    char answer[ANSWER_SIZE]; /* ends in '\0' */
    size_t size;
    bool whole; /* it said all that it had to say */
};

/* Whether there may be more to hear. */
static bool hear(struct listening *listening) {
    struct pollfd said = {.fd = listening->fd, .events = POLLIN};
    if (poll(&said, 1, TICK_MS) <= 0) {
        return true;
    }
    ssize_t got = read(listening->fd, listening->answer + listening->size,
                       sizeof listening->answer - 1 - listening->size);
    if (got <= 0) {
        listening->whole = got == 0;
        return got < 0 && errno == EINTR;
    }
    listening->size += (size_t)got;
    listening->answer[listening->size] = '\0';
    return listening->size < sizeof listening->answer - 1;
}

static void listen_to(struct listening *listening) {
    const uint64_t began_ns = clock_now_ns();
    while (hear(listening) && interrupt_pending() == 0 &&
           clock_now_ns() - began_ns < PATIENCE_NS) {
    }
}

static void end_asked(pid_t pid) {
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* 0 or -errno: it could not be executed. */
static int ask(const char *program, struct listening *listening) {
    int fds[2];
    pid_t pid = -1;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0) {
        return -errno;
    }
    int status = pipe2(fds, O_CLOEXEC) == 0 ? 0 : -errno;
    if (status == 0) {
        const struct question question = {program, null_fd, fds[1]};
        status =
            spawn_process(become_asked, &question, STDERR_FILENO + 1, &pid);
        (void)close(fds[1]);
        if (status == 0) {
            listening->fd = fds[0];
            listen_to(listening);
            end_asked(pid);
        }
        (void)close(fds[0]);
    }
    (void)close(null_fd);
    return status;
}

/* ---- What it means -------------------------------------------------------*/

/* "0.1.0 (release)" in the line after the first. */
static void read_version(struct build *build, const char *answer,
                         struct arena *arena) {
    const char *end = strchr(answer, '\n');
    const char *version = end == NULL ? "" : end + 1;
    const size_t size = strcspn(version, " \n");
    const char *variant = strchr(version, '(');
    build->version = size == 0 ? "unknown" : arena_text_n(arena, version, size);
    build->variant =
        variant == NULL
            ? "unknown"
            : arena_text_n(arena, variant + 1, strcspn(variant + 1, ")\n"));
}

/* NULL: it speaks as we do. */
static const char *object(struct build *build, const char *answer,
                          struct arena *arena) {
    const size_t word = strlen(WORD);
    char *end = NULL;
    if (strncmp(answer, WORD " ", word + 1) != 0) {
        return arena_format(arena,
                            "%s is not a plunge that knows of --vs: it does "
                            "not answer " BUILD_QUESTION,
                            build->path);
    }
    long protocol = strtol(answer + word + 1, &end, 10);
    unsigned long size = strtoul(end, NULL, 10);
    read_version(build, answer, arena);
    if (protocol != BUILD_PROTOCOL || size != sizeof(struct load_board)) {
        return arena_format(
            arena,
            "%s is plunge %s, whose cells speak protocol %ld/%lu, and those of "
            "this one %d/%zu: build both from sources that are less far apart",
            build->path, build->version, protocol, size, BUILD_PROTOCOL,
            sizeof(struct load_board));
    }
    return NULL;
}

static enum build_status judge(struct build *build,
                               const struct listening *listening,
                               struct arena *arena, const char **problem_out) {
    if (interrupt_pending() != 0) {
        *problem_out = NULL;
        return BUILD_SILENT;
    }
    /* Who goes on talking is no plunge; who says nothing may yet be. */
    if (!listening->whole && listening->size == 0) {
        *problem_out = arena_format(
            arena, "%s has not answered " BUILD_QUESTION " for 10 s",
            build->path);
        return BUILD_SILENT;
    }
    *problem_out = object(build, listening->answer, arena);
    return *problem_out == NULL ? BUILD_OK : BUILD_WRONG;
}

/* 0 or -errno. By the file, not its name: a build that goes on meanwhile puts
 * another one there. */
static int open_program(struct build *build, struct arena *arena) {
    struct stat info;
    build->fd = open(build->path, O_PATH | O_CLOEXEC);
    if (build->fd < 0 || fstat(build->fd, &info) != 0) {
        return -errno;
    }
    if (!S_ISREG(info.st_mode)) {
        return S_ISDIR(info.st_mode) ? -EISDIR : -EACCES;
    }
    build->program =
        arena_format(arena, "/proc/%d/fd/%d", (int)getpid(), build->fd);
    return 0;
}

enum build_status build_open(const char *path, struct arena *arena,
                             struct build *build_out,
                             const char **problem_out) {
    struct build build = {.path = path, .fd = -1};
    struct listening listening = {.fd = -1};
    int error = open_program(&build, arena);
    if (error == 0) {
        error = ask(build.program, &listening);
    }
    enum build_status status = BUILD_WRONG;
    if (error != 0) {
        *problem_out = arena_format(arena, "%s cannot be executed: %s", path,
                                    strerror(-error));
    } else {
        status = judge(&build, &listening, arena, problem_out);
    }
    if (status != BUILD_OK) {
        build_close(&build);
        return status;
    }
    *build_out = build;
    return BUILD_OK;
}

void build_close(struct build *build) {
    if (build->fd >= 0) {
        (void)close(build->fd);
        build->fd = -1;
    }
}
