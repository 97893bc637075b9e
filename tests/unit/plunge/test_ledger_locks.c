/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "ledger/kinds.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>
#include <valgrind/valgrind.h>

#include "base/arena.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static const struct result_leftover *only_lock(struct ledger_fixture *f) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    assert_int_equal(f->cell.leftovers[0].kind, RESULT_LOCK);
    assert_int_equal(f->cell.leftovers[0].count, 1);
    return &f->cell.leftovers[0];
}

static void expect_left(struct ledger_fixture *f, const char *identity,
                        const char *site) {
    const struct result_leftover *left = only_lock(f);
    assert_string_equal(left->identity, identity);
    assert_string_equal(left->site, site);
}

/* ---- Between threads ---------------------------------------------------- */

static void a_mutex_is_left_until_it_is_destroyed(void **state) {
    struct ledger_fixture *f = *state;
    uv_mutex_t mutex;
    assert_int_equal(uv_mutex_init(&mutex), 0);
    expect_left(f, "lock mutex", "made by pthread_mutex_init");
    uv_mutex_destroy(&mutex);
    ledger_fixture_expect_nothing_left(f);
}

static void a_condition_variable_is_left_until_it_is_destroyed(void **state) {
    struct ledger_fixture *f = *state;
    uv_cond_t cond;
    assert_int_equal(uv_cond_init(&cond), 0);
    expect_left(f, "lock condition variable", "made by pthread_cond_init");
    uv_cond_destroy(&cond);
    ledger_fixture_expect_nothing_left(f);
}

static void a_read_write_lock_is_left_until_it_is_destroyed(void **state) {
    struct ledger_fixture *f = *state;
    uv_rwlock_t lock;
    assert_int_equal(uv_rwlock_init(&lock), 0);
    expect_left(f, "lock read-write lock", "made by pthread_rwlock_init");
    uv_rwlock_destroy(&lock);
    ledger_fixture_expect_nothing_left(f);
}

static void a_barrier_is_left_until_it_is_destroyed(void **state) {
    struct ledger_fixture *f = *state;
    uv_barrier_t barrier;
    assert_int_equal(uv_barrier_init(&barrier, 1), 0);
    expect_left(f, "lock barrier", "made by pthread_barrier_init");
    uv_barrier_destroy(&barrier);
    ledger_fixture_expect_nothing_left(f);
}

static void a_semaphore_is_left_until_it_is_destroyed(void **state) {
    struct ledger_fixture *f = *state;
    uv_sem_t semaphore;
    assert_int_equal(uv_sem_init(&semaphore, 0), 0);
    expect_left(f, "lock semaphore", "made by sem_init");
    uv_sem_destroy(&semaphore);
    ledger_fixture_expect_nothing_left(f);
}

static void a_mutex_of_sqlite_is_seen(void **state) {
    struct ledger_fixture *f = *state;
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_FAST);
    expect_left(f, "lock mutex", "made by pthread_mutex_init");
    sqlite3_mutex_free(mutex);
    ledger_fixture_expect_nothing_left(f);
}

static void another_lock_at_the_same_address_is_a_leftover(void **state) {
    struct ledger_fixture *f = *state;
    uv_mutex_t mutex;
    assert_int_equal(uv_mutex_init(&mutex), 0);
    ledger_fixture_begin(f);
    uv_mutex_destroy(&mutex);
    assert_int_equal(uv_mutex_init(&mutex), 0);
    expect_left(f, "lock mutex", "made by pthread_mutex_init");
    uv_mutex_destroy(&mutex);
    ledger_fixture_expect_nothing_left(f);
}

/* Of its mutex, and of its condition variables. */
static void the_locks_of_a_pool_name_it(void **state) {
    struct ledger_fixture *f = *state;
    struct dbpool *pool = ledger_fixture_open_pool(f, 7);
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    size_t mutexes = 0;
    for (size_t i = 0; i < f->cell.leftovers_count; i++) {
        const struct result_leftover *left = &f->cell.leftovers[i];
        if (left->kind == RESULT_LOCK) {
            assert_non_null(strstr(left->site, LEDGER_FIXTURE_SITE));
            assert_int_equal(left->cycle, 7);
            mutexes += strcmp(left->identity, "lock mutex") == 0;
        }
    }
    assert_int_equal(mutexes, 1);
    ledger_fixture_close_pool(f, pool);
    ledger_fixture_expect_nothing_left(f);
}

/* ---- Of files ----------------------------------------------------------- */

struct held {
    int fd;
    char fd_text[32];
};

/* Its descriptor is of the baseline; only the lock is new. */
static void open_file(struct ledger_fixture *f, struct held *held) {
    held->fd = open(f->path, O_RDWR | O_CLOEXEC);
    assert_true(held->fd >= 0);
    (void)snprintf(held->fd_text, sizeof held->fd_text, "by way of fd %d",
                   held->fd);
    ledger_fixture_begin(f);
}

static void expect_file_lock(struct ledger_fixture *f, const struct held *held,
                             const char *how) {
    const char *identity =
        arena_format(f->arena, "lock %s of %s, 0 to EOF", how, f->path);
    const char *site =
        arena_format(f->arena, "%s, opened by open", held->fd_text);
    expect_left(f, identity, site);
}

static void a_lock_of_a_file_is_left_until_it_is_released(void **state) {
    struct ledger_fixture *f = *state;
    struct held held;
    open_file(f, &held);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(held.fd, F_SETLK, &lock), 0);
    expect_file_lock(f, &held, "POSIX WRITE");
    lock.l_type = F_UNLCK;
    assert_int_equal(fcntl(held.fd, F_SETLK, &lock), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(close(held.fd), 0);
}

static void a_lock_of_a_whole_file_is_seen(void **state) {
    struct ledger_fixture *f = *state;
    struct held held;
    open_file(f, &held);
    assert_int_equal(flock(held.fd, LOCK_SH), 0);
    expect_file_lock(f, &held, "FLOCK READ");
    assert_int_equal(flock(held.fd, LOCK_UN), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(close(held.fd), 0);
}

static bool can_lock(const char *path) {
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR | O_CLOEXEC);
        _exit(fcntl(fd, F_SETLK, &lock) == 0 ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status) == 1;
}

/* Who opened and closed the file would drop its locks. */
static void looking_at_locks_drops_none(void **state) {
    struct ledger_fixture *f = *state;
    struct held held;
    if (RUNNING_ON_VALGRIND != 0) {
        return; /* it would report the child's heap */
    }
    open_file(f, &held);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(held.fd, F_SETLK, &lock), 0);
    (void)only_lock(f);
    assert_false(can_lock(f->path));
    assert_int_equal(close(held.fd), 0);
    assert_true(can_lock(f->path));
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_mutex_is_left_until_it_is_destroyed),
        TEST(a_condition_variable_is_left_until_it_is_destroyed),
        TEST(a_read_write_lock_is_left_until_it_is_destroyed),
        TEST(a_barrier_is_left_until_it_is_destroyed),
        TEST(a_semaphore_is_left_until_it_is_destroyed),
        TEST(a_mutex_of_sqlite_is_seen),
        TEST(another_lock_at_the_same_address_is_a_leftover),
        TEST(the_locks_of_a_pool_name_it),
        TEST(a_lock_of_a_file_is_left_until_it_is_released),
        TEST(a_lock_of_a_whole_file_is_seen),
        TEST(looking_at_locks_drops_none),
    };
    return SUITE_RUN(tests, argc, argv);
}
