/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

#define LOOKUP "SELECT * FROM users WHERE login = ?"

static unsigned threads_of(const struct pool_fixture *fixture) {
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    return stats.threads;
}

static void opening_starts_no_thread(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    assert_int_equal(threads_of(fixture), 0);
    assert_int_equal(faults_threads_outstanding(), 0);
    fixture_close_and_run(fixture);
}

static void a_lookup_answers_with_its_row(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    struct dbpool_value login = dbpool_text("esteban");
    request.params = &login;
    request.params_count = 1;
    assert_int_equal(fixture_query(fixture, &request, LOOKUP), DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 1);
    assert_int_equal(request.result.columns_count, 3);
    struct dbpool_value name = dbpool_value(&request.result, 0, 1);
    assert_int_equal(name.type, DBPOOL_TEXT);
    assert_string_equal(name.as.text, "Garcia Marquez");
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void a_login_that_nobody_has_answers_with_no_row(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    struct dbpool_value login = dbpool_text("nobody");
    request.params = &login;
    request.params_count = 1;
    assert_int_equal(fixture_query(fixture, &request, LOOKUP), DBPOOL_OK);
    assert_int_equal(request.result.rows_count, 0);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void the_first_request_starts_min_threads(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT 1", fixture_count),
        DBPOOL_OK);
    assert_int_equal(threads_of(fixture), 3);
    fixture_run(fixture);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

/* min(max, max(min, most unanswered at once)), for every min, max and load. */
static void threads_follow_the_most_unanswered_requests(void **state) {
    struct pool_fixture *fixture = *state;
    enum { MOST = 6 };
    for (unsigned max = 1; max <= 4; max++) {
        for (unsigned min = 0; min <= max; min++) {
            for (unsigned load = 1; load <= MOST; load++) {
                fixture->options.min = min;
                fixture->options.max = max;
                fixture->closed = 0;
                fixture_open(fixture);
                struct dbpool_request requests[MOST];
                for (unsigned i = 0; i < load; i++) {
                    dbpool_request_init(&requests[i], fixture);
                    assert_int_equal(dbpool_run_query(fixture->pool,
                                                      &requests[i], "SELECT 1",
                                                      fixture_count),
                                     DBPOOL_OK);
                }
                unsigned wanted = load < min ? min : load;
                wanted = wanted > max ? max : wanted;
                assert_int_equal(threads_of(fixture), wanted);
                fixture_run(fixture);
                for (unsigned i = 0; i < load; i++) {
                    dbpool_request_fini(&requests[i]);
                }
                fixture_close_and_run(fixture);
            }
        }
    }
}

struct chain {
    struct pool_fixture *fixture;
    int left;
};

static void submit_again(struct dbpool_request *request) {
    struct chain *chain = request->data;
    chain->fixture->answered++;
    if (chain->left-- > 0) {
        assert_int_equal(
            dbpool_run_query(request->pool, request, "SELECT 1", submit_again),
            DBPOOL_OK);
    }
}

/* A request stops being unanswered just before its callback, so one that is
 * submitted again and again never calls for a second thread. */
static void a_chain_of_requests_keeps_one_thread(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.min = 1;
    fixture_open(fixture);
    struct chain chain = {.fixture = fixture, .left = 99};
    struct dbpool_request request;
    dbpool_request_init(&request, &chain);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT 1", submit_again),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 100);
    assert_int_equal(threads_of(fixture), 1);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void many_requests_are_each_answered_once(void **state) {
    struct pool_fixture *fixture = *state;
    enum { MANY = 2000 };
    static struct dbpool_request requests[MANY];
    static const char *const logins[] = {"yoen", "esteban", "mohamed"};
    struct dbpool_value values[3];
    for (int i = 0; i < 3; i++) {
        values[i] = dbpool_text(logins[i]);
    }
    fixture_open(fixture);
    for (int i = 0; i < MANY; i++) {
        dbpool_request_init(&requests[i], fixture);
        requests[i].params = &values[i % 3];
        requests[i].params_count = 1;
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i], LOOKUP,
                                          fixture_count),
                         DBPOOL_OK);
        assert_int_equal(fixture->answered, 0);
    }
    fixture_run(fixture);
    assert_int_equal(fixture->answered, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(requests[i].status, DBPOOL_OK);
        struct dbpool_value login = dbpool_value(&requests[i].result, 0, 0);
        assert_string_equal(login.as.text, logins[i % 3]);
        dbpool_request_fini(&requests[i]);
    }
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    assert_int_equal(stats.submitted, MANY);
    assert_int_equal(stats.succeeded, MANY);
    assert_int_equal(stats.unanswered, 0);
    assert_int_equal(stats.unanswered_peak, MANY);
    assert_true(stats.batches < MANY / 4);
    fixture_close_and_run(fixture);
}

