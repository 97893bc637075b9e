/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/result.h"
#include "ledger/proc.h"

static int set_up(void **state) {
    *state = arena_new();
    return 0;
}

static int tear_down(void **state) {
    arena_free(*state);
    return 0;
}

static const struct proc_task *find_task(const struct proc_tasks *tasks,
                                         int64_t id) {
    for (size_t i = 0; i < tasks->count; i++) {
        if (tasks->items[i].id == id) {
            return &tasks->items[i];
        }
    }
    return NULL;
}

static const struct proc_fd *find_fd(const struct proc_fds *fds, int fd) {
    for (size_t i = 0; i < fds->count; i++) {
        if (fds->items[i].fd == fd) {
            return &fds->items[i];
        }
    }
    return NULL;
}

struct waiter {
    sem_t ready;
    sem_t go;
    int64_t tid;
};

/* A name that ends as the kernel's own field does. */
static void *wait_for_go(void *data) {
    struct waiter *waiter = data;
    (void)pthread_setname_np(pthread_self(), "odd) R 1 (name");
    waiter->tid = gettid();
    (void)sem_post(&waiter->ready);
    (void)sem_wait(&waiter->go);
    return NULL;
}

static void a_thread_is_shown_with_its_name(void **state) {
    struct waiter waiter;
    (void)sem_init(&waiter.ready, 0, 0);
    (void)sem_init(&waiter.go, 0, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_go, &waiter), 0);
    (void)sem_wait(&waiter.ready);

    struct proc_tasks tasks = proc_threads(*state);

    const struct proc_task *main_task = find_task(&tasks, getpid());
    const struct proc_task *task = find_task(&tasks, waiter.tid);
    assert_int_equal(tasks.error, 0);
    assert_non_null(main_task);
    assert_non_null(task);
    assert_string_equal(task->name, "odd) R 1 (name");
    assert_true(main_task->started > 0);
    assert_true(task->started >= main_task->started);
    (void)sem_post(&waiter.go);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)sem_destroy(&waiter.ready);
    (void)sem_destroy(&waiter.go);
}

static void a_file_is_shown_with_its_path_and_inode(void **state) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct proc_fds fds = proc_fds(*state);
    const struct proc_fd *shown = find_fd(&fds, fd);
    assert_int_equal(fds.error, 0);
    assert_non_null(shown);
    assert_string_equal(shown->target, "/dev/null");
    assert_true(shown->inode != 0);
    assert_false(shown->is_socket);
    assert_int_equal(close(fd), 0);
}

static void a_socket_is_told_from_a_file(void **state) {
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct proc_fds fds = proc_fds(*state);
    assert_true(find_fd(&fds, pair[0])->is_socket);
    assert_true(find_fd(&fds, pair[1])->is_socket);
    assert_int_equal(close(pair[0]), 0);
    assert_int_equal(close(pair[1]), 0);
}

static void reading_does_not_show_itself(void **state) {
    struct proc_fds first = proc_fds(*state);
    struct proc_fds second = proc_fds(*state);
    assert_int_equal(first.count, second.count);
    assert_int_equal(first.count, proc_fds_count());
    for (size_t i = 1; i < first.count; i++) {
        assert_true(first.items[i - 1].fd < first.items[i].fd);
    }
}

static void the_count_follows_each_descriptor(void **state) {
    (void)state;
    uint64_t before = proc_fds_count();
    /* By another way, which takes none and looks no further than it is told:
     * valgrind has some of its own further up. */
    uint64_t below = proc_fds_count_below(256);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(proc_fds_count(), before + 1);
    assert_int_equal(proc_fds_count_below(256), below + 1);
    assert_int_equal(proc_fds_count_below((uint64_t)fd + 1), fd + 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(proc_fds_count(), before);
    assert_int_equal(proc_fds_count_below(256), below);
}

static void a_child_is_shown_until_it_is_waited_for(void **state) {
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    struct proc_tasks running = proc_children(*state);
    assert_non_null(find_task(&running, child));
    assert_int_equal(kill(child, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    struct proc_tasks zombie = proc_children(*state);
    assert_non_null(find_task(&zombie, child));
    assert_int_equal(waitpid(child, NULL, 0), child);
    struct proc_tasks gone = proc_children(*state);
    assert_null(find_task(&gone, child));
}

static void resident_memory_grows_with_what_is_touched(void **state) {
    (void)state;
    const size_t size = (size_t)16 << 20;
    uint64_t before = proc_rss_bytes();
    uint64_t pss_before = proc_pss_bytes();
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(block, MAP_FAILED);
    memset(block, 1, size);
    assert_true(proc_rss_bytes() >= before + size / 2);
    assert_true(pss_before < before);
    assert_true(proc_pss_bytes() >= pss_before + size / 2);
    assert_int_equal(munmap(block, size), 0);
}

static void without_a_free_descriptor_it_says_so(void **state) {
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct proc_fds fds = proc_fds(*state);
    struct proc_tasks threads = proc_threads(*state);
    struct proc_tasks children = proc_children(*state);
    uint64_t count = proc_fds_count();
    uint64_t rss = proc_rss_bytes();
    uint64_t pss = proc_pss_bytes();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(fds.error, EMFILE);
    assert_int_equal(threads.error, EMFILE);
    assert_int_equal(children.error, EMFILE);
    assert_true(count == RESULT_UNKNOWN);
    assert_true(rss == RESULT_UNKNOWN);
    assert_true(pss == RESULT_UNKNOWN);
}

int main(int argc, char **argv) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_thread_is_shown_with_its_name),
        TEST(a_file_is_shown_with_its_path_and_inode),
        TEST(a_socket_is_told_from_a_file),
        TEST(reading_does_not_show_itself),
        TEST(the_count_follows_each_descriptor),
        TEST(a_child_is_shown_until_it_is_waited_for),
        TEST(resident_memory_grows_with_what_is_touched),
        TEST(without_a_free_descriptor_it_says_so),
    };
    return SUITE_RUN(tests, argc, argv);
}
