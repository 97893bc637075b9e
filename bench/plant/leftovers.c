/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/plant.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"
#include "plant/shared.h"

/* One thing of each kind, made and not given back. */

#define MAP_SIZE ((size_t)1024 * 1024)

/* What a program keeps is not lost to it. */
static void *volatile kept;

/* ---- Threads -------------------------------------------------------------*/

static void *sleep_for_good(void *data) {
    while (pause() < 0) {
    }
    return data;
}

static unsigned plant_thread(const struct plant_place *place) {
    pthread_t thread;
    PLANT_NEXT_LINE(place)
    int error = pthread_create(&thread, NULL, sleep_for_good, NULL);
    CHECK(error == 0);
    return 0;
}

static _Atomic pid_t finished;

static void *finish(void *data) {
    atomic_store(&finished, gettid());
    return data;
}

/* It has left the kernel before the plant is over: never joined, then, is all
 * that can be said of it. */
static void await_finished(void) {
    while (atomic_load(&finished) == 0 ||
           tgkill(getpid(), atomic_load(&finished), 0) == 0) {
        (void)sched_yield();
    }
}

static unsigned plant_unjoined(const struct plant_place *place) {
    pthread_t thread;
    PLANT_NEXT_LINE(place)
    int error = pthread_create(&thread, NULL, finish, NULL);
    CHECK(error == 0);
    await_finished();
    return 0;
}

/* ---- Descriptors ---------------------------------------------------------*/

static unsigned plant_fd(const struct plant_place *place) {
    PLANT_NEXT_LINE(place)
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    return 0;
}

static unsigned plant_socket(const struct plant_place *place) {
    PLANT_NEXT_LINE(place)
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    return 0;
}

static unsigned plant_file(const struct plant_place *place) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s-forgotten",
                   place == NULL ? "" : place->database);
    PLANT_NEXT_LINE(place)
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
    return 0;
}

/* The lock is whose the descriptor is. */
static unsigned plant_lock(const struct plant_place *place) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[4096];
    (void)snprintf(path, sizeof path, "%s-locked",
                   place == NULL ? "" : place->database);
    PLANT_NEXT_LINE(place)
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && unlink(path) == 0 && fcntl(fd, F_SETLK, &lock) == 0);
    return 0;
}

static unsigned plant_mutex(const struct plant_place *place) {
    static pthread_mutex_t mutex;
    PLANT_NEXT_LINE(place)
    int error = pthread_mutex_init(&mutex, NULL);
    CHECK(error == 0);
    return 0;
}

/* ---- Memory --------------------------------------------------------------*/

static unsigned plant_byte(const struct plant_place *place) {
    PLANT_NEXT_LINE(place)
    kept = sqlite3_malloc(1);
    CHECK(kept != NULL);
    return 0;
}

static unsigned plant_map(const struct plant_place *place) {
    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    PLANT_NEXT_LINE(place)
    kept = mmap(NULL, MAP_SIZE, protection, flags, -1, 0);
    CHECK(kept != MAP_FAILED);
    return 0;
}

static unsigned plant_shm(const struct plant_place *place) {
    char name[SHARED_NAME_SIZE];
    shared_name(getppid(), name);
    PLANT_NEXT_LINE(place)
    int fd = shm_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && close(fd) == 0);
    return 0;
}

/* ---- What belongs to a loop, to SQLite, to the process -------------------*/

static unsigned plant_connection(const struct plant_place *place) {
    const int flags = SQLITE_OPEN_READWRITE;
    sqlite3 *connection = NULL;
    PLANT_NEXT_LINE(place)
    int code = sqlite3_open_v2(place->database, &connection, flags, NULL);
    CHECK(code == SQLITE_OK);
    kept = connection;
    return 0;
}

static unsigned plant_handle(const struct plant_place *place) {
    static uv_timer_t timer;
    PLANT_NEXT_LINE(place)
    int status = uv_timer_init(place->loop, &timer);
    CHECK(status == 0);
    return 0;
}

static unsigned plant_process(const struct plant_place *place) {
    PLANT_NEXT_LINE(place)
    pid_t pid = fork();
    if (pid == 0) {
        (void)sleep_for_good(NULL);
    }
    CHECK(pid > 0);
    return 0;
}

static unsigned plant_timer(const struct plant_place *place) {
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    PLANT_NEXT_LINE(place)
    int status = timer_create(CLOCK_MONOTONIC, &nothing, &timer);
    CHECK(status == 0);
    return 0;
}

static void hear(int number) {
    (void)number;
}

