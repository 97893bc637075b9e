/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

/* busy_timeout_ms is kept where somebody else holds the lock, and threads of
 * the pool wait for each other for as long as it takes. Here others never give
 * up what they hold, and the pool's own thread stands at a gate until the
 * request was answered: who is waited for by mistake, is waited for for ever.
 */

#define HOUR_MS UINT32_C(3600000)
#define INSERT "INSERT INTO users (login, name) VALUES ('x', 'x')"

struct holder {
    struct gate gate;
    const char *sql; /* executed before the gate, or NULL */
    struct dbpool_request request;
};

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

static int hold(struct dbpool_transaction *transaction, void *data) {
    struct holder *holder = data;
    int status =
        holder->sql == NULL ? DBPOOL_OK : execute(transaction, holder->sql);
    gate_pass(&holder->gate);
    return status;
}

static int hold_in_savepoint(struct dbpool_transaction *transaction,
                             void *data) {
    return dbpool_savepoint(transaction, hold, data);
}

static void open_pool(struct pool_fixture *fixture) {
    fixture->options.min = fixture->options.max = 2;
    fixture->options.busy_timeout_ms = 2;
    fixture_open(fixture);
}

static void start(struct pool_fixture *fixture, struct holder *holder,
                  dbpool_interaction_fn function, bool reads_only) {
    gate_init(&holder->gate);
    dbpool_request_init(&holder->request, holder);
    holder->request.reads_only = reads_only;
    assert_int_equal(
        reads_only ? dbpool_run_interaction(fixture->pool, &holder->request,
                                            function, NULL)
                   : dbpool_run_with_connection(fixture->pool, &holder->request,
                                                function, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&holder->gate);
}

static void finish(struct pool_fixture *fixture, struct holder *holder) {
    gate_open(&holder->gate);
    fixture_run(fixture);
    assert_int_equal(holder->request.status, DBPOOL_OK);
    dbpool_request_fini(&holder->request);
    gate_fini(&holder->gate);
}

/* The holder stays where it is. */
static int answer_beside(struct pool_fixture *fixture, const char *sql) {
    struct dbpool_request request;
    fixture_submit(fixture, &request, sql);
    fixture->answered = 0;
    while (fixture->answered == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    int status = request.status;
    dbpool_request_fini(&request);
    return status;
}

static void wait_for_lock_wait(struct pool_fixture *fixture, uint64_t before) {
    struct dbpool_stats stats;
    do {
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        dbpool_stats(fixture->pool, &stats);
    } while (stats.lock_waits == before);
}

static uint64_t lock_waits(const struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    return stats.lock_waits;
}

/* Somebody else's connection. */
static sqlite3 *open_other(const struct pool_fixture *fixture,
                           const char *sql) {
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    return other;
}

/* ---- Others hold it ---- */

/* With a write-ahead log, and without. */
static void a_reader_of_ours_does_not_hold_a_write_up(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "SELECT * FROM users"};
    open_pool(fixture);
    start(fixture, &holder, hold, true);
    sqlite3 *other = open_other(fixture, "BEGIN IMMEDIATE");
    assert_int_equal(answer_beside(fixture, INSERT), DBPOOL_EBUSY);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    finish(fixture, &holder);
    fixture_close_and_run(fixture);
}

static void who_rests_in_the_lane_does_not_hold_a_read_up(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "SELECT * FROM users"};
    open_pool(fixture);
    start(fixture, &holder, hold, false);
    sqlite3 *other = open_other(fixture, "BEGIN EXCLUSIVE");
    assert_int_equal(answer_beside(fixture, "SELECT * FROM users"),
                     DBPOOL_EBUSY);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    finish(fixture, &holder);
    fixture_close_and_run(fixture);
}

/* ---- One of ours holds it ---- */

static void expect_waited_for(struct pool_fixture *fixture,
                              struct holder *holder, const char *sql) {
    struct dbpool_request request;
    uint64_t before = lock_waits(fixture);
    fixture_submit(fixture, &request, sql);
    wait_for_lock_wait(fixture, before);
    uv_sleep(20); /* it would have given up, or is about to */
    finish(fixture, holder);
    assert_int_equal(request.status, DBPOOL_OK);
    if (strncmp(sql, "PRAGMA", 6) == 0) { /* a checkpoint: not "busy" */
        assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 0);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_read_waits_for_a_transaction_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "BEGIN EXCLUSIVE"};
    open_pool(fixture);
    start(fixture, &holder, hold, false);
    expect_waited_for(fixture, &holder, "SELECT * FROM users");
}

