/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/dbpool/endless.h"
#include "support/dbpool/faults.h"
#include "support/suite.h"

enum { MANY = 40 };

static struct dbpool_request requests[MANY];
static struct dbpool_close_request closers[4];

static void submit_many(struct pool_fixture *fixture, const char *sql) {
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(
            dbpool_run_query(fixture->pool, &requests[i], sql, fixture_count),
            DBPOOL_OK);
    }
}

/* Each was answered once; how many with @status. */
static int fini_many(const struct pool_fixture *fixture, int status) {
    int count = 0;
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        count += requests[i].status == status;
        dbpool_request_fini(&requests[i]);
    }
    return count;
}

static void note_closed(struct dbpool_close_request *request) {
    struct pool_fixture *fixture = request->data;
    fixture->closed++;
    fixture->pool = NULL;
}

static void close_with(struct pool_fixture *fixture, int which,
                       enum dbpool_close_grade grade) {
    const struct dbpool_close_options options = {.grade = grade};
    closers[which].data = fixture;
    assert_int_equal(dbpool_close_with(fixture->pool, &options, &closers[which],
                                       note_closed),
                     DBPOOL_OK);
}

/* A pool of one thread, at the gate of an interaction. */
static void occupy(struct endless *endless, struct pool_fixture *fixture,
                   struct dbpool_request *request) {
    fixture->options.min = 1;
    fixture->options.max = 1;
    fixture_open(fixture);
    endless_init(endless, fixture);
    dbpool_request_init(request, endless);
    assert_int_equal(dbpool_run_interaction(fixture->pool, request, endless_run,
                                            endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless->gate);
}

static void release(struct endless *endless, struct dbpool_request *request) {
    dbpool_request_fini(request);
    endless_fini(endless);
}

static void a_close_of_zeros_runs_everything(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture, "SELECT * FROM users");
    close_with(fixture, 0, DBPOOL_CLOSE_DRAIN);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fini_many(fixture, DBPOOL_OK), MANY);
}

static void a_grade_that_is_none_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    const struct dbpool_close_options options = {
        .grade = (enum dbpool_close_grade)3};
    closers[0].data = fixture;
    assert_int_equal(
        dbpool_close_with(fixture->pool, &options, &closers[0], note_closed),
        DBPOOL_EINVAL);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void cancel_gives_up_what_waits_and_finishes_what_runs(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy(&endless, fixture, &running);
    submit_many(fixture, "SELECT * FROM users");
    close_with(fixture, 0, DBPOOL_CLOSE_CANCEL);
    assert_int_equal(fixture->answered, 0);
    while (fixture->answered < MANY) { /* though the thread stands */
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(endless.answered, 0);
    assert_int_equal(dbpool_cancel(&running), DBPOOL_OK); /* else: for ever */
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(endless.answered, 1);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
    release(&endless, &running);
}

static int note_and_write(struct dbpool_transaction *transaction, void *data) {
    struct endless *endless = data;
    gate_pass(&endless->gate);
    const struct dbpool_statement write = {
        .sql = "INSERT INTO users (login) VALUES ('finished')"};
    return dbpool_execute(transaction, &write, NULL);
}

static void cancel_lets_an_interaction_finish_and_commit(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct endless endless;
    struct dbpool_request request;
    endless_init(&endless, fixture);
    dbpool_request_init(&request, &endless);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &request,
                                            note_and_write, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    close_with(fixture, 0, DBPOOL_CLOSE_CANCEL);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(request.status, DBPOOL_OK);
    assert_int_equal(endless_users(fixture), 4);
    release(&endless, &request);
}

static void abort_ends_statements_that_run(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture, ENDLESS);
    endless_wait_for_statements(fixture, fixture->options.max);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT);
    assert_int_equal(fixture->answered, 0);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
}

static void abort_rolls_interactions_back(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy(&endless, fixture, &running);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(running.status, DBPOOL_ECANCELED);
    assert_int_equal(endless.status, DBPOOL_ECANCELED);
    assert_int_equal(endless_users(fixture), 3);
    release(&endless, &running);
}

static int execute_late(struct dbpool_transaction *transaction, void *data) {
    struct endless *endless = data;
    const struct dbpool_statement read = {.sql = "SELECT 1"};
    struct dbpool_result result;
    dbpool_result_init(&result);
    (void)dbpool_execute(transaction, &read, &result);
    bool had_rows = result.rows_count == 1;
    gate_pass(&endless->gate);
    endless->status = dbpool_execute(transaction, &read, &result);
    if (!had_rows || result.rows_count != 0) {
        endless->status = DBPOOL_EABORT;
    }
    dbpool_result_fini(&result);
    return DBPOOL_OK;
}

static void execute_in_an_aborted_pool_fails_at_once(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct endless endless;
    struct dbpool_request request;
    endless_init(&endless, fixture);
    dbpool_request_init(&request, &endless);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &request,
                                                execute_late, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT);
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(endless.status, DBPOOL_ECANCELED);
    assert_int_equal(request.status, DBPOOL_ECANCELED);
    release(&endless, &request);
}

