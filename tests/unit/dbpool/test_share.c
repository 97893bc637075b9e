/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/dbpool/endless.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

enum { QUICK = 3 };

static struct dbpool_request quick[QUICK];
static struct dbpool_request slow;
static int slow_answered;

static void note_slow(struct dbpool_request *request) {
    (void)request;
    slow_answered++;
}

static void open_with(struct pool_fixture *fixture, unsigned threads) {
    fixture->options.min = fixture->options.max = threads;
    fixture_open(fixture);
    dbpool_request_init(&slow, fixture); /* once connected, they take batches */
    assert_int_equal(fixture_query(fixture, &slow, "SELECT 1"), DBPOOL_OK);
    fixture->answered = 0;
    slow_answered = 0;
    for (int i = 0; i < QUICK; i++) {
        dbpool_request_init(&quick[i], fixture);
    }
}

static void submit_quick(struct pool_fixture *fixture, const char *sql) {
    for (int i = 0; i < QUICK; i++) {
        assert_int_equal(
            dbpool_run_query(fixture->pool, &quick[i], sql, fixture_count),
            DBPOOL_OK);
    }
}

static void submit_slow(struct pool_fixture *fixture, const char *sql) {
    assert_int_equal(dbpool_run_query(fixture->pool, &slow, sql, note_slow),
                     DBPOOL_OK);
}

/* All quick ones are answered, and the slow one is not: that one ends only
 * because it is canceled. */
static void expect_quick_alone(struct pool_fixture *fixture) {
    while (fixture->answered < QUICK) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(slow_answered, 0);
    assert_int_equal(dbpool_cancel(&slow), DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(slow.status, DBPOOL_ECANCELED);
    dbpool_request_fini(&slow);
    for (int i = 0; i < QUICK; i++) {
        assert_int_equal(quick[i].status, DBPOOL_OK);
        dbpool_request_fini(&quick[i]);
    }
    fixture_close_and_run(fixture);
}

static void answers_do_not_wait_for_a_slow_query_of_their_batch(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 1);
    submit_quick(fixture, "SELECT * FROM users");
    submit_slow(fixture, ENDLESS);
    expect_quick_alone(fixture);
}

static void
what_is_behind_a_slow_query_is_run_by_a_thread_that_is_idle(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 2);
    submit_slow(fixture, ENDLESS);
    submit_quick(fixture, "SELECT * FROM users");
    expect_quick_alone(fixture);
}

/* The lane goes on with the slow one alone. */
static void answers_do_not_wait_for_a_slow_write_of_their_batch(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 1);
    submit_quick(fixture, "UPDATE users SET name = name");
    submit_slow(fixture, "UPDATE users SET name = (" ENDLESS ")");
    expect_quick_alone(fixture);
}

/* A thread of its own would run it, but there is only one. */
static void a_query_that_turned_out_to_write_can_be_canceled(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 1);
    submit_quick(fixture,
                 "WITH x AS (SELECT 'a' AS a) INSERT INTO users (login, name) "
                 "SELECT a, a FROM x");
    submit_slow(fixture, ENDLESS);
    endless_wait_for_statements(fixture, 3);
    for (int i = 0; i < QUICK; i++) {
        assert_int_equal(dbpool_cancel(&quick[i]), DBPOOL_OK);
    }
    while (fixture->answered < QUICK) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(slow_answered, 0);
    assert_int_equal(dbpool_cancel(&slow), DBPOOL_OK);
    fixture_run(fixture);
    for (int i = 0; i < QUICK; i++) {
        assert_int_equal(quick[i].status, DBPOOL_ECANCELED);
        dbpool_request_fini(&quick[i]);
    }
    dbpool_request_fini(&slow);
    fixture_close_and_run(fixture);
}

static int attach(struct dbpool_transaction *connection, void *data) {
    const struct pool_fixture *fixture = data;
    char sql[FIXTURE_PATH_SIZE + 64];
    (void)snprintf(sql, sizeof sql, "ATTACH '%s-2' AS other", fixture->path);
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(connection, &statement, NULL);
}

