/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck */
#include <errno.h>

#include "support/dbpool/blocks.h"
#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

#define LOOKUP "SELECT * FROM users WHERE login = ?"

enum { LOOKUPS = 4 };

/* Opening, first use, close: what a program does, whatever fails in it. Every
 * accepted request is answered once, with its row or an error; the pool closes
 * clean. */
static void use(struct pool_fixture *fixture, int *failed_out) {
    struct dbpool_request requests[LOOKUPS];
    struct dbpool_value login = dbpool_text("mohamed");
    int accepted = 0;
    *failed_out = 0;
    fixture->answered = 0;
    fixture->closed = 0;
    int status = dbpool_open(&fixture->loop, fixture->url, &fixture->options,
                             &fixture->pool);
    if (status != DBPOOL_OK) {
        assert_true(status == DBPOOL_ENOMEM || status == DBPOOL_ELOOP);
        *failed_out = 1;
        return;
    }
    for (int i = 0; i < LOOKUPS; i++) {
        dbpool_request_init(&requests[i], fixture);
        requests[i].params = &login;
        requests[i].params_count = 1;
        status = dbpool_run_query(fixture->pool, &requests[i], LOOKUP,
                                  fixture_count);
        accepted += status == DBPOOL_OK;
        if (status != DBPOOL_OK) {
            assert_int_equal(status, DBPOOL_ETHREAD);
            assert_int_equal(requests[i].code, EAGAIN);
        }
    }
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->answered, accepted);
    for (int i = 0; i < LOOKUPS; i++) {
        *failed_out += requests[i].status != DBPOOL_OK;
        if (requests[i].status == DBPOOL_OK) {
            assert_int_equal(requests[i].result.rows_count, 1);
        } else {
            assert_string_not_equal(dbpool_request_message(&requests[i]), "");
        }
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

/* Fails the first, the second, ... point until one run meets none. */
static void sweep(struct pool_fixture *fixture, bool threads, bool for_ever) {
    uint64_t nth = 0;
    bool fired;
    do {
        int failed;
        nth++;
        if (threads) {
            faults_arm_threads(nth, for_ever);
        } else {
            faults_arm(nth, for_ever);
        }
        use(fixture, &failed);
        fired = faults_disarm();
        assert_int_equal(faults_threads_outstanding(), 0);
        assert_int_equal(blocks_live(BLOCKS_SQLITE).count,
                         fixture->blocks_before);
        assert_int_equal(dbpool_census(NULL, 0), 0);
        if (!fired) {
            assert_int_equal(failed, 0);
        }
    } while (fired);
    assert_true(nth > 3); /* else nothing was injected */
    print_message("%d %s points survived, failing %s\n", (int)nth - 1,
                  threads ? "thread" : "allocation and thread",
                  for_ever ? "for ever" : "once");
}

/* One thread makes the order of allocations the same each time. */
static void every_point_may_fail_once(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    sweep(fixture, false, false);
}

static void every_point_may_fail_for_ever(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = fixture->options.max = 1;
    sweep(fixture, false, true);
}

static void every_point_may_fail_with_all_threads(void **state) {
    struct pool_fixture *fixture = *state;
    sweep(fixture, false, false);
}

static void every_thread_may_fail_to_start_once(void **state) {
    sweep(*state, true, false);
}

static void every_thread_may_fail_to_start_for_ever(void **state) {
    sweep(*state, true, true);
}

/* Runs @sql with its @nth point failing, and returns the status; *fired_out:
 * whether there was one. */
static int run_failing(struct pool_fixture *fixture,
                       struct dbpool_request *request, const char *sql,
                       uint64_t nth, bool *fired_out) {
    fixture->options.min = fixture->options.max = 1;
    fixture->closed = 0;
    fixture_open(fixture);
    dbpool_request_init(request, fixture);
    assert_int_equal(fixture_query(fixture, request, "SELECT 1"), DBPOOL_OK);
    faults_arm(nth, false);
    int status = fixture_query(fixture, request, sql);
    *fired_out = faults_disarm();
    assert_true(status == DBPOOL_OK || *fired_out);
    return status;
}

static void every_point_of_a_result_may_fail(void **state) {
    struct pool_fixture *fixture = *state;
    static const char sql[] =
        "SELECT login, zeroblob(5000), cast(login AS blob), 1.5 FROM users";
    bool fired = true;
    uint64_t nth = 1;
    for (; fired; nth++) {
        struct dbpool_request request;
        if (run_failing(fixture, &request, sql, nth, &fired) == DBPOOL_OK) {
            assert_int_equal(request.result.rows_count, 3);
            assert_int_equal(dbpool_value(&request.result, 2, 1).size, 5000);
        }
        dbpool_request_fini(&request);
        fixture_close_and_run(fixture);
    }
    print_message("%d points survived in a result\n", (int)nth - 2);
    assert_true(nth > 10);
}

/* It may be a row for which there is no memory, when all is written. */
static void what_fails_has_written_nothing(void **state) {
    struct pool_fixture *fixture = *state;
    static const char sql[] = "INSERT INTO users SELECT login || '2', name, "
                              "forname FROM users WHERE length(login) < 8 "
                              "RETURNING login, zeroblob(5000)";
    bool fired = true;
    uint64_t nth = 1;
    for (; fired; nth++) {
        struct dbpool_request request;
        int status = run_failing(fixture, &request, sql, nth, &fired);
        assert_int_equal(fixture_query(fixture, &request,
                                       "DELETE FROM users "
                                       "WHERE login LIKE '%2'"),
                         DBPOOL_OK);
        assert_int_equal(request.result.changes, status == DBPOOL_OK ? 3 : 0);
        dbpool_request_fini(&request);
        fixture_close_and_run(fixture);
    }
    print_message("%d points survived in a write\n", (int)nth - 2);
    assert_true(nth > 10);
}

static int submit(struct pool_fixture *fixture,
                  struct dbpool_request *request) {
    dbpool_request_init(request, fixture);
    return dbpool_run_query(fixture->pool, request, "SELECT 1", fixture_count);
}

static unsigned threads_of(const struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    return stats.threads;
}

/* min is 3: the first request fails when any of the three cannot start, those
 * that did stay, and the next request tries again. */
static void threads_already_started_stay_and_are_used(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request first;
    struct dbpool_request second;
    fixture_open(fixture);
    faults_arm_threads(3, false);
    assert_int_equal(submit(fixture, &first), DBPOOL_ETHREAD);
    assert_true(faults_disarm());
    assert_int_equal(threads_of(fixture), 2);
    assert_string_equal(dbpool_request_message(&first),
                        "can't start new thread");
    assert_int_equal(submit(fixture, &second), DBPOOL_OK);
    assert_int_equal(threads_of(fixture), 3);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 1);
    dbpool_request_fini(&first);
    dbpool_request_fini(&second);
    fixture_close_and_run(fixture);
}

