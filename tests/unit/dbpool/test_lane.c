/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

#define LOG "CREATE TABLE log (n INTEGER)"
#define WRITE_LATE                                                             \
    "WITH x(n) AS (VALUES (?)) INSERT INTO log SELECT n FROM x RETURNING n"

static int execute(struct dbpool_transaction *transaction, const char *sql,
                   int64_t n, struct dbpool_result *result) {
    struct dbpool_value param = dbpool_integer(n);
    struct dbpool_statement statement = {
        .sql = sql,
        .params = &param,
        .params_count = strchr(sql, '?') != NULL,
    };
    return dbpool_execute(transaction, &statement, result);
}

static int do_not_sync(struct dbpool_transaction *connection, void *data) {
    (void)data;
    return execute(connection, "PRAGMA synchronous = OFF", 0, NULL);
}

static void open_with_log(struct pool_fixture *fixture) {
    fixture->options.on_connect = do_not_sync;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, LOG), DBPOOL_OK);
    dbpool_request_fini(&request);
}

/* One number; fails the test on an error. */
/* ---- One at a time, in order ---- */

#define WRITES_COUNT 120

struct write {
    struct dbpool_request request;
    struct dbpool_value param;
    struct writers *writers;
};

struct writers {
    uv_mutex_t mutex;
    int inside;
    int inside_peak;
    struct write writes[WRITES_COUNT];
};

static int insert_alone(struct dbpool_transaction *transaction, void *data) {
    struct write *write = data;
    struct writers *writers = write->writers;
    uv_mutex_lock(&writers->mutex);
    writers->inside++;
    if (writers->inside > writers->inside_peak) {
        writers->inside_peak = writers->inside;
    }
    uv_mutex_unlock(&writers->mutex);
    int status = execute(transaction, "INSERT INTO log VALUES (?)",
                         write->param.as.integer, NULL);
    uv_mutex_lock(&writers->mutex);
    writers->inside--;
    uv_mutex_unlock(&writers->mutex);
    return status;
}

static void submit_write(struct dbpool *pool, struct write *write) {
    struct dbpool_request *request = &write->request;
    dbpool_request_init(request, write);
    int status;
    switch (write->param.as.integer % 4) {
    case 0:
        status = dbpool_run_interaction(pool, request, insert_alone, NULL);
        break;
    case 1:
        status = dbpool_run_with_connection(pool, request, insert_alone, NULL);
        break;
    case 2:
        request->params = &write->param;
        request->params_count = 1;
        status = dbpool_run_operation(pool, request,
                                      "INSERT INTO log VALUES (?)", NULL);
        break;
    default:
        request->params = &write->param;
        request->params_count = 1;
        status = dbpool_run_query(
            pool, request, "INSERT INTO log VALUES (?) RETURNING n", NULL);
    }
    assert_int_equal(status, DBPOOL_OK);
}

static void writes_run_one_at_a_time_in_order(void **state) {
    static struct writers writers;
    struct pool_fixture *fixture = *state;
    open_with_log(fixture);
    assert_int_equal(uv_mutex_init(&writers.mutex), 0);
    writers.inside_peak = 0;
    for (int i = 0; i < WRITES_COUNT; i++) {
        writers.writes[i].writers = &writers;
        writers.writes[i].param = dbpool_integer(i);
        submit_write(fixture->pool, &writers.writes[i]);
    }
    fixture_run(fixture);
    for (int i = 0; i < WRITES_COUNT; i++) {
        assert_int_equal(writers.writes[i].request.status, DBPOOL_OK);
        dbpool_request_fini(&writers.writes[i].request);
    }
    assert_int_equal(writers.inside_peak, 1);
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM log"),
                     WRITES_COUNT);
    assert_int_equal(
        fixture_ask(fixture, "SELECT count(*) FROM log WHERE n != rowid - 1"),
        0);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.handed_over, 0);
    uv_mutex_destroy(&writers.mutex);
    fixture_close_and_run(fixture);
}

/* ---- Who runs where ---- */

/* Reads before it stands at the gate, so that it holds its lock there. */
static int read_and_hold(struct dbpool_transaction *transaction, void *data) {
    int status = execute(transaction, "SELECT count(*) FROM users", 0, NULL);
    gate_pass(data);
    return status;
}

