/* SPDX-License-Identifier: Apache-2.0 */
#include "support/foreign.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- What they have in common --------------------------------------------*/

static void mark(const char *name) {
    char line[64];
    int size = snprintf(line, sizeof line, "plunge: %s\n", name);
    if (write(3, line, (size_t)size) != size) {
        _exit(90);
    }
}

_Noreturn static void rest(void) {
    for (;;) {
        (void)pause();
    }
}

static void *rest_in_thread(void *data) {
    (void)data;
    rest();
}

static void *end_at_once(void *data) {
    return data;
}

static void burn(double seconds) {
    struct timespec now;
    do {
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

static void start_thread(void *(*routine)(void *)) {
    pthread_t thread;
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, routine, NULL) != 0) {
        _exit(91);
    }
    (void)pthread_attr_destroy(&attributes);
}

static const char *temporary(const char *name) {
    static char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", getenv("TMPDIR"), name);
    return path;
}

static int open_file(const char *name) {
    int fd = open(temporary(name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "12345", 5) != 5) {
        _exit(92);
    }
    return fd;
}

/* An open file without a name: a descriptor, and no file. */
static int open_nameless(void) {
    int fd = open_file("nameless");
    (void)unlink(temporary("nameless"));
    return fd;
}

/* ---- Between "ready" and "closed" -----------------------------------------*/

static void leave_thread(void) {
    start_thread(rest_in_thread);
}

static void leave_fd(void) {
    (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void leave_deleted(void) {
    (void)open_nameless();
}

static void leave_socket(void) {
    (void)socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void leave_child(void) {
    if (fork() == 0) {
        rest();
    }
}

/* It ends a moment after its parent, and so was not left. */
static void leave_follower(void) {
    int ends[2];
    char byte;
    if (pipe(ends) != 0) {
        _exit(93);
    }
    if (fork() == 0) {
        (void)close(ends[1]);
        ssize_t got = read(ends[0], &byte, 1);
        (void)usleep(100000);
        _exit(got == 0 ? 0 : 1);
    }
}

static void leave_file(void) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s-journal", getenv("PLUNGE_DATABASE"));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)close(fd);
}

static void leave_temporary(void) {
    (void)close(open_file("forgotten"));
}

static void leave_folder(void) {
    if (mkdir(temporary("folder"), 0700) != 0 ||
        mkdir(temporary("folder/empty"), 0700) != 0) {
        _exit(94);
    }
    (void)close(open_file("folder/one"));
}

static void leave_lock(void) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    if (fcntl(open_nameless(), F_SETLK, &lock) != 0) {
        _exit(95);
    }
}

static void leave_flock(void) {
    if (flock(open_nameless(), LOCK_SH) != 0) {
        _exit(96);
    }
}

static void leave_map(void) {
    int fd = open_nameless();
    if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED) {
        _exit(97);
    }
    (void)close(fd);
}

static void leave_timer(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
        _exit(98);
    }
}

static void handle(int number) {
    (void)number;
}

static void leave_signal(void) {
    (void)signal(SIGUSR1, handle);
}

/* Seen while it was mapped; neither open nor mapped any more at the end. */
static void leave_shm(void) {
    int fd = shm_open(getenv("COMMAND_TEST_SHM"), O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0) {
        _exit(99);
    }
    void *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    mark("opened");
    (void)munmap(memory, 4096);
}

static void leave_system_v(void) {
    if (shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) < 0) {
        _exit(100);
    }
}

/* Code that is loaded stays, and is nothing that is left. */
static void load_code(void) {
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
        MAP_FAILED) {
        _exit(102);
    }
    (void)close(fd);
}

static void leave_nothing(void) {
    pthread_t thread;
    load_code();
    int fd = open_file("taken");
    (void)flock(fd, LOCK_EX);
    void *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    (void)signal(SIGUSR1, handle);
    if (pthread_create(&thread, NULL, end_at_once, NULL) == 0) {
        (void)pthread_join(thread, NULL);
    }
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    (void)waitpid(pid, NULL, 0);
    mark("opened");
    (void)signal(SIGUSR1, SIG_DFL);
    (void)munmap(memory, 4096);
    (void)close(fd);
    (void)unlink(temporary("taken"));
}

/* A thread that ends by itself, a little after it could have been joined. */
static void *end_soon(void *data) {
    burn(0.02);
    return data;
}

static void leave_late_thread(void) {
    start_thread(end_soon);
}

