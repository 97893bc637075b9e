/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "cell/cell.h"
#include "cell/handover.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define TUNABLES "GLIBC_TUNABLES="
#define TUNABLE_STACKS "glibc.pthread.stack_cache_size=0"
#define TUNABLE_ARENAS ":glibc.malloc.arena_max=1"

#define STATUS_NO_START 127

/* This program, even where its file has been replaced or removed. */
#define SELF "/proc/self/exe"

static bool is_tunables(const char *variable) {
    return strncmp(variable, TUNABLES, strlen(TUNABLES)) == 0;
}

static size_t count_of(char *const *list) {
    size_t count = 0;
    while (list[count] != NULL) {
        count++;
    }
    return count;
}

char **spawn_environment(char *const *environment, bool one_arena,
                         struct arena *arena) {
    size_t count = count_of(environment);
    char **copy = arena_alloc(arena, (count + 2) * sizeof *copy);
    const char *given = "";
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_tunables(environment[i])) {
            given = environment[i] + strlen(TUNABLES);
        } else {
            copy[kept++] = environment[i];
        }
    }
    copy[kept++] = arena_format(arena, TUNABLES "%s%s" TUNABLE_STACKS "%s",
                                given, given[0] == '\0' ? "" : ":",
                                one_arena ? TUNABLE_ARENAS : "");
    copy[kept] = NULL;
    return copy;
}

/* The place of the variable that has the name of @variable, or @count. */
static size_t place_of(char *const *environment, size_t count,
                       const char *variable) {
    const size_t size = strcspn(variable, "=") + 1;
    size_t place = 0;
    while (place < count && strncmp(environment[place], variable, size) != 0) {
        place++;
    }
    return place;
}

char **spawn_add_variables(char *const *environment, char *const *variables,
                           struct arena *arena) {
    size_t count = count_of(environment);
    char **copy =
        arena_alloc(arena, (count + count_of(variables) + 1) * sizeof *copy);
    memcpy(copy, environment, count * sizeof *copy);
    for (size_t i = 0; variables[i] != NULL; i++) {
        const char *value = strchr(variables[i], '=') + 1;
        const size_t place = place_of(copy, count, variables[i]);
        const bool is_new = place == count;
        const bool is_empty = is_new || strchr(copy[place], '=')[1] == '\0';
        copy[place] = is_empty
                          ? arena_text(arena, variables[i])
                          : arena_format(arena, "%s:%s", copy[place], value);
        count += is_new ? 1 : 0;
    }
    copy[count] = NULL;
    return copy;
}

/* ---- In the child, between fork and exec ---------------------------------*/

struct start {
    const struct handover *handover;
    const char *program;
    char **arguments;
    char **environment;
};

/* -1 with errno. */
static int arrange_descriptors(const struct start *start) {
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0) {
        return -1;
    }
    for (int i = 0; i < HANDOVER_FILES_COUNT; i++) {
        if (dup2(start->handover->fds[i], HANDOVER_FD_FIRST + i) < 0) {
            return -1;
        }
    }
    /* Whoever started us may have left descriptors of his open, too. */
    const unsigned above = HANDOVER_FD_FIRST + HANDOVER_FILES_COUNT;
    return close_range(above, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int arrange_process(pid_t parent) {
    const struct rlimit no_core = {0, 0};
    sigset_t none;
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0 || sigemptyset(&none) != 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0) {
        return -1;
    }
    /* The parent may have died before it was asked to take us along. */
    if (getppid() != parent) {
        _exit(STATUS_NO_START);
    }
    return 0;
}

static void become_cell(const void *data) {
    const struct start *start = data;
    if (arrange_descriptors(start) == 0) {
        (void)execve(start->program, start->arguments, start->environment);
    }
}

/* @problem_fd: errno goes there when there is no exec. */
_Noreturn static void run_child(spawn_become_fn become, const void *data,
                                pid_t parent, int problem_fd) {
    if (arrange_process(parent) == 0) {
        become(data);
    }
    int error = errno;
    ssize_t told = write(problem_fd, &error, sizeof error);
    (void)told;
    _exit(STATUS_NO_START);
}