static int write_and_hold(struct dbpool_transaction *transaction, void *data) {
    int status = execute(transaction, "INSERT INTO log VALUES (-1)", 0, NULL);
    gate_pass(data);
    return status;
}

static void start(struct pool_fixture *fixture) {
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void a_load_that_only_reads_uses_all_threads(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request requests[5];
    struct gate gate;
    gate_init(&gate);
    fixture_open(fixture);
    for (int i = 0; i < 5; i++) {
        dbpool_request_init(&requests[i], &gate);
        requests[i].reads_only = true;
        assert_int_equal(dbpool_run_interaction(fixture->pool, &requests[i],
                                                read_and_hold, NULL),
                         DBPOOL_OK);
    }
    start(fixture);
    for (int i = 0; i < 5; i++) {
        gate_wait(&gate); /* all five at once */
    }
    for (int i = 0; i < 5; i++) {
        gate_open(&gate);
    }
    fixture_run(fixture);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static void one_thread_writes_while_all_others_read(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request requests[3];
    struct gate writer;
    struct gate reader;
    gate_init(&writer);
    gate_init(&reader);
    fixture->options.max = 3;
    open_with_log(fixture);
    for (int i = 0; i < 3; i++) {
        dbpool_request_init(&requests[i], i == 0 ? &writer : &reader);
        requests[i].reads_only = i != 0;
        assert_int_equal(dbpool_run_interaction(
                             fixture->pool, &requests[i],
                             i == 0 ? write_and_hold : read_and_hold, NULL),
                         DBPOOL_OK);
    }
    start(fixture);
    gate_wait(&writer);
    gate_wait(&reader);
    gate_wait(&reader);
    gate_open(&writer);
    gate_open(&reader);
    gate_open(&reader);
    fixture_run(fixture);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
    gate_fini(&writer);
    gate_fini(&reader);
}

static void a_symmetric_pool_has_no_lane(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request requests[3];
    struct gate gate;
    gate_init(&gate);
    fixture->options.symmetric = true;
    fixture->options.max = 3;
    fixture_open(fixture);
    for (int i = 0; i < 3; i++) {
        dbpool_request_init(&requests[i], &gate);
        assert_int_equal(dbpool_run_with_connection(fixture->pool, &requests[i],
                                                    read_and_hold, NULL),
                         DBPOOL_OK);
    }
    start(fixture);
    for (int i = 0; i < 3; i++) {
        gate_wait(&gate); /* all three at once */
    }
    for (int i = 0; i < 3; i++) {
        gate_open(&gate);
    }
    fixture_run(fixture);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

static int write_at_once(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "DELETE FROM users", 0, NULL);
}

static void what_only_reads_cannot_write(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    for (int i = 0; i < 2; i++) {
        dbpool_request_init(&request, fixture);
        request.reads_only = true;
        assert_int_equal(
            i == 0 ? dbpool_run_interaction(fixture->pool, &request,
                                            write_at_once, NULL)
                   : dbpool_run_with_connection(fixture->pool, &request,
                                                write_at_once, NULL),
            DBPOOL_OK);
        fixture_run(fixture);
        assert_int_equal(request.status, DBPOOL_EREADONLY);
        dbpool_request_fini(&request);
    }
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM users"), 3);
    fixture_close_and_run(fixture);
}

/* The lane is held, a query that turns out to write is handed over to it, and
 * goes before the writes that were submitted behind it. */
static void a_query_that_turns_out_to_write_keeps_its_place(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request requests[4];
    struct dbpool_value params[4];
    struct gate gate;
    struct dbpool_stats stats;
    gate_init(&gate);
    open_with_log(fixture);
    dbpool_request_init(&requests[0], &gate);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &requests[0],
                                            write_and_hold, NULL),
                     DBPOOL_OK);
    for (int i = 1; i < 4; i++) {
        dbpool_request_init(&requests[i], fixture);
        params[i] = dbpool_integer(i);
        requests[i].params = &params[i];
        requests[i].params_count = 1;
        assert_int_equal(
            i == 2 ? dbpool_run_query(fixture->pool, &requests[i], WRITE_LATE,
                                      NULL)
                   : dbpool_run_operation(fixture->pool, &requests[i],
                                          "INSERT INTO log VALUES (?)", NULL),
            DBPOOL_OK);
    }
    start(fixture);
    gate_wait(&gate);
    do {
        dbpool_stats(fixture->pool, &stats);
    } while (stats.handed_over == 0);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(requests[2].result.rows_count, 1);
    assert_int_equal(dbpool_value(&requests[2].result, 0, 0).as.integer, 2);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        dbpool_request_fini(&requests[i]);
    }
    assert_int_equal(fixture_ask(fixture,
                                 "SELECT count(*) FROM log WHERE rowid > 1 "
                                 "AND n != rowid - 1"),
                     0);
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM log"), 4);
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

