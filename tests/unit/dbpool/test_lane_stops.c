/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/endless.h"
#include "support/suite.h"

#define WRITE "UPDATE users SET name = 'x'"
#define WRITE_LATE                                                             \
    "WITH x(n) AS (VALUES ('y')) UPDATE users SET name = (SELECT n FROM x)"    \
    " RETURNING name"

enum { WRITES = 5 };

static struct dbpool_request writes[WRITES];
static struct dbpool_request late;
static _Atomic int late_starts;

static void count_start(const struct dbpool_request *request, void *data) {
    (void)data;
    late_starts += request == &late;
}

/* Two threads, one of which has the lane and stands at the gate. */
static void occupy_lane(struct pool_fixture *fixture, struct endless *endless,
                        struct dbpool_request *running) {
    late_starts = 0;
    fixture->options.min = 2;
    fixture->options.max = 2;
    fixture->options.hooks.on_start = count_start;
    fixture_open(fixture);
    endless_init(endless, fixture);
    dbpool_request_init(running, endless);
    assert_int_equal(dbpool_run_interaction(fixture->pool, running, endless_run,
                                            endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless->gate);
}

static void run_until_answered(struct pool_fixture *fixture, int count) {
    while (fixture->answered < count) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
}

static void submit_writes(struct pool_fixture *fixture, uint32_t timeout_ms) {
    for (int i = 0; i < WRITES; i++) {
        dbpool_request_init(&writes[i], fixture);
        writes[i].queue_timeout_ms = timeout_ms;
        assert_int_equal(dbpool_run_operation(fixture->pool, &writes[i], WRITE,
                                              fixture_count),
                         DBPOOL_OK);
    }
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void submit_late(struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_request_init(&late, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &late, WRITE_LATE, fixture_count),
        DBPOOL_OK);
    do {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        dbpool_stats(fixture->pool, &stats);
    } while (stats.handed_over == 0);
}

static void finish(struct pool_fixture *fixture, struct endless *endless,
                   struct dbpool_request *running) {
    (void)dbpool_cancel(running);
    gate_open(&endless->gate);
    fixture_close_and_run(fixture);
    assert_int_equal(running->status, DBPOOL_ECANCELED);
    dbpool_request_fini(running);
    endless_fini(endless);
}

static void expect_writes(int status) {
    for (int i = 0; i < WRITES; i++) {
        assert_int_equal(writes[i].status, status);
        dbpool_request_fini(&writes[i]);
    }
}

static void cancel_finds_what_waits_in_the_lane(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy_lane(fixture, &endless, &running);
    submit_writes(fixture, 0);
    submit_late(fixture);
    assert_int_equal(dbpool_cancel(&late), DBPOOL_OK);
    for (int i = 0; i < WRITES; i += 2) { /* the ends and the middle */
        assert_int_equal(dbpool_cancel(&writes[i]), DBPOOL_OK);
    }
    run_until_answered(fixture, 4);
    assert_int_equal(dbpool_cancel(&writes[1]), DBPOOL_OK);
    assert_int_equal(dbpool_cancel(&writes[3]), DBPOOL_OK);
    run_until_answered(fixture, WRITES + 1);
    assert_int_equal(endless.executed, 0);
    assert_int_equal(late.status, DBPOOL_ECANCELED);
    dbpool_request_fini(&late);
    expect_writes(DBPOOL_ECANCELED);
    finish(fixture, &endless, &running);
}

static void a_deadline_finds_what_waits_in_the_lane(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy_lane(fixture, &endless, &running);
    submit_writes(fixture, 1);
    run_until_answered(fixture, WRITES);
    expect_writes(DBPOOL_ETIMEDOUT);
    finish(fixture, &endless, &running);
}

static void a_close_that_cancels_empties_the_lane(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    const struct dbpool_close_options cancel = {.grade = DBPOOL_CLOSE_CANCEL};
    occupy_lane(fixture, &endless, &running);
    submit_writes(fixture, 0);
    submit_late(fixture);
    assert_int_equal(dbpool_close_with(fixture->pool, &cancel, NULL, NULL),
                     DBPOOL_OK);
    run_until_answered(fixture, WRITES + 1);
    assert_int_equal(late.status, DBPOOL_ECANCELED);
    dbpool_request_fini(&late);
    expect_writes(DBPOOL_ECANCELED);
    finish(fixture, &endless, &running);
}

static void a_request_that_is_handed_over_starts_once(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy_lane(fixture, &endless, &running);
    submit_late(fixture);
    (void)dbpool_cancel(&running);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(late.status, DBPOOL_OK);
    assert_int_equal(late.result.rows_count, 3);
    assert_int_equal(late_starts, 1);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.wait.count, 2);
    assert_int_equal(stats.direct + stats.waited, 2);
    dbpool_request_fini(&late);
    gate_open(&endless.gate);
    finish(fixture, &endless, &running);
}

static void count_rows(struct dbpool_request *request,
                       const struct dbpool_result *rows) {
    (void)request;
    assert_true(rows->rows_count != 0);
    late_starts += 100 * (int)rows->rows_count;
}

static void a_stream_that_writes_is_handed_over(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    struct dbpool_stats stats;
    occupy_lane(fixture, &endless, &running);
    dbpool_request_init(&late, fixture);
    assert_int_equal(dbpool_run_stream(fixture->pool, &late, WRITE_LATE,
                                       count_rows, fixture_count),
                     DBPOOL_OK);
    do {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        dbpool_stats(fixture->pool, &stats);
    } while (stats.handed_over == 0);
    assert_int_equal(fixture->answered, 0);
    (void)dbpool_cancel(&running);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(late.status, DBPOOL_OK);
    assert_int_equal(late_starts, 301);
    dbpool_request_fini(&late);
    finish(fixture, &endless, &running);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(cancel_finds_what_waits_in_the_lane),
        TEST(a_deadline_finds_what_waits_in_the_lane),
        TEST(a_close_that_cancels_empties_the_lane),
        TEST(a_request_that_is_handed_over_starts_once),
        TEST(a_stream_that_writes_is_handed_over),
    };
    return SUITE_RUN(tests, argc, argv);
}
