/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "measure/decision.h"

#include <math.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/random.h"
#include "measure/proportion.h"
#include "support/spread.h"
#include "support/suite.h"

enum { CASES = 12, VALUES_MAX = 400 };

struct fixture {
    struct arena *arena;
    struct random random;
    double values[CASES][VALUES_MAX];
    double others[CASES][VALUES_MAX];
    struct decision_case cases[CASES];
    struct decision decisions[CASES];
};

static int set_up(void **state) {
    static struct fixture fixture;
    fixture = (struct fixture){.arena = arena_new()};
    random_init(&fixture.random, 11);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state) {
    const struct fixture *f = *state;
    arena_free(f->arena);
    return 0;
}

/* @count pairs around @shift. */
static void plant(struct fixture *f, size_t place, double shift, double scale,
                  size_t count) {
    spread_fill(&f->random, SPREAD_NORMAL, shift, scale, f->values[place],
                count);
    f->cases[place] = (struct decision_case){
        .shift = shift_paired(f->values[place], count),
        .tolerance = 0.02,
    };
}

static void decide(struct fixture *f, size_t count) {
    struct arena *arena = arena_new();
    decision_take(f->cases, count, arena, f->decisions);
    arena_free(arena);
}

static void answers_are_about_the_tolerance(void **state) {
    static const struct {
        double shift;
        enum decision_answer answer;
    } table[] = {
        {0.05, DECISION_WORSE}, {-0.05, DECISION_BETTER},
        {0.005, DECISION_SAME}, {-0.01, DECISION_SAME},
        {0.02, DECISION_OPEN},  {-0.02, DECISION_OPEN},
    };
    enum { COUNT = sizeof table / sizeof table[0] };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT; i++) {
        plant(f, i, table[i].shift, 0.005, 50);
    }
    decide(f, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const struct decision *decision = &f->decisions[i];
        assert_int_equal(decision->answer, table[i].answer);
        assert_true(decision->low < table[i].shift &&
                    decision->high > table[i].shift);
        assert_true((decision->more == 0) ==
                    (decision->answer != DECISION_OPEN));
    }
    assert_string_equal(decision_answer_name(DECISION_OPEN), "not decided");
    assert_string_equal(decision_answer_name(DECISION_WORSE), "worse");
}

/* Whoever reads the interval sees the answer. */
static void an_answer_is_where_its_interval_lies(void **state) {
    struct fixture *f = *state;
    for (unsigned trial = 0; trial < 150; trial++) {
        for (size_t i = 0; i < CASES; i++) {
            const double shift = 0.02 * spread_draw(&f->random, SPREAD_FLAT);
            plant(f, i, 2 * shift, 0.01, 2 + random_below(&f->random, 60));
            f->cases[i].drift = i % 3 == 0 ? 0.004 : 0;
        }
        decide(f, CASES);
        for (size_t i = 0; i < CASES; i++) {
            const struct decision *d = &f->decisions[i];
            assert_true((d->answer == DECISION_WORSE) == (d->low > 0.02));
            assert_true((d->answer == DECISION_BETTER) == (d->high < -0.02));
            assert_true((d->answer == DECISION_SAME) ==
                        (d->low > -0.02 && d->high < 0.02));
            assert_true(d->confidence >= 0.98 && d->confidence < 1);
        }
    }
}

static void a_drift_takes_its_part_of_every_interval(void **state) {
    struct fixture *f = *state;
    plant(f, 0, 0.05, 0.005, 50);
    decide(f, 1);
    const struct decision without = f->decisions[0];
    f->cases[0].drift = 0.04;
    decide(f, 1);
    const struct decision with = f->decisions[0];
    assert_int_equal(without.answer, DECISION_WORSE);
    assert_int_equal(with.answer, DECISION_OPEN);
    assert_true(fabs(with.low - (without.low - 0.04)) < 1e-12);
    assert_true(fabs(with.visible - (without.visible + 0.04)) < 1e-12);
}

static void with_too_few_samples_nothing_is_visible(void **state) {
    struct fixture *f = *state;
    plant(f, 0, 0.5, 0.001, 6);
    decide(f, 1);
    assert_int_equal(f->decisions[0].answer, DECISION_OPEN);
    assert_true(isinf(f->decisions[0].visible));
    assert_int_equal(f->decisions[0].more, 1);
    plant(f, 0, 0.5, 0.001, 0);
    decide(f, 1);
    assert_int_equal(f->decisions[0].answer, DECISION_OPEN);
    assert_true(isnan(f->decisions[0].estimate));
    assert_true(f->decisions[0].more == DECISION_MORE_UNKNOWN);
    plant(f, 0, 0.5, 0.001, 1);
    decide(f, 1);
    assert_true(f->decisions[0].more == DECISION_MORE_UNKNOWN);
}