/* ---- Neither starves the other ---- */

#define CROWD_COUNT 100
#define CROWD_BATCH 4

struct crowd {
    struct gate gate;
    int answered;
    int answered_before; /* the other one */
    struct dbpool_request requests[CROWD_COUNT];
    struct dbpool_request other;
    struct dbpool_request first;
};

static int hold_thread(struct dbpool_transaction *transaction, void *data) {
    struct crowd *crowd = data;
    (void)transaction;
    gate_pass(&crowd->gate);
    return DBPOOL_OK;
}

static void count_crowd(struct dbpool_request *request) {
    struct crowd *crowd = request->data;
    assert_int_equal(request->status, DBPOOL_OK);
    crowd->answered++;
}

static void count_before(struct dbpool_request *request) {
    struct crowd *crowd = request->data;
    assert_int_equal(request->status, DBPOOL_OK);
    crowd->answered_before = crowd->answered;
}

static void submit_one(struct pool_fixture *fixture, struct crowd *crowd,
                       struct dbpool_request *request, const char *sql,
                       dbpool_request_cb cb) {
    dbpool_request_init(request, crowd);
    assert_int_equal(dbpool_run_query(fixture->pool, request, sql, cb),
                     DBPOOL_OK);
}

/* The only thread is held until all of them wait; they are answered in the
 * order in which they run. */
static void expect_served_beside(struct pool_fixture *fixture,
                                 const char *crowd_sql, const char *sql) {
    static struct crowd crowd;
    crowd = (struct crowd){.answered_before = CROWD_COUNT};
    gate_init(&crowd.gate);
    dbpool_request_init(&crowd.first, &crowd);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &crowd.first, hold_thread, NULL),
        DBPOOL_OK);
    start(fixture);
    gate_wait(&crowd.gate);
    for (int i = 0; i < CROWD_COUNT; i++) {
        submit_one(fixture, &crowd, &crowd.requests[i], crowd_sql, count_crowd);
    }
    submit_one(fixture, &crowd, &crowd.other, sql, count_before);
    start(fixture);
    gate_open(&crowd.gate);
    fixture_run(fixture);
    assert_int_equal(crowd.answered, CROWD_COUNT);
    assert_in_range(crowd.answered_before, 0, CROWD_BATCH);
    for (int i = 0; i < CROWD_COUNT; i++) {
        dbpool_request_fini(&crowd.requests[i]);
    }
    dbpool_request_fini(&crowd.other);
    dbpool_request_fini(&crowd.first);
    gate_fini(&crowd.gate);
}

static void reads_and_writes_do_not_starve_each_other(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture->options.batch_max = CROWD_BATCH;
    open_with_log(fixture);
    expect_served_beside(fixture, "SELECT * FROM users",
                         "INSERT INTO log VALUES (1)");
    expect_served_beside(fixture, "INSERT INTO log VALUES (1)",
                         "SELECT * FROM users");
    fixture_close_and_run(fixture);
}

/* ---- Nobody is told that the database is locked ---- */

#define MIX_COUNT 40

struct mix {
    struct pool_fixture *fixture;
    int left;
    int failed;
    int writes;
    struct dbpool_value one;
    struct dbpool_request requests[MIX_COUNT];
};

