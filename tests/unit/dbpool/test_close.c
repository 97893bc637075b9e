/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include <valgrind/valgrind.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

enum { MANY = 200 };

static struct dbpool_request requests[MANY];

static void submit_many(struct pool_fixture *fixture) {
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT * FROM users", fixture_count),
                         DBPOOL_OK);
    }
}

static void fini_many(void) {
    for (int i = 0; i < MANY; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

static void closing_an_unused_pool_calls_back_later(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    fixture_close(fixture);
    assert_int_equal(fixture->closed, 0);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
}

static void close_answers_everything_first(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture);
    fixture_close(fixture);
    assert_int_equal(fixture->answered, 0);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    assert_int_equal(fixture->closed, 1);
    fini_many();
}

static void close_without_a_callback_closes_all_the_same(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture);
    dbpool_close(fixture->pool, NULL, NULL);
    fixture->pool = NULL;
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    fini_many();
}

static void a_closing_pool_refuses_requests(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture);
    fixture_close(fixture);
    struct dbpool_request late;
    dbpool_request_init(&late, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &late, "SELECT 1", fixture_count),
        DBPOOL_ECLOSED);
    struct dbpool_gather gather;
    dbpool_gather_init(&gather, NULL);
    assert_int_equal(dbpool_gather(fixture->pool, &gather, NULL, 0, NULL),
                     DBPOOL_ECLOSED);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    dbpool_request_fini(&late);
    fini_many();
}

static int order[3];
static int order_count;

static void note_order(struct dbpool_close_request *request) {
    order[order_count++] = *(int *)request->data;
}

static void closing_again_joins_the_first(void **state) {
    struct pool_fixture *fixture = *state;
    int numbers[3] = {1, 2, 3};
    struct dbpool_close_request closers[3];
    order_count = 0;
    fixture_open(fixture);
    submit_many(fixture);
    for (int i = 0; i < 3; i++) {
        closers[i].data = &numbers[i];
        dbpool_close(fixture->pool, &closers[i], note_order);
    }
    fixture->pool = NULL;
    fixture_run(fixture);
    assert_int_equal(order_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(order[i], i + 1);
    }
    fini_many();
}

static void close_in_callback(struct dbpool_request *request) {
    struct pool_fixture *fixture = request->data;
    if (fixture->answered++ == 0) {
        fixture_close(fixture);
    }
}

static void close_is_legal_in_an_answers_callback(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT 1", close_in_callback),
                         DBPOOL_OK);
    }
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    assert_int_equal(fixture->closed, 1);
    fini_many();
}

static int stand_at_gate(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    struct pool_fixture *fixture = data;
    (void)fixture;
    gate_pass((struct gate *)fixture->options.on_connect_data);
    return DBPOOL_OK;
}

/* The loop goes on while a thread is busy: close never waits on it. */
static void close_does_not_block_on_a_running_interaction(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.on_connect_data = &gate; /* only carried along */
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &request,
                                            stand_at_gate, fixture_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    fixture_close(fixture);
    for (int i = 0; i < 10; i++) {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        assert_int_equal(fixture->answered, 0);
        assert_int_equal(fixture->closed, 0);
    }
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 1);
    assert_int_equal(fixture->closed, 1);
    dbpool_request_fini(&request);
    gate_fini(&gate);
}

static void
nothing_is_left_after_the_close_callback(struct dbpool_close_request *request) {
    struct pool_fixture *fixture = request->data;
    assert_int_equal(dbpool_census(NULL, 0), 0);
    assert_int_equal(faults_threads_outstanding(), 0);
    assert_int_equal(blocks_live(BLOCKS_SQLITE).count, fixture->blocks_before);
    fixture->closed++;
    fixture->pool = NULL;
}

static void the_close_callback_comes_after_everything(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_close_request closer = {.data = fixture};
    fixture_open(fixture);
    submit_many(fixture);
    dbpool_close(fixture->pool, &closer,
                 nothing_is_left_after_the_close_callback);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    fini_many();
}

/* Each time: the teardown finds no -wal and no -shm. Two connections that
 * close at the same moment would leave both. */