/* The promise that a gate stands on. The true shift is on the line itself,
 * where errors are as frequent as they can be; the cases rise together by half,
 * as the percentiles of a run do. */
static void expect_few_alarms(struct fixture *f, size_t count, bool paired) {
    enum { TRIALS = 400 };
    unsigned alarms[2] = {0};
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        for (size_t i = 0; i < CASES; i++) {
            double *values = f->values[i];
            double *others = f->others[i];
            const double line = trial % 2 == 0 ? 0.02 : -0.02;
            spread_fill(&f->random, SPREAD_TAILS, line, 0.01, values, count);
            spread_fill(&f->random, SPREAD_TAILS, 0, 0.01, others, count);
            for (size_t j = 0; i != 0 && j < count; j++) {
                values[j] += f->values[0][j] - line;
            }
            f->cases[i] = (struct decision_case){
                .shift = paired ? shift_paired(values, count)
                                : shift_unpaired(values, count, others, count),
                .tolerance = 0.02,
            };
        }
        decide(f, CASES);
        bool alarm[2] = {false};
        for (size_t i = 0; i < CASES; i++) {
            alarm[0] |= f->decisions[i].answer == DECISION_WORSE;
            alarm[1] |= f->decisions[i].answer == DECISION_BETTER;
        }
        alarms[0] += alarm[0];
        alarms[1] += alarm[1];
    }
    print_message("%zu values: %u worse, %u better\n", count, alarms[0],
                  alarms[1]);
    for (size_t i = 0; i < 2; i++) {
        if (proportion_interval(alarms[i], TRIALS, 0.99).low > DECISION_ERROR) {
            fail_msg("%zu values: %u false alarms in %d", count, alarms[i],
                     (int)TRIALS);
        }
    }
}

static void
of_a_hundred_that_changed_nothing_one_is_called_worse(void **state) {
    struct fixture *f = *state;
    expect_few_alarms(f, 12, true);
    expect_few_alarms(f, 30, true);
    expect_few_alarms(f, 100, true);
    expect_few_alarms(f, 8, false);
    expect_few_alarms(f, 40, false);
}

/* Of those that changed by what was called visible, and by chance were called
 * so with less or with more noise than there is. */
static void expect_power(struct fixture *f, enum spread spread, size_t count,
                         bool paired) {
    enum { TRIALS = 200 };
    unsigned seen = 0;
    double visible = 0;
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        for (int turn = 0; turn < 2; turn++) {
            spread_fill(&f->random, spread, turn == 0 ? 0 : visible, 0.01,
                        f->values[0], count);
            spread_fill(&f->random, spread, 0, 0.01, f->others[0], count);
            f->cases[0] = (struct decision_case){
                .shift = paired ? shift_paired(f->values[0], count)
                                : shift_unpaired(f->values[0], count,
                                                 f->others[0], count),
                .tolerance = 0.02,
            };
            decide(f, 1);
            visible = f->decisions[0].visible;
        }
        seen += f->decisions[0].answer == DECISION_WORSE;
    }
    if (proportion_interval(seen, TRIALS, 0.99).high < DECISION_POWER) {
        fail_msg("law %d, %zu values: %u of %d seen", (int)spread, count, seen,
                 (int)TRIALS);
    }
    print_message("law %d, %zu values, %s: %u of %d seen\n", (int)spread, count,
                  paired ? "paired" : "unpaired", seen, (int)TRIALS);
}

static void what_is_called_visible_is_seen(void **state) {
    static const size_t counts[] = {10, 20, 60, 120, 400};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        expect_power(f, SPREAD_NORMAL, counts[i], true);
        expect_power(f, SPREAD_TAILS, counts[i], true);
        expect_power(f, SPREAD_FLAT, counts[i], false);
        expect_power(f, SPREAD_TAILS, counts[i], false);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_are_about_the_tolerance, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_where_its_interval_lies,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_drift_takes_its_part_of_every_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(with_too_few_samples_nothing_is_visible,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            of_a_hundred_that_changed_nothing_one_is_called_worse, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(what_is_called_visible_is_seen, set_up,
                                        tear_down),
    };
    return SUITE_RUN(tests, argc, argv);
}
