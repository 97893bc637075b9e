/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* Threads and their connections, one by one. */

enum { MANY = 12 };

static struct dbpool_request requests[MANY];

static void submit_many(struct pool_fixture *fixture, const char *sql) {
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(
            dbpool_run_query(fixture->pool, &requests[i], sql, fixture_count),
            DBPOOL_OK);
    }
}

static void fini_many(void) {
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

/* Interactions that all stand at once, each on a thread of its own. */
static int stand(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

static void stand_many(struct pool_fixture *fixture, struct gate *gate,
                       int count) {
    for (int i = 0; i < count; i++) {
        dbpool_request_init(&requests[i], gate);
        requests[i].reads_only = true;
        assert_int_equal(
            dbpool_run_interaction(fixture->pool, &requests[i], stand, NULL),
            DBPOOL_OK);
    }
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    for (int i = 0; i < count; i++) {
        gate_wait(gate);
    }
}

static void let_many_go(struct pool_fixture *fixture, struct gate *gate,
                        int count) {
    for (int i = 0; i < count; i++) {
        gate_open(gate);
    }
    fixture_run(fixture);
    for (int i = 0; i < count; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
}

/* ---- on_connect ---- */

struct connects {
    atomic_int calls;
    atomic_int set; /* connections where the next request finds its setting */
};

static int set_up(struct dbpool_transaction *connection, void *data) {
    struct connects *connects = data;
    struct dbpool_statement statement = {.sql = "PRAGMA cache_size = 77"};
    (void)atomic_fetch_add(&connects->calls, 1);
    return dbpool_execute(connection, &statement, NULL);
}

static void
every_connection_is_set_up_once_before_its_first_request(void **state) {
    struct pool_fixture *fixture = *state;
    struct connects connects = {0};
    struct gate gate;
    enum { THREADS = 4 };
    gate_init(&gate);
    fixture->options.min = fixture->options.max = THREADS;
    fixture->options.on_connect = set_up;
    fixture->options.on_connect_data = &connects;
    fixture_open(fixture);
    stand_many(fixture, &gate, THREADS);
    assert_int_equal(atomic_load(&connects.calls), THREADS);
    let_many_go(fixture, &gate, THREADS);
    for (int round = 0; round < 5; round++) {
        submit_many(fixture, "PRAGMA cache_size");
        fixture_run(fixture);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(requests[i].status, DBPOOL_OK);
            assert_int_equal(dbpool_value(&requests[i].result, 0, 0).as.integer,
                             77);
        }
        fini_many();
    }
    assert_int_equal(atomic_load(&connects.calls), THREADS);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

/* ---- Threads ---- */

/* How many threads of this process are called so. */
static int count_threads(const char *name) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char path[300];
        char comm[64] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%.200s/comm",
                       entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file != NULL) {
            if (fgets(comm, sizeof comm, file) != NULL) {
                comm[strcspn(comm, "\n")] = '\0';
            }
            (void)fclose(file);
        }
        count += strcmp(comm, name) == 0;
    }
    (void)closedir(folder);
    return count;
}

static void threads_carry_the_name_of_their_pool(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.min = fixture->options.max = 3;
    fixture->options.name = "avatars";
    fixture_open(fixture);
    stand_many(fixture, &gate, 3);
    assert_int_equal(count_threads("avatars/1"), 1);
    assert_int_equal(count_threads("avatars/2"), 1);
    assert_int_equal(count_threads("avatars/3"), 1);
    let_many_go(fixture, &gate, 3);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static void a_long_name_leaves_room_for_the_number(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.min = fixture->options.max = 2;
    fixture->options.name = "avatars-of-everybody";
    fixture_open(fixture);
    stand_many(fixture, &gate, 2);
    assert_int_equal(count_threads("avatars-of-ev/1"), 1);
    assert_int_equal(count_threads("avatars-of-ev/2"), 1);
    let_many_go(fixture, &gate, 2);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

/* ---- Signals ---- */

static volatile sig_atomic_t signals_count;
static pthread_t signal_thread;

static void note_signal(int number) {
    (void)number;
    signal_thread = pthread_self();
    signals_count = signals_count + 1;
}

struct masks {
    sigset_t thread;
    int signals; /* that had come when the function had sent one */
};

/* Were it not blocked here, it would have come before kill() returns. */
static int send_signal(struct dbpool_transaction *transaction, void *data) {
    struct masks *masks = data;
    (void)transaction;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &masks->thread);
    (void)kill(getpid(), SIGUSR1);
    masks->signals = signals_count;
    return DBPOOL_OK;
}

static bool is_blocked(const sigset_t *mask, int number) {
    return sigismember(mask, number) == 1;
}

static void
signals_of_the_process_do_not_run_on_the_pools_threads(void **state) {
    struct pool_fixture *fixture = *state;
    struct masks masks = {.signals = -1};
    struct sigaction action = {.sa_handler = note_signal};
    struct sigaction before;
    sigset_t user, own_before, own;
    signals_count = 0;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &own_before);
    dbpool_request_init(&requests[0], &masks);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &requests[0],
                                                send_signal, NULL),
                     DBPOOL_OK);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &own);
    for (int number = 1; number <= SIGRTMAX; number++) {
        assert_int_equal(is_blocked(&own, number),
                         is_blocked(&own_before, number));
    }
    (void)sigemptyset(&user);
    (void)sigaddset(&user, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &user, NULL); /* but the pool's thread */
    fixture_run(fixture);
    assert_int_equal(masks.signals, 0);
    (void)pthread_sigmask(SIG_UNBLOCK, &user, NULL);
    assert_int_equal(signals_count, 1);
    assert_true(pthread_equal(signal_thread, pthread_self()));
    assert_true(is_blocked(&masks.thread, SIGTERM));
    assert_true(is_blocked(&masks.thread, SIGCHLD));
    assert_true(is_blocked(&masks.thread, SIGRTMIN));
    assert_false(is_blocked(&masks.thread, SIGSEGV));
    assert_false(is_blocked(&masks.thread, SIGPIPE));
    assert_false(is_blocked(&masks.thread, SIGPROF));
    assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
    dbpool_request_fini(&requests[0]);
    fixture_close_and_run(fixture);
}

