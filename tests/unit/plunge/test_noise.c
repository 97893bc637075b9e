/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "verdict/noise.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "scenario/expectation.h"
#include "support/suite.h"
#include "verdict/trust.h"

/* A cell that is a witness: ten seconds, 1,000 in flight, 2 ms each. */
struct fixture {
    struct arena *arena;
    struct result_phase phase;
    struct result_cell cell;
};

static struct fixture fixture;

static int set_up(void **state) {
    struct fixture *f = &fixture;
    memset(f, 0, sizeof *f);
    f->arena = arena_new();
    f->phase = (struct result_phase){
        .name = "main",
        .measured = true,
        .duration_s = 10,
        .submitted = 5000000,
        .completed = 5000000,
        .completed_in_window = 5000000,
        .in_flight_peak = 1000,
        .in_flight_mean = 1000,
        .throughput_per_s = 500000,
        .latency = {.count = 5000000, .mean = 2e6, .p50 = 2000000},
        .service = {.count = 5000000, .mean = 2e6, .p50 = 2000000},
    };
    result_cell_init(&f->cell);
    f->cell.phases = &f->phase;
    f->cell.phases_count = 1;
    f->cell.cycles.completed = 1;
    f->cell.noise = (struct result_noise){
        .given = true, .duration_s = 10, .others = 0.02, .pressure = 0.9};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

static const char *objection(struct fixture *f,
                             enum expectation_metric metric) {
    const struct expectation expectation = {.metric = metric};
    return trust_objection(&expectation, &f->cell, f->arena);
}

/* To times alone, and with these words. */
static void expect_objection(struct fixture *f, const char *words) {
    static const enum expectation_metric times[] = {
        EXPECTATION_THROUGHPUT, EXPECTATION_LATENCY, EXPECTATION_SERVICE,
        EXPECTATION_DURATION};
    static const enum expectation_metric others[] = {
        EXPECTATION_LEFT_BEHIND, EXPECTATION_WRONG,   EXPECTATION_ERRORS,
        EXPECTATION_EXHAUSTED,   EXPECTATION_THREADS, EXPECTATION_COMPLETED,
        EXPECTATION_HEAP};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const char *why = objection(f, times[i]);
        assert_non_null(why);
        assert_string_equal(why, words);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_null(objection(f, others[i]));
    }
}

static void a_quiet_cell_is_a_witness(void **state) {
    struct fixture *f = *state;
    assert_null(objection(f, EXPECTATION_LATENCY));
    f->phase.in_flight_mean = 1090; /* within the tolerance */
    assert_null(noise_little(&f->cell, f->arena));
}

static void a_stopwatch_that_contradicts_itself_is_no_witness(void **state) {
    struct fixture *f = *state;
    f->phase.service.mean = 1e6;
    expect_objection(f, "not decided: in main 1000 lookups were in flight, but "
                        "its throughput times its mean latency is 500");
    f->phase.service.mean = 2e6;
    f->phase.throughput_per_s = 600000;
    assert_non_null(noise_little(&f->cell, f->arena));
}

static void what_was_looked_at_too_seldom_contradicts_nothing(void **state) {
    struct fixture *f = *state;
    f->phase.in_flight_mean = 1300;
    assert_non_null(noise_little(&f->cell, f->arena));
    f->phase.in_flight_error = 40;
    assert_non_null(noise_little(&f->cell, f->arena));
    f->phase.in_flight_error = 50;
    assert_null(noise_little(&f->cell, f->arena));
}

static void littles_law_needs_a_phase_of_many_turns(void **state) {
    struct fixture *f = *state;
    f->phase.service.mean = 600e6;
    assert_null(noise_little(&f->cell, f->arena));
    f->phase.service.mean = 1e6;
    f->cell.cycles.completed = 1000; /* of 10 ms each */
    assert_null(noise_little(&f->cell, f->arena));
    f->cell.cycles.completed = 1;
    f->phase.failed = 1; /* nobody knows how long that took */
    assert_null(noise_little(&f->cell, f->arena));
    f->phase.failed = 0;
    f->phase.in_flight_mean = (double)NAN;
    assert_null(noise_little(&f->cell, f->arena));
}

static void time_that_other_machines_took_counts(void **state) {
    struct fixture *f = *state;
    f->cell.noise.steal = 0.049;
    assert_null(objection(f, EXPECTATION_LATENCY));
    f->cell.noise.steal = 0.061;
    expect_objection(f, "not decided: other machines took 6.1 % of the "
                        "processors' time (5 % are let pass)");
}

static void time_that_others_took_counts_where_it_was_waited_for(void **state) {
    struct fixture *f = *state;
    f->cell.noise.others = 0.3;
    expect_objection(f, "not decided: other processes took 30.0 % of the "
                        "processors' time (10 % are let pass)");
    f->cell.noise.pressure = 0.05; /* there was room for them */
    assert_null(objection(f, EXPECTATION_LATENCY));
    f->cell.noise.pressure = (double)NAN;
    assert_non_null(objection(f, EXPECTATION_LATENCY));
    f->cell.noise.others = (double)NAN;
    assert_null(objection(f, EXPECTATION_LATENCY));
}

static void a_clock_that_was_set_counts(void **state) {
    struct fixture *f = *state;
    f->cell.noise.clock_step_s = -0.019; /* slewed, in ten seconds */
    assert_null(objection(f, EXPECTATION_LATENCY));
    f->cell.noise.clock_step_s = -1.5;
    expect_objection(f, "not decided: the wall clock was set back by 1.500 s");
    f->cell.noise.given = false;
    assert_null(objection(f, EXPECTATION_LATENCY));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_quiet_cell_is_a_witness),
        TEST(a_stopwatch_that_contradicts_itself_is_no_witness),
        TEST(what_was_looked_at_too_seldom_contradicts_nothing),
        TEST(littles_law_needs_a_phase_of_many_turns),
        TEST(time_that_other_machines_took_counts),
        TEST(time_that_others_took_counts_where_it_was_waited_for),
        TEST(a_clock_that_was_set_counts),
    };
    return SUITE_RUN(tests, argc, argv);
}
