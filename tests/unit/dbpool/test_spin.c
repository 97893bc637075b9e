/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include <time.h>

#include "pool.h"
#include "support/dbpool/pool_fixture.h"
#include "support/gate.h"
#include "support/suite.h"

#define LIMIT_NS UINT64_C(1000)

/* ---- When to stay awake ---- */

/* One wait from 0 to @waited_ns; true: a part of it awake. */
static bool wait_for(struct dbpool__spin *spin, uint64_t waited_ns) {
    dbpool__spin_begin(spin, 1);
    bool awake = dbpool__spin_pays(spin, 1);
    spin->awake = awake;
    dbpool__spin_end(spin, 1 + waited_ns);
    return awake;
}

static void nobody_stays_awake_beyond_the_limit(void **state) {
    (void)state;
    struct dbpool__spin spin = {.limit_ns = LIMIT_NS};
    dbpool__spin_begin(&spin, 1);
    assert_true(dbpool__spin_pays(&spin, LIMIT_NS));
    assert_false(dbpool__spin_pays(&spin, 1 + LIMIT_NS));
}

static void without_a_limit_nobody_ever_stays_awake(void **state) {
    (void)state;
    struct dbpool__spin spin = {0};
    assert_false(wait_for(&spin, 0));
    assert_false(wait_for(&spin, 1));
}

/* Of waits that are all long, ever fewer begin awake. */
static void waiting_awake_in_vain_is_given_up_step_by_step(void **state) {
    (void)state;
    struct dbpool__spin spin = {.limit_ns = LIMIT_NS};
    for (unsigned slept = 1; slept <= 64; slept *= 2) {
        assert_true(wait_for(&spin, 2 * LIMIT_NS));
        for (unsigned i = 0; i < slept; i++) {
            assert_false(wait_for(&spin, 2 * LIMIT_NS));
        }
    }
    assert_true(wait_for(&spin, 2 * LIMIT_NS));
    unsigned slept = 0;
    while (!wait_for(&spin, 2 * LIMIT_NS)) {
        slept++;
    }
    assert_int_equal(slept, 64); /* but no fewer than that */
}

static void a_short_wait_makes_it_worth_while_again(void **state) {
    (void)state;
    struct dbpool__spin spin = {.limit_ns = LIMIT_NS};
    for (int i = 0; i < 100; i++) {
        (void)wait_for(&spin, 2 * LIMIT_NS);
    }
    (void)wait_for(&spin, LIMIT_NS / 2);
    assert_true(wait_for(&spin, LIMIT_NS / 2));
    assert_true(wait_for(&spin, LIMIT_NS / 2));
}

static void who_loses_the_processor_sleeps_for_long(void **state) {
    (void)state;
    struct dbpool__spin spin = {.limit_ns = LIMIT_NS};
    unsigned slept[2] = {0, 0};
    for (int round = 0; round < 2; round++) {
        dbpool__spin_begin(&spin, 1);
        spin.awake = true;
        spin.pushed_away = true;
        dbpool__spin_end(&spin, 2);
        while (!wait_for(&spin, LIMIT_NS / 2)) { /* short ones do not help */
            slept[round]++;
        }
    }
    assert_int_equal(slept[0], 16);
    assert_int_equal(slept[1], 256);
    for (int i = 0; i < 10 * 1024; i++) { /* but time heals */
        assert_true(wait_for(&spin, LIMIT_NS / 2));
    }
    assert_int_equal(spin.crowded, 0);
}

/* ---- The pool ---- */

struct waker {
    atomic_uint news;
    struct gate gate;
};

static void change(void *data) {
    struct waker *waker = data;
    gate_pass(&waker->gate);
    atomic_store(&waker->news, 1);
}

static void news_end_the_wait(void **state) {
    (void)state;
    struct waker waker = {0};
    gate_init(&waker.gate);
    uv_thread_t thread;
    assert_int_equal(uv_thread_create(&thread, change, &waker), 0);
    gate_wait(&waker.gate);
    gate_open(&waker.gate);
    struct dbpool__spin spin = {.limit_ns = UINT64_MAX / 2};
    dbpool__spin_begin(&spin, uv_hrtime());
    dbpool__spin_until(&spin, &waker.news, 0, UINT64_MAX, 2);
    assert_int_equal(atomic_load(&waker.news), 1);
    assert_int_equal(uv_thread_join(&thread), 0);
    gate_fini(&waker.gate);
}