static void abort_ends_a_wait_for_a_lock(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *holder = endless_lock(fixture);
    fixture->options.busy_timeout_ms = INT_MAX;
    fixture_open(fixture);
    submit_many(fixture, "SELECT * FROM users"); /* connecting waits already */
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    uv_sleep(20);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 1);
    endless_unlock(holder);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
}

static void abort_ends_a_wait_for_a_lock_to_write(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.busy_timeout_ms = INT_MAX;
    fixture_open(fixture);
    struct dbpool_request first;
    dbpool_request_init(&first, fixture);
    assert_int_equal(fixture_query(fixture, &first, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&first);
    fixture->answered = 0;
    sqlite3 *holder = endless_lock(fixture);
    submit_many(fixture, "DELETE FROM users");
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    uv_sleep(20);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT);
    fixture_run(fixture);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
    endless_unlock(holder);
    assert_int_equal(endless_users(fixture), 3);
}

static void abort_leaves_no_log(void **state) { /* the teardown looks */
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request first;
    dbpool_request_init(&first, fixture);
    assert_int_equal(
        fixture_query(fixture, &first, "INSERT INTO users VALUES (1, 2, 3)"),
        DBPOOL_OK);
    dbpool_request_fini(&first);
    struct endless endless;
    struct dbpool_request running;
    endless_init(&endless, fixture);
    dbpool_request_init(&running, &endless);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &running,
                                                execute_late, endless_count),
                     DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&endless.gate);
    close_with(fixture, 0, DBPOOL_CLOSE_ABORT); /* interrupts the idle, too */
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(endless_users(fixture), 4);
    release(&endless, &running);
}

static void a_harder_close_hardens_and_a_softer_one_joins(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    submit_many(fixture, ENDLESS);
    close_with(fixture, 0, DBPOOL_CLOSE_DRAIN);
    endless_wait_for_statements(fixture, fixture->options.max);
    assert_int_equal(fixture->answered, 0);
    close_with(fixture, 1, DBPOOL_CLOSE_CANCEL);
    close_with(fixture, 2, DBPOOL_CLOSE_DRAIN);
    while (fixture->answered < MANY - (int)fixture->options.max) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(fixture->closed, 0);
    close_with(fixture, 3, DBPOOL_CLOSE_ABORT);
    fixture_run(fixture);
    assert_int_equal(fixture->closed, 4);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
}

/* Every grade, at every stage: unused, staged, queued, being run, while
 * threads leave; twice. The teardown proves that nothing is left. */
