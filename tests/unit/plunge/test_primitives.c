/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>
#include <valgrind/valgrind.h>

#include "ledger/primitives.h"
#include "ledger/registry.h"
#include "ledger/threads.h"

#define LIST_MAX 256

/* valgrind's tools keep something of every thread there was. */
#define ROUNDS(count) (RUNNING_ON_VALGRIND != 0 ? (count) / 20 : (count))
#define THREADS_LIMIT 8

/* ---- Helpers ------------------------------------------------------------ */

static const struct registry_entry *find(enum registry_kind kind,
                                         uint64_t key) {
    static struct registry_entry entries[LIST_MAX];
    size_t count = registry_list(entries, LIST_MAX);
    assert_true(count <= LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == kind && entries[i].key == key) {
            return &entries[i];
        }
    }
    return NULL;
}

static bool is_held(enum registry_kind kind, uint64_t key) {
    return find(kind, key) != NULL;
}

static void expect_fd_of(int fd, const char *primitive) {
    const struct registry_entry *entry = find(REGISTRY_FD, (uint64_t)fd);
    assert_non_null(entry);
    assert_string_equal(entry->origin.primitive, primitive);
    assert_null(entry->origin.within);
}

static bool is_fd_held(int fd) {
    return is_held(REGISTRY_FD, (uint64_t)fd);
}

static size_t count_held(void) {
    return registry_list(NULL, 0);
}

static size_t count_threads(enum threads_state state) {
    static struct threads_entry entries[LIST_MAX];
    size_t count = threads_list(entries, LIST_MAX);
    assert_true(count <= LIST_MAX);
    size_t matching = 0;
    for (size_t i = 0; i < count; i++) {
        matching += entries[i].state == state;
    }
    return matching;
}

static void *return_argument(void *argument) {
    return argument;
}

static void *wait_for(void *semaphore) {
    (void)sem_wait(semaphore);
    return NULL;
}

static void *leave_early(void *argument) {
    pthread_exit(argument);
}

static pthread_t start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, function, argument), 0);
    return thread;
}

/* A thread ends a moment after it did its work. */
static void wait_until_live(uint64_t count) {
    while (primitives_threads_live() != count) {
        (void)sched_yield();
    }
}

/* ---- Threads ------------------------------------------------------------ */

static void a_thread_passes_its_argument_and_result(void **state) {
    (void)state;
    int value;
    void *result = NULL;
    assert_int_equal(pthread_join(start(return_argument, &value), &result), 0);
    assert_ptr_equal(result, &value);
    assert_int_equal(primitives_threads_live(), 1);
}

static void a_thread_may_leave_by_pthread_exit(void **state) {
    (void)state;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* glibc loads a library for it, and keeps that */
    }
    int value;
    void *result = NULL;
    assert_int_equal(pthread_join(start(leave_early, &value), &result), 0);
    assert_ptr_equal(result, &value);
    assert_int_equal(primitives_threads_live(), 1);
}

static void a_thread_is_alive_until_its_routine_returns(void **state) {
    (void)state;
    sem_t go;
    (void)sem_init(&go, 0, 0);
    assert_int_equal(primitives_threads_live(), 1);
    pthread_t thread = start(wait_for, &go);
    assert_int_equal(primitives_threads_live(), 2);
    (void)sem_post(&go);
    wait_until_live(1);
    assert_int_equal(count_threads(THREADS_FINISHED), 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(count_threads(THREADS_FINISHED), 0);
    (void)sem_destroy(&go);
}

static void joined_threads_leave_the_roll(void **state) {
    (void)state;
    for (size_t round = 0; round < ROUNDS(3000); round++) {
        pthread_t thread = start(return_argument, NULL);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(primitives_threads_live(), 1);
    }
    threads_settle();
    assert_int_equal(threads_list(NULL, 0), count_threads(THREADS_LATE));
}

static void detached_threads_leave_the_roll(void **state) {
    (void)state;
    pthread_attr_t detached;
    (void)pthread_attr_init(&detached);
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (size_t round = 0; round < ROUNDS(200); round++) {
        pthread_t thread;
        assert_int_equal(
            pthread_create(&thread, &detached, return_argument, NULL), 0);
        thread = start(return_argument, NULL);
        assert_int_equal(pthread_detach(thread), 0);
        wait_until_live(1);
    }
    (void)pthread_attr_destroy(&detached);
    threads_settle();
    assert_int_equal(threads_list(NULL, 0), count_threads(THREADS_LATE));
}

static void *detach_self(void *argument) {
    (void)pthread_detach(pthread_self());
    return argument;
}

static void a_thread_may_detach_itself(void **state) {
    (void)state;
    for (size_t round = 0; round < ROUNDS(200); round++) {
        (void)start(detach_self, NULL);
    }
    wait_until_live(1);
    threads_settle();
    assert_int_equal(threads_list(NULL, 0), count_threads(THREADS_LATE));
}

static void a_join_that_fails_changes_nothing(void **state) {
    (void)state;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* helgrind reports every join that fails */
    }
    assert_int_equal(pthread_join(pthread_self(), NULL), EDEADLK);
    assert_int_equal(primitives_threads_live(), 1);
}