static void a_clean_close_leaves_no_write_ahead_log(void **state) {
    struct pool_fixture *fixture = *state;
    for (int round = 0; round < 30; round++) {
        fixture->answered = 0;
        fixture->closed = 0;
        fixture_open(fixture);
        submit_many(fixture);
        fixture_close_and_run(fixture);
        assert_int_equal(fixture->answered, MANY);
        fini_many();
    }
}

/* The same, where each of the connections is the last one of a pool. */
static void pools_of_one_database_leave_no_write_ahead_log(void **state) {
    struct pool_fixture *fixture = *state;
    enum { POOLS = 6 };
    const int rounds = RUNNING_ON_VALGRIND != 0 ? 20 : 100;
    struct dbpool *pools[POOLS];
    char log[FIXTURE_PATH_SIZE + 8];
    (void)snprintf(log, sizeof log, "%s-wal", fixture->path);
    fixture->options.min = 1;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < POOLS; i++) {
            fixture_open(fixture);
            pools[i] = fixture->pool;
            dbpool_request_init(&requests[i], fixture);
            assert_int_equal(dbpool_run_query(pools[i], &requests[i],
                                              "SELECT 1", fixture_count),
                             DBPOOL_OK);
        }
        fixture_run(fixture);
        for (int i = 0; i < POOLS; i++) {
            dbpool_close(pools[i], NULL, NULL);
            dbpool_request_fini(&requests[i]);
        }
        fixture->pool = NULL;
        fixture_run(fixture);
        assert_int_not_equal(access(log, F_OK), 0);
    }
}

/* Somebody's, by way of the connection's handle, when nothing runs. */
static int write_and_interrupt(struct dbpool_transaction *connection,
                               void *data) {
    struct dbpool_statement write = {.sql = "DELETE FROM users"};
    int status = dbpool_execute(connection, &write, NULL);
    (void)data;
    sqlite3_interrupt(fixture_only_connection());
    return status;
}

static void an_interrupt_that_met_nothing_leaves_no_log(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    fixture_open(fixture);
    dbpool_request_init(&requests[0], fixture);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &requests[0],
                                                write_and_interrupt, NULL),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(requests[0].status, DBPOOL_OK);
    dbpool_request_fini(&requests[0]);
    fixture_close_and_run(fixture);
}

static void pools_on_one_loop_close_independently(void **state) {
    struct pool_fixture *fixture = *state;
    enum { POOLS = 8 };
    struct dbpool *pools[POOLS];
    struct dbpool_close_request closers[POOLS];
    fixture->options.min = 1;
    for (int i = 0; i < POOLS; i++) {
        fixture_open(fixture);
        pools[i] = fixture->pool;
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(
            dbpool_run_query(pools[i], &requests[i], "SELECT 1", fixture_count),
            DBPOOL_OK);
    }
    int number = 0;
    order_count = 0;
    for (int i = 0; i < 3; i++) {
        closers[i].data = &number;
        dbpool_close(pools[i], &closers[i], note_order);
    }
    fixture_run(fixture);
    assert_int_equal(order_count, 3);
    assert_int_equal(fixture->answered, POOLS);
    for (int i = 3; i < POOLS; i++) {
        dbpool_close(pools[i], NULL, NULL);
    }
    fixture->pool = NULL;
    fixture_run(fixture);
    for (int i = 0; i < POOLS; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(closing_an_unused_pool_calls_back_later),
        TEST(close_answers_everything_first),
        TEST(close_without_a_callback_closes_all_the_same),
        TEST(a_closing_pool_refuses_requests),
        TEST(closing_again_joins_the_first),
        TEST(close_is_legal_in_an_answers_callback),
        TEST(close_does_not_block_on_a_running_interaction),
        TEST(the_close_callback_comes_after_everything),
        TEST_WAL(a_clean_close_leaves_no_write_ahead_log),
        TEST_WAL(pools_of_one_database_leave_no_write_ahead_log),
        TEST_WAL(an_interrupt_that_met_nothing_leaves_no_log),
        TEST(pools_on_one_loop_close_independently),
    };
    return SUITE_RUN(tests, argc, argv);
}
