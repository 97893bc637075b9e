/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/dbpool/endless.h"
#include "support/suite.h"

enum { MANY = 40, LIMIT = 3 };

static struct dbpool_request requests[MANY];
static int order[MANY]; /* in which they were answered */

static void note_order(struct dbpool_request *request) {
    struct pool_fixture *fixture = request->data;
    order[fixture->answered++] = (int)(request - requests);
}

/* A pool of one thread that waits for room, at the gate of an interaction, and
 * MANY requests behind it. */
static void fill(struct endless *endless, struct pool_fixture *fixture,
                 struct dbpool_request *running) {
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture->options.queue_limit = LIMIT;
    fixture->options.queue_policy = DBPOOL_QUEUE_WAIT;
    fixture_open(fixture);
    endless_init(endless, fixture);
    dbpool_request_init(running, endless);
    assert_int_equal(dbpool_run_interaction(fixture->pool, running, endless_run,
                                            endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless->gate);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT * FROM users", note_order),
                         DBPOOL_OK);
    }
}

static void release(struct endless *endless, struct dbpool_request *running) {
    (void)dbpool_cancel(running);
    gate_open(&endless->gate);
    fixture_run(endless->fixture);
    dbpool_request_fini(running);
    endless_fini(endless);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

static void beyond_the_limit_requests_wait_in_order(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    fill(&endless, fixture, &running);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.unanswered, MANY + 1);
    release(&endless, &running);
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(order[i], i);
        assert_int_equal(requests[i].status, DBPOOL_OK);
    }
    fixture_close_and_run(fixture);
}

static void waiting_for_room_calls_for_threads(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 1;
    fixture->options.max = 4;
    fixture->options.queue_limit = 1;
    fixture->options.queue_policy = DBPOOL_QUEUE_WAIT;
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT * FROM users", note_order),
                         DBPOOL_OK);
    }
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.threads, 4);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void what_waits_for_room_can_be_canceled(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    fill(&endless, fixture, &running);
    for (int i = 0; i < MANY; i += 2) {
        assert_int_equal(dbpool_cancel(&requests[i]), DBPOOL_OK);
    }
    while (fixture->answered < MANY / 2) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    release(&endless, &running);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status,
                         i % 2 == 0 ? DBPOOL_ECANCELED : DBPOOL_OK);
    }
    assert_int_equal(fixture->answered, MANY);
    fixture_close_and_run(fixture);
}

static struct dbpool_close_request closer;

static void note_closed(struct dbpool_close_request *request) {
    struct pool_fixture *fixture = request->data;
    fixture->closed++;
    fixture->pool = NULL;
}

/* By grade: a drain answers what is parked, a cancel gives it up. */
static void every_close_answers_what_waits_for_room(void **state) {
    struct pool_fixture *fixture = *state;
    for (int grade = DBPOOL_CLOSE_DRAIN; grade <= DBPOOL_CLOSE_ABORT; grade++) {
        struct endless endless;
        struct dbpool_request running;
        fixture->answered = 0;
        fixture->closed = 0;
        fill(&endless, fixture, &running);
        const struct dbpool_close_options options = {
            .grade = (enum dbpool_close_grade)grade};
        closer.data = fixture;
        assert_int_equal(
            dbpool_close_with(fixture->pool, &options, &closer, note_closed),
            DBPOOL_OK);
        release(&endless, &running);
        assert_int_equal(fixture->answered, MANY);
        assert_int_equal(fixture->closed, 1);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(requests[i].status, grade == DBPOOL_CLOSE_DRAIN
                                                     ? DBPOOL_OK
                                                     : DBPOOL_ECANCELED);
        }
    }
}

static void a_policy_that_is_none_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.queue_policy = (enum dbpool_queue_policy)2;
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                 &fixture->options, &fixture->pool),
                     DBPOOL_EINVAL);
    assert_null(fixture->pool);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(beyond_the_limit_requests_wait_in_order),
        TEST(waiting_for_room_calls_for_threads),
        TEST(what_waits_for_room_can_be_canceled),
        TEST(every_close_answers_what_waits_for_room),
        TEST(a_policy_that_is_none_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
