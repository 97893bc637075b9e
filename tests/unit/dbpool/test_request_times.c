/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <stdbool.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* dbpool_request.times: when a request got how far. */

enum { COUNT = 20 };

struct timed {
    struct dbpool_request request;
    struct dbpool_request_times times;
    uint64_t answered_ns;
    bool complete_in_callback;
};

static bool in_order(const struct dbpool_request_times *times) {
    return times->submitted_ns != 0 && times->submitted_ns <= times->taken_ns &&
           times->taken_ns <= times->begun_ns &&
           times->begun_ns <= times->ended_ns &&
           times->ended_ns <= times->delivered_ns;
}

static void on_answer(struct dbpool_request *request) {
    struct timed *timed = request->data;
    timed->answered_ns = uv_hrtime();
    timed->complete_in_callback = in_order(&timed->times);
}

static void timed_init(struct timed *timed) {
    memset(timed, 0, sizeof *timed);
    dbpool_request_init(&timed->request, timed);
    timed->request.times = &timed->times;
}

static int do_nothing(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static int submit(struct dbpool *pool, struct timed *timed, int i) {
    switch (i % 4) {
    case 0:
        return dbpool_run_query(pool, &timed->request, "SELECT 1", on_answer);
    case 1:
        return dbpool_run_operation(pool, &timed->request,
                                    "DELETE FROM users WHERE login = 'x'",
                                    on_answer);
    case 2:
        return dbpool_run_interaction(pool, &timed->request, do_nothing,
                                      on_answer);
    default:
        return dbpool_run_query(pool, &timed->request, "SELEC 1", on_answer);
    }
}

static void run_all(struct pool_fixture *fixture, struct timed *timed) {
    for (int i = 0; i < COUNT; i++) {
        timed_init(&timed[i]);
        assert_int_equal(submit(fixture->pool, &timed[i], i), DBPOOL_OK);
    }
    fixture_run(fixture);
}

static void fini_all(struct timed *timed) {
    for (int i = 0; i < COUNT; i++) {
        dbpool_request_fini(&timed[i].request);
    }
}

static void every_kind_of_request_is_told_in_order(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.timing = true;
    fixture_open(fixture);
    struct timed timed[COUNT];
    run_all(fixture, timed);
    for (int i = 0; i < COUNT; i++) {
        assert_true(timed[i].complete_in_callback);
        assert_true(timed[i].times.delivered_ns <= timed[i].answered_ns);
    }
    fini_all(timed);
    fixture_close_and_run(fixture);
}

/* The second time they are the second's. */
static void a_request_that_is_used_again_is_told_anew(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.timing = true;
    fixture_open(fixture);
    struct timed timed;
    timed_init(&timed);
    assert_int_equal(submit(fixture->pool, &timed, 0), DBPOOL_OK);
    fixture_run(fixture);
    const struct dbpool_request_times first = timed.times;
    assert_int_equal(submit(fixture->pool, &timed, 0), DBPOOL_OK);
    assert_true(timed.times.submitted_ns >= first.delivered_ns);
    assert_int_equal(timed.times.taken_ns, 0);
    fixture_run(fixture);
    assert_true(timed.complete_in_callback);
    dbpool_request_fini(&timed.request);
    fixture_close_and_run(fixture);
}

static int pass(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

/* Behind a held thread nobody takes it, and it is canceled there. */
static void what_never_came_stays_0(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.timing = true;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    struct gate gate;
    gate_init(&gate);
    struct dbpool_request held;
    dbpool_request_init(&held, &gate);
    assert_int_equal(
        dbpool_run_with_connection(fixture->pool, &held, pass, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    struct timed timed;
    timed_init(&timed);
    assert_int_equal(submit(fixture->pool, &timed, 0), DBPOOL_OK);
    assert_int_equal(dbpool_cancel(&timed.request), DBPOOL_OK);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(timed.request.status, DBPOOL_ECANCELED);
    assert_true(timed.times.submitted_ns != 0);
    assert_int_equal(timed.times.taken_ns, 0);
    assert_int_equal(timed.times.begun_ns, 0);
    assert_int_equal(timed.times.ended_ns, 0);
    assert_true(timed.times.delivered_ns >= timed.times.submitted_ns);
    dbpool_request_fini(&timed.request);
    dbpool_request_fini(&held);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static void without_timing_nothing_is_told(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct timed timed[COUNT];
    run_all(fixture, timed);
    static const struct dbpool_request_times none;
    for (int i = 0; i < COUNT; i++) {
        assert_memory_equal(&timed[i].times, &none, sizeof none);
    }
    fini_all(timed);
    fixture_close_and_run(fixture);
}

static void nobody_need_want_to_know(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.timing = true;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define POOL_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        POOL_TEST(every_kind_of_request_is_told_in_order),
        POOL_TEST(a_request_that_is_used_again_is_told_anew),
        POOL_TEST(what_never_came_stays_0),
        POOL_TEST(without_timing_nothing_is_told),
        POOL_TEST(nobody_need_want_to_know),
    };
    return SUITE_RUN(tests, argc, argv);
}