static void every_grade_at_every_stage_answers_exactly_once(void **state) {
    struct pool_fixture *fixture = *state;
    for (int grade = DBPOOL_CLOSE_DRAIN; grade <= DBPOOL_CLOSE_ABORT; grade++) {
        for (int turns = 0; turns < 8; turns++) {
            fixture->answered = 0;
            fixture->closed = 0;
            fixture_open(fixture);
            submit_many(fixture, turns % 2 == 0
                                     ? "SELECT * FROM users"
                                     : "UPDATE users SET name = 'x'");
            for (int i = 1; i < turns; i++) {
                (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
            }
            close_with(fixture, 0, (enum dbpool_close_grade)grade);
            close_with(fixture, 1, DBPOOL_CLOSE_CANCEL);
            (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
            if (fixture->pool != NULL) {
                close_with(fixture, 2, DBPOOL_CLOSE_ABORT);
            } else {
                fixture->closed++;
            }
            fixture_run(fixture);
            assert_int_equal(fixture->closed, 3);
            assert_int_equal(fini_many(fixture, 1), 0);
        }
    }
}

static void open_and_close_with_memory(struct pool_fixture *fixture) {
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture->closed = 0;
    fixture_open(fixture);
    assert_int_equal(
        fixture_query(fixture, &request, "SELECT count(*) FROM users"),
        DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer, 3);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* Threads may be connecting. One that has no memory for it may leave the log
 * that it began, if it is the last; the next pool takes it away. */
static void closing_does_without_memory(void **state) {
    struct pool_fixture *fixture = *state;
    for (int grade = DBPOOL_CLOSE_DRAIN; grade <= DBPOOL_CLOSE_ABORT; grade++) {
        fixture->answered = 0;
        fixture->closed = 0;
        fixture_open(fixture);
        submit_many(fixture, "SELECT * FROM users");
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        faults_arm(1, true); /* for the threads as well */
        close_with(fixture, 0, (enum dbpool_close_grade)grade);
        fixture_run(fixture);
        (void)faults_disarm();
        assert_int_equal(fixture->closed, 1);
        assert_int_equal(fini_many(fixture, 1), 0);
    }
    open_and_close_with_memory(fixture);
}

static bool is_log_there(const struct pool_fixture *fixture) {
    char log[FIXTURE_PATH_SIZE + 8];
    (void)snprintf(log, sizeof log, "%s-wal", fixture->path);
    return access(log, F_OK) == 0;
}

/* Has run @sql so often, is at rest, and is closed without memory; true: some
 * was asked for. */
static bool close_asks_for_memory(struct pool_fixture *fixture, const char *sql,
                                  enum dbpool_close_grade grade) {
    fixture->answered = 0;
    fixture->closed = 0;
    fixture_open(fixture);
    submit_many(fixture, sql);
    fixture_run(fixture);
    assert_true(is_log_there(fixture));
    faults_arm(1, true);
    close_with(fixture, 0, grade);
    fixture_run(fixture);
    bool asked = faults_disarm();
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(fini_many(fixture, DBPOOL_OK), MANY);
    return asked;
}

static void a_log_with_nothing_in_it_goes_without_memory(void **state) {
    struct pool_fixture *fixture = *state;
    for (int grade = DBPOOL_CLOSE_DRAIN; grade <= DBPOOL_CLOSE_ABORT; grade++) {
        assert_false(close_asks_for_memory(fixture, "SELECT * FROM users",
                                           (enum dbpool_close_grade)grade));
        assert_false(is_log_there(fixture));
    }
}

/* SQLite allocates what it sorts the log's pages with. Without it the log is
 * not written back, and is all there is of the last writes. */
static void a_log_that_wants_memory_stays_and_loses_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    for (int grade = DBPOOL_CLOSE_DRAIN; grade <= DBPOOL_CLOSE_ABORT; grade++) {
        assert_true(close_asks_for_memory(fixture,
                                          "UPDATE users SET name = name || '!'",
                                          (enum dbpool_close_grade)grade));
        assert_true(is_log_there(fixture));
    }
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    fixture->closed = 0;
    fixture_open(fixture);
    assert_int_equal(fixture_query(fixture, &request,
                                   "SELECT length(name) FROM users "
                                   "WHERE login = 'yoen'"),
                     DBPOOL_OK);
    assert_int_equal(dbpool_value(&request.result, 0, 0).as.integer,
                     (int)strlen("Van der Veld") + 3 * MANY);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void closing_hard_survives_each_fault(void **state) {
    struct pool_fixture *fixture = *state;
    uint64_t nth = 0;
    bool fired;
    do {
        fixture->answered = 0;
        fixture->closed = 0;
        fixture_open(fixture);
        submit_many(fixture, "INSERT INTO users (name) VALUES ('more')");
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        faults_arm(++nth, false);
        assert_int_equal(dbpool_cancel(&requests[nth % MANY]), DBPOOL_OK);
        close_with(fixture, 0, DBPOOL_CLOSE_CANCEL);
        close_with(fixture, 1, DBPOOL_CLOSE_ABORT);
        fixture_run(fixture);
        fired = faults_disarm();
        assert_int_equal(fixture->closed, 2);
        assert_int_equal(fini_many(fixture, 1), 0);
    } while (fired || nth < 20);
}

static void hard_closes_allocate_nothing_on_the_loop(void **state) {
    struct pool_fixture *fixture = *state;
    struct endless endless;
    struct dbpool_request running;
    occupy(&endless, fixture, &running);
    submit_many(fixture, "SELECT * FROM users");
    faults_arm(1, true);
    close_with(fixture, 0, DBPOOL_CLOSE_DRAIN);
    close_with(fixture, 1, DBPOOL_CLOSE_CANCEL);
    while (fixture->answered < MANY) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    close_with(fixture, 2, DBPOOL_CLOSE_ABORT);
    assert_false(faults_disarm());
    gate_open(&endless.gate);
    fixture_run(fixture);
    assert_int_equal(fini_many(fixture, DBPOOL_ECANCELED), MANY);
    release(&endless, &running);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define TEST_WAL(name)                                                         \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_close_of_zeros_runs_everything),
        TEST(a_grade_that_is_none_is_refused),
        TEST(cancel_gives_up_what_waits_and_finishes_what_runs),
        TEST(cancel_lets_an_interaction_finish_and_commit),
        TEST(abort_ends_statements_that_run),
        TEST(abort_rolls_interactions_back),
        TEST(execute_in_an_aborted_pool_fails_at_once),
        TEST(abort_ends_a_wait_for_a_lock),
        TEST(abort_ends_a_wait_for_a_lock_to_write),
        TEST_WAL(abort_leaves_no_log),
        TEST(a_harder_close_hardens_and_a_softer_one_joins),
        TEST_WAL(every_grade_at_every_stage_answers_exactly_once),
        TEST(closing_does_without_memory),
        TEST_WAL(closing_does_without_memory),
        TEST_WAL(a_log_with_nothing_in_it_goes_without_memory),
        TEST_WAL(a_log_that_wants_memory_stays_and_loses_nothing),
        TEST(closing_hard_survives_each_fault),
        TEST(hard_closes_allocate_nothing_on_the_loop),
    };
    return SUITE_RUN(tests, argc, argv);
}