/* The last of the batch waits for a lock on another file. */
static void answers_do_not_wait_for_a_lock_of_their_batch(void **state) {
    struct pool_fixture *fixture = *state;
    char path[FIXTURE_PATH_SIZE + 8];
    (void)snprintf(path, sizeof path, "%s-2", fixture->path);
    sqlite3 *holder;
    assert_int_equal(sqlite3_open(path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder,
                                  "CREATE TABLE things (name);"
                                  "BEGIN IMMEDIATE",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    fixture->options.busy_timeout_ms = 600000;
    fixture->options.on_connect = attach;
    fixture->options.on_connect_data = fixture;
    open_with(fixture, 1);
    submit_quick(fixture, "UPDATE users SET name = name");
    submit_slow(fixture, "INSERT INTO other.things VALUES ('x')");
    expect_quick_alone(fixture);
    assert_int_equal(sqlite3_close(holder), SQLITE_OK);
    assert_int_equal(unlink(path), 0);
}

static int wait_at_gate(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

static void answers_do_not_wait_for_a_function_of_their_batch(void **state) {
    struct pool_fixture *fixture = *state;
    struct gate gate;
    gate_init(&gate);
    fixture->options.symmetric = true;
    open_with(fixture, 1);
    submit_quick(fixture, "SELECT * FROM users");
    slow.data = &gate;
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &slow,
                                                wait_at_gate, note_slow),
                     DBPOOL_OK);
    while (fixture->answered < QUICK) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(slow_answered, 0);
    gate_wait(&gate);
    gate_open(&gate);
    fixture_run(fixture);
    assert_int_equal(slow.status, DBPOOL_OK);
    dbpool_request_fini(&slow);
    for (int i = 0; i < QUICK; i++) {
        dbpool_request_fini(&quick[i]);
    }
    fixture_close_and_run(fixture);
    gate_fini(&gate);
}

/* One that is canceled on its way back is answered once, like all others. */
static void what_is_given_away_can_be_canceled(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 1);
    submit_slow(fixture, ENDLESS);
    submit_quick(fixture, "SELECT * FROM users");
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(dbpool_cancel(&quick[1]), DBPOOL_OK);
    while (fixture->answered == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(quick[1].status, DBPOOL_ECANCELED);
    assert_int_equal(dbpool_cancel(&slow), DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, QUICK);
    assert_int_equal(quick[0].status, DBPOOL_OK);
    assert_int_equal(quick[2].status, DBPOOL_OK);
    dbpool_request_fini(&slow);
    for (int i = 0; i < QUICK; i++) {
        dbpool_request_fini(&quick[i]);
    }
    fixture_close_and_run(fixture);
}

/* A batch's SQL may be gone when its answers are: the same address is another
 * statement then. */
static void the_same_address_may_be_another_statement_later(void **state) {
    struct pool_fixture *fixture = *state;
    enum { ROUNDS = 200 };
    static char sql[32];
    open_with(fixture, 1);
    for (int round = 0; round < ROUNDS; round++) {
        (void)snprintf(sql, sizeof sql, "SELECT %d", round);
        submit_quick(fixture, sql);
        fixture_run(fixture);
        for (int i = 0; i < QUICK; i++) {
            assert_int_equal(dbpool_value(&quick[i].result, 0, 0).as.integer,
                             round);
        }
    }
    for (int i = 0; i < QUICK; i++) {
        dbpool_request_fini(&quick[i]);
    }
    dbpool_request_fini(&slow);
    fixture_close_and_run(fixture);
}

static int do_nothing(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return 0;
}

/* What an earlier statement left there is gone. */
static void a_function_of_a_batch_has_no_parameters(void **state) {
    struct pool_fixture *fixture = *state;
    open_with(fixture, 1);
    struct dbpool_value *login = malloc(sizeof *login);
    assert_non_null(login);
    *login = dbpool_text("yoen");
    slow.params = login;
    slow.params_count = 1;
    submit_slow(fixture, "SELECT * FROM users WHERE login = ?");
    fixture_run(fixture);
    assert_int_equal(slow.status, DBPOOL_OK);
    free(login);
    slow.reads_only = true; /* no lane of its own */
    submit_quick(fixture, "SELECT * FROM users");
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &slow, do_nothing, note_slow),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(slow_answered, 2);
    assert_int_equal(slow.status, DBPOOL_OK);
    for (int i = 0; i < QUICK; i++) {
        dbpool_request_fini(&quick[i]);
    }
    dbpool_request_fini(&slow);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(answers_do_not_wait_for_a_slow_query_of_their_batch),
        TEST(what_is_behind_a_slow_query_is_run_by_a_thread_that_is_idle),
        TEST(answers_do_not_wait_for_a_slow_write_of_their_batch),
        TEST(answers_do_not_wait_for_a_function_of_their_batch),
        TEST(answers_do_not_wait_for_a_lock_of_their_batch),
        TEST(a_query_that_turned_out_to_write_can_be_canceled),
        TEST(what_is_given_away_can_be_canceled),
        TEST(the_same_address_may_be_another_statement_later),
        TEST(a_function_of_a_batch_has_no_parameters),
    };
    return SUITE_RUN(tests, argc, argv);
}
