/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <malloc.h>

#include "base/clock.h"
#include "load/series.h"
#include "load/tally.h"
#include "support/load_fixture.h"
#include "support/suite.h"

/* A load's memory does not grow with its length: what is held is counted in
 * bytes of the C library's, so in no sanitizer's variant. */

static size_t bytes_held(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Where a block ends depends on its neighbours, by some bytes. A byte for each
 * of ten thousand lookups would be more. */
#define SLACK ((size_t)1024)

static void expect_as_much(size_t bytes, size_t held) {
    assert_in_range(bytes, held - SLACK, held + SLACK);
}

/* What a load of so many lookups holds at its end. */
static size_t bytes_after(uint64_t lookups, bool from_steady) {
    static const struct result_usage usage = {.threads = 1};
    void *state = NULL;
    assert_int_equal(load_fixture_set_up(&state), 0);
    struct load_fixture *f = state;
    f->phases[0].lookups = lookups;
    f->phases[0].from_steady = from_steady;
    const size_t before = bytes_held();
    load_fixture_start(f, NULL);
    load_look(f->load, &usage);
    assert_int_equal(load_fixture_cycle(f, 1), LOAD_DONE);
    load_look(f->load, &usage);
    load_rest(f->load);
    const size_t held = bytes_held() - before;
    load_fixture_result(f);
    assert_int_equal(f->cell.phases[0].completed, lookups);
    assert_true(f->cell.phases[0].series_count > 0);
    assert_int_equal(load_fixture_tear_down(&state), 0);
    return held;
}

static void a_load_ten_times_as_long_holds_as_much(void **state) {
    (void)state;
    (void)bytes_after(1000, false); /* what is made once */
    const size_t held = bytes_after(1000, false);
    assert_true(held > 0);
    expect_as_much(bytes_after(11000, false), held);
    expect_as_much(bytes_after(100000, false), held);
}

static void and_so_it_does_where_its_steady_state_is_looked_for(void **state) {
    (void)state;
    (void)bytes_after(1000, true);
    const size_t held = bytes_after(1000, true);
    expect_as_much(bytes_after(100000, true), held);
}

/* Of 100 seconds, then 1,000: all that there will be is taken at the start. */
static void a_series_takes_all_its_memory_at_the_start(void **state) {
    (void)state;
    static const struct series_options options = {
        .points_max = SERIES_POINTS_MIN,
        .from_steady = true,
    };
    static const struct result_usage usage = {.threads = 1};
    struct tally tally;
    tally_init(&tally, true);
    struct series *series = series_new(&options, &tally);
    const size_t held = bytes_held();
    series_start(series, 0);
    for (uint64_t s = 1; s <= 1000; s++) {
        const struct series_look look = {
            .now_ns = s * CLOCK_NS_PER_S,
            .completed = s,
            .in_flight = 1,
            .usage = &usage,
        };
        histogram_record_both(&tally.latency, &tally.service, s);
        series_look(series, &look);
        assert_int_equal(bytes_held(), held);
    }
    series_free(series);
    tally_fini(&tally);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_ten_times_as_long_holds_as_much),
        cmocka_unit_test(and_so_it_does_where_its_steady_state_is_looked_for),
        cmocka_unit_test(a_series_takes_all_its_memory_at_the_start),
    };
    return SUITE_RUN(tests, argc, argv);
}
