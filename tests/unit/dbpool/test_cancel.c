/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <limits.h>
#include <string.h>

#include "support/dbpool/endless.h"
#include "support/dbpool/faults.h"
#include "support/suite.h"

#define HOUR_MS UINT32_C(3600000)

enum { MANY = 40 };

static struct dbpool_request requests[MANY];

/* One thread, that stands at the gate of an interaction. */
static void occupy(struct endless *endless, struct dbpool_request *request) {
    dbpool_request_init(request, endless);
    assert_int_equal(dbpool_run_interaction(endless->fixture->pool, request,
                                            endless_run, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&endless->fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless->gate);
}

static void one_thread(struct pool_fixture *fixture) {
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture_open(fixture);
}

static void
cancel_answers_what_waits_though_all_threads_are_busy(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    struct endless endless;
    struct dbpool_request running;
    endless_init(&endless, fixture);
    occupy(&endless, &running);
    for (int i = 0; i < MANY; i++) {
        fixture_submit(fixture, &requests[i], "SELECT * FROM users");
    }
    for (int i = 0; i < MANY; i += 2) { /* the ends and the middle */
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    assert_int_equal(fixture->answered, 0);
    while (fixture->answered < MANY / 2) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(endless.executed, 0);
    assert_int_equal(dbpool_cancel(&running), DBPOOL_OK);
    gate_open(&endless.gate);
    fixture_close_and_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status,
                         i % 2 == 0 ? DBPOOL_ECANCELED : DBPOOL_OK);
        assert_int_equal(requests[i].result.rows_count, i % 2 == 0 ? 0 : 3);
        dbpool_request_fini(&requests[i]);
    }
    dbpool_request_fini(&running);
    endless_fini(&endless);
}

static void cancel_ends_a_statement_that_runs(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    fixture_submit(fixture, &requests[0], ENDLESS);
    fixture_submit(fixture, &requests[1], ENDLESS);
    struct dbpool_stats stats;
    endless_wait_for_statements(fixture, 2);
    assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
    assert_int_equal(dbpool_cancel(&requests[1]), DBPOOL_OK);
    assert_int_equal(fixture->answered, 0);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(requests[i].status, DBPOOL_ECANCELED);
        assert_string_equal(dbpool_request_message(&requests[i]), "canceled");
        dbpool_request_fini(&requests[i]);
    }
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.canceled, 2);
    fixture_close_and_run(fixture);
}

static void cancel_rolls_an_interaction_back(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    struct endless endless;
    struct dbpool_request running;
    endless_init(&endless, fixture);
    occupy(&endless, &running);
    assert_int_equal(dbpool_cancel(&running), DBPOOL_OK);
    assert_int_equal(endless.answered, 0);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(endless.answered, 1);
    assert_int_equal(endless.status, DBPOOL_ECANCELED);
    assert_int_equal(running.status, DBPOOL_ECANCELED);
    fixture_close_and_run(fixture);
    assert_int_equal(endless_users(fixture), 3);
    dbpool_request_fini(&running);
    endless_fini(&endless);
}

static void a_function_that_hides_a_cancel_commits_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    struct endless endless;
    struct dbpool_request running;
    endless_init(&endless, fixture);
    endless.returns = DBPOOL_OK;
    occupy(&endless, &running);
    assert_int_equal(dbpool_cancel(&running), DBPOOL_OK);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(running.status, DBPOOL_ECANCELED);
    fixture_close_and_run(fixture);
    assert_int_equal(endless_users(fixture), 3);
    dbpool_request_fini(&running);
    endless_fini(&endless);
}