static void a_read_waits_for_a_savepoint_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {
        .sql = "INSERT INTO users (login, name) WITH RECURSIVE n(i) AS "
               "(SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) "
               "SELECT 'u' || i, hex(zeroblob(200)) FROM n"};
    fixture->options.cache_bytes = 4096; /* it writes before it commits */
    open_pool(fixture);
    start(fixture, &holder, hold_in_savepoint, false);
    expect_waited_for(fixture, &holder, "SELECT count(*) FROM users");
}

static void a_commit_waits_for_a_reader_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "SELECT * FROM users"};
    open_pool(fixture);
    start(fixture, &holder, hold, true);
    expect_waited_for(fixture, &holder, INSERT);
}

/* Its error would be no more than a 1 in its row. */
static void a_checkpoint_waits_for_a_reader_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "SELECT * FROM users"};
    open_pool(fixture);
    start(fixture, &holder, hold, true);
    assert_int_equal(answer_beside(fixture, INSERT), DBPOOL_OK);
    expect_waited_for(fixture, &holder, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/* First for somebody else's write, then for our reader, in one statement; the
 * reader has come in between. */
static void a_commit_behind_a_wait_waits_for_a_reader_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct holder holder = {.sql = "SELECT * FROM users"};
    struct dbpool_request request;
    fixture->options.busy_timeout_ms = HOUR_MS;
    fixture->options.min = fixture->options.max = 2;
    fixture_open(fixture);
    sqlite3 *other = open_other(fixture, "BEGIN IMMEDIATE");
    fixture_submit(fixture, &request, INSERT);
    wait_for_lock_wait(fixture, 0);
    start(fixture, &holder, hold, true);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL),
                     SQLITE_OK);
    while (sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
           SQLITE_OK) { /* not yet its own */
        assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL),
                         SQLITE_OK);
        uv_sleep(1);
    }
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    faults_advance_clock(UINT64_C(2000000) * HOUR_MS);
    uv_sleep(200); /* it would have given up, or is about to */
    finish(fixture, &holder);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

struct connects {
    atomic_int count;
    struct gate gate;
};

/* The second one writes, and takes its time. */
static int write_and_connect(struct dbpool_transaction *connection,
                             void *data) {
    struct connects *connects = data;
    if (atomic_fetch_add(&connects->count, 1) != 1) {
        return DBPOOL_OK;
    }
    int status = execute(connection, "BEGIN IMMEDIATE");
    gate_pass(&connects->gate);
    return status;
}

static void a_write_waits_for_an_on_connect_of_ours(void **state) {
    struct pool_fixture *fixture = *state;
    struct connects connects = {0};
    struct holder holder = {0};
    struct dbpool_request read, write;
    gate_init(&connects.gate);
    fixture->options.on_connect = write_and_connect;
    fixture->options.on_connect_data = &connects;
    open_pool(fixture);
    start(fixture, &holder, hold, false);
    fixture_submit(fixture, &read, "SELECT * FROM users");
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&connects.gate);
    fixture_submit(fixture, &write, INSERT);
    gate_open(&holder.gate);
    wait_for_lock_wait(fixture, 0);
    uv_sleep(20); /* it would have given up, or is about to */
    gate_open(&connects.gate);
    fixture_run(fixture);
    assert_int_equal(holder.request.status, DBPOOL_OK);
    assert_int_equal(read.status, DBPOOL_OK);
    assert_int_equal(write.status, DBPOOL_OK);
    dbpool_request_fini(&holder.request);
    dbpool_request_fini(&read);
    dbpool_request_fini(&write);
    fixture_close_and_run(fixture);
    gate_fini(&holder.gate);
    gate_fini(&connects.gate);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_reader_of_ours_does_not_hold_a_write_up),
        TEST_WAL(a_reader_of_ours_does_not_hold_a_write_up),
        TEST(who_rests_in_the_lane_does_not_hold_a_read_up),
        TEST(a_read_waits_for_a_transaction_of_ours),
        TEST(a_read_waits_for_a_savepoint_of_ours),
        TEST(a_commit_waits_for_a_reader_of_ours),
        TEST(a_commit_behind_a_wait_waits_for_a_reader_of_ours),
        TEST(a_write_waits_for_an_on_connect_of_ours),
        TEST_WAL(a_checkpoint_waits_for_a_reader_of_ours),
    };
    return SUITE_RUN(tests, argc, argv);
}
