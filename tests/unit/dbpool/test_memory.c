/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

enum { THREADS = 4, ROUNDS = 8 };

static int open_memory(struct pool_fixture *fixture, struct dbpool **pool_out) {
    return dbpool_open(&fixture->loop, ":memory:", &fixture->options, pool_out);
}

static void open_here(struct pool_fixture *fixture) {
    fixture->options.min = 0;
    fixture->options.max = THREADS;
    assert_int_equal(open_memory(fixture, &fixture->pool), DBPOOL_OK);
}

static int run(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    int status = fixture_query(fixture, &request, sql);
    dbpool_request_fini(&request);
    return status;
}

struct reader {
    struct gate gate;
    int64_t value;
};

/* Each of the threads stands here at the same time. */
static int read_at_gate(struct dbpool_transaction *transaction, void *data) {
    struct reader *reader = data;
    struct dbpool_statement statement = {.sql = "SELECT value FROM numbers"};
    struct dbpool_result result;
    dbpool_result_init(&result);
    int status = dbpool_execute(transaction, &statement, &result);
    reader->value = dbpool_value(&result, 0, 0).as.integer;
    dbpool_result_fini(&result);
    gate_pass(&reader->gate);
    return status;
}

static void memory_is_one_database_for_all_threads(void **state) {
    struct pool_fixture *fixture = *state;
    open_here(fixture);
    assert_int_equal(run(fixture, "CREATE TABLE numbers AS SELECT 42 AS value"),
                     DBPOOL_OK);
    struct reader readers[THREADS];
    struct dbpool_request requests[THREADS];
    for (int i = 0; i < THREADS; i++) {
        gate_init(&readers[i].gate);
        dbpool_request_init(&requests[i], &readers[i]);
        requests[i].reads_only = true;
        assert_int_equal(dbpool_run_with_connection(fixture->pool, &requests[i],
                                                    read_at_gate, NULL),
                         DBPOOL_OK);
    }
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_NOWAIT), 1);
    for (int i = 0; i < THREADS; i++) {
        gate_wait(&readers[i].gate);
    }
    for (int i = 0; i < THREADS; i++) {
        gate_open(&readers[i].gate);
    }
    fixture_run(fixture);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        assert_int_equal(readers[i].value, 42);
        dbpool_request_fini(&requests[i]);
        gate_fini(&readers[i].gate);
    }
    fixture_close_and_run(fixture);
}

/* The first connection makes the table and is refused. */
static int make_and_refuse_first(struct dbpool_transaction *connection,
                                 void *data) {
    int *calls = data;
    struct dbpool_statement statement = {
        .sql = "CREATE TABLE numbers AS SELECT 42 AS value"};
    if ((*calls)++ != 0) {
        return DBPOOL_OK;
    }
    int status = dbpool_execute(connection, &statement, NULL);
    return status == DBPOOL_OK ? DBPOOL_EABORT : status;
}

/* Every connection but the pool's own is closed and opened anew. */
static void memory_outlives_each_connection(void **state) {
    struct pool_fixture *fixture = *state;
    int calls = 0;
    fixture->options.on_connect = make_and_refuse_first;
    fixture->options.on_connect_data = &calls;
    open_here(fixture);
    assert_int_equal(run(fixture, "SELECT 1"), DBPOOL_EABORT);
    assert_int_equal(fixture_ask(fixture, "SELECT value FROM numbers"), 42);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.closed[DBPOOL_CLOSED_REFUSED], 1);
    assert_int_equal(stats.connects, 1);
    fixture_close_and_run(fixture);
}

static void memory_outlives_a_lifetime(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.max_lifetime_ms = 1000;
    open_here(fixture);
    assert_int_equal(run(fixture, "CREATE TABLE numbers AS SELECT 42 AS value"),
                     DBPOOL_OK);
    faults_advance_clock(UINT64_C(1000000000));
    assert_int_equal(fixture_ask(fixture, "SELECT value FROM numbers"), 42);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.connections_expired, 1);
    assert_int_equal(stats.connects, 2);
    fixture_close_and_run(fixture);
}