/* ---- In the parent -------------------------------------------------------*/

/* 0 once the child has become another program, else its -errno. */
static int await_exec(int problem_fd) {
    int error = 0;
    ssize_t got = 0;
    do {
        got = read(problem_fd, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof error ? -error : 0;
}

/* @pipe_fds: both ends are given back. */
static int start_child(spawn_become_fn become, const void *data,
                       int pipe_fds[2], pid_t *pid_out) {
    const pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_child(become, data, parent, pipe_fds[1]);
    }
    int status = pid < 0 ? -errno : 0;
    (void)close(pipe_fds[1]);
    if (status == 0) {
        status = await_exec(pipe_fds[0]);
    }
    (void)close(pipe_fds[0]);
    if (status == 0) {
        *pid_out = pid;
    }
    while (status != 0 && pid > 0 && waitpid(pid, NULL, 0) < 0 &&
           errno == EINTR) {
    }
    return status;
}

int spawn_process(spawn_become_fn become, const void *data, int fd_free,
                  pid_t *pid_out) {
    int pipe_fds[2];
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
        pipe2(pipe_fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    int problem_fd = fcntl(pipe_fds[1], F_DUPFD_CLOEXEC, fd_free);
    int status = problem_fd < 0 ? -errno : 0;
    (void)close(pipe_fds[1]);
    pipe_fds[1] = problem_fd;
    if (status != 0) {
        (void)close(pipe_fds[0]);
        return status;
    }
    return start_child(become, data, pipe_fds, pid_out);
}

/* What SELF is: its file's path, or, where that has been replaced or removed,
 * one that other processes can use while this one lives. */
static char *resolve_self(struct arena *arena) {
    char path[PATH_MAX];
    ssize_t size = readlink(SELF, path, sizeof path);
    char *resolved = size > 0 ? arena_text_n(arena, path, (size_t)size) : NULL;
    return resolved != NULL && access(resolved, X_OK) == 0
               ? resolved
               : arena_format(arena, "/proc/%d/exe", (int)getpid());
}

/* Under valgrind SELF is valgrind for exec(), but this program for readlink().
 */
static const char *find_self(struct arena *arena) {
    return RUNNING_ON_VALGRIND != 0 ? resolve_self(arena) : SELF;
}

/* plunge --cell, or valgrind --tool=... PATH --cell. */
static char **arguments_of(char *const *under, struct arena *arena) {
    const size_t count = under == NULL ? 0 : count_of(under);
    char **arguments = arena_alloc(arena, (count + 3) * sizeof *arguments);
    if (count != 0) {
        memcpy(arguments, under, count * sizeof *arguments);
    }
    arguments[count] =
        count == 0 ? arena_text(arena, "plunge") : resolve_self(arena);
    arguments[count + 1] = arena_text(arena, CELL_COMMAND);
    return arguments;
}

static char **environment_of(const struct spawn_options *options,
                             struct arena *arena) {
    char **environment = spawn_environment(environ, options->one_arena, arena);
    return options->variables == NULL
               ? environment
               : spawn_add_variables(environment, options->variables, arena);
}

static const char *program_of(const struct spawn_options *options,
                              struct arena *arena) {
    if (options->under != NULL) {
        return options->under[0];
    }
    return options->program != NULL ? options->program : find_self(arena);
}

int spawn_child(const struct spawn_options *options, struct arena *arena,
                pid_t *pid_out) {
    const struct start start = {
        .handover = options->handover,
        .program = program_of(options, arena),
        .arguments = arguments_of(options->under, arena),
        .environment = environment_of(options, arena),
    };
    /* Above the places of the handover, which are overwritten. */
    return spawn_process(become_cell, &start,
                         HANDOVER_FD_FIRST + HANDOVER_FILES_COUNT, pid_out);
}
