/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <pthread.h>
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

enum { SEEN_MAX = 64 };

/* What happened, a letter each, and whether the thread was the right one. */
struct seen {
    pthread_mutex_t mutex;
    pthread_t loop_thread;
    const struct dbpool *pool;
    char letters[SEEN_MAX];
    size_t count;
    int wrong_threads;
    int wrong_pools;
    int status;
};

static void note(struct seen *seen, char letter, bool on_loop) {
    (void)pthread_mutex_lock(&seen->mutex);
    if (seen->count < SEEN_MAX - 1) {
        seen->letters[seen->count++] = letter;
    }
    bool is_loop = pthread_equal(pthread_self(), seen->loop_thread) != 0;
    seen->wrong_threads += is_loop != on_loop;
    (void)pthread_mutex_unlock(&seen->mutex);
}

static void on_submit(const struct dbpool_request *request, void *data) {
    (void)request;
    note(data, 'q', true);
}

static void on_start(const struct dbpool_request *request, void *data) {
    struct seen *seen = data;
    (void)request;
    seen->wrong_pools += dbpool_activity().thread_number == 0;
    note(seen, 's', false);
}

static void on_done(const struct dbpool_request *request, void *data) {
    struct seen *seen = data;
    seen->status = request->status;
    note(seen, 'd', true);
}

static void on_connect_done(const struct dbpool *pool, int status, void *data) {
    struct seen *seen = data;
    seen->wrong_pools += pool != seen->pool;
    note(seen, status == DBPOOL_OK ? 'c' : 'x', false);
}

static void on_disconnect(const struct dbpool *pool, enum dbpool_closed cause,
                          void *data) {
    struct seen *seen = data;
    seen->wrong_pools += pool != seen->pool;
    note(seen, cause == DBPOOL_CLOSED_AT_END ? 'e' : 'r', false);
}

static void on_answer(struct dbpool_request *request) {
    note(request->data, 'a', true);
}

static void watch(struct pool_fixture *fixture, struct seen *seen) {
    *seen = (struct seen){.loop_thread = pthread_self()};
    (void)pthread_mutex_init(&seen->mutex, NULL);
    fixture->options.min = fixture->options.max = 1;
    fixture->options.hooks = (struct dbpool_hooks){
        .on_submit = on_submit,
        .on_start = on_start,
        .on_done = on_done,
        .on_connect_done = on_connect_done,
        .on_disconnect = on_disconnect,
        .data = seen,
    };
    fixture_open(fixture);
    seen->pool = fixture->pool;
}

static void expect(struct seen *seen, const char *letters) {
    assert_string_equal(seen->letters, letters);
    assert_int_equal(seen->wrong_threads, 0);
    assert_int_equal(seen->wrong_pools, 0);
    (void)pthread_mutex_destroy(&seen->mutex);
}

static void hooks_see_a_request_from_submission_to_answer(void **state) {
    struct pool_fixture *fixture = *state;
    struct seen seen;
    watch(fixture, &seen);
    struct dbpool_request request;
    dbpool_request_init(&request, &seen);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dbpool_run_query(fixture->pool, &request,
                                          i == 0 ? "SELECT 1" : "SELEC",
                                          on_answer),
                         DBPOOL_OK);
        fixture_run(fixture);
        assert_int_equal(seen.status, i == 0 ? DBPOOL_OK : DBPOOL_ESQL);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    expect(&seen, "qscda"
                  "qsda"
                  "e");
}

static void a_refused_call_is_seen_by_no_hook(void **state) {
    struct pool_fixture *fixture = *state;
    struct seen seen;
    watch(fixture, &seen);
    struct dbpool_request request;
    dbpool_request_init(&request, &seen);
    assert_int_equal(dbpool_run_query(fixture->pool, &request, NULL, on_answer),
                     DBPOOL_EINVAL);
    fixture_close_and_run(fixture);
    expect(&seen, "");
}

static int refuse(struct dbpool_transaction *connection, void *data) {
    (void)connection;
    int *left = data;
    return (*left)-- > 0 ? DBPOOL_EABORT : DBPOOL_OK;
}

static void hooks_see_a_connection_that_on_connect_refused(void **state) {
    struct pool_fixture *fixture = *state;
    struct seen seen;
    int left = 1;
    fixture->options.on_connect = refuse;
    fixture->options.on_connect_data = &left;
    watch(fixture, &seen);
    struct dbpool_request request;
    dbpool_request_init(&request, &seen);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            dbpool_run_query(fixture->pool, &request, "SELECT 1", on_answer),
            DBPOOL_OK);
        fixture_run(fixture);
    }
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    expect(&seen, "qsrxda"
                  "qscda"
                  "e");
}

static void hooks_see_a_database_that_cannot_be_opened(void **state) {
    struct pool_fixture *fixture = *state;
    struct seen seen;
    fixture->options.must_exist = true;
    fixture->url[strlen(fixture->url) - 1] = '-'; /* another name */
    watch(fixture, &seen);
    struct dbpool_request request;
    dbpool_request_init(&request, &seen);
    assert_int_equal(
        dbpool_run_query(fixture->pool, &request, "SELECT 1", on_answer),
        DBPOOL_OK);
    fixture_run(fixture);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
    expect(&seen, "qsxda");
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(hooks_see_a_request_from_submission_to_answer),
        TEST(a_refused_call_is_seen_by_no_hook),
        TEST(hooks_see_a_connection_that_on_connect_refused),
        TEST(hooks_see_a_database_that_cannot_be_opened),
    };
    return SUITE_RUN(tests, argc, argv);
}