static int wait_at_gate(struct dbpool_transaction *transaction, void *data) {
    (void)transaction;
    gate_pass(data);
    return DBPOOL_OK;
}

/* One request that stands at a gate; how long the loop would block meanwhile,
 * and how often it was woken. */
static int backend_timeout(struct pool_fixture *fixture, uint64_t *wakeups) {
    struct gate gate;
    gate_init(&gate);
    struct dbpool_request request;
    dbpool_request_init(&request, &gate);
    request.reads_only = true;
    assert_int_equal(
        dbpool_run_interaction(fixture->pool, &request, wait_at_gate, NULL),
        DBPOOL_OK);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    gate_wait(&gate);
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    int timeout = uv_backend_timeout(&fixture->loop);
    gate_open(&gate);
    fixture_run(fixture);
    struct dbpool_stats stats;
    dbpool_stats(fixture->pool, &stats);
    *wakeups = stats.wakeups;
    assert_int_equal(request.status, DBPOOL_OK);
    dbpool_request_fini(&request);
    gate_fini(&gate);
    return timeout;
}

static void a_loop_that_is_awake_is_not_woken(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.spin_us = 1000000;
    fixture_open(fixture);
    fixture->pool->cpus = 8; /* enough for all, as the pool sees it */
    fixture->pool->spin.limit_ns = UINT64_MAX / 2;
    uint64_t wakeups_first;
    assert_int_equal(backend_timeout(fixture, &wakeups_first), -1);
    assert_int_equal(wakeups_first, 1); /* a connection was to be opened */
    for (int round = 0; round < 2; round++) {
        uint64_t wakeups;
        assert_int_equal(backend_timeout(fixture, &wakeups), 0);
        assert_int_equal(wakeups, wakeups_first);
        /* Nothing is waited for in between: the next wait is a new one. */
        assert_int_equal(fixture->pool->spin.since_ns, 0);
        /* Nor does it matter that valgrind took the processor away. */
        fixture->pool->spin.skip = 0;
        fixture->pool->spin.skip_crowded = 0;
    }
    fixture_close_and_run(fixture);
}

static void a_loop_that_may_not_stay_awake_is_woken(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.spin_us = 0;
    fixture_open(fixture);
    uint64_t wakeups;
    assert_int_equal(backend_timeout(fixture, &wakeups), -1);
    assert_int_equal(wakeups, 1);
    fixture_close_and_run(fixture);
}

/* The thread that runs needs the only processor there is. */
static void the_loop_sleeps_where_a_thread_needs_its_processor(void **state) {
    struct pool_fixture *fixture = *state;
    fixture->options.spin_us = 1000000;
    fixture_open(fixture);
    fixture->pool->cpus = 1;
    fixture->pool->spin.limit_ns = UINT64_MAX / 2;
    uint64_t wakeups;
    assert_int_equal(backend_timeout(fixture, &wakeups), -1);
    assert_int_equal(wakeups, 1);
    fixture_close_and_run(fixture);
}

static uint64_t processor_ns(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * UINT64_C(1000000000) +
           (uint64_t)used.tv_nsec;
}

static void an_idle_pool_uses_no_processor(void **state) {
    struct pool_fixture *fixture = *state;
    fixture_open(fixture);
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(fixture_query(fixture, &request, "SELECT 1"),
                         DBPOOL_OK);
    }
    uv_sleep(20); /* whoever is awake goes to sleep */
    uint64_t before = processor_ns();
    uv_sleep(200);
    assert_in_range(processor_ns() - before, 0, 5000000);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_stays_awake_beyond_the_limit),
        cmocka_unit_test(without_a_limit_nobody_ever_stays_awake),
        cmocka_unit_test(waiting_awake_in_vain_is_given_up_step_by_step),
        cmocka_unit_test(a_short_wait_makes_it_worth_while_again),
        cmocka_unit_test(who_loses_the_processor_sleeps_for_long),
        cmocka_unit_test(news_end_the_wait),
        TEST(a_loop_that_is_awake_is_not_woken),
        TEST(a_loop_that_may_not_stay_awake_is_woken),
        TEST(the_loop_sleeps_where_a_thread_needs_its_processor),
        TEST(an_idle_pool_uses_no_processor),
    };
    return SUITE_RUN(tests, argc, argv);
}