static const struct {
    const char *name;
    void (*leave)(void);
} leavers[] = {
    {"thread", leave_thread},   {"fd", leave_fd},
    {"deleted", leave_deleted}, {"socket", leave_socket},
    {"child", leave_child},     {"follower", leave_follower},
    {"file", leave_file},       {"temporary", leave_temporary},
    {"folder", leave_folder},   {"lock", leave_lock},
    {"flock", leave_flock},     {"map", leave_map},
    {"timer", leave_timer},     {"signal", leave_signal},
    {"shm", leave_shm},         {"system_v", leave_system_v},
    {"nothing", leave_nothing}, {"late_thread", leave_late_thread},
};

/* ---- In their own ways ----------------------------------------------------*/

/* Its map and its handler cannot be told from those of its language. */
static void be_bare(void) {
    leave_map();
    leave_signal();
    leave_thread();
    leave_fd();
    leave_socket();
    rest();
}

/* What it has, it has before the baseline. */
static void be_prepared(void) {
    leave_thread();
    leave_fd();
    leave_socket();
    mark("ready");
    mark("closed");
    rest();
}

static void be_staged(void) {
    mark("ready");
    leave_fd();
    mark("opened");
    leave_socket();
    mark("answered");
    leave_thread();
    rest();
}

/* What follows a marker must not have happened when the ledger is read. */
static void be_hasty(void) {
    mark("ready");
    leave_fd();
    mark("closed");
    leave_socket();
    leave_thread();
    exit(0);
}

static void be_stubborn(void) {
    (void)signal(SIGTERM, SIG_IGN);
    mark("ready");
    mark("closed");
    rest();
}

static void be_busy(void) {
    burn(1000);
}

/* It waits for its child, which is busy for longer than a second. */
static void be_patient(void) {
    mark("ready");
    pid_t pid = fork();
    if (pid == 0) {
        burn(1.5);
        _exit(0);
    }
    (void)waitpid(pid, NULL, 0);
    leave_fd();
    rest();
}

static void be_crowded(void) {
    for (int i = 0; i < 8; i++) {
        leave_thread();
    }
    burn(1000);
}

static void be_greedy(void) {
    for (int i = 0; i < 40; i++) {
        leave_fd();
    }
    burn(1000);
}

/* Within less time than passes between two looks: seen at its marker. */
static void be_greedy_once(void) {
    int fds[40];
    for (int i = 0; i < 40; i++) {
        fds[i] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    }
    mark("opened");
    for (int i = 0; i < 40; i++) {
        (void)close(fds[i]);
    }
    mark("closed");
    rest();
}

/* Resident for a moment only: the kernel remembers the most. */
static void be_fat(void) {
    const size_t size = (size_t)300 << 20;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        _exit(103);
    }
    (void)munmap(memory, size);
    burn(1000);
}

static void be_mute(void) {
    (void)close(3);
    leave_socket();
    rest();
}

static void be_talkative(void) {
    mark("ready");
    if (write(3, "hello\nthere\n", 12) != 12) {
        _exit(101);
    }
    (void)puts("said on standard output");
    (void)fflush(stdout);
    (void)fputs("said on standard error\n", stderr);
    mark("closed");
    rest();
}

static void be_killed(void) {
    mark("opened");
    (void)kill(getpid(), SIGKILL);
}

static void be_failing(void) {
    _exit(7);
}

static void be_done(void) {
    mark("ready");
    mark("answered");
    _exit(0);
}

static void be_misspelt(void) {
    mark("redy");
    rest();
}

static void be_disordered(void) {
    mark("opened");
    mark("ready");
    rest();
}

static const struct {
    const char *name;
    void (*be)(void);
} others[] = {
    {"bare", be_bare},
    {"prepared", be_prepared},
    {"staged", be_staged},
    {"hasty", be_hasty},
    {"stubborn", be_stubborn},
    {"busy", be_busy},
    {"patient", be_patient},
    {"crowded", be_crowded},
    {"greedy", be_greedy},
    {"greedy_once", be_greedy_once},
    {"fat", be_fat},
    {"mute", be_mute},
    {"talkative", be_talkative},
    {"killed", be_killed},
    {"failing", be_failing},
    {"done", be_done},
    {"misspelt", be_misspelt},
    {"disordered", be_disordered},
};

int foreign_be(const char *name) {
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i].name, name) == 0) {
            others[i].be();
        }
    }
    for (size_t i = 0; i < sizeof leavers / sizeof *leavers; i++) {
        if (strcmp(leavers[i].name, name) == 0) {
            mark("ready");
            leavers[i].leave();
            mark("closed");
            rest();
        }
    }
    return 89;
}