static size_t start_to_the_limit(pthread_t *threads, sem_t *go) {
    size_t started = 0;
    int status;
    while ((status = pthread_create(&threads[started], NULL, wait_for, go)) ==
           0) {
        assert_true(++started < THREADS_LIMIT);
    }
    assert_int_equal(status, EAGAIN);
    return started;
}

static void the_limit_is_exact_and_passes_with_a_thread(void **state) {
    (void)state;
    pthread_t threads[THREADS_LIMIT];
    sem_t go;
    (void)sem_init(&go, 0, 0);
    primitives_threads_limit(THREADS_LIMIT);

    size_t started = start_to_the_limit(threads, &go);
    assert_int_equal(started, THREADS_LIMIT - 1);
    assert_int_equal(primitives_threads_live(), THREADS_LIMIT);

    (void)sem_post(&go);
    wait_until_live(THREADS_LIMIT - 1);
    pthread_t extra = start(wait_for, &go);
    pthread_t none;
    assert_int_equal(pthread_create(&none, NULL, wait_for, &go), EAGAIN);

    primitives_threads_limit(0);
    for (size_t i = 0; i < started; i++) {
        (void)sem_post(&go);
    }
    for (size_t i = 0; i < started; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(pthread_join(extra, NULL), 0);
    assert_int_equal(primitives_threads_live(), 1);
    (void)sem_destroy(&go);
}

static void libuv_hears_of_the_limit_as_an_error(void **state) {
    (void)state;
    uv_thread_t thread;
    primitives_threads_limit(1);
    int status = uv_thread_create(&thread, (uv_thread_cb)free, NULL);
    primitives_threads_limit(0);
    assert_int_equal(status, UV_EAGAIN);
}

static void the_mechanism_says_who_answers(void **state) {
    (void)state;
    assert_string_equal(primitives_threads_mechanism(),
                        RUNNING_ON_VALGRIND != 0 ? "budget (simulated)"
                                                 : "budget");
}

/* ---- Descriptors -------------------------------------------------------- */

static void each_way_to_make_a_descriptor_is_seen(void **state) {
    (void)state;
    size_t before = count_held();
    static const char *const makers[] = {
        "open",  "open",  "eventfd", "socket",     "dup",        "fcntl",
        "fcntl", "pipe2", "pipe2",   "socketpair", "socketpair",
    };
    int fds[sizeof makers / sizeof makers[0]];
    size_t count = 0;
    fds[count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    fds[count++] = open64("/dev/null", O_RDONLY | O_CLOEXEC);
    fds[count++] = eventfd(0, EFD_CLOEXEC);
    fds[count++] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fds[count++] = dup(fds[0]);
    fds[count++] = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    fds[count++] = fcntl64(fds[0], F_DUPFD_CLOEXEC, 0);
    assert_int_equal(pipe2(&fds[count], O_CLOEXEC), 0);
    count += 2;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, &fds[count]), 0);
    count += 2;
    assert_int_equal(count_held(), before + count);
    for (size_t i = 0; i < count; i++) {
        assert_true(fds[i] >= 0);
        expect_fd_of(fds[i], makers[i]);
        assert_int_equal(close(fds[i]), 0);
        assert_false(is_fd_held(fds[i]));
    }
}