/* The fourth request calls for a fourth thread: it fails, though three others
 * could have served it; the three before it are answered. */
static void the_request_that_called_for_the_thread_fails(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request requests[4];
    fixture_open(fixture);
    faults_arm_threads(4, true);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(submit(fixture, &requests[i]),
                         i < 3 ? DBPOOL_OK : DBPOOL_ETHREAD);
    }
    fixture_run(fixture);
    assert_true(faults_disarm());
    assert_int_equal(fixture->answered, 3);
    for (int i = 0; i < 4; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void an_exhausted_pool_without_threads_closes_clean(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_request request;
    fixture_open(fixture);
    faults_arm_threads(1, true);
    assert_int_equal(submit(fixture, &request), DBPOOL_ETHREAD);
    fixture_close_and_run(fixture);
    assert_true(faults_disarm());
    dbpool_request_fini(&request);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_point_may_fail_once),
        TEST(every_point_may_fail_for_ever),
        TEST(every_point_may_fail_with_all_threads),
        TEST(every_thread_may_fail_to_start_once),
        TEST(every_thread_may_fail_to_start_for_ever),
        TEST(every_point_of_a_result_may_fail),
        TEST(what_fails_has_written_nothing),
        TEST(threads_already_started_stay_and_are_used),
        TEST(the_request_that_called_for_the_thread_fails),
        TEST(an_exhausted_pool_without_threads_closes_clean),
    };
    return SUITE_RUN(tests, argc, argv);
}