static void cancel_never_hits_the_next_request(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    for (int round = 0; round < 100; round++) {
        fixture_submit(fixture, &requests[0], ENDLESS);
        for (int i = 1; i < MANY; i++) {
            fixture_submit(fixture, &requests[i], "SELECT * FROM users");
        }
        int nap = round % 3; /* at the queue, in the batch, in the statement */
        for (int i = 0; i < nap; i++) {
            (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
        assert_int_equal(dbpool_cancel(&requests[MANY / 2]), DBPOOL_OK);
        assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
        (void)dbpool_cancel(&requests[0]); /* again */
        fixture_run(fixture);
        for (int i = 0; i < MANY; i++) {
            bool canceled = i == 0 || i == MANY / 2;
            assert_int_equal(requests[i].status,
                             canceled ? DBPOOL_ECANCELED : DBPOOL_OK);
            assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_EINVAL);
            dbpool_request_fini(&requests[i]);
        }
    }
    assert_int_equal(fixture->answered, 100 * MANY);
    fixture_close_and_run(fixture);
}

static void cancel_answers_the_rest_of_a_batch_that_hangs(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    fixture_submit(fixture, &requests[0], "SELECT 1");
    fixture_run(fixture); /* once connected, it takes batches */
    dbpool_request_fini(&requests[0]);
    fixture->answered = 0;
    fixture_submit(fixture, &requests[0], ENDLESS);
    for (int i = 1; i < MANY; i++) {
        fixture_submit(fixture, &requests[i], "SELECT * FROM users");
    }
    endless_wait_for_statements(fixture, 2); /* all are in one batch */
    for (int i = 1; i < MANY; i++) {
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    while (fixture->answered < MANY - 1) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
    fixture_run(fixture);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status, DBPOOL_ECANCELED);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static int connect_at_gate(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    gate_pass(data);
    return DBPOOL_OK;
}

/* Nobody but on_connect's own request waits for it. */
static void cancel_answers_what_waits_behind_a_connect(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.on_connect = connect_at_gate;
    fixture->options.on_connect_data = &gate;
    one_thread(fixture);
    for (int i = 0; i < MANY; i++) {
        fixture_submit(fixture, &requests[i], "SELECT * FROM users");
    }
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    for (int i = 1; i < MANY; i++) {
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    while (fixture->answered < MANY - 1) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    gate_open(&gate);
    fixture_run(fixture);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status,
                         i == 0 ? DBPOOL_OK : DBPOOL_ECANCELED);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static void cancel_ends_a_wait_for_a_lock(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *holder = endless_lock(fixture);
    fixture->options.busy_timeout_ms = INT_MAX;
    one_thread(fixture);
    fixture_submit(fixture, &requests[0], "SELECT * FROM users");
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    uv_sleep(20); /* it waits, or is about to: the answer is the same */
    assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(requests[0].status, DBPOOL_ECANCELED);
    endless_unlock(holder);
    assert_int_equal(
        fixture_query(fixture, &requests[0], "SELECT * FROM users"), DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    fixture_close_and_run(fixture);
}

static void wait_for_lock_waits(struct pool_fixture *fixture, uint64_t count) {
    struct dbpool_stats stats;
    do {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        dbpool_stats(fixture->pool, &stats);
    } while (stats.lock_waits < count);
}

/* The connection has to be probed first, and somebody holds the lock. */
static void a_request_is_stopped_while_its_connection_is_probed(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = INT_MAX;
    fixture->options.validate_after_idle_ms = HOUR_MS;
    one_thread(fixture);
    dbpool_request_init(&requests[0], fixture);
    assert_int_equal(fixture_query(fixture, &requests[0], "SELECT 1"),
                     DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    faults_advance_clock(HOUR_MS * UINT64_C(1000000));
    sqlite3 *holder = endless_lock(fixture);
    fixture_submit(fixture, &requests[0], "SELECT 1");
    fixture_submit(fixture, &requests[1], "SELECT 1");
    wait_for_lock_waits(fixture, 1);
    assert_int_equal(dbpool_cancel(&requests[1]), DBPOOL_OK);
    fixture->answered = 0;
    while (fixture->answered < 1) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(requests[1].status, DBPOOL_ECANCELED);
    assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(requests[0].status, DBPOOL_ECANCELED);

    faults_advance_clock(HOUR_MS * UINT64_C(1000000));
    dbpool_request_init(&requests[0], fixture);
    requests[0].run_timeout_ms = 1;
    assert_int_equal(fixture_query(fixture, &requests[0], "SELECT 1"),
                     DBPOOL_ETIMEDOUT);
    endless_unlock(holder);
    assert_int_equal(fixture_query(fixture, &requests[0], "SELECT 1"),
                     DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    dbpool_request_fini(&requests[1]);
    fixture_close_and_run(fixture);
}

static void a_lock_is_waited_for_as_long_as_was_said(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *holder = endless_lock(fixture);
    fixture->options.busy_timeout_ms = 60;
    one_thread(fixture);
    uint64_t before = uv_hrtime();
    dbpool_request_init(&requests[0], fixture);
    assert_int_equal(
        fixture_query(fixture, &requests[0], "SELECT * FROM users"),
        DBPOOL_EBUSY);
    assert_true(uv_hrtime() - before >= UINT64_C(60000000));
    endless_unlock(holder);
    dbpool_request_fini(&requests[0]);
    fixture_close_and_run(fixture);
}

static void cancel_allocates_nothing_on_the_loop(void **state) {
    struct pool_fixture *fixture = *state;
    one_thread(fixture);
    struct endless endless;
    struct dbpool_request running;
    endless_init(&endless, fixture);
    occupy(&endless, &running);
    for (int i = 0; i < MANY; i++) {
        fixture_submit(fixture, &requests[i], "SELECT * FROM users");
    }
    faults_arm(1, true);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    while (fixture->answered < MANY) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(dbpool_cancel(&running), DBPOOL_OK);
    assert_false(faults_disarm());
    gate_open(&endless.gate);
    fixture_close_and_run(fixture);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
    dbpool_request_fini(&running);
    endless_fini(&endless);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(cancel_answers_what_waits_though_all_threads_are_busy),
        TEST(cancel_ends_a_statement_that_runs),
        TEST(cancel_rolls_an_interaction_back),
        TEST(a_function_that_hides_a_cancel_commits_nothing),
        TEST(cancel_never_hits_the_next_request),
        TEST(cancel_answers_the_rest_of_a_batch_that_hangs),
        TEST(cancel_answers_what_waits_behind_a_connect),
        TEST(cancel_ends_a_wait_for_a_lock),
        TEST(a_request_is_stopped_while_its_connection_is_probed),
        TEST(a_lock_is_waited_for_as_long_as_was_said),
        TEST(cancel_allocates_nothing_on_the_loop),
    };
    return SUITE_RUN(tests, argc, argv);
}