static unsigned plant_signal(const struct plant_place *place) {
    const struct sigaction action = {.sa_handler = hear};
    PLANT_NEXT_LINE(place)
    int status = sigaction(SIGUSR2, &action, NULL);
    CHECK(status == 0);
    return 0;
}

static unsigned plant_setting(const struct plant_place *place) {
    PLANT_NEXT_LINE(place)
    (void)umask(0077);
    return 0;
}

/* ---- All of it, and given back -------------------------------------------*/

static void visit_descriptors(const struct plant_place *place) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s-XXXXXX", place->database);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = mkstemp(path);
    int one = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && one >= 0 && unlink(path) == 0 &&
          fcntl(fd, F_SETLK, &lock) == 0);
    lock.l_type = F_UNLCK;
    CHECK(fcntl(fd, F_SETLK, &lock) == 0 && close(fd) == 0 && close(one) == 0);
}

static void visit_memory(void) {
    char name[SHARED_NAME_SIZE];
    void *block = sqlite3_malloc(1);
    void *map =
        mmap(NULL, MAP_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    shared_name(getppid(), name);
    int fd = shm_open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    CHECK(block != NULL && map != MAP_FAILED && fd >= 0);
    sqlite3_free(block);
    CHECK(munmap(map, MAP_SIZE) == 0 && close(fd) == 0 &&
          shm_unlink(name) == 0);
}

static void visit_process(void) {
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    const struct sigaction action = {.sa_handler = hear};
    struct sigaction before;
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &nothing, &timer) == 0 &&
          timer_delete(timer) == 0);
    CHECK(sigaction(SIGUSR2, &action, &before) == 0 &&
          sigaction(SIGUSR2, &before, NULL) == 0);
    (void)umask(umask(0077));
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

static void *pass(void *data) {
    return data;
}

static unsigned plant_visit(const struct plant_place *place) {
    sqlite3 *connection = NULL;
    pthread_mutex_t mutex;
    pthread_t thread;
    PLANT_NEXT_LINE(place)
    visit_descriptors(place);
    visit_memory();
    visit_process();
    CHECK(sqlite3_open_v2(place->database, &connection, SQLITE_OPEN_READWRITE,
                          NULL) == SQLITE_OK &&
          sqlite3_close(connection) == SQLITE_OK);
    CHECK(pthread_create(&thread, NULL, pass, NULL) == 0 &&
          pthread_join(thread, NULL) == 0);
    CHECK(pthread_mutex_init(&mutex, NULL) == 0 &&
          pthread_mutex_destroy(&mutex) == 0);
    return 0;
}

/* In the third of four cycles: what is counted is compared with what was there
 * after the second. */
#define ONCE .every = 3, .file = __FILE__
#define ON_THREAD .where = PLANT_ON_THREAD, ONCE

const struct plant plants_leftover[] = {
    {.name = "thread", .plant = plant_thread, ON_THREAD},
    {.name = "unjoined", .plant = plant_unjoined, ON_THREAD},
    {.name = "fd", .plant = plant_fd, ON_THREAD},
    {.name = "socket", .plant = plant_socket, ON_THREAD},
    {.name = "heap", .plant = plant_byte, ON_THREAD},
    {.name = "map", .plant = plant_map, ON_THREAD},
    {.name = "connection", .plant = plant_connection, ON_THREAD},
    {.name = "handle", .plant = plant_handle, .where = PLANT_ON_LOOP, ONCE},
    {.name = "file", .plant = plant_file, ON_THREAD},
    {.name = "lock", .plant = plant_lock, ON_THREAD},
    {.name = "mutex", .plant = plant_mutex, ON_THREAD},
    {.name = "process", .plant = plant_process, ON_THREAD},
    {.name = "timer", .plant = plant_timer, ON_THREAD},
    {.name = "signal", .plant = plant_signal, ON_THREAD},
    {.name = "shm", .plant = plant_shm, ON_THREAD},
    {.name = "setting", .plant = plant_setting, ON_THREAD},
    {.name = "visit",
     .plant = plant_visit,
     .where = PLANT_ON_THREAD,
     .every = 1},
    {.name = "byte per cycle",
     .plant = plant_byte,
     .where = PLANT_ON_THREAD,
     .every = 1,
     .file = __FILE__},
    {.name = "fd per hundred",
     .plant = plant_fd,
     .where = PLANT_ON_THREAD,
     .every = 100,
     .file = __FILE__},
};

const size_t plants_leftover_count =
    sizeof plants_leftover / sizeof plants_leftover[0];
