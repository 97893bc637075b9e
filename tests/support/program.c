/* SPDX-License-Identifier: Apache-2.0 */
#include "support/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "support/suite.h"

enum { ARGUMENTS_MAX = 32 };

static const char *temporary(void) {
    const char *folder = getenv("TMPDIR");
    return folder == NULL ? "/tmp" : folder;
}

int program_setup(void **state) {
    struct program *program = calloc(1, sizeof *program);
    assert_non_null(program);
    (void)snprintf(program->folder, sizeof program->folder, "%s/program-XXXXXX",
                   temporary());
    assert_non_null(mkdtemp(program->folder));
    text_init(&program->out);
    text_init(&program->err);
    *state = program;
    return 0;
}

/* plunge's own temporary folders are called plunge-XXXXXX. */
static void expect_no_folder_left(void) {
    DIR *folder = opendir(temporary());
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        if (strncmp(entry->d_name, "plunge-", 7) == 0 &&
            strlen(entry->d_name) == strlen("plunge-XXXXXX")) {
            fail_msg("%s/%s is left", temporary(), entry->d_name);
        }
    }
    (void)closedir(folder);
}

int program_teardown(void **state) {
    struct program *program = *state;
    assert_int_equal(file_remove_tree(program->folder), 0);
    expect_no_folder_left();
    text_fini(&program->out);
    text_fini(&program->err);
    free(program);
    return 0;
}

/* build/VARIANT/integration/test_x -> build/VARIANT/plunge */
static char *find_program(const struct program *program) {
    static char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    assert_true(size > 0);
    path[size] = '\0';
    if (program->itself) {
        return path;
    }
    char *slash = path;
    for (int i = 0; i < 2; i++) {
        slash = strrchr(path, '/');
        assert_non_null(slash);
        *slash = '\0';
    }
    (void)snprintf(slash, (size_t)(path + PATH_MAX - slash), "/plunge");
    return path;
}

/* In the child. By system call: the C library's functions wait for every other
 * thread, that of a sanitizer too, which does not hear them. */
static void become(const struct program *program) {
    if (program->user == 0) {
        return;
    }
    if (setenv("TMPDIR", program->folder, 1) != 0 ||
        setenv("PLUNGE_CACHE", program->folder, 1) != 0 ||
        syscall(SYS_setgroups, 0, NULL) != 0 ||
        syscall(SYS_setgid, program->user) != 0 ||
        syscall(SYS_setuid, program->user) != 0) {
        _exit(126);
    }
}

/* In the child. A process under the thread sanitizer waits a second before it
 * ends, and each cell is one. */
static void hurry(void) {
#ifdef __SANITIZE_THREAD__
    const char *options = getenv("TSAN_OPTIONS");
    char longer[512];
    (void)snprintf(longer, sizeof longer, "%s:atexit_sleep_ms=20",
                   options == NULL ? "" : options);
    (void)setenv("TSAN_OPTIONS", longer, 1);
#endif
}

static void start(struct program *program, char **arguments) {
    int out[2];
    int err[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    text_clear(&program->out);
    text_clear(&program->err);
    program->pid = fork();
    assert_true(program->pid >= 0);
    if (program->pid == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)dup2(err[1], STDERR_FILENO);
        hurry();
        become(program);
        (void)execvp(arguments[0], arguments);
        _exit(127);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    program->out_fd = out[0];
    program->err_fd = err[0];
}

static void add_argument(char *arguments[ARGUMENTS_MAX], int *count,
                         char *argument) {
    assert_true(*count < ARGUMENTS_MAX);
    arguments[(*count)++] = argument;
}

/* The whole command line, with its NULL. */
static void take_arguments(const struct program *program, va_list list,
                           char *arguments[ARGUMENTS_MAX]) {
    int count = 0;
    for (char *const *word = program->under; word != NULL && *word != NULL;
         word++) {
        add_argument(arguments, &count, *word);
    }
    add_argument(arguments, &count, find_program(program));
    char *argument;
    do {
        argument = va_arg(list, char *);
        add_argument(arguments, &count, argument);
    } while (argument != NULL);
}

void program_start(struct program *program, ...) {
    char *arguments[ARGUMENTS_MAX];
    va_list list;
    va_start(list, program);
    take_arguments(program, list, arguments);
    va_end(list);
    start(program, arguments);
}

/* false: the other side has closed it. */
static bool drain(int fd, struct text *text) {
    char bytes[4096];
    ssize_t size = read(fd, bytes, sizeof bytes);
    if (size > 0) {
        text_append_n(text, bytes, (size_t)size);
    }
    return size > 0;
}

void program_wait(struct program *program) {
    struct pollfd fds[2] = {
        {.fd = program->out_fd, .events = POLLIN},
        {.fd = program->err_fd, .events = POLLIN},
    };
    struct text *texts[2] = {&program->out, &program->err};
    int open = 2;
    while (open > 0) {
        if (poll(fds, 2, -1) < 0) {
            assert_int_equal(errno, EINTR);
            continue;
        }
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0 &&
                !drain(fds[i].fd, texts[i])) {
                (void)close(fds[i].fd);
                fds[i].fd = -1;
                open--;
            }
        }
    }
    int status;
    assert_int_equal(waitpid(program->pid, &status, 0), program->pid);
    program->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void program_run(struct program *program, ...) {
    char *arguments[ARGUMENTS_MAX];
    va_list list;
    va_start(list, program);
    take_arguments(program, list, arguments);
    va_end(list);
    start(program, arguments);
    program_wait(program);
}

static int threads_of(pid_t pid) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    int count = 0;
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count - 2; /* . and .. */
}

static pid_t first_child(pid_t pid) {
    char path[64];
    int child = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
                   (int)pid);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fscanf(file, "%d", &child) != 1) {
            child = 0;
        }
        (void)fclose(file);
    }
    return child;
}

pid_t program_cell(const struct program *program) {
    const struct timespec pause = {.tv_nsec = 5000000};
    for (;;) {
        pid_t child = first_child(program->pid);
        if (child > 0 && threads_of(child) >= 3) {
            return child;
        }
        assert_int_equal(kill(program->pid, 0), 0);
        (void)nanosleep(&pause, NULL);
    }
}

struct program_file program_file(const struct program *program,
                                 const char *name) {
    struct program_file file;
    (void)snprintf(file.path, sizeof file.path, "%s/%s", program->folder, name);
    return file;
}

const char *program_path(const struct program *program, const char *name) {
    static struct program_file file;
    file = program_file(program, name);
    return file.path;
}

const char *program_write(const struct program *program, const char *name,
                          const char *text) {
    const char *path = program_path(program, name);
    assert_int_equal(file_write(path, text, strlen(text)), 0);
    return path;
}

json_t *program_json(const struct program *program, const char *name) {
    json_error_t error;
    json_t *json = json_load_file(program_path(program, name), 0, &error);
    if (json == NULL) {
        fail_msg("%s: %s", program_path(program, name), error.text);
    }
    return json;
}

void program_validate(const struct program *program, const char *name) {
    char command[4 * PROGRAM_FOLDER_SIZE];
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -W ignore -m jsonschema -i %s "
                   "bench/report/result.schema.json >&2",
                   program_path(program, name));
    assert_int_equal(system(command), 0);
}

void program_expect(const struct program *program, int status) {
    if (program->status != status) {
        fail_msg("exit status %d, expected %d\n--- output\n%s--- errors\n%s",
                 program->status, status, program->out.bytes,
                 program->err.bytes);
    }
}

void program_expect_words(const struct text *text, const char *words) {
    if (strstr(text->bytes, words) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", words, text->bytes);
    }
}
