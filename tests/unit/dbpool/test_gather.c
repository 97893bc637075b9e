/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

enum { COUNT = 3 };

struct gathering {
    struct dbpool_request requests[COUNT];
    struct dbpool_request *list[COUNT];
    struct dbpool_gather gather;
    int fired;
    int answered_when_fired;
};

static struct gathering gathering;

static void count_fired(struct dbpool_gather *gather) {
    struct pool_fixture *fixture = gather->data;
    gathering.fired++;
    gathering.answered_when_fired = fixture->answered;
}

static void open_with_one_thread(struct pool_fixture *fixture) {
    fixture->options.min = fixture->options.max = 1;
    fixture->options.batch_max = 1;
    fixture_open(fixture);
}

static void submit_to_open(struct pool_fixture *fixture, const bool *bad,
                           dbpool_request_cb cb) {
    gathering = (struct gathering){0};
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_init(&gathering.requests[i], fixture);
        gathering.list[i] = &gathering.requests[i];
        assert_int_equal(
            dbpool_run_query(fixture->pool, &gathering.requests[i],
                             bad[i] ? "SELECT * FROM nowhere" : "SELECT 1", cb),
            DBPOOL_OK);
    }
    dbpool_gather_init(&gathering.gather, fixture);
}

/* Three requests on one thread, so that they are answered in order; those in
 * @bad fail. */
static void submit(struct pool_fixture *fixture, const bool *bad,
                   dbpool_request_cb cb) {
    open_with_one_thread(fixture);
    submit_to_open(fixture, bad, cb);
}

static void gather_and_run(struct pool_fixture *fixture) {
    assert_int_equal(dbpool_gather(fixture->pool, &gathering.gather,
                                   gathering.list, COUNT, count_fired),
                     DBPOOL_OK);
    assert_int_equal(gathering.fired, 0);
    fixture_run(fixture);
}

static void finish(struct pool_fixture *fixture) {
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_fini(&gathering.requests[i]);
    }
    fixture_close_and_run(fixture);
}

static const bool all_good[COUNT] = {false, false, false};
static const bool second_bad[COUNT] = {false, true, false};
static const bool all_bad[COUNT] = {true, true, true};
static const bool first_bad[COUNT] = {true, false, false};

static void a_gather_fires_when_all_are_answered(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, second_bad, fixture_count);
    gather_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.answered_when_fired, COUNT);
    assert_int_equal(gathering.gather.fired_index, -1);
    assert_int_equal(gathering.gather.answered_count, COUNT);
    assert_int_equal(gathering.gather.failed_count, 1);
    for (int i = 0; i < COUNT; i++) { /* results in input order */
        assert_int_equal(gathering.requests[i].status,
                         second_bad[i] ? DBPOOL_ESQL : DBPOOL_OK);
    }
    finish(fixture);
}

static void fire_on_one_callback_fires_with_the_first_success(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, first_bad, fixture_count);
    gathering.gather.fire_on_one_callback = true;
    gather_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.fired_index, 1);
    assert_int_equal(gathering.answered_when_fired, 2);
    assert_int_equal(gathering.gather.answered_count, COUNT);
    finish(fixture);
}

static void without_a_success_it_falls_through_to_the_list(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, all_bad, fixture_count);
    gathering.gather.fire_on_one_callback = true;
    gather_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.fired_index, -1);
    assert_int_equal(gathering.gather.failed_count, COUNT);
    finish(fixture);
}

static void fire_on_one_errback_fires_with_the_first_failure(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, second_bad, fixture_count);
    gathering.gather.fire_on_one_errback = true;
    gather_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.fired_index, 1);
    assert_int_equal(gathering.gather.fired_status, DBPOOL_ESQL);
    assert_int_equal(gathering.answered_when_fired, 2);
    finish(fixture);
}

static void both_flags_fire_with_whatever_comes_first(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, all_good, fixture_count);
    gathering.gather.fire_on_one_callback = true;
    gathering.gather.fire_on_one_errback = true;
    gather_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.fired_index, 0);
    finish(fixture);
}

static void an_empty_list_fires_in_the_next_turn(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    gathering = (struct gathering){0};
    struct dbpool_gather second;
    dbpool_gather_init(&gathering.gather, fixture);
    dbpool_gather_init(&second, fixture);
    assert_int_equal(
        dbpool_gather(fixture->pool, &gathering.gather, NULL, 0, count_fired),
        DBPOOL_OK);
    assert_int_equal(
        dbpool_gather(fixture->pool, &second, NULL, 0, count_fired), DBPOOL_OK);
    assert_int_equal(gathering.fired, 0);
    fixture_run(fixture);
    assert_int_equal(gathering.fired, 2);
    fixture_close_and_run(fixture);
}

static void an_empty_list_never_fires_on_one_callback(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    gathering = (struct gathering){0};
    dbpool_gather_init(&gathering.gather, fixture);
    gathering.gather.fire_on_one_callback = true;
    assert_int_equal(
        dbpool_gather(fixture->pool, &gathering.gather, NULL, 0, count_fired),
        DBPOOL_OK);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_EINVAL);
    fixture_close_and_run(fixture);
    assert_int_equal(gathering.fired, 0);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_EINVAL);
}

static void a_due_gather_fires_before_the_close_callback(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    gathering = (struct gathering){0};
    dbpool_gather_init(&gathering.gather, fixture);
    assert_int_equal(
        dbpool_gather(fixture->pool, &gathering.gather, NULL, 0, count_fired),
        DBPOOL_OK);
    fixture_close_and_run(fixture);
    assert_int_equal(gathering.fired, 1);
}

