/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <limits.h>
#include <string.h>

#include "pool.h"
#include "support/dbpool/endless.h"
#include "support/suite.h"

/* More than there is room for at first. */
enum { MANY = 75 };

#define NS_PER_MS UINT64_C(1000000)

static struct dbpool_request requests[MANY];
static int order[MANY]; /* in which they were answered */

static void note_order(struct dbpool_request *request) {
    struct pool_fixture *fixture = request->data;
    order[fixture->answered++] = (int)(request - requests);
}

static void submit(struct pool_fixture *fixture, int which, const char *sql,
                   uint32_t queue_ms, uint32_t run_ms) {
    struct dbpool_request *request = &requests[which];
    dbpool_request_init(request, fixture);
    request->queue_timeout_ms = queue_ms;
    request->run_timeout_ms = run_ms;
    assert_int_equal(dbpool_run_query(fixture->pool, request, sql, note_order),
                     DBPOOL_OK);
}

/* A pool of one thread, at the gate of an interaction. */
static void occupy(struct endless *endless, struct pool_fixture *fixture,
                   struct dbpool_request *request) {
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture_open(fixture);
    endless_init(endless, fixture);
    dbpool_request_init(request, endless);
    assert_int_equal(dbpool_run_interaction(fixture->pool, request, endless_run,
                                            endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless->gate);
}

static void release(struct endless *endless, struct dbpool_request *request) {
    (void)dbpool_cancel(request);
    gate_open(&endless->gate);
    fixture_run(endless->fixture);
    assert_int_equal(endless->answered, 1);
    dbpool_request_fini(request);
    endless_fini(endless);
}

static void run_until_answered(struct pool_fixture *fixture, int count) {
    while (fixture->answered < count) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
}

static void what_waits_too_long_is_given_up(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy(&endless, fixture, &running);
    uint64_t before = uv_hrtime();
    submit(fixture, 0, "SELECT * FROM users", 30, 0);
    submit(fixture, 1, "SELECT * FROM users", 0, 0);
    run_until_answered(fixture, 1);
    assert_true(uv_hrtime() - before >= 30 * NS_PER_MS);
    assert_int_equal(requests[0].status, DBPOOL_ETIMEDOUT);
    assert_string_equal(dbpool_request_message(&requests[0]),
                        "timed out: no thread had taken it after 30 ms"
                        " (queue_timeout_ms)");
    release(&endless, &running);
    assert_int_equal(requests[1].status, DBPOOL_OK);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.timed_out, 1);
    dbpool_request_fini(&requests[0]);
    dbpool_request_fini(&requests[1]);
    fixture_close_and_run(fixture);
}

