/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include "load/load.h"

#include <uv.h>

#include "support/load_fixture.h"
#include "support/suite.h"

/* A load for a little longer than a second, which somebody looks at meanwhile:
 * the series says the same as the phase, whoever counts for it. */

static void look(uv_timer_t *timer) {
    static const struct result_usage usage = {
        .threads = 4, .fds = 12, .rss_bytes = 1 << 20, .heap_bytes = 0};
    struct load_fixture *f = timer->data;
    load_look(f->load, &usage);
}

static void run(struct load_fixture *f, enum scenario_subject subject) {
    uv_timer_t timer;
    f->settings.pool.subject = subject;
    f->phases[0].lookups = 0;
    f->phases[0].for_ns = UINT64_C(1100000000);
    load_fixture_make_database(f);
    assert_int_equal(uv_timer_init(&f->loop, &timer), 0);
    timer.data = f;
    load_fixture_start(f, NULL);
    assert_int_equal(uv_timer_start(&timer, look, 1, 20), 0);
    uv_unref((uv_handle_t *)&timer);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    assert_int_equal(f->board.phase, 1);
    look(&timer);
    uv_close((uv_handle_t *)&timer, NULL);
    assert_int_equal(uv_run(&f->loop, UV_RUN_NOWAIT), 0);
    load_fixture_result(f);
}

/* That what is shown is of the last phase, when it is over. */
static void expect_shown(const struct load_fixture *f) {
    assert_true(f->board.is_looked_at);
    assert_true(f->board.p50_ns <= f->board.p99_ns);
    assert_true(f->board.p99_ns <= f->cell.phases[0].latency.max);
}

static void expect_the_same(const struct result_phase *phase) {
    uint64_t completed = 0;
    double seconds = 0;
    assert_in_range(phase->series_count, 1, 2);
    for (size_t i = 0; i < phase->series_count; i++) {
        completed += phase->series[i].completed;
        seconds += phase->series[i].duration_s;
    }
    assert_int_equal(completed, phase->completed_in_window);
    assert_true(seconds > phase->duration_s - 1e-9 &&
                seconds < phase->duration_s + 1e-9);
    assert_int_equal(phase->series[0].threads, 4);
    assert_true(phase->series[0].p50_ns <= phase->series[0].max_ns);
    assert_true(phase->series[0].max_ns <= phase->latency.max);
}

static void what_is_submitted_has_a_series(void **state) {
    struct load_fixture *f = *state;
    run(f, SCENARIO_DBPOOL);
    expect_the_same(&f->cell.phases[0]);
    expect_shown(f);
    assert_true(f->cell.phases[0].in_flight_mean > 0);
}

static void what_drives_itself_has_a_series(void **state) {
    struct load_fixture *f = *state;
    run(f, SCENARIO_DIRECT);
    expect_the_same(&f->cell.phases[0]);
    expect_shown(f);
}

/* Two intervals at most: too few to tell. */
static void what_was_not_steady_has_no_times(void **state) {
    struct load_fixture *f = *state;
    f->phases[0].from_steady = true;
    run(f, SCENARIO_DIRECT);
    const struct result_phase *phase = &f->cell.phases[0];
    assert_true(phase->steady.wanted);
    assert_false(phase->steady.found);
    assert_non_null(phase->steady.why);
    assert_int_equal(phase->latency.count, 0);
    assert_null(phase->histogram);
    assert_true(phase->completed > 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, load_fixture_set_up,                 \
                                    load_fixture_tear_down)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_submitted_has_a_series),
        TEST(what_drives_itself_has_a_series),
        TEST(what_was_not_steady_has_no_times),
    };
    return SUITE_RUN(tests, argc, argv);
}