static void only_consumed_or_received_errors_are_handled(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_stats stats;
    submit(fixture, all_bad, NULL);
    gathering.gather.consume_errors = true;
    gather_and_run(fixture);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.failed, COUNT);
    assert_int_equal(stats.failed_unhandled, 0);
    finish(fixture);
    fixture->closed = 0;
    submit(fixture, all_bad, NULL);
    gather_and_run(fixture);
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.failed_unhandled, COUNT);
    finish(fixture);
}

static void what_cannot_be_gathered_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    submit(fixture, all_good, fixture_count);
    struct dbpool_request idle;
    dbpool_request_init(&idle, fixture);
    struct dbpool_request *wrong[] = {&gathering.requests[0], &idle};
    assert_int_equal(
        dbpool_gather(fixture->pool, &gathering.gather, wrong, 2, count_fired),
        DBPOOL_EINVAL);
    struct dbpool_request *twice[] = {&gathering.requests[0],
                                      &gathering.requests[0]};
    assert_int_equal(
        dbpool_gather(fixture->pool, &gathering.gather, twice, 2, count_fired),
        DBPOOL_EINVAL);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_EINVAL);
    gather_and_run(fixture); /* the refusals have left no trace */
    assert_int_equal(gathering.fired, 1);
    dbpool_request_fini(&idle);
    finish(fixture);
}

static int wait_at_gate(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

/* One that runs, one that waits, and one that was answered and serves again,
 * beside the gather: it is nobody's to cancel. */
static void canceling_a_gather_cancels_what_is_unanswered_of_it(void **state) {
    struct pool_fixture *fixture = *state;
    open_with_one_thread(fixture);
    gathering = (struct gathering){0};
    struct gate gate;
    gate_init(&gate);
    struct dbpool_request *first = &gathering.requests[0];
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_init(&gathering.requests[i], fixture);
        gathering.list[i] = &gathering.requests[i];
    }
    assert_int_equal(
        dbpool_run_query(fixture->pool, first, "SELECT 1", fixture_count),
        DBPOOL_OK);
    gathering.requests[1].data = &gate;
    gathering.requests[1].reads_only = true; /* behind the first */
    assert_int_equal(dbpool_run_with_connection(fixture->pool,
                                                &gathering.requests[1],
                                                wait_at_gate, NULL),
                     DBPOOL_OK);
    assert_int_equal(dbpool_run_query(fixture->pool, &gathering.requests[2],
                                      "SELECT 1", fixture_count),
                     DBPOOL_OK);
    dbpool_gather_init(&gathering.gather, fixture);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_EINVAL);
    assert_int_equal(dbpool_gather(fixture->pool, &gathering.gather,
                                   gathering.list, COUNT, count_fired),
                     DBPOOL_OK);
    while (fixture->answered == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    gate_wait(&gate);
    assert_int_equal(
        dbpool_run_query(fixture->pool, first, "SELECT 1", fixture_count),
        DBPOOL_OK);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_OK);
    assert_int_equal(gathering.fired, 0);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(first->status, DBPOOL_OK);
    assert_int_equal(gathering.requests[1].status, DBPOOL_ECANCELED);
    assert_int_equal(gathering.requests[2].status, DBPOOL_ECANCELED);
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.answered_count, COUNT);
    assert_int_equal(gathering.gather.failed_count, 2);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_EINVAL);
    gate_fini(&gate);
    finish(fixture);
}

/* All of them wait, since the only thread stands at the gate. */
static void a_canceled_gather_fires_on_the_first_errback(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    struct dbpool_request holder;
    gate_init(&gate);
    open_with_one_thread(fixture);
    dbpool_request_init(&holder, &gate);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &holder, wait_at_gate, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    submit_to_open(fixture, all_good, fixture_count);
    gathering.gather.fire_on_one_errback = true;
    assert_int_equal(dbpool_gather(fixture->pool, &gathering.gather,
                                   gathering.list, COUNT, count_fired),
                     DBPOOL_OK);
    assert_int_equal(dbpool_gather_cancel(&gathering.gather), DBPOOL_OK);
    while (gathering.gather.answered_count < COUNT) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(gathering.fired, 1);
    assert_int_equal(gathering.gather.fired_status, DBPOOL_ECANCELED);
    assert_int_equal(gathering.gather.fired_index, 0);
    assert_int_equal(gathering.answered_when_fired, 1);
    gate_open(&gate);
    fixture_run(fixture);
    dbpool_request_fini(&holder);
    gate_fini(&gate);
    finish(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_gather_fires_when_all_are_answered),
        TEST(fire_on_one_callback_fires_with_the_first_success),
        TEST(without_a_success_it_falls_through_to_the_list),
        TEST(fire_on_one_errback_fires_with_the_first_failure),
        TEST(both_flags_fire_with_whatever_comes_first),
        TEST(an_empty_list_fires_in_the_next_turn),
        TEST(an_empty_list_never_fires_on_one_callback),
        TEST(a_due_gather_fires_before_the_close_callback),
        TEST(only_consumed_or_received_errors_are_handled),
        TEST(what_cannot_be_gathered_is_refused),
        TEST(canceling_a_gather_cancels_what_is_unanswered_of_it),
        TEST(a_canceled_gather_fires_on_the_first_errback),
    };
    return SUITE_RUN(tests, argc, argv);
}