static int read_and_write(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "SELECT count(*) FROM log", 0, NULL);
    return status != DBPOOL_OK
               ? status
               : execute(transaction, "INSERT INTO log VALUES (1)", 0, NULL);
}

static int read_twice(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int64_t counts[2] = {0};
    int status = DBPOOL_OK;
    for (int i = 0; i < 2 && status == DBPOOL_OK; i++) {
        struct dbpool_result result;
        dbpool_result_init(&result);
        status = execute(transaction, "SELECT count(*) FROM log", 0, &result);
        counts[i] = dbpool_value(&result, 0, 0).as.integer;
        dbpool_result_fini(&result);
    }
    return status == DBPOOL_OK && counts[0] != counts[1] ? DBPOOL_EABORT
                                                         : status;
}

static void mix_on(struct dbpool_request *request);

static int submit_mixed(struct mix *mix, struct dbpool_request *request) {
    struct dbpool *pool = mix->fixture->pool;
    int kind = mix->left % 8;
    request->reads_only = kind == 3;
    request->params = &mix->one;
    request->params_count = kind == 4;
    mix->writes += kind < 3 || kind == 4;
    switch (kind) {
    case 0:
        return dbpool_run_operation(pool, request, "INSERT INTO log VALUES (1)",
                                    mix_on);
    case 1:
        return dbpool_run_interaction(pool, request, read_and_write, mix_on);
    case 2:
        return dbpool_run_with_connection(pool, request, read_and_write,
                                          mix_on);
    case 3:
        return dbpool_run_interaction(pool, request, read_twice, mix_on);
    case 4:
        return dbpool_run_query(pool, request, WRITE_LATE, mix_on);
    default:
        return dbpool_run_query(pool, request, "SELECT * FROM users", mix_on);
    }
}

static void mix_on(struct dbpool_request *request) {
    struct mix *mix = request->data;
    if (request->status != DBPOOL_OK) {
        print_error("%s\n", dbpool_request_message(request));
        mix->failed++;
    }
    if (mix->left > 0) {
        mix->left--;
        assert_int_equal(submit_mixed(mix, request), DBPOOL_OK);
    }
}

/* Not even with a timeout of nothing. */
static void nobody_in_a_pool_finds_the_database_locked(void **state) {
    static struct mix mix;
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = 0;
    open_with_log(fixture);
    mix = (struct mix){
        .fixture = fixture,
        .left = 3000,
        .one = dbpool_integer(1),
    };
    for (int i = 0; i < MIX_COUNT; i++) {
        mix.left--;
        dbpool_request_init(&mix.requests[i], &mix);
        assert_int_equal(submit_mixed(&mix, &mix.requests[i]), DBPOOL_OK);
    }
    fixture_run(fixture);
    assert_int_equal(mix.failed, 0);
    assert_int_equal(fixture_ask(fixture, "SELECT count(*) FROM log"),
                     mix.writes);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_true(stats.handed_over > 0);
    assert_int_equal(stats.threads, 5);
    for (int i = 0; i < MIX_COUNT; i++) {
        dbpool_request_fini(&mix.requests[i]);
    }
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    { #name "_wal", name, fixture_setup_wal, fixture_teardown, NULL }

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(writes_run_one_at_a_time_in_order),
        TEST_WAL(writes_run_one_at_a_time_in_order),
        TEST(a_load_that_only_reads_uses_all_threads),
        TEST_WAL(a_load_that_only_reads_uses_all_threads),
        TEST(one_thread_writes_while_all_others_read),
        TEST_WAL(one_thread_writes_while_all_others_read),
        TEST(a_symmetric_pool_has_no_lane),
        TEST(what_only_reads_cannot_write),
        TEST_WAL(what_only_reads_cannot_write),
        TEST(a_query_that_turns_out_to_write_keeps_its_place),
        TEST_WAL(a_query_that_turns_out_to_write_keeps_its_place),
        TEST(reads_and_writes_do_not_starve_each_other),
        TEST_WAL(reads_and_writes_do_not_starve_each_other),
        TEST(nobody_in_a_pool_finds_the_database_locked),
        TEST_WAL(nobody_in_a_pool_finds_the_database_locked),
    };
    return SUITE_RUN(tests, argc, argv);
}
