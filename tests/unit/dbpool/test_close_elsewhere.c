/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <stdio.h>
#include <string.h>

#include "support/dbpool/endless.h"
#include "support/dbpool/faults.h"
#include "support/suite.h"

static void stop_when_gone(uv_timer_t *timer) {
    if (dbpool_census(NULL, 0) == 0) {
        uv_close((uv_handle_t *)timer, NULL);
    }
}

/* Runs the loop, which a close that is asked for does not keep alive itself,
 * until the pool is gone. */
static void expect_closed(struct pool_fixture *fixture) {
    uv_timer_t timer;
    assert_int_equal(uv_timer_init(&fixture->loop, &timer), 0);
    assert_int_equal(uv_timer_start(&timer, stop_when_gone, 1, 1), 0);
    fixture_run(fixture);
    fixture->pool = NULL;
}

static int close_inside(struct dbpool_transaction *transaction, void *data) {
    struct pool_fixture *fixture = data;
    const struct dbpool_statement read = {.sql = "SELECT * FROM users"};
    dbpool_close_soon(fixture->pool);
    dbpool_close_soon(fixture->pool);
    return dbpool_execute(transaction, &read, NULL);
}

static void an_interaction_may_ask_for_the_end_of_its_pool(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_interaction(fixture->pool, &request,
                                            close_inside, fixture_count),
                     DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 1);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture->pool = NULL; /* by now: the teardown proves it */
}

/* Code of the loop's that uses the pool until it is told that it is gone. */
struct user {
    struct pool_fixture *fixture;
    struct gate gate;
    struct dbpool_request request;
    bool unanswered;
    int refused;
    int told;
};

static void forget_pool(const struct dbpool *pool, void *data) {
    struct user *user = data;
    assert_ptr_equal(pool, user->fixture->pool);
    assert_int_equal(user->fixture->closed, 0);
    user->fixture->pool = NULL;
    user->told++;
}

static void note_answer(struct dbpool_request *request) {
    struct user *user = request->data;
    user->unanswered = false;
}

static void use_pool(uv_timer_t *timer) {
    struct user *user = timer->data;
    struct dbpool *pool = user->fixture->pool;
    if (pool == NULL) {
        uv_close((uv_handle_t *)timer, NULL);
    } else if (!user->unanswered) {
        int status = dbpool_run_query(pool, &user->request,
                                      "SELECT * FROM users", note_answer);
        user->unanswered = status == DBPOOL_OK;
        if (status == DBPOOL_ECLOSED && user->refused++ == 0) {
            gate_open(&user->gate);
        }
    }
}

static int close_and_stand(struct dbpool_transaction *transaction, void *data) {
    struct user *user = data;
    (void)transaction;
    dbpool_close_soon(user->fixture->pool);
    gate_pass(&user->gate);
    return DBPOOL_OK;
}

static void the_loop_is_told_that_its_pool_is_gone(void **state) {
    struct pool_fixture *fixture = *state;
    struct user user = {.fixture = fixture};
    struct dbpool_request asking;
    uv_timer_t timer;
    gate_init(&user.gate);
    fixture->options.hooks.data = &user;
    fixture->options.hooks.on_close = forget_pool;
    fixture_open(fixture);
    dbpool_request_init(&user.request, &user);
    dbpool_request_init(&asking, &user);
    assert_int_equal(dbpool_run_with_connection(fixture->pool, &asking,
                                                close_and_stand, NULL),
                     DBPOOL_OK);
    assert_int_equal(uv_timer_init(&fixture->loop, &timer), 0);
    timer.data = &user;
    assert_int_equal(uv_timer_start(&timer, use_pool, 1, 1), 0);
    fixture_run(fixture);
    assert_int_equal(asking.status, DBPOOL_OK);
    assert_true(user.refused > 0);
    assert_int_equal(user.told, 1);
    dbpool_request_fini(&asking);
    dbpool_request_fini(&user.request);
    gate_fini(&user.gate);
}

static void close_from_outside(void *data) {
    struct pool_fixture *fixture = data;
    dbpool_close_soon(fixture->pool);
}

static void another_thread_may_ask_before_the_first_thread(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    uv_thread_t thread;
    assert_int_equal(uv_thread_create(&thread, close_from_outside, fixture), 0);
    assert_int_equal(uv_thread_join(&thread), 0);
    expect_closed(fixture);
}

static void a_pool_may_be_asked_to_close_while_threads_start(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_query(fixture->pool, &request,
                                      "SELECT * FROM users", fixture_count),
                     DBPOOL_OK);
    dbpool_close_soon(fixture->pool);
    fixture_run(fixture);
    assert_int_equal(fixture->answered, 1);
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture->pool = NULL;
}

