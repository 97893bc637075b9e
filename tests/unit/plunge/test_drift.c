/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "verdict/drift.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "scenario/expectation.h"
#include "support/suite.h"

/* Slopes of which there are all kinds. */
static const struct result_slope constant = {"heap", 0, 0,   "clean", 0,
                                             NAN,    1, 998, 0};
static const struct result_slope counted_leak = {"heap", 24, 24,  "leak", 24,
                                                 NAN,    1,  998, 3};
static const struct result_slope moved = {"heap", 0,   0, "undecided", 0, NAN,
                                          1,      998, 5};
static const struct result_slope clean = {"rss", 1,     12,   "clean", -10,
                                          64,    0.999, 5000, 0};
static const struct result_slope leak = {"rss", 80,    90,   "leak", 70,
                                         64,    0.999, 5000, 0};
static const struct result_slope small_leak = {"rss", 20,    21,   "clean", 19,
                                               64,    0.999, 5000, 0};
static const struct result_slope wide = {"rss", 60,   100, "undecided", 20, 64,
                                         0.999, 5000, 0};
/* Surely more than the limit, but pages do that. */
static const struct result_slope below_floor = {
    "rss", 400, 500, "undecided", 300, 64, 0.999, 50, 0};
static const struct result_slope dependent = {
    "rss", 5, NAN, "undecided", NAN, 64, 0.999, 5000, 0};

enum { NO = RESULT_HELD_NO, YES = RESULT_HELD_YES, OPEN = 2 };

static const struct {
    const struct result_slope *slope;
    const char *text;
    int held;
    const char *why;
} table[] = {
    {&constant, "heap per cycle == 0B", YES, "0 B per cycle is == 0 B"},
    {&constant, "heap per cycle > 0B", NO, "is not > 0 B"},
    {&counted_leak, "heap per cycle == 0B", NO,
     "24 B per cycle is not == 0 B per cycle; first another after cycle 3"},
    {&counted_leak, "heap per cycle == 24B", YES, "after cycle 3"},
    {&counted_leak, "heap per cycle < 1KiB", YES, "after cycle 3"},
    {&moved, "heap per cycle == 0B", OPEN, "another after cycle 5"},
    {&moved, "heap per cycle > 0B", NO, "is not > 0 B"},
    {&clean, "rss per cycle < 64B", YES,
     "no leak above 12 B per cycle at 99.9 % in 5,000 cycles"},
    {&clean, "rss per cycle <= 64B", YES, "no leak above 12 B"},
    {&clean, "rss per cycle <= 0B", YES, "no leak above 12 B"},
    {&clean, "rss per cycle == 0B", YES, "no leak above 12 B"},
    {&clean, "rss per cycle != 0B", NO, "no leak above 12 B"},
    {&clean, "rss per cycle > 0B", NO, "no leak above 12 B"},
    {&clean, "rss per cycle > 64B", NO, "no leak above 12 B"},
    {&clean, "rss per cycle < 8B", OPEN, "no leak above 12 B"},
    {&leak, "rss per cycle < 64B", NO,
     "a leak of 70 B to 90 B per cycle at 99.9 % in 5,000 cycles"},
    {&leak, "rss per cycle <= 0B", NO, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle == 0B", NO, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle > 0B", YES, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle >= 70B", YES, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle >= 75B", OPEN, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle >= 1KiB", NO, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle < 80B", OPEN, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle < 1KiB", YES, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle == 80B", OPEN, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle == 60B", NO, "a leak of 70 B to 90 B"},
    {&leak, "rss per cycle != 60B", YES, "a leak of 70 B to 90 B"},
    {&small_leak, "rss per cycle < 64B", YES, "no leak above 21 B"},
    {&wide, "rss per cycle < 64B", OPEN,
     "not decided: 20 B to 100 B per cycle at 99.9 % in 5,000 cycles; more "
     "limits.time allows for more"},
    {&wide, "rss per cycle == 0B", OPEN, "not decided"},
    {&wide, "rss per cycle < 1KiB", YES, "not decided: 20 B to 100 B"},
    {&below_floor, "rss per cycle < 64B", OPEN, "not decided: 300 B to 500 B"},
    {&dependent, "rss per cycle < 64B", OPEN, "depend too much on each other"},
    {&dependent, "rss per cycle > 64B", OPEN, "depend too much on each other"},
};

static void each_answer_follows_from_the_interval(void **state) {
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct expectation expectation;
        struct expectation_problem problem;
        struct result_slope slope = *table[i].slope;
        const struct result_cell cell = {.slopes = &slope, .slopes_count = 1};
        assert_int_equal(
            expectation_parse(table[i].text, arena, &expectation, &problem), 0);
        assert_true(drift_decides(&expectation));
        struct ruling ruling = drift_rule(&expectation, &cell, arena);
        if ((int)ruling.held != table[i].held ||
            strstr(ruling.why, table[i].why) == NULL) {
            fail_msg("line %zu, %s: held %d, %s", i, table[i].text, ruling.held,
                     ruling.why);
        }
    }
    arena_free(arena);
}

static void without_a_slope_it_is_open(void **state) {
    struct arena *arena = arena_new();
    struct expectation expectation;
    struct expectation_problem problem;
    struct result_slope slope = constant;
    slope.per_cycle = NAN;
    (void)state;
    assert_int_equal(expectation_parse("heap per cycle == 0B", arena,
                                       &expectation, &problem),
                     0);
    for (size_t count = 0; count <= 1; count++) {
        const struct result_cell cell = {.slopes = &slope,
                                         .slopes_count = count};
        struct ruling ruling = drift_rule(&expectation, &cell, arena);
        assert_int_equal(ruling.held, RESULT_HELD_UNDECIDED);
        assert_non_null(strstr(ruling.why, "needs two cycles"));
    }
    arena_free(arena);
}

/* A result of before there were intervals. */
static void a_slope_without_a_confidence_is_a_number(void **state) {
    struct arena *arena = arena_new();
    struct expectation expectation;
    struct expectation_problem problem;
    struct result_slope slope = {"rss",          3, NAN, "grows", NAN, NAN, NAN,
                                 RESULT_UNKNOWN, 0};
    const struct result_cell cell = {.slopes = &slope, .slopes_count = 1};
    (void)state;
    assert_int_equal(
        expectation_parse("rss per cycle < 4B", arena, &expectation, &problem),
        0);
    assert_int_equal(drift_rule(&expectation, &cell, arena).held,
                     RESULT_HELD_YES);
    slope.per_cycle = 5;
    assert_int_equal(drift_rule(&expectation, &cell, arena).held,
                     RESULT_HELD_NO);
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_follows_from_the_interval),
        cmocka_unit_test(without_a_slope_it_is_open),
        cmocka_unit_test(a_slope_without_a_confidence_is_a_number),
    };
    return SUITE_RUN(tests, argc, argv);
}
