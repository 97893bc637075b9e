/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "base/result_json.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/result.h"
#include "base/text.h"
#include "support/suite.h"

/* What a phase did second by second, and what the machine did beside it, go to
 * JSON and come back. test_result_json.c has the rest. */

static struct result_series_point points[] = {
    {0, 1.05, 500, 1, 2, 3, 4096, 5, 12, 98.5, 0.75, 40, "40:4,,5"},
    {1.05, 0.95, 0, RESULT_UNKNOWN, RESULT_UNKNOWN, RESULT_UNKNOWN,
     RESULT_UNKNOWN, RESULT_UNKNOWN, RESULT_UNKNOWN, NAN, 0, 0, NULL},
};

static struct result_step steps[] = {
    {1, {4, 10, 1 << 20, 77}},
    {3, {10, RESULT_UNKNOWN, 3 << 20, RESULT_UNKNOWN}},
};

static struct result_phase phases[] = {
    {
        .name = "level",
        .measured = true,
        .in_flight_mean = 98.5,
        .steady = {true, true, 1.05, "rate and p50 are level"},
        .series = points,
        .series_count = 2,
    },
    {
        .name = "never",
        .in_flight_mean = NAN,
        .steady = {true, false, NAN, "never steady"},
    },
    {.name = "plain", .in_flight_mean = NAN},
};

struct fixture {
    struct arena *arena;
    struct text text;
    struct result_cell cell; /* that has come back */
};

static int set_up(void **state) {
    static struct fixture fixture;
    struct result_cell cell;
    const char *problem = "";
    result_cell_init(&cell);
    cell.phases = phases;
    cell.phases_count = 3;
    cell.cycles.steps = steps;
    cell.cycles.steps_count = 2;
    cell.noise = (struct result_noise){true, 12.5, 0.01, NAN, 0.5, -0.25};
    fixture.arena = arena_new();
    text_init(&fixture.text);
    result_json_write_cell(&cell, &fixture.text);
    if (result_json_read_cell(fixture.text.bytes, fixture.text.size,
                              fixture.arena, &fixture.cell, &problem) != 0) {
        fail_msg("%s", problem);
    }
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    text_fini(&fixture->text);
    arena_free(fixture->arena);
    return 0;
}

static bool same(double left, double right) {
    return left == right || (isnan(left) && isnan(right));
}

static void every_point_comes_back(void **state) {
    const struct fixture *fixture = *state;
    const struct result_phase *phase = &fixture->cell.phases[0];
    assert_int_equal(phase->series_count, 2);
    assert_true(same(phase->in_flight_mean, 98.5));
    for (size_t i = 0; i < 2; i++) {
        const struct result_series_point *left = &points[i];
        const struct result_series_point *right = &phase->series[i];
        assert_true(same(left->t_s, right->t_s));
        assert_true(same(left->duration_s, right->duration_s));
        assert_int_equal(left->completed, right->completed);
        assert_int_equal(left->p50_ns, right->p50_ns);
        assert_int_equal(left->p99_ns, right->p99_ns);
        assert_int_equal(left->max_ns, right->max_ns);
        assert_int_equal(left->rss_bytes, right->rss_bytes);
        assert_int_equal(left->threads, right->threads);
        assert_int_equal(left->fds, right->fds);
        assert_true(same(left->in_flight, right->in_flight));
        assert_true(same(left->cpu_s, right->cpu_s));
        assert_int_equal(left->context_switches, right->context_switches);
    }
    assert_string_equal(phase->series[0].spread, "40:4,,5");
    assert_null(phase->series[1].spread);
    assert_int_equal(fixture->cell.phases[2].series_count, 0);
}

static void every_step_comes_back(void **state) {
    const struct fixture *fixture = *state;
    const struct result_cycles *cycles = &fixture->cell.cycles;
    assert_int_equal(cycles->steps_count, 2);
    assert_memory_equal(cycles->steps, steps, sizeof steps);
    assert_non_null(strstr(
        fixture->text.bytes,
        "\"series\":[{\"cycle\":1,\"threads\":4,\"fds\":10,\"rss_bytes\":"
        "1048576,\"heap_bytes\":77},{\"cycle\":3,"));
}

static void whether_it_was_steady_comes_back(void **state) {
    const struct fixture *fixture = *state;
    const struct result_phase *read = fixture->cell.phases;
    assert_true(read[0].steady.wanted && read[0].steady.found);
    assert_true(same(read[0].steady.from_s, 1.05));
    assert_string_equal(read[0].steady.why, "rate and p50 are level");
    assert_true(read[1].steady.wanted);
    assert_false(read[1].steady.found);
    assert_true(isnan(read[1].steady.from_s));
    assert_false(read[2].steady.wanted);
}

static void what_the_machine_did_comes_back(void **state) {
    const struct fixture *fixture = *state;
    const struct result_noise *noise = &fixture->cell.noise;
    assert_true(noise->given);
    assert_true(same(noise->duration_s, 12.5));
    assert_true(same(noise->steal, 0.01));
    assert_true(same(noise->others, NAN));
    assert_true(same(noise->pressure, 0.5));
    assert_true(same(noise->clock_step_s, -0.25));
}

static void what_is_not_known_is_null(void **state) {
    const struct fixture *fixture = *state;
    static const char *const parts[] = {
        "\"steady\":{\"found\":true,\"from_s\":1.05",
        "\"series\":[{\"t_s\":0,\"duration_s\":1.05",
        "\"p50_ns\":null,\"p99_ns\":null,\"max_ns\":null,",
        "\"rss_bytes\":null,\"threads\":null,\"fds\":null,\"in_flight\":null,",
        "\"steady\":{\"found\":false,\"from_s\":null,",
        "\"steady\":null,\"series\":[]}",
        "\"others\":null,",
    };
    const char *from = fixture->text.bytes;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        from = strstr(from, parts[i]);
        assert_non_null(from);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(every_point_comes_back),
        TEST(every_step_comes_back),
        TEST(whether_it_was_steady_comes_back),
        TEST(what_the_machine_did_comes_back),
        TEST(what_is_not_known_is_null),
    };
    return SUITE_RUN(tests, argc, argv);
}