struct owners {
    uv_mutex_t mutex;
    pthread_t opened[MANY];
    pthread_t closed[MANY];
    int opened_count;
    int closed_count;
};

static void note_opened(const struct dbpool *pool, int status, void *data) {
    struct owners *owners = data;
    (void)pool;
    (void)status;
    uv_mutex_lock(&owners->mutex);
    owners->opened[owners->opened_count++] = pthread_self();
    uv_mutex_unlock(&owners->mutex);
}

static void note_closed(const struct dbpool *pool, enum dbpool_closed cause,
                        void *data) {
    struct owners *owners = data;
    (void)pool;
    (void)cause;
    uv_mutex_lock(&owners->mutex);
    owners->closed[owners->closed_count++] = pthread_self();
    uv_mutex_unlock(&owners->mutex);
}

static int count_in(const pthread_t *threads, int count, pthread_t thread) {
    int found = 0;
    for (int i = 0; i < count; i++) {
        found += pthread_equal(threads[i], thread) != 0;
    }
    return found;
}

static void
each_connection_is_closed_on_the_thread_that_opened_it(void **state) {
    struct pool_fixture *fixture = *state;
    struct owners owners = {0};
    struct gate gate;
    enum { THREADS = 4 };
    gate_init(&gate);
    assert_int_equal(uv_mutex_init(&owners.mutex), 0);
    fixture->options.min = fixture->options.max = THREADS;
    fixture->options.hooks.data = &owners;
    fixture->options.hooks.on_connect_done = note_opened;
    fixture->options.hooks.on_disconnect = note_closed;
    fixture_open(fixture);
    stand_many(fixture, &gate, THREADS);
    let_many_go(fixture, &gate, THREADS);
    fixture_close_and_run(fixture);
    assert_int_equal(owners.opened_count, THREADS);
    assert_int_equal(owners.closed_count, THREADS);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(count_in(owners.closed, THREADS, owners.opened[i]), 1);
        assert_int_equal(count_in(owners.opened, THREADS, owners.opened[i]), 1);
        assert_false(pthread_equal(owners.opened[i], pthread_self()));
    }
    uv_mutex_destroy(&owners.mutex);
    gate_fini(&gate);
}

/* ---- Many at once ---- */

/* There is no log: whoever comes first makes it, and all others find it being
 * recovered. None of them may be told that the database is locked. */
static void many_connections_opened_at_once_all_succeed(void **state) {
    struct pool_fixture *fixture = *state;
    enum { ROUNDS = 150, THREADS = MANY };
    fixture->options.min = fixture->options.max = THREADS;
    fixture->options.batch_max = 1;
    fixture->options.busy_timeout_ms = 0;
    for (int round = 0; round < ROUNDS; round++) {
        fixture->closed = 0;
        fixture_open(fixture);
        submit_many(fixture, "SELECT * FROM users");
        fixture_run(fixture);
        for (int i = 0; i < MANY; i++) {
            if (requests[i].status != DBPOOL_OK) {
                fail_msg("round %d: %s", round,
                         dbpool_request_message(&requests[i]));
            }
        }
        fini_many();
        fixture_close_and_run(fixture);
    }
}

/* ---- Statements ---- */

static uint64_t prepared(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_stats before, after;
    struct dbpool_request request;
    dbpool_stats(fixture->pool, &before);
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_OK);
    dbpool_request_fini(&request);
    dbpool_stats(fixture->pool, &after);
    return after.statements_prepared - before.statements_prepared;
}

static void the_least_recently_used_statement_goes_first(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture->options.statements_max = 3;
    fixture_open(fixture);
    assert_int_equal(prepared(fixture, "SELECT 1"), 1);
    assert_int_equal(prepared(fixture, "SELECT 2"), 1);
    assert_int_equal(prepared(fixture, "SELECT 3"), 1);
    assert_int_equal(prepared(fixture, "SELECT 1"), 0);
    assert_int_equal(prepared(fixture, "SELECT 4"), 1); /* instead of 2 */
    assert_int_equal(prepared(fixture, "SELECT 1"), 0);
    assert_int_equal(prepared(fixture, "SELECT 3"), 0);
    assert_int_equal(prepared(fixture, "SELECT 4"), 0);
    assert_int_equal(prepared(fixture, "SELECT 2"), 1); /* instead of 1 */
    assert_int_equal(prepared(fixture, "SELECT 3"), 0);
    assert_int_equal(prepared(fixture, "SELECT 1"), 1);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_connection_is_set_up_once_before_its_first_request),
        TEST(threads_carry_the_name_of_their_pool),
        TEST(a_long_name_leaves_room_for_the_number),
        TEST(signals_of_the_process_do_not_run_on_the_pools_threads),
        TEST_WAL(each_connection_is_closed_on_the_thread_that_opened_it),
        TEST_WAL(many_connections_opened_at_once_all_succeed),
        TEST(the_least_recently_used_statement_goes_first),
    };
    return SUITE_RUN(tests, argc, argv);
}