static void the_pools_acquire_timeout_is_the_default(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    fixture->options.acquire_timeout_ms = 20;
    occupy(&endless, fixture, &running);
    submit(fixture, 0, "SELECT * FROM users", 0, 0);
    submit(fixture, 1, "SELECT * FROM users", UINT32_MAX, 0);
    run_until_answered(fixture, 1);
    assert_int_equal(requests[0].status, DBPOOL_ETIMEDOUT);
    assert_non_null(strstr(dbpool_request_message(&requests[0]), "20 ms"));
    release(&endless, &running);
    assert_int_equal(requests[1].status, DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    dbpool_request_fini(&requests[1]);
    fixture_close_and_run(fixture);
}

static void deadlines_come_in_their_own_order(void **state) {
    struct pool_fixture *fixture = *state;
    uint64_t due_ns[MANY];
    struct endless endless;
    struct dbpool_request running;
    occupy(&endless, fixture, &running);
    for (int i = 0; i < MANY; i++) { /* 7 has no divisor in common with MANY */
        submit(fixture, i, "SELECT 1", 40 + 3 * (uint32_t)(i * 7 % MANY), 0);
        due_ns[i] =
            fixture->pool->deadlines.due.entries[requests[i].due - 1].ns;
    }
    for (int i = 0; i < MANY; i += 5) { /* some leave the heap before */
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    run_until_answered(fixture, MANY);
    uint64_t last = 0;
    for (int i = 0; i < MANY; i++) {
        int which = order[i];
        if (i < MANY / 5) {
            assert_int_equal(requests[which].status, DBPOOL_ECANCELED);
            continue;
        }
        assert_int_equal(requests[which].status, DBPOOL_ETIMEDOUT);
        assert_true(due_ns[which] >= last);
        last = due_ns[which];
    }
    release(&endless, &running);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void what_was_answered_in_time_hears_nothing_more(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.acquire_timeout_ms = 60000;
    fixture_open(fixture);
    uint64_t before = uv_hrtime();
    for (int i = 0; i < MANY; i++) {
        submit(fixture, i, "SELECT * FROM users", 0, 60000);
    }
    fixture_run(fixture); /* and the timer does not keep it alive */
    assert_true(uv_hrtime() - before < 60000 * NS_PER_MS);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void the_timer_is_armed_only_while_there_is_a_deadline(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    fixture->options.spin_us = 0; /* the loop is to block */
    occupy(&endless, fixture, &running);
    submit(fixture, 0, "SELECT 1", 0, 0);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(uv_backend_timeout(&fixture->loop), -1);
    submit(fixture, 1, "SELECT 1", 60000, 0);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_in_range(uv_backend_timeout(&fixture->loop), 50000, 60001);
    assert_int_equal(dbpool_cancel(&requests[1]), DBPOOL_OK);
    run_until_answered(fixture, 1);
    assert_int_equal(uv_backend_timeout(&fixture->loop), -1);
    release(&endless, &running);
    dbpool_request_fini(&requests[0]);
    dbpool_request_fini(&requests[1]);
    fixture_close_and_run(fixture);
}

static void what_waits_behind_a_long_statement_is_given_up(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture_open(fixture);
    dbpool_request_init(&requests[0],
                        fixture); /* connected, it takes batches */
    assert_int_equal(fixture_query(fixture, &requests[0], "SELECT 1"),
                     DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    fixture->answered = 0;
    submit(fixture, 0, ENDLESS, 0, 0); /* all in one batch */
    submit(fixture, 1, "SELECT 1", 30, 0);
    submit(fixture, 2, "SELECT 1", 0, 0);
    run_until_answered(fixture, 1);
    assert_int_equal(order[0], 1);
    assert_int_equal(requests[1].status, DBPOOL_ETIMEDOUT);
    assert_int_equal(dbpool_cancel(&requests[0]), DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(requests[0].status, DBPOOL_ECANCELED);
    assert_int_equal(requests[2].status, DBPOOL_OK);
    for (int i = 0; i < 3; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void time_in_the_queue_does_not_end_what_runs(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct endless endless;
    endless_init(&endless, fixture);
    struct dbpool_request running;
    dbpool_request_init(&running, &endless);
    running.queue_timeout_ms = 20;
    running.run_timeout_ms = 80;
    assert_int_equal(dbpool_run_interaction(fixture->pool, &running,
                                            endless_run, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(running.status, DBPOOL_ETIMEDOUT);
    assert_non_null(strstr(dbpool_request_message(&running), "run_timeout_ms"));
    dbpool_request_fini(&running);
    endless_fini(&endless);
    fixture_close_and_run(fixture);
    assert_int_equal(endless_users(fixture), 3); /* rolled back */
}

static void what_runs_too_long_is_ended_and_the_next_is_not(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture_open(fixture);
    uint64_t before = uv_hrtime();
    submit(fixture, 0, ENDLESS, 0, 30);
    submit(fixture, 1, "SELECT * FROM users", 0, 60000);
    submit(fixture, 2, ENDLESS, 0, 10);
    submit(fixture, 3, "SELECT * FROM users", 0, 0);
    fixture_run(fixture);
    assert_true(uv_hrtime() - before >= 40 * NS_PER_MS);
    assert_int_equal(requests[0].status, DBPOOL_ETIMEDOUT);
    assert_string_equal(
        dbpool_request_message(&requests[0]),
        "timed out: it was not done after 30 ms (run_timeout_ms)");
    assert_int_equal(requests[1].status, DBPOOL_OK);
    assert_int_equal(requests[2].status, DBPOOL_ETIMEDOUT);
    assert_int_equal(requests[3].status, DBPOOL_OK);
    for (int i = 0; i < 4; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void a_wait_for_a_lock_is_ended_in_time(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *holder = endless_lock(fixture);
    fixture->options.busy_timeout_ms = INT_MAX;
    fixture_open(fixture);
    submit(fixture, 0, "SELECT * FROM users", 0, 30);
    fixture_run(fixture);
    assert_int_equal(requests[0].status, DBPOOL_ETIMEDOUT);
    endless_unlock(holder);
    dbpool_request_fini(&requests[0]);
    fixture_close_and_run(fixture);
}

static struct dbpool_close_request closer;

static void note_closed(struct dbpool_close_request *request) {
    struct pool_fixture *fixture = request->data;
    fixture->closed++;
    fixture->pool = NULL;
}

static void a_drain_becomes_a_cancel_and_then_an_abort(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        submit(fixture, i, ENDLESS, 0, 0);
    }
    endless_wait_for_statements(fixture, fixture->options.max);
    const struct dbpool_close_options options = {.drain_ms = 30,
                                                 .cancel_ms = 40};
    closer.data = fixture;
    uint64_t before = uv_hrtime();
    assert_int_equal(
        dbpool_close_with(fixture->pool, &options, &closer, note_closed),
        DBPOOL_OK);
    run_until_answered(fixture, 1);
    assert_true(uv_hrtime() - before >= 30 * NS_PER_MS);
    fixture_run(fixture);
    assert_true(uv_hrtime() - before >= 70 * NS_PER_MS);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status, DBPOOL_ECANCELED);
        dbpool_request_fini(&requests[i]);
    }
}

static void a_drain_that_is_done_in_time_cancels_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        submit(fixture, i, "SELECT * FROM users", 60000, 0);
    }
    const struct dbpool_close_options options = {.drain_ms = 60000,
                                                 .cancel_ms = 1};
    closer.data = fixture;
    assert_int_equal(
        dbpool_close_with(fixture->pool, &options, &closer, note_closed),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
}

static void a_later_close_brings_its_deadline(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit(fixture, 0, ENDLESS, 0, 0);
    const struct dbpool_close_options patient = {.drain_ms = 60000,
                                                 .cancel_ms = 60000};
    const struct dbpool_close_options hasty = {.grade = DBPOOL_CLOSE_CANCEL,
                                               .cancel_ms = 20};
    closer.data = fixture;
    assert_int_equal(
        dbpool_close_with(fixture->pool, &patient, &closer, note_closed),
        DBPOOL_OK);
    endless_wait_for_statements(fixture, 1);
    assert_int_equal(dbpool_close_with(fixture->pool, &hasty, NULL, NULL),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(requests[0].status, DBPOOL_ECANCELED);
    dbpool_request_fini(&requests[0]);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_waits_too_long_is_given_up),
        TEST(the_pools_acquire_timeout_is_the_default),
        TEST(deadlines_come_in_their_own_order),
        TEST(what_was_answered_in_time_hears_nothing_more),
        TEST(the_timer_is_armed_only_while_there_is_a_deadline),
        TEST(what_waits_behind_a_long_statement_is_given_up),
        TEST(time_in_the_queue_does_not_end_what_runs),
        TEST(what_runs_too_long_is_ended_and_the_next_is_not),
        TEST(a_wait_for_a_lock_is_ended_in_time),
        TEST(a_drain_becomes_a_cancel_and_then_an_abort),
        TEST(a_drain_that_is_done_in_time_cancels_nothing),
        TEST(a_later_close_brings_its_deadline),
    };
    return SUITE_RUN(tests, argc, argv);
}