static void an_idle_pool_lets_the_loop_end(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 2"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static struct dbpool_request prepared;

static void submit_and_ask_for_timeout(uv_prepare_t *prepare) {
    struct pool_fixture *fixture = prepare->data;
    assert_int_equal(
        dbpool_run_query(fixture->pool, &prepared, "SELECT 1", fixture_count),
        DBPOOL_OK);
    assert_int_equal(uv_prepare_stop(prepare), 0);
    assert_int_equal(uv_backend_timeout(&fixture->loop), 0);
}

/* The last callbacks before the loop waits: what they submit must be handed
 * over all the same, or it would wait for some other event, perhaps for ever.
 */
static void a_request_of_a_prepare_callback_is_not_slept_over(void **state) {
    struct pool_fixture *fixture = *state;
    uv_prepare_t prepare = {.data = fixture};
    fixture_open(fixture);
    dbpool_request_init(&prepared, fixture);
    /* Until the loop has watched its descriptors once, it says 0 anyhow. */
    assert_int_equal(fixture_query(fixture, &prepared, "SELECT 1"), DBPOOL_OK);
    assert_int_equal(uv_prepare_init(&fixture->loop, &prepare), 0);
    assert_int_equal(uv_prepare_start(&prepare, submit_and_ask_for_timeout), 0);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 2);
    dbpool_request_fini(&prepared);
    uv_close((uv_handle_t *)&prepare, NULL);
    fixture_close_and_run(fixture);
}

static void a_full_queue_refuses_and_recovers(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.queue_limit = 2;
    fixture_open(fixture);
    struct dbpool_request requests[3];
    for (int i = 0; i < 3; i++) {
        dbpool_request_init(&requests[i], fixture);
        assert_int_equal(dbpool_run_query(fixture->pool, &requests[i],
                                          "SELECT 1", fixture_count),
                         i < 2 ? DBPOOL_OK : DBPOOL_EFULL);
    }
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 2);
    assert_int_equal(fixture_query(fixture, &requests[2], "SELECT 1"),
                     DBPOOL_OK);
    for (int i = 0; i < 3; i++) {
        dbpool_request_fini(&requests[i]);
    }
    fixture_close_and_run(fixture);
}

static void options_out_of_range_are_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool_options bad[9];
    for (int i = 0; i < 9; i++) {
        dbpool_options_init(&bad[i]);
    }
    bad[0].max = 0;
    bad[1].max = 1025;
    bad[2].min = 6;
    bad[3].batch_max = 0;
    bad[4].name = NULL;
    bad[5].statements_max = 0;
    bad[6].batch_max = 0;
    bad[7].stack_size = 1024;
    bad[8].batch_max = 1025;
    for (int i = 0; i < 9; i++) {
        assert_int_equal(
            dbpool_open(&fixture->loop, fixture->url, &bad[i], &fixture->pool),
            DBPOOL_EINVAL);
        assert_null(fixture->pool);
    }
    assert_int_equal(dbpool_open(NULL, fixture->url, NULL, &fixture->pool),
                     DBPOOL_EINVAL);
    assert_int_equal(dbpool_open(&fixture->loop, NULL, NULL, &fixture->pool),
                     DBPOOL_EINVAL);
}

static void urls_without_a_driver_are_refused(void **state) {
    struct pool_fixture *fixture = *state;
    static const char *const urls[] = {"oracle:users.db",
                                       "sqlite:",
                                       "",
                                       "http://users.db",
                                       "file:users.db",
                                       "sqlite:file::memory:?cache=shared"};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(
            dbpool_open(&fixture->loop, urls[i], NULL, &fixture->pool),
            DBPOOL_EURL);
    }
}

static void plain_paths_and_empty_authorities_open(void **state) {
    struct pool_fixture *fixture = *state;
    char url[FIXTURE_PATH_SIZE + 16];
    const char *const urls[] = {fixture->path, url};
    (void)snprintf(url, sizeof url, "sqlite://%s", fixture->path);
    for (int i = 0; i < 2; i++) {
        fixture->closed = 0;
        assert_int_equal(
            dbpool_open(&fixture->loop, urls[i], NULL, &fixture->pool),
            DBPOOL_OK);
        struct dbpool_request request;
        dbpool_request_init(&request, fixture);
        assert_int_equal(
            fixture_query(fixture, &request, "SELECT login FROM users"),
            DBPOOL_OK);
        assert_int_equal(request.result.rows_count, 3);
        dbpool_request_fini(&request);
        fixture_close_and_run(fixture);
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(opening_starts_no_thread),
        TEST(a_lookup_answers_with_its_row),
        TEST(a_login_that_nobody_has_answers_with_no_row),
        TEST(the_first_request_starts_min_threads),
        TEST(threads_follow_the_most_unanswered_requests),
        TEST(a_chain_of_requests_keeps_one_thread),
        TEST(many_requests_are_each_answered_once),
        TEST(an_idle_pool_lets_the_loop_end),
        TEST(a_request_of_a_prepare_callback_is_not_slept_over),
        TEST(a_full_queue_refuses_and_recovers),
        TEST(options_out_of_range_are_refused),
        TEST(urls_without_a_driver_are_refused),
        TEST(plain_paths_and_empty_authorities_open),
    };
    return SUITE_RUN(tests, argc, argv);
}
