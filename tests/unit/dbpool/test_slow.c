/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <string.h>

#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

struct seen {
    int open;
    int returned;
    uint64_t age_ms;
    struct dbpool_site site;
    const struct dbpool_request *request;
    int returned_when_answered;
};

static void on_slow(const struct dbpool_slow *slow, void *data) {
    struct seen *seen = data;
    seen->open += !slow->returned;
    seen->returned += slow->returned;
    seen->age_ms = slow->age_ms;
    seen->site = slow->site;
    seen->request = slow->request;
}

struct held {
    struct gate gate;
    struct seen seen;
};

static int pass(struct dbpool_transaction *transaction, void *data) {
    struct held *held = data;
    (void)transaction;
    gate_pass(&held->gate);
    return DBPOOL_OK;
}

static void answered(struct dbpool_request *request) {
    struct held *held = request->data;
    held->seen.returned_when_answered = held->seen.returned;
}

static void watch(struct pool_fixture *fixture, struct held *held,
                  unsigned warn_ms) {
    memset(&held->seen, 0, sizeof held->seen);
    gate_init(&held->gate);
    fixture->options.interaction_warn_ms = warn_ms;
    fixture->options.hooks.on_slow = on_slow;
    fixture->options.hooks.data = &held->seen;
    fixture_open(fixture);
}

static void stop(uv_timer_t *timer) {
    *(bool *)timer->data = true;
}

/* Long enough for the pool's timer to look again. */
static void run_for_ms(struct pool_fixture *fixture, uint64_t ms) {
    bool over = false;
    uv_timer_t timer;
    (void)uv_timer_init(&fixture->loop, &timer);
    timer.data = &over;
    (void)uv_timer_start(&timer, stop, ms, 0);
    while (!over) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void hold(struct pool_fixture *fixture, bool interaction) {
    struct held held;
    watch(fixture, &held, 4);
    struct dbpool_request request;
    dbpool_request_init(&request, &held);
    const struct dbpool_site site = DBPOOL_HERE;
    assert_int_equal(interaction
                         ? dbpool_run_interaction_at(site, fixture->pool,
                                                     &request, pass, answered)
                         : dbpool_run_with_connection_at(
                               site, fixture->pool, &request, pass, answered),
                     DBPOOL_OK);
    while (held.seen.open == 0) {
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_true(held.seen.age_ms >= 4);
    assert_int_equal(held.seen.site.line, site.line);
    assert_ptr_equal(held.seen.request, &request);
    uint64_t age_ms = held.seen.age_ms;
    run_for_ms(fixture, 10);
    assert_int_equal(held.seen.open, 1);
    assert_int_equal(held.seen.returned, 0);
    gate_wait(&held.gate);
    gate_open(&held.gate);
    fixture_run(fixture);
    assert_int_equal(held.seen.open, 1);
    assert_int_equal(held.seen.returned, 1);
    assert_int_equal(held.seen.returned_when_answered, 1);
    assert_true(held.seen.age_ms >= age_ms);
    gate_fini(&held.gate);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static void an_interaction_open_for_too_long_is_told_of_twice(void **state) {
    hold(*state, true);
}

static void a_connection_kept_for_too_long_is_told_of_twice(void **state) {
    hold(*state, false);
}

static int do_nothing(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    (void)data;
    return DBPOOL_OK;
}

static void a_short_interaction_is_not_told_of(void **state) {
    struct pool_fixture *fixture = *state;
    struct held held;
    watch(fixture, &held, 10 * 60 * 1000);
    struct dbpool_request request;
    dbpool_request_init(&request, &held);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, do_nothing, answered),
        DBPOOL_OK);
    fixture_run(fixture);
    assert_int_equal(held.seen.open + held.seen.returned, 0);
    gate_fini(&held.gate);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

static size_t handles(void) {
    struct dbpool_census_entry entries[16];
    size_t count = dbpool_census(entries, 16);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += entries[i].kind == DBPOOL_KIND_HANDLE;
    }
    return found;
}

static void a_pool_has_a_timer_only_where_it_is_asked_to_watch(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    size_t without = handles();
    fixture_close_and_run(fixture);
    fixture->closed = 0;
    struct held held;
    watch(fixture, &held, 1);
    assert_int_equal(handles(), without + 1);
    gate_fini(&held.gate);
    fixture_close_and_run(fixture);
}

static void count_active_timer(uv_handle_t *handle, void *data) {
    int *active = data;
    *active +=
        uv_handle_get_type(handle) == UV_TIMER && uv_is_active(handle) != 0;
}

static void the_timer_stops_when_no_interaction_is_open(void **state) {
    struct pool_fixture *fixture = *state;
    struct held held;
    watch(fixture, &held, 1);
    struct dbpool_request request;
    dbpool_request_init(&request, &held);
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, do_nothing, answered),
        DBPOOL_OK);
    fixture_run(fixture);
    run_for_ms(fixture, 10);
    int active = 0;
    uv_walk(&fixture->loop, count_active_timer, &active);
    assert_int_equal(active, 0);
    dbpool_request_fini(&request);
    gate_fini(&held.gate);
    fixture_close_and_run(fixture);
}

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(an_interaction_open_for_too_long_is_told_of_twice),
        TEST(a_connection_kept_for_too_long_is_told_of_twice),
        TEST(a_short_interaction_is_not_told_of),
        TEST(a_pool_has_a_timer_only_where_it_is_asked_to_watch),
        TEST(the_timer_stops_when_no_interaction_is_open),
    };
    return SUITE_RUN(tests, argc, argv);
}