static void an_exhausted_pool_may_be_asked_to_close(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    faults_arm_threads(2, true);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT 1", fixture_count),
        DBPOOL_ETHREAD);
    assert_true(faults_disarm());
    dbpool_close_soon(fixture->pool);
    expect_closed(fixture);
    dbpool_request_fini(&request);
}

static void close_wait_runs_the_loop_until_the_pool_is_gone(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(dbpool_run_query(fixture->pool, &request,
                                      "SELECT * FROM users", fixture_count),
                     DBPOOL_OK);
    char message[128];
    assert_int_equal(
        dbpool_close_wait(fixture->pool, NULL, message, sizeof message),
        DBPOOL_OK);
    assert_int_equal(fixture->answered, 1);
    assert_int_equal(dbpool_census(NULL, 0), 0);
    dbpool_request_fini(&request);
    fixture->pool = NULL;
}

static void close_wait_closes_as_hard_as_it_is_told(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, ENDLESS, fixture_count),
        DBPOOL_OK);
    const struct dbpool_close_options abort = {.grade = DBPOOL_CLOSE_ABORT};
    const struct dbpool_close_options wrong = {.grade =
                                                   (enum dbpool_close_grade)7};
    assert_int_equal(dbpool_close_wait(fixture->pool, &wrong, NULL, 0),
                     DBPOOL_EINVAL);
    assert_int_equal(dbpool_close_wait(fixture->pool, &abort, NULL, 0),
                     DBPOOL_OK);
    assert_int_equal(request.status, DBPOOL_ECANCELED);
    dbpool_request_fini(&request);
    fixture->pool = NULL;
}

/* What was refused, and where it was asked for. */
static struct refused {
    struct pool_fixture *fixture;
    int status;
    int line;
    char message[512];
} refused;

static void wait_for_the_end(struct dbpool *pool) {
    refused.line = __LINE__ + 1;
    refused.status = dbpool_close_wait(pool, NULL, refused.message, 512);
}

static void expect_both_sites(const char *function) {
    char site[256];
    assert_int_equal(refused.status, DBPOOL_EDEADLK);
    (void)snprintf(site, sizeof site, "%s:%d (wait_for_the_end)", __FILE__,
                   refused.line);
    assert_non_null(strstr(refused.message, site));
    (void)snprintf(site, sizeof site, " (%s)", function);
    assert_non_null(strstr(refused.message, site));
}

static int wait_inside(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    wait_for_the_end(((struct refused *)data)->fixture->pool);
    return DBPOOL_OK;
}

static void close_wait_in_an_interaction_names_both_sites(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    refused.fixture = fixture;
    struct dbpool_request request;
    dbpool_request_init(&request, &refused);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, wait_inside, NULL),
        DBPOOL_OK);
    fixture_run(fixture);
    expect_both_sites(__func__);
    assert_non_null(strstr(refused.message, "interaction"));
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void on_answer(struct dbpool_request *request) {
    struct refused *data = request->data;
    wait_for_the_end(data->fixture->pool);
    dbpool_request_fini(request);
}

static void close_wait_in_a_callback_names_both_sites(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    refused.fixture = fixture;
    struct dbpool_request request;
    dbpool_request_init(&request, &refused);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT 1", on_answer),
        DBPOOL_OK);
    fixture_run(fixture);
    expect_both_sites(__func__);
    assert_non_null(strstr(refused.message, "callback"));
    fixture_close_and_run(fixture);
}

static void on_closed(struct dbpool_close_request *request) {
    wait_for_the_end(request->data);
}

static void close_wait_in_a_close_callback_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct dbpool *other;
    fixture_open(fixture);
    assert_int_equal(dbpool_open(&fixture->loop, fixture->url, NULL, &other),
                     DBPOOL_OK);
    struct dbpool_close_request closer = {.data = fixture->pool};
    dbpool_close(other, &closer, on_closed);
    fixture_run(fixture);
    expect_both_sites(__func__);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_interaction_may_ask_for_the_end_of_its_pool),
        TEST(the_loop_is_told_that_its_pool_is_gone),
        TEST(another_thread_may_ask_before_the_first_thread),
        TEST(a_pool_may_be_asked_to_close_while_threads_start),
        TEST(an_exhausted_pool_may_be_asked_to_close),
        TEST(close_wait_runs_the_loop_until_the_pool_is_gone),
        TEST(close_wait_closes_as_hard_as_it_is_told),
        TEST(close_wait_in_an_interaction_names_both_sites),
        TEST(close_wait_in_a_callback_names_both_sites),
        TEST(close_wait_in_a_close_callback_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
