/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan helgrind drd */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool.h"
#include "support/dbpool/blocks.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* Not under memcheck: in a child, what only the parent's threads knew is lost.
 *
 * A child that hangs on a lock is ended by this. */
#define CHILD_SECONDS 60

static int nothing(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static int wait_at_gate(struct dbpool_transaction *transaction, void *data) {
    struct dbpool_statement statement = {.sql = "DELETE FROM users"};
    int status = dbpool_execute(transaction, &statement, NULL);
    gate_pass(data);
    return status;
}

static void no_rows(struct dbpool_request *request,
                    const struct dbpool_result *rows) {
    (void)request;
    (void)rows;
}

/* What went wrong, or 0. */
static int use_the_rest_in_child(struct pool_fixture *fixture,
                                 struct dbpool_request *unanswered) {
    struct dbpool *pool = fixture->pool;
    struct dbpool_request request;
    char message[64];
    dbpool_request_init(&request, fixture);
    if (dbpool_run_many(pool, &request, "SELECT 1", 1, NULL) !=
        DBPOOL_EFORKED) {
        return 11;
    }
    if (dbpool_run_stream(pool, &request, "SELECT 1", no_rows, NULL) !=
        DBPOOL_EFORKED) {
        return 12;
    }
    int expected = unanswered->state == DBPOOL__REQUEST_UNANSWERED
                       ? DBPOOL_EFORKED
                       : DBPOOL_EINVAL;
    if (dbpool_cancel(unanswered) != expected) {
        return 13;
    }
    dbpool_stream_stop(unanswered);
    dbpool_close_soon(pool);
    if (dbpool_close_with(pool, NULL, NULL, NULL) != DBPOOL_EFORKED) {
        return 14;
    }
    if (dbpool_close_wait(pool, NULL, message, sizeof message) !=
            DBPOOL_EFORKED ||
        strcmp(message, dbpool_strerror(DBPOOL_EFORKED)) != 0) {
        return 15;
    }
    dbpool_request_fini(&request);
    return 0;
}

/* What went wrong, or 0. */
static int use_in_child(struct pool_fixture *fixture,
                        struct dbpool_request *unanswered) {
    struct dbpool *pool = fixture->pool;
    struct dbpool_request request;
    struct dbpool_request *list[] = {unanswered};
    struct dbpool_gather gather;
    struct dbpool_stats stats;
    struct dbpool_close_request closing = {.data = fixture};
    dbpool_request_init(&request, fixture);
    dbpool_gather_init(&gather, fixture);
    if (dbpool_run_query(pool, &request, "SELECT 1", fixture_count) !=
        DBPOOL_EFORKED) {
        return 1;
    }
    if (dbpool_run_operation(pool, &request, "SELECT 1", NULL) !=
        DBPOOL_EFORKED) {
        return 2;
    }
    if (dbpool_run_interaction(pool, &request, nothing, NULL) !=
        DBPOOL_EFORKED) {
        return 3;
    }
    if (dbpool_run_with_connection(pool, &request, nothing, NULL) !=
        DBPOOL_EFORKED) {
        return 4;
    }
    if (dbpool_gather(pool, &gather, list, 1, NULL) != DBPOOL_EFORKED) {
        return 5;
    }
    int failed = use_the_rest_in_child(fixture, unanswered);
    if (failed != 0) {
        return failed;
    }
    dbpool_stats(pool, &stats);
    if (stats.submitted != 0 || stats.threads != 0) {
        return 6;
    }
    if (dbpool_census(NULL, 0) != 0) {
        return 7;
    }
    dbpool_request_fini(unanswered);
    dbpool_close(pool, &closing, NULL);
    dbpool_close(pool, &closing, NULL);
    if (dbpool_run_query(pool, &request, "SELECT 1", fixture_count) !=
        DBPOOL_EFORKED) {
        return 8;
    }
    dbpool_request_fini(&request);
    return 0;
}

/* Not asserted in the child: it would go on with the other tests. */
static int fork_and_use(struct pool_fixture *fixture,
                        struct dbpool_request *unanswered) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        _exit(use_in_child(fixture, unanswered));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A worker stands in the middle of an interaction, SQLite's transaction open;
 * the parent goes on as if nothing had been. */
static void a_forked_child_gets_an_error_and_the_parent_goes_on(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, &gate);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, wait_at_gate, NULL),
        DBPOOL_OK);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_NOWAIT), 1);
    gate_wait(&gate);
    assert_int_equal(fork_and_use(fixture, &request), 0);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(fixture_query(fixture, &request, "SELECT * FROM users"),
                     DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

/* But for the pool itself, which its handles are a part of. */
static int close_in_child(struct pool_fixture *fixture,
                          const struct dbpool_site *opened) {
    struct dbpool_close_request closing = {.data = fixture};
    int64_t before = blocks_live(BLOCKS_DBPOOL).count;
    dbpool_close(fixture->pool, &closing, NULL);
    int64_t left = blocks_live(BLOCKS_DBPOOL).count - before + 4;
    if (left != 0) {
        print_error("left behind: heap of a pool in a child, %lld blocks; of "
                    "the pool opened at %s:%d\n",
                    (long long)left, opened->file, opened->line);
    }
    return left != 0;
}

static void a_child_that_closes_has_the_memory_back(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.acquire_timeout_ms = 60000; /* there are deadlines */
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    struct dbpool_census_entry first; /* the pool is the oldest */
    assert_true(dbpool_census(&first, 1) > 1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        _exit(close_in_child(fixture, &first.pool_site));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

struct holder {
    struct dbpool *pool;
    struct gate gate;
};

static void hold_mutex(void *data) {
    struct holder *holder = data;
    uv_mutex_lock(&holder->pool->mutex);
    gate_pass(&holder->gate);
    uv_mutex_unlock(&holder->pool->mutex);
}

static void a_lock_that_is_held_at_the_fork_is_never_asked_for(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    struct holder holder = {.pool = fixture->pool};
    gate_init(&holder.gate);
    uv_thread_t thread;
    assert_int_equal(uv_thread_create(&thread, hold_mutex, &holder), 0);
    gate_wait(&holder.gate);
    int failed = fork_and_use(fixture, &request);
    gate_open(&holder.gate);
    assert_int_equal(uv_thread_join(&thread), 0);
    assert_int_equal(failed, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    gate_fini(&holder.gate);
}

/* The child's exit status, or -1. */
static int fork_inside(struct dbpool_transaction *transaction, void *data) {
    int *exited = data;
    struct dbpool_statement statement = {
        .sql = "DELETE FROM users RETURNING login"};
    struct dbpool_result result;
    dbpool_result_init(&result);
    int status = dbpool_execute(transaction, &statement, &result);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        bool good = result.rows_count == 3 &&
                    dbpool_execute(transaction, &statement, &result) ==
                        DBPOOL_EFORKED &&
                    result.rows_count == 0;
        _exit(good ? 0 : 1);
    }
    dbpool_result_fini(&result);
    int how;
    bool waited = child > 0 && waitpid(child, &how, 0) == child;
    *exited = waited && WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    return status;
}

static void an_interaction_goes_on_in_the_parent_alone(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    int exited = -1;
    struct dbpool_request request;
    dbpool_request_init(&request, &exited);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, fork_inside, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(exited, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static uv_loop_t child_loop;

static void note_close(struct dbpool_close_request *request) {
    *(bool *)request->data = true;
}

/* A pool of its own, beside the parent's: from opening to closing. */
static int open_in_child(struct pool_fixture *fixture) {
    struct dbpool *pool;
    struct dbpool_request request;
    bool closed = false;
    struct dbpool_close_request closing = {.data = &closed};
    if (uv_loop_init(&child_loop) != 0 ||
        dbpool_open(&child_loop, fixture->url, NULL, &pool) != DBPOOL_OK) {
        return 1;
    }
    dbpool_request_init(&request, fixture);
    if (dbpool_run_query(pool, &request, "SELECT * FROM users", NULL) !=
        DBPOOL_OK) {
        return 2;
    }
    (void)uv_run(&child_loop, UV_RUN_DEFAULT);
    if (request.status != DBPOOL_OK || request.result.rows_count != 3) {
        return 3;
    }
    dbpool_request_fini(&request);
    dbpool_close(pool, &closing, note_close);
    (void)uv_run(&child_loop, UV_RUN_DEFAULT);
    return closed && dbpool_census(NULL, 0) == 0 &&
                   uv_loop_close(&child_loop) == 0
               ? 0
               : 4;
}

static void
a_child_may_open_pools_where_the_parents_were_not_in_use(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 0;
    fixture_open(fixture); /* neither thread nor connection yet */
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        _exit(open_in_child(fixture));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fixture_close_and_run(fixture);
}

static void
a_child_opens_no_pool_beside_locks_that_are_not_its_own(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct dbpool *pool;
        (void)alarm(CHILD_SECONDS);
        _exit(uv_loop_init(&child_loop) == 0 &&
                      dbpool_open(&child_loop, fixture->url, NULL, &pool) ==
                          DBPOOL_EFORKED
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* The child's exit status, or that of its signal. */
static int fork_and_return(struct dbpool_transaction *transaction, void *data) {
    int *how = data;
    (void)transaction;
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        (void)close(STDERR_FILENO);
        return DBPOOL_OK;
    }
    return child > 0 && waitpid(child, how, 0) == child ? DBPOOL_OK
                                                        : DBPOOL_EABORT;
}

static void a_child_that_returns_from_an_interaction_aborts(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    int how = 0;
    struct dbpool_request request;
    dbpool_request_init(&request, &how);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, fork_and_return, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* The child goes on with the loop, as libuv lets it: without uv_loop_fork() it
 * would read from what wakes the parent's. */
static pid_t forked_child = -1;
static int answered;

static void count_and_fork(struct dbpool_request *request) {
    struct pool_fixture *fixture = request->data;
    answered++;
    if (forked_child < 0) {
        forked_child = fork();
        if (forked_child == 0 && uv_loop_fork(&fixture->loop) != 0) {
            _exit(100);
        }
    }
}

static void a_child_that_returns_to_the_loop_answers_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    enum { COUNT = 8 };
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct dbpool_request requests[COUNT];
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT 1", count_and_fork),
                         DBPOOL_OK);
    }
    answered = 0;
    forked_child = -1;
    while (answered == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    if (forked_child == 0) {
        _exit(answered);
    }
    assert_true(forked_child > 0);
    int status;
    assert_int_equal(waitpid(forked_child, &status, 0), forked_child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    fixture_run(fixture);
    assert_int_equal(answered, COUNT);
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

/* The child has the one thread that forked, and no loop's. */
static int fork_and_close(struct dbpool_transaction *transaction, void *data) {
    struct pool_fixture *fixture = data;
    (void)transaction;
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(CHILD_SECONDS);
        dbpool_close(fixture->pool, NULL, NULL);
        _exit(77);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child &&
                   WIFEXITED(status) && WEXITSTATUS(status) == 77
               ? DBPOOL_OK
               : DBPOOL_EABORT;
}

static void a_child_forked_by_an_interaction_may_close(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    fixture_open(fixture);
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, fork_and_close, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_forked_child_gets_an_error_and_the_parent_goes_on),
        TEST(a_child_that_closes_has_the_memory_back),
        TEST(a_lock_that_is_held_at_the_fork_is_never_asked_for),
        TEST(an_interaction_goes_on_in_the_parent_alone),
        TEST(a_child_may_open_pools_where_the_parents_were_not_in_use),
        TEST(a_child_opens_no_pool_beside_locks_that_are_not_its_own),
        TEST(a_child_that_returns_from_an_interaction_aborts),
        TEST(a_child_that_returns_to_the_loop_answers_nothing),
        TEST(a_child_forked_by_an_interaction_may_close),
    };
    return SUITE_RUN(tests, argc, argv);
}
