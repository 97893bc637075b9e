/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/ledger.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>
#include <valgrind/valgrind.h>

#include "base/result.h"
#include "dbpool.h"
#include "ledger/primitives.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

#define ROUNDS(count) (RUNNING_ON_VALGRIND != 0 ? (count) / 20 : (count))

/* Exactly one thing is left; returns it. */
static const struct result_leftover *only_leftover(struct ledger_fixture *f,
                                                   enum result_kind kind) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    const struct result_leftover *leftover = &f->cell.leftovers[0];
    assert_int_equal(leftover->kind, kind);
    assert_int_equal(leftover->count, 1);
    assert_true(leftover->late_ms == 0);
    assert_true(leftover->bytes == RESULT_UNKNOWN);
    return leftover;
}

static const struct result_leftover *find(const struct ledger_fixture *f,
                                          enum result_kind kind,
                                          const char *identity) {
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *leftover = &f->cell.leftovers[i];
        if (leftover->kind == kind &&
            strcmp(leftover->identity, identity) == 0) {
            return leftover;
        }
    }
    return NULL;
}

/* ---- Each kind, planted ------------------------------------------------- */

static void a_running_thread_is_named(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    sleeper_start(&sleeper);
    const struct result_leftover *left = only_leftover(f, RESULT_THREAD);
    assert_string_equal(left->identity, "thread sleeper");
    assert_string_equal(left->site, "started by pthread_create");
    (void)sem_post(&sleeper.go);
    sleeper_join(&sleeper);
    ledger_fixture_expect_nothing_left(f);
}

static void a_thread_that_nobody_joined_is_named(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    sleeper_start(&sleeper);
    (void)sem_post(&sleeper.go);
    while (primitives_threads_live() != 1) {
        (void)sched_yield();
    }
    const struct result_leftover *left = only_leftover(f, RESULT_THREAD);
    assert_string_equal(left->identity,
                        "thread sleeper (finished, never joined)");
    sleeper_join(&sleeper);
    ledger_fixture_expect_nothing_left(f);
}

static void
a_thread_of_the_baseline_is_not_left_when_it_finishes(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    sleeper_start(&sleeper);
    ledger_fixture_begin(f);
    ledger_fixture_expect_nothing_left(f);
    (void)sem_post(&sleeper.go);
    while (primitives_threads_live() != 1) {
        (void)sched_yield();
    }
    ledger_fixture_expect_nothing_left(f);
    sleeper_join(&sleeper);
    ledger_fixture_expect_nothing_left(f);
}

/* Runs when the thread's routine has returned: the thread has ended, for
 * everybody but the kernel. */
static void linger(void *data) {
    struct sleeper *sleeper = data;
    (void)sem_wait(&sleeper->go);
    (void)sem_post(&sleeper->ready);
}

static pthread_key_t lingering;

int __real_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __real_pthread_key_delete(pthread_key_t key);

static void *end_and_linger(void *data) {
    (void)pthread_setname_np(pthread_self(), "lingerer");
    (void)pthread_setspecific(lingering, data);
    (void)pthread_detach(pthread_self());
    return NULL;
}

static void a_thread_that_outlives_its_end_is_named_then_late(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* what was late stays on the roll, reachable to the end */
    }
    (void)__real_sem_init(&sleeper.ready, 0, 0);
    (void)__real_sem_init(&sleeper.go, 0, 0);
    assert_int_equal(__real_pthread_key_create(&lingering, linger), 0);
    assert_int_equal(
        pthread_create(&sleeper.thread, NULL, end_and_linger, &sleeper), 0);
    while (primitives_threads_live() != 1) {
        (void)sched_yield();
    }

    assert_string_equal(only_leftover(f, RESULT_THREAD)->identity,
                        "thread lingerer (ended, but still there)");

    (void)sem_post(&sleeper.go);
    (void)sem_wait(&sleeper.ready);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_string_equal(f->cell.leftovers[0].identity, "thread lingerer");
    assert_true(f->cell.leftovers[0].late_ms > 50);
    assert_int_equal(__real_pthread_key_delete(lingering), 0);
    (void)__real_sem_destroy(&sleeper.ready);
    (void)__real_sem_destroy(&sleeper.go);
}

/* As the C library and the sanitizers start theirs: past the wrap. */
int __real_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);

static void a_thread_that_only_the_kernel_knows_is_named(void **state) {
    struct ledger_fixture *f = *state;
    struct sleeper sleeper;
    (void)__real_sem_init(&sleeper.ready, 0, 0);
    (void)__real_sem_init(&sleeper.go, 0, 0);
    assert_int_equal(
        __real_pthread_create(&sleeper.thread, NULL, sleeper_run, &sleeper), 0);
    (void)sem_wait(&sleeper.ready);
    const struct result_leftover *left = only_leftover(f, RESULT_THREAD);
    assert_string_equal(left->identity, "thread sleeper");
    assert_null(left->site);
    (void)sem_post(&sleeper.go);
    sleeper_join(&sleeper);
}