static void a_failure_is_not_a_descriptor(void **state) {
    (void)state;
    size_t before = count_held();
    errno = 0;
    assert_int_equal(open("/nowhere/at/all", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(count_held(), before);
}

static void the_mode_of_a_new_file_arrives(void **state) {
    (void)state;
    char path[] = "/tmp/primitives-XXXXXX";
    int fd = mkstemp64(path);
    assert_true(is_fd_held(fd));
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
    fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
    struct stat stat;
    assert_int_equal(fstat(fd, &stat), 0);
    assert_int_equal(stat.st_mode & 0740, 0640);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void a_stream_takes_its_descriptor_along(void **state) {
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    FILE *stream = fdopen(fd, "r");
    assert_non_null(stream);
    assert_true(is_fd_held(fd));
    assert_int_equal(fclose(stream), 0);
    assert_false(is_fd_held(fd));
}

static void dup2_replaces_what_was_there(void **state) {
    (void)state;
    int from = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int to = eventfd(0, EFD_CLOEXEC);
    size_t before = count_held();
    assert_int_equal(dup2(from, to), to);
    assert_int_equal(dup2(from, from), from);
    assert_int_equal(count_held(), before);
    assert_int_equal(close(to), 0);
    assert_int_equal(close(from), 0);
    assert_int_equal(count_held(), before - 2);
}

static void a_forked_child_can_close(void **state) {
    (void)state;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* it would report the child's heap */
    }
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        _exit(close(fd) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(is_fd_held(fd));
    assert_int_equal(close(fd), 0);
}

/* ---- libuv -------------------------------------------------------------- */

static void note(uv_handle_t *handle) {
    /* In its callback it is given back already. */
    *(bool *)handle->data = !is_held(REGISTRY_HANDLE, (uintptr_t)handle);
}

static void ignore(uv_async_t *async) {
    (void)async;
}

static void a_handle_is_held_until_its_close_callback(void **state) {
    (void)state;
    uv_loop_t loop;
    uv_async_t async;
    uv_timer_t timer;
    bool was_given_back = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_async_init(&loop, &async, ignore), 0);
    assert_int_equal(uv_timer_init(&loop, &timer), 0);
    async.data = &was_given_back;
    uv_close((uv_handle_t *)&async, note);
    uv_close((uv_handle_t *)&timer, NULL);
    assert_true(is_held(REGISTRY_HANDLE, (uintptr_t)&async));
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_true(was_given_back);
    assert_false(is_held(REGISTRY_HANDLE, (uintptr_t)&timer));
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_loop_gives_back_all_that_it_opened(void **state) {
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    size_t before = count_held();
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(count_held() > before);
    assert_false(is_held(REGISTRY_HANDLE, (uintptr_t)&loop.wq_async));
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(count_held(), before);
}

static void libuv_reads_files_without_a_trace(void **state) {
    (void)state;
    size_t before = count_held();
    uv_cpu_info_t *cpus;
    int cpus_count;
    if (uv_cpu_info(&cpus, &cpus_count) == 0) {
        uv_free_cpu_info(cpus, cpus_count);
    }
    uv_fs_t request;
    uv_file fd = uv_fs_open(NULL, &request, "/dev/null", O_RDONLY, 0, NULL);
    assert_true(is_fd_held(fd));
    uv_fs_req_cleanup(&request);
    assert_int_equal(uv_fs_close(NULL, &request, fd, NULL), 0);
    uv_fs_req_cleanup(&request);
    assert_int_equal(count_held(), before);
}

/* ---- SQLite ------------------------------------------------------------- */

static void a_connection_is_held_with_its_files(void **state) {
    (void)state;
    size_t before = count_held();
    sqlite3 *connection;
    assert_int_equal(sqlite3_open("/dev/shm/primitives.db", &connection), 0);
    assert_int_equal(sqlite3_exec(connection,
                                  "PRAGMA journal_mode = WAL;"
                                  "CREATE TABLE IF NOT EXISTS t (x)",
                                  NULL, NULL, NULL),
                     0);
    assert_true(is_held(REGISTRY_CONNECTION, (uintptr_t)connection));
    assert_true(count_held() >= before + 4); /* it, .db, -wal, -shm */
    assert_int_equal(sqlite3_close(connection), 0);
    assert_int_equal(count_held(), before);
    assert_int_equal(unlink("/dev/shm/primitives.db"), 0);
}

static void a_connection_that_is_busy_stays_held(void **state) {
    (void)state;
    sqlite3 *connection;
    sqlite3_stmt *statement;
    assert_int_equal(
        sqlite3_open_v2(":memory:", &connection, SQLITE_OPEN_READWRITE, NULL),
        0);
    assert_int_equal(
        sqlite3_prepare_v2(connection, "SELECT 1", -1, &statement, NULL), 0);
    assert_int_equal(sqlite3_close(connection), SQLITE_BUSY);
    assert_true(is_held(REGISTRY_CONNECTION, (uintptr_t)connection));
    assert_int_equal(sqlite3_finalize(statement), 0);
    assert_int_equal(sqlite3_close(connection), 0);
    assert_false(is_held(REGISTRY_CONNECTION, (uintptr_t)connection));
}

static void a_connection_that_failed_to_open_is_held_too(void **state) {
    (void)state;
    sqlite3 *connection;
    assert_int_equal(sqlite3_open_v2("/nowhere/at/all", &connection,
                                     SQLITE_OPEN_READONLY, NULL),
                     SQLITE_CANTOPEN);
    assert_true(is_held(REGISTRY_CONNECTION, (uintptr_t)connection));
    assert_int_equal(sqlite3_close(connection), 0);
    assert_false(is_held(REGISTRY_CONNECTION, (uintptr_t)connection));
}

static void close_v2_aborts(void **state) {
    (void)state;
    assert_int_equal(sqlite3_close_v2(NULL), 0);
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* it would report the child's heap */
    }
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *connection;
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        (void)sqlite3_open(":memory:", &connection);
        (void)sqlite3_close_v2(connection);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---- All at once -------------------------------------------------------- */

static void *churn(void *data) {
    size_t *failures = data;
    for (size_t round = 0; round < ROUNDS(200); round++) {
        int fds[3];
        pthread_t thread;
        fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        *failures += pipe2(&fds[1], O_CLOEXEC) != 0;
        *failures += pthread_create(&thread, NULL, return_argument, NULL) != 0;
        for (size_t i = 0; i < 3; i++) {
            *failures += fds[i] < 0 || close(fds[i]) != 0;
        }
        *failures += pthread_join(thread, NULL) != 0;
    }
    return NULL;
}

static void threads_acquire_and_release_at_once(void **state) {
    (void)state;
    enum { CHURNERS = 4 };
    pthread_t threads[CHURNERS];
    size_t failures[CHURNERS] = {0};
    size_t before = count_held();
    for (size_t i = 0; i < CHURNERS; i++) {
        threads[i] = start(churn, &failures[i]);
    }
    for (size_t i = 0; i < CHURNERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(failures[i], 0);
    }
    assert_int_equal(count_held(), before);
    assert_int_equal(primitives_threads_live(), 1);
    threads_settle();
    assert_int_equal(threads_list(NULL, 0), count_threads(THREADS_LATE));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_passes_its_argument_and_result),
        cmocka_unit_test(a_thread_may_leave_by_pthread_exit),
        cmocka_unit_test(a_thread_is_alive_until_its_routine_returns),
        cmocka_unit_test(joined_threads_leave_the_roll),
        cmocka_unit_test(detached_threads_leave_the_roll),
        cmocka_unit_test(a_thread_may_detach_itself),
        cmocka_unit_test(a_join_that_fails_changes_nothing),
        cmocka_unit_test(the_limit_is_exact_and_passes_with_a_thread),
        cmocka_unit_test(libuv_hears_of_the_limit_as_an_error),
        cmocka_unit_test(the_mechanism_says_who_answers),
        cmocka_unit_test(each_way_to_make_a_descriptor_is_seen),
        cmocka_unit_test(a_failure_is_not_a_descriptor),
        cmocka_unit_test(the_mode_of_a_new_file_arrives),
        cmocka_unit_test(a_stream_takes_its_descriptor_along),
        cmocka_unit_test(dup2_replaces_what_was_there),
        cmocka_unit_test(a_forked_child_can_close),
        cmocka_unit_test(a_handle_is_held_until_its_close_callback),
        cmocka_unit_test(a_loop_gives_back_all_that_it_opened),
        cmocka_unit_test(libuv_reads_files_without_a_trace),
        cmocka_unit_test(a_connection_is_held_with_its_files),
        cmocka_unit_test(a_connection_that_is_busy_stays_held),
        cmocka_unit_test(a_connection_that_failed_to_open_is_held_too),
        cmocka_unit_test(close_v2_aborts),
        cmocka_unit_test(threads_acquire_and_release_at_once),
    };
    return SUITE_RUN(tests, argc, argv);
}