static int count_up(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    struct dbpool_statement statement = {
        .sql = "UPDATE numbers SET value = value + 1"};
    return dbpool_execute(transaction, &statement, NULL);
}

static void writers_in_memory_lose_no_update(void **state) {
    struct pool_fixture *fixture = *state;
    open_here(fixture);
    assert_int_equal(run(fixture, "CREATE TABLE numbers AS SELECT 0 AS value"),
                     DBPOOL_OK);
    struct dbpool_request requests[2 * THREADS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++) {
            dbpool_request_init(&requests[i], fixture);
            dbpool_request_init(&requests[THREADS + i], fixture);
            assert_int_equal(dbpool_run_interaction(fixture->pool, &requests[i],
                                                    count_up, NULL),
                             DBPOOL_OK);
            assert_int_equal(dbpool_run_query(fixture->pool,
                                              &requests[THREADS + i],
                                              "SELECT * FROM numbers", NULL),
                             DBPOOL_OK);
        }
        fixture_run(fixture);
        for (int i = 0; i < 2 * THREADS; i++) {
            assert_int_equal(requests[i].status, DBPOOL_OK);
            dbpool_request_fini(&requests[i]);
        }
    }
    assert_int_equal(fixture_ask(fixture, "SELECT value FROM numbers"),
                     ROUNDS * THREADS);
    fixture_close_and_run(fixture);
}

static void two_pools_share_no_memory(void **state) {
    struct pool_fixture *fixture = *state;
    open_here(fixture);
    struct dbpool *first = fixture->pool;
    assert_int_equal(run(fixture, "CREATE TABLE numbers (value)"), DBPOOL_OK);
    assert_int_equal(open_memory(fixture, &fixture->pool), DBPOOL_OK);
    assert_int_equal(run(fixture, "SELECT * FROM numbers"), DBPOOL_ESQL);
    fixture_close_and_run(fixture);
    fixture->pool = first;
    fixture->closed = 0;
    assert_int_equal(run(fixture, "SELECT * FROM numbers"), DBPOOL_OK);
    fixture_close_and_run(fixture);
}

static void memory_may_be_read_only_and_empty(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.read_only = true;
    fixture->options.must_exist = true;
    open_here(fixture);
    assert_int_equal(run(fixture, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(run(fixture, "CREATE TABLE numbers (value)"),
                     DBPOOL_EREADONLY);
    fixture_close_and_run(fixture);
}

/* The database is made, and given back, by a pool that nobody uses. */
static void an_unused_pool_gives_its_memory_back(void **state) {
    struct pool_fixture *fixture = *state;
    open_here(fixture);
    fixture_close_and_run(fixture);
}

static void every_point_of_opening_memory_may_fail(void **state) {
    struct pool_fixture *fixture = *state;
    uint64_t nth = 0;
    bool fired;
    do {
        fixture->closed = 0;
        faults_arm(++nth, false);
        int status = open_memory(fixture, &fixture->pool);
        fired = faults_disarm();
        assert_true(status == DBPOOL_OK || fired);
        if (status == DBPOOL_OK) {
            fixture_close_and_run(fixture);
        }
        assert_null(fixture->pool);
        assert_int_equal(dbpool_census(NULL, 0), 0);
    } while (fired);
    /* Only now: where SQLite had no memory for a mutex, it keeps its empty list
     * of databases for the next one. */
    assert_int_equal(blocks_live(BLOCKS_SQLITE).count, fixture->blocks_before);
    assert_true(nth > 5);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(memory_is_one_database_for_all_threads),
        TEST(memory_outlives_each_connection),
        TEST(memory_outlives_a_lifetime),
        TEST(writers_in_memory_lose_no_update),
        TEST(two_pools_share_no_memory),
        TEST(memory_may_be_read_only_and_empty),
        TEST(an_unused_pool_gives_its_memory_back),
        TEST(every_point_of_opening_memory_may_fail),
    };
    return SUITE_RUN(tests, argc, argv);
}
