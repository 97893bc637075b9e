/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <string.h>

#include <valgrind/valgrind.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

/* Somebody else's connection. */
static sqlite3 *open_other(const struct pool_fixture *fixture,
                           const char *sql) {
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    return other;
}

static void expect_locked(struct pool_fixture *fixture, const char *sql,
                          const char *what) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, sql), DBPOOL_EBUSY);
    const char *message = dbpool_request_message(&request);
    if (strstr(message, what) == NULL ||
        strstr(message, fixture->path) == NULL ||
        strstr(message, "waited ") == NULL) {
        fail_msg("\"%s\" does not name \"%s\"", message, what);
    }
    dbpool_request_fini(&request);
}

static void a_locked_database_names_the_lock_that_was_waited_for(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = 2;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    const char *write = "UPDATE users SET name = 'x'";

    sqlite3 *other = open_other(fixture, "BEGIN IMMEDIATE");
    expect_locked(fixture, write,
                  "to write: another connection holds the RESERVED lock");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);

    other = open_other(fixture, "BEGIN EXCLUSIVE");
    expect_locked(fixture, "SELECT * FROM users",
                  "to read: another connection holds the EXCLUSIVE lock");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);

    other = open_other(fixture, "BEGIN; SELECT * FROM users");
    expect_locked(fixture, write, "to commit: others hold SHARED locks");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);

    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, write), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static int delete_all(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    return execute(transaction, "DELETE FROM users");
}

static void a_commit_that_gave_up_holds_no_lock(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = 2;
    fixture_open(fixture);
    sqlite3 *other = open_other(fixture, "BEGIN; SELECT * FROM users");
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, delete_all, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_EBUSY);
    dbpool_request_fini(&request);
    assert_int_equal(
        sqlite3_exec(other, "COMMIT; BEGIN EXCLUSIVE", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    fixture_close_and_run(fixture);
}

static void
an_interaction_names_the_lock_that_it_could_not_begin_with(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = 2;
    fixture_open(fixture);
    sqlite3 *other = open_other(fixture, "BEGIN IMMEDIATE");
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, delete_all, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_EBUSY);
    assert_non_null(strstr(dbpool_request_message(&request), "RESERVED"));
    dbpool_request_fini(&request);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    fixture_close_and_run(fixture);
}

/* Reads, lets another connection write, and wants to write itself. */
static int read_then_write(struct dbpool_transaction *transaction, void *data) {
    int status = execute(transaction, "BEGIN");
    if (status == DBPOOL_OK) {
        status = execute(transaction, "SELECT * FROM users");
    }
    if (status == DBPOOL_OK && sqlite3_exec(data, "UPDATE users SET name = 'x'",
                                            NULL, NULL, NULL) != SQLITE_OK) {
        status = DBPOOL_EABORT;
    }
    return status == DBPOOL_OK ? execute(transaction, "DELETE FROM users")
                               : status;
}

static void a_snapshot_too_old_to_write_is_named(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    sqlite3 *other = open_other(fixture, "SELECT * FROM users");
    struct dbpool_request request;
    dbpool_request_init(&request, other);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &request,
                                                read_then_write, NULL),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_EBUSY);
    assert_int_equal(request.code, SQLITE_BUSY_SNAPSHOT);
    assert_non_null(strstr(dbpool_request_message(&request),
                           "another connection has written since"));
    dbpool_request_fini(&request);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    fixture_close_and_run(fixture);
}

/* ---- Without a write-ahead log ---- */

#define READS_COUNT 8

struct early {
    struct gate reader;
    struct gate writer;
    bool written;
    struct dbpool_request reads[READS_COUNT];
    struct dbpool_request write;
};

static void pause_in_sql(sqlite3_context *context, int count,
                         sqlite3_value **values) {
    (void)count;
    (void)values;
    gate_pass(sqlite3_user_data(context));
    sqlite3_result_int(context, 1);
}

/* The library's own handle of this connection: the newest, as they are opened
 * one after the other here. */
static sqlite3 *newest_connection(void) {
    struct dbpool_census_entry entries[64];
    size_t count = dbpool_census(entries, 64);
    const void *found = NULL;
    for (size_t i = 0; i < count && i < 64; i++) {
        if (entries[i].kind == DBPOOL_KIND_CONNECTION) {
            found = entries[i].object;
        }
    }
    return (sqlite3 *)found;
}

static int add_pause(struct dbpool_transaction *connection, void *data) {
    struct early *early = data;
    (void)connection;
    int code =
        sqlite3_create_function(newest_connection(), "pause", 0, SQLITE_UTF8,
                                &early->reader, pause_in_sql, NULL, NULL);
    return code == SQLITE_OK ? DBPOOL_OK : DBPOOL_EABORT;
}

static int write_after_gate(struct dbpool_transaction *transaction,
                            void *data) {
    struct early *early = data;
    gate_pass(&early->writer);
    return execute(transaction, "UPDATE users SET name = 'x'");
}