static void a_descriptor_is_named_with_its_path(void **state) {
    struct ledger_fixture *f = *state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char identity[64];
    (void)snprintf(identity, sizeof identity, "fd %d /dev/null", fd);
    assert_string_equal(only_leftover(f, RESULT_FD)->identity, identity);
    assert_int_equal(close(fd), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_descriptor_without_a_path_is_named_by_what_it_is(void **state) {
    struct ledger_fixture *f = *state;
    int fd = eventfd(0, EFD_CLOEXEC);
    char identity[64];
    (void)snprintf(identity, sizeof identity, "fd %d eventfd", fd);
    assert_string_equal(only_leftover(f, RESULT_FD)->identity, identity);
    assert_int_equal(close(fd), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_file_under_the_same_number_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ledger_fixture_begin(f);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(close(fd), 0);
    assert_int_equal(open("/dev/zero", O_RDONLY | O_CLOEXEC), fd);
    char identity[64];
    (void)snprintf(identity, sizeof identity, "fd %d /dev/zero", fd);
    assert_string_equal(only_leftover(f, RESULT_FD)->identity, identity);
    assert_int_equal(close(fd), 0);
}

static void a_file_is_the_same_one_under_another_name(void **state) {
    struct ledger_fixture *f = *state;
    char other[PATH_MAX];
    (void)snprintf(other, sizeof other, "%s-other", f->path);
    int fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    ledger_fixture_begin(f);
    char renamed[PATH_MAX];
    (void)snprintf(renamed, sizeof renamed, "%s-renamed", f->path);
    assert_int_equal(rename(other, renamed), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(unlink(renamed), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(close(fd), 0);
}

static void a_socket_is_a_kind_of_its_own(void **state) {
    struct ledger_fixture *f = *state;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char identity[64];
    (void)snprintf(identity, sizeof identity, "fd %d socket", fd);
    assert_string_equal(only_leftover(f, RESULT_SOCKET)->identity, identity);
    assert_int_equal(close(fd), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_descriptor_that_the_c_library_opened_is_seen(void **state) {
    struct ledger_fixture *f = *state;
    FILE *stream = fopen("/dev/null", "re");
    assert_non_null(stream);
    assert_null(only_leftover(f, RESULT_FD)->site);
    assert_int_equal(fclose(stream), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_handle_is_left_until_it_is_closed(void **state) {
    struct ledger_fixture *f = *state;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    assert_string_equal(only_leftover(f, RESULT_HANDLE)->identity,
                        "handle timer");
    uv_close((uv_handle_t *)&timer, NULL);
    assert_string_equal(only_leftover(f, RESULT_HANDLE)->identity,
                        "handle timer");
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
    ledger_fixture_expect_nothing_left(f);
}

static void another_handle_at_the_same_address_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    ledger_fixture_begin(f);
    ledger_fixture_expect_nothing_left(f);
    ledger_fixture_close_timer(f, &timer);
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    assert_string_equal(only_leftover(f, RESULT_HANDLE)->identity,
                        "handle timer");
    ledger_fixture_close_timer(f, &timer);
    ledger_fixture_expect_nothing_left(f);
}

static void a_handle_of_another_loop_is_seen(void **state) {
    struct ledger_fixture *f = *state;
    uv_loop_t other;
    uv_timer_t timer;
    assert_int_equal(uv_loop_init(&other), 0);
    assert_int_equal(uv_timer_init(&other, &timer), 0);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_non_null(find(f, RESULT_HANDLE, "handle of another loop"));
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&other, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&other), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_connection_is_named_with_its_path(void **state) {
    struct ledger_fixture *f = *state;
    sqlite3 *connection;
    assert_int_equal(sqlite3_open(":memory:", &connection), 0);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_non_null(find(f, RESULT_CONNECTION, "connection :memory:"));
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        enum result_kind kind = f->cell.leftovers[i].kind;
        assert_true(kind == RESULT_CONNECTION || kind == RESULT_LOCK);
    }
    assert_int_equal(sqlite3_close(connection), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_child_process_is_left_until_it_is_waited_for(void **state) {
    struct ledger_fixture *f = *state;
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            (void)pause();
        }
    }
    char identity[64];
    (void)snprintf(identity, sizeof identity, "process %d ", (int)child);
    assert_memory_equal(only_leftover(f, RESULT_PROCESS)->identity, identity,
                        strlen(identity));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    ledger_fixture_expect_nothing_left(f);
}

/* The one that ends so. */
static const struct result_leftover *find_ending(const struct ledger_fixture *f,
                                                 enum result_kind kind,
                                                 const char *ending) {
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        size_t size = strlen(left->identity);
        if (left->kind == kind && size >= strlen(ending) &&
            strcmp(left->identity + size - strlen(ending), ending) == 0) {
            return left;
        }
    }
    return NULL;
}

static void assert_begins(const char *text, const char *beginning) {
    assert_non_null(text);
    if (strncmp(text, beginning, strlen(beginning)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
    }
}

#define OF_THE_POOL ", of the pool opened at " LEDGER_FIXTURE_SITE
#define FOR_THE_REQUEST ", for the request at tests/support/ledger_fixture.c:"

static void assert_made_by_pool_thread(const struct result_leftover *left,
                                       const char *maker) {
    assert_non_null(left);
    assert_int_equal(left->cycle, 7);
    assert_begins(left->site, maker);
    const char *thread = left->site + strlen(maker);
    assert_begins(thread, " on thread plunge-db/");
    assert_begins(strchr(thread, ','), OF_THE_POOL FOR_THE_REQUEST);
}

/* The pool may have opened several connections; one ran it. */
static size_t count_used(const struct ledger_fixture *f, enum result_kind kind,
                         const char *sql) {
    char words[128];
    (void)snprintf(words, sizeof words, ", last used by '%s'", sql);
    size_t count = 0;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        count += left->kind == kind && left->site != NULL &&
                 strstr(left->site, words) != NULL;
    }
    return count;
}

static void
what_ran_last_is_named_at_the_connection_and_its_files(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    ledger_fixture_use_pool(f, pool);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(count_used(f, RESULT_CONNECTION, "SELECT 1"), 1);
    assert_true(count_used(f, RESULT_FD, "SELECT 1") >= 1);
    ledger_fixture_query(f, pool,
                         "SELECT 'a text of more than sixty characters, "
                         "the rest of which is not shown'");
    ledger_fixture_settle(f);
    assert_int_equal(count_used(f, RESULT_CONNECTION,
                                "SELECT 'a text of more than sixty characters, "
                                "the rest of wh..."),
                     1);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

static void an_open_pool_is_named_with_all_that_it_holds(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    ledger_fixture_use_pool(f, pool);

    ledger_fixture_settle(f);

    ledger_fixture_expect_undisputed(f);
    const struct result_leftover *left =
        find(f, RESULT_POOL, "pool 'plunge-db'");
    assert_non_null(left);
    assert_string_equal(left->site, "opened at " LEDGER_FIXTURE_SITE);
    assert_int_equal(left->cycle, 7);
    for (unsigned i = 1; i <= 2; i++) {
        char identity[64];
        (void)snprintf(identity, sizeof identity, "thread plunge-db/%u", i);
        left = find(f, RESULT_THREAD, identity);
        assert_non_null(left);
        assert_begins(
            left->site,
            "started by pthread_create in uv_thread_create_ex" OF_THE_POOL
                FOR_THE_REQUEST);
        assert_int_equal(left->cycle, 7);
    }
    assert_made_by_pool_thread(find_ending(f, RESULT_CONNECTION, f->path),
                               "opened by sqlite3_open_v2");
    assert_made_by_pool_thread(find_ending(f, RESULT_FD, f->path),
                               "opened by open in sqlite3_open_v2");
    assert_non_null(find(f, RESULT_STATEMENT, "statement SELECT 1"));
    left = find(f, RESULT_HANDLE, "handle wake (async)");
    assert_non_null(left);
    assert_string_equal(left->site, "made by uv_async_init" OF_THE_POOL);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Nothing left ------------------------------------------------------- */

static void live_one_cycle(struct ledger_fixture *f, uint64_t cycle) {
    struct sleeper sleeper;
    sqlite3 *connection;
    uv_timer_t timer;
    struct dbpool *pool = ledger_fixture_open_pool(f, cycle);
    ledger_fixture_use_pool(f, pool);
    sleeper_start(&sleeper);
    assert_int_equal(sqlite3_open(":memory:", &connection), 0);
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_int_equal(close(fd), 0);
    uv_close((uv_handle_t *)&timer, NULL);
    assert_int_equal(sqlite3_close(connection), 0);
    (void)sem_post(&sleeper.go);
    sleeper_join(&sleeper);
    ledger_fixture_close_pool(f, pool);
}

static void what_is_given_back_is_never_reported(void **state) {
    struct ledger_fixture *f = *state;
    for (uint64_t cycle = 1; cycle <= ROUNDS(1000); cycle++) {
        live_one_cycle(f, cycle);
        ledger_fixture_expect_nothing_left(f);
    }
}

static void *return_argument(void *argument) {
    return argument;
}

static void a_joined_thread_is_never_reported(void **state) {
    struct ledger_fixture *f = *state;
    for (size_t round = 0; round < ROUNDS(3000); round++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, return_argument, NULL),
                         0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        ledger_fixture_expect_nothing_left(f);
    }
}

/* ---- The list ----------------------------------------------------------- */

static void leftovers_are_sorted_by_kind_and_name(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pools[2] = {ledger_fixture_open_pool(f, 2),
                               ledger_fixture_open_pool(f, 1)};
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    for (size_t i = 1; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i - 1];
        assert_true(left[0].kind <= left[1].kind);
        if (left[0].kind == left[1].kind) {
            assert_true(strverscmp(left[0].identity, left[1].identity) <= 0);
        }
    }
    assert_int_equal(f->cell.leftovers[0].cycle, 1);
    assert_int_equal(f->cell.leftovers[1].cycle, 2);
    dbpool_close(pools[0], NULL, NULL);
    ledger_fixture_close_pool(f, pools[1]);
}

static void too_many_become_one_a_kind(void **state) {
    struct ledger_fixture *f = *state;
    enum { PLANTED = RESULT_LEFTOVERS_MAX + 1 };
    uv_timer_t *timers = calloc(PLANTED, sizeof *timers);
    assert_non_null(timers);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < PLANTED; i++) {
        assert_int_equal(uv_timer_init(&f->loop, &timers[i]), 0);
    }

    ledger_fixture_settle(f);

    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 2);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_FD);
    assert_int_equal(f->cell.leftovers[0].count, 1);
    assert_int_equal(f->cell.leftovers[1].kind, RESULT_HANDLE);
    assert_int_equal(f->cell.leftovers[1].count, PLANTED);
    for (size_t i = 0; i < PLANTED; i++) {
        uv_close((uv_handle_t *)&timers[i], NULL);
    }
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(close(fd), 0);
    free(timers);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Usage -------------------------------------------------------------- */

static void usage_follows_threads_and_descriptors(void **state) {
    (void)state;
    struct result_usage before;
    struct result_usage during;
    struct result_usage after;
    struct sleeper sleeper;
    ledger_usage(&before);
    sleeper_start(&sleeper);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ledger_usage(&during);
    assert_int_equal(close(fd), 0);
    (void)sem_post(&sleeper.go);
    sleeper_join(&sleeper);
    ledger_usage(&after);
    assert_int_equal(during.threads, before.threads + 1);
    assert_int_equal(during.fds, before.fds + 1);
    assert_int_equal(after.threads, before.threads);
    assert_int_equal(after.fds, before.fds);
    assert_true(after.rss_bytes > 0);
}

/* With no descriptor to be had: who looks at /proc sees nothing then. */
static void usage_aside_takes_no_descriptor(void **state) {
    (void)state;
    struct rlimit old;
    struct result_usage before;
    struct result_usage aside;
    struct result_usage blind;
    ledger_usage(&before);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int last = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct rlimit full = old;
    full.rlim_cur = (rlim_t)last + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
    ledger_usage_aside(full.rlim_cur, &aside);
    ledger_usage(&blind);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(close(last), 0);
    /* The lowest that was free: there is none below it. */
    assert_int_equal(aside.fds, last + 1);
    assert_int_equal(aside.threads, before.threads);
    assert_true(aside.rss_bytes == RESULT_UNKNOWN);
    assert_true(blind.fds == RESULT_UNKNOWN);
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_running_thread_is_named),
        TEST(a_thread_that_nobody_joined_is_named),
        TEST(a_thread_of_the_baseline_is_not_left_when_it_finishes),
        TEST(a_thread_that_outlives_its_end_is_named_then_late),
        TEST(a_thread_that_only_the_kernel_knows_is_named),
        TEST(a_descriptor_is_named_with_its_path),
        TEST(a_descriptor_without_a_path_is_named_by_what_it_is),
        TEST(another_file_under_the_same_number_is_a_leftover),
        TEST(a_file_is_the_same_one_under_another_name),
        TEST(a_socket_is_a_kind_of_its_own),
        TEST(a_descriptor_that_the_c_library_opened_is_seen),
        TEST(a_handle_is_left_until_it_is_closed),
        TEST(another_handle_at_the_same_address_is_a_leftover),
        TEST(a_handle_of_another_loop_is_seen),
        TEST(a_connection_is_named_with_its_path),
        TEST(a_child_process_is_left_until_it_is_waited_for),
        TEST(an_open_pool_is_named_with_all_that_it_holds),
        TEST(what_ran_last_is_named_at_the_connection_and_its_files),
        TEST(what_is_given_back_is_never_reported),
        TEST(a_joined_thread_is_never_reported),
        TEST(leftovers_are_sorted_by_kind_and_name),
        TEST(too_many_become_one_a_kind),
        TEST(usage_follows_threads_and_descriptors),
        TEST(usage_aside_takes_no_descriptor),
    };
    return SUITE_RUN(tests, argc, argv);
}
