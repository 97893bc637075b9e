/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include "ledger/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/ledger_fixture.h"
#include "support/suite.h"

static const struct result_leftover *expect_left(struct ledger_fixture *f,
                                                 const char *identity) {
    ledger_fixture_settle(f);
    ledger_fixture_expect_undisputed(f);
    assert_int_equal(f->cell.leftovers_count, 1);
    const struct result_leftover *left = &f->cell.leftovers[0];
    assert_int_equal(left->kind, RESULT_SHM);
    assert_string_equal(left->identity, identity);
    assert_int_equal(left->count, 1);
    return left;
}

static const char *own_name(struct ledger_fixture *f, const char *what) {
    return arena_format(f->arena, "/plunge-%s-%d", what, (int)getpid());
}

/* It is neither open nor mapped any more. */
static void a_file_of_shared_memory_is_left_until_it_is_removed(void **state) {
    struct ledger_fixture *f = *state;
    const char *name = own_name(f, "shm");
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 8192), 0);
    assert_int_equal(close(fd), 0);
    const struct result_leftover *left =
        expect_left(f, arena_format(f->arena, "shm /dev/shm%s", name));
    assert_string_equal(left->site, "made by shm_open");
    assert_int_equal(left->bytes, 8192);
    assert_int_equal(shm_unlink(name), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void another_file_of_that_name_is_not_ours(void **state) {
    struct ledger_fixture *f = *state;
    const char *name = own_name(f, "other");
    const char *path = arena_format(f->arena, "/dev/shm%s", name);
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    /* While it is open nobody else gets its inode. */
    assert_int_equal(shm_unlink(name), 0);
    int other = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    assert_true(other >= 0);
    assert_int_equal(close(other), 0);
    assert_int_equal(close(fd), 0);
    ledger_fixture_expect_nothing_left(f);
    assert_int_equal(unlink(path), 0);
}

static void a_named_semaphore_is_left_until_it_is_removed(void **state) {
    struct ledger_fixture *f = *state;
    const char *name = own_name(f, "sem");
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    if (semaphore == SEM_FAILED) {
        fail_msg("sem_open: %s", strerror(errno));
        return;
    }
    assert_int_equal(sem_close(semaphore), 0);
    const struct result_leftover *left =
        expect_left(f, arena_format(f->arena, "shm /dev/shm/sem.%s", name + 1));
    assert_string_equal(left->site, "made by sem_open");
    assert_int_equal(sem_unlink(name), 0);
    ledger_fixture_expect_nothing_left(f);
}

static const char *ipc_identity(struct ledger_fixture *f, enum shared_ipc ipc,
                                int id) {
    return arena_format(f->arena, "shm %s, id %d", shared_ipc_name(ipc), id);
}

static void a_segment_is_left_until_it_is_removed(void **state) {
    struct ledger_fixture *f = *state;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    assert_true(id >= 0);
    const struct result_leftover *left =
        expect_left(f, ipc_identity(f, SHARED_SEGMENT, id));
    assert_string_equal(left->site, "made by shmget");
    assert_int_equal(left->bytes, 4096);
    assert_int_equal(shmctl(id, IPC_RMID, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

int __real_shmget(key_t key, size_t size, int flags);

static void a_segment_that_only_the_kernel_knows_is_seen(void **state) {
    struct ledger_fixture *f = *state;
    int id = __real_shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    assert_true(id >= 0);
    assert_null(expect_left(f, ipc_identity(f, SHARED_SEGMENT, id))->site);
    assert_int_equal(shmctl(id, IPC_RMID, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void semaphores_are_left_until_they_are_removed(void **state) {
    struct ledger_fixture *f = *state;
    int id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
    assert_true(id >= 0);
    assert_string_equal(
        expect_left(f, ipc_identity(f, SHARED_SEMAPHORES, id))->site,
        "made by semget");
    assert_int_equal(semctl(id, 0, IPC_RMID), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void a_queue_is_left_until_it_is_removed(void **state) {
    struct ledger_fixture *f = *state;
    int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    assert_true(id >= 0);
    assert_string_equal(expect_left(f, ipc_identity(f, SHARED_QUEUE, id))->site,
                        "made by msgget");
    assert_int_equal(msgctl(id, IPC_RMID, NULL), 0);
    ledger_fixture_expect_nothing_left(f);
}

static void folders_of_others_are_no_shared_memory(void **state) {
    (void)state;
    assert_true(shared_is_file("/dev/shm/users"));
    assert_false(shared_is_file("/dev/shm/"));
    assert_false(shared_is_file("/dev/shm/plunge-1/users.db"));
    assert_false(shared_is_file("/tmp/users"));
}

int main(int argc, char **argv) {
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, ledger_fixture_set_up,               \
                                    ledger_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_file_of_shared_memory_is_left_until_it_is_removed),
        TEST(another_file_of_that_name_is_not_ours),
        TEST(a_named_semaphore_is_left_until_it_is_removed),
        TEST(a_segment_is_left_until_it_is_removed),
        TEST(a_segment_that_only_the_kernel_knows_is_seen),
        TEST(semaphores_are_left_until_they_are_removed),
        TEST(a_queue_is_left_until_it_is_removed),
        TEST(folders_of_others_are_no_shared_memory),
    };
    return SUITE_RUN(tests, argc, argv);
}