static void note_written(struct dbpool_request *request) {
    struct early *early = request->data;
    early->written = true;
}

/* Each read stands at the gate with its lock. The writer gets its turn when the
 * first of the batch has been let through. */
static void a_batch_of_reads_ends_early_when_a_writer_waits(void **state) {
    static struct early early;
    early.written = false;
    struct pool_fixture *fixture = *state;
    gate_init(&early.reader);
    gate_init(&early.writer);
    fixture->options.min = 2;
    fixture->options.max = 2;
    fixture->options.on_connect = add_pause;
    fixture->options.on_connect_data = &early;
    fixture_open(fixture);
    dbpool_request_init(&early.write, &early);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &early.write,
                                            write_after_gate, note_written),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&early.writer);
    /* Connected, the other thread takes them in one batch. */
    dbpool_request_init(&early.reads[0], fixture);
    assert_int_equal(dbpool_run_query(fixture->pool, &early.reads[0],
                                      "SELECT 1", fixture_count),
                     DBPOOL_OK);
    while (fixture->answered == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    dbpool_request_fini(&early.reads[0]);
    for (int i = 0; i < READS_COUNT; i++) {
        dbpool_request_init(&early.reads[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &early.reads[i],
                                          "SELECT pause() FROM users LIMIT 1",
                                          NULL),
                         DBPOOL_OK);
    }
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&early.reader); /* it holds its lock */
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    uint64_t waits_before = stats.lock_waits;
    gate_open(&early.writer);
    while (stats.lock_waits == waits_before) {
        dbpool_stats(fixture->pool, &stats);
    }
    gate_open(&early.reader);
    gate_wait(&early.reader); /* with another lock, or this never ends: */
    while (!early.written) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    for (int i = 1; i < READS_COUNT; i++) {
        gate_open(&early.reader);
    }
    fixture_run(fixture);
    dbpool_stats(fixture->pool, &stats);
    assert_true(stats.reads_ended_early > 0);
    assert_int_equal(early.write.status, DBPOOL_OK);
    for (int i = 0; i < READS_COUNT; i++) {
        assert_int_equal(early.reads[i].status, DBPOOL_OK);
        dbpool_request_fini(&early.reads[i]);
    }
    dbpool_request_fini(&early.write);
    fixture_close_and_run(fixture);
    gate_fini(&early.reader);
    gate_fini(&early.writer);
}

/* ---- Opening ---- */

#define OPENERS_COUNT 8

static void close_one(struct dbpool_close_request *request) {
    int *open = request->data;
    (*open)--;
}

/* Two pools of four threads each on one file, which every round of closing
 * leaves without its write-ahead log. */
static void many_may_open_a_log_to_be_made_at_once(void **state) {
    struct pool_fixture *fixture = *state;
    static struct dbpool_request requests[OPENERS_COUNT];
    struct dbpool_close_request closers[2];
    struct dbpool *pools[2];
    const int rounds = RUNNING_ON_VALGRIND != 0 ? 6 : 60;
    fixture->options.min = 4;
    fixture->options.max = 4;
    for (int i = 0; i < OPENERS_COUNT; i++) {
        dbpool_request_init(&requests[i], fixture);
    }
    for (int round = 0; round < rounds; round++) {
        int open = 2;
        for (int i = 0; i < 2; i++) {
            assert_int_equal(dbpool_open(&fixture->loop, fixture->url,
                                         &fixture->options, &pools[i]),
                             DBPOOL_OK);
            closers[i].data = &open;
        }
        for (int i = 0; i < OPENERS_COUNT; i++) {
            assert_int_equal(dbpool_run_query(pools[i % 2], &requests[i],
                                              "SELECT * FROM users",
                                              fixture_count),
                             DBPOOL_OK);
        }
        fixture_run(fixture);
        for (int i = 0; i < OPENERS_COUNT; i++) {
            if (requests[i].status != DBPOOL_OK) {
                fail_msg("%s", dbpool_request_message(&requests[i]));
            }
        }
        dbpool_close(pools[0], &closers[0], close_one);
        dbpool_close(pools[1], &closers[1], close_one);
        fixture_run(fixture);
        assert_int_equal(open, 0);
    }
    for (int i = 0; i < OPENERS_COUNT; i++) {
        dbpool_request_fini(&requests[i]);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_locked_database_names_the_lock_that_was_waited_for),
        TEST(a_commit_that_gave_up_holds_no_lock),
        TEST(an_interaction_names_the_lock_that_it_could_not_begin_with),
        TEST_WAL(a_snapshot_too_old_to_write_is_named),
        TEST(a_batch_of_reads_ends_early_when_a_writer_waits),
        TEST_WAL(many_may_open_a_log_to_be_made_at_once),
    };
    return SUITE_RUN(tests, argc, argv);
}
