/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "measure/shift.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "measure/normal.h"
#include "measure/proportion.h"
#include "measure/ranks.h"
#include "support/spread.h"
#include "support/suite.h"

#define assert_near(value, expected, distance)                                 \
    assert_true(fabs((value) - (expected)) <= (distance))

static const double alphas[] = {0.2,   0.1,    0.05,   0.025, 0.01,
                                0.005, 0.0025, 0.0005, 1e-4};

/* ---- The laws, by brute force -------------------------------------------- */

static void the_paired_law_is_that_of_all_signs(void **state) {
    (void)state;
    for (unsigned count = 1; count <= 10; count++) {
        struct ranks_law law;
        ranks_law_paired(&law, count, 1);
        const size_t total = (size_t)count * (count + 1) / 2;
        double ways[56] = {0};
        for (unsigned signs = 0; signs < 1U << count; signs++) {
            size_t positive = 0;
            for (unsigned i = 0; i < count; i++) {
                positive += (signs >> i & 1U) != 0 ? i + 1 : 0;
            }
            ways[positive]++;
        }
        assert_int_equal(law.total, total);
        double tail = 0;
        for (size_t i = total + 1; i-- > 0;) {
            tail += ways[i] / (double)(1U << count);
            assert_near(ranks_law_tail(&law, i), tail, 1e-12);
        }
    }
}

/* Every choice of @count of @all places, as bits. */
static void expect_unpaired_law(unsigned count, unsigned all) {
    struct ranks_law law;
    double ways[65] = {0};
    double sum = 0;
    ranks_law_unpaired(&law, count, all - count, 1);
    for (unsigned chosen = 0; chosen < 1U << all; chosen++) {
        size_t above = 0;
        unsigned others = 0;
        unsigned ours = 0;
        for (unsigned i = 0; i < all; i++) {
            if ((chosen >> i & 1U) != 0) {
                above += others;
                ours++;
            } else {
                others++;
            }
        }
        if (ours == count) {
            ways[above]++;
            sum++;
        }
    }
    double tail = 0;
    for (size_t i = law.total + 1; i-- > 0;) {
        tail += ways[i] / sum;
        assert_near(ranks_law_tail(&law, i), tail, 1e-12);
    }
}

static void the_unpaired_law_is_that_of_all_choices(void **state) {
    (void)state;
    for (unsigned all = 2; all <= 12; all++) {
        for (unsigned count = 1; count < all; count++) {
            expect_unpaired_law(count, all);
        }
    }
}

/* Where the exact law ends, the other one takes over, and is the more careful
 * one in the far tail. */
static void the_normal_law_goes_on_where_the_exact_one_ends(void **state) {
    struct ranks_law exact;
    struct ranks_law normal;
    (void)state;
    ranks_law_paired(&exact, RANKS_PAIRED_MAX, 1);
    ranks_law_paired(&normal, RANKS_PAIRED_MAX, 1.0000001);
    assert_true(exact.is_exact && !normal.is_exact);
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const double alpha = alphas[i];
        const double reach = (double)ranks_law_reach(&exact, alpha);
        const double other = (double)ranks_law_reach(&normal, alpha);
        assert_near(other, reach, 0.15 * reach + 1);
        assert_true(alpha > 0.01 || other <= reach);
    }
    ranks_law_unpaired(&exact, RANKS_UNPAIRED_MAX, RANKS_UNPAIRED_MAX, 1);
    ranks_law_unpaired(&normal, RANKS_UNPAIRED_MAX, RANKS_UNPAIRED_MAX,
                       1.0000001);
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const double alpha = alphas[i];
        const double reach = (double)ranks_law_reach(&exact, alpha);
        const double other = (double)ranks_law_reach(&normal, alpha);
        assert_near(other, reach, 0.15 * reach + 1);
        assert_true(alpha > 0.01 || other <= reach);
    }
}

/* No more than so many, or more: nothing else can be. */
static void either_law_is_symmetrical(void **state) {
    static const double inflations[] = {1, 1.5};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ranks_law law;
        ranks_law_paired(&law, 11, inflations[i]);
        for (size_t positive = 1; positive <= law.total; positive++) {
            const double tails = ranks_law_tail(&law, positive) +
                                 ranks_law_tail(&law, law.total + 1 - positive);
            assert_near(tails, 1, 1e-12);
        }
    }
}

/* ---- The books ----------------------------------------------------------- */

/* Hollander and Wolfe (1973), tables 3.1 and 4.1, which R's wilcox.test() has
 * for examples: V = 40, p = 0.01953; W = 35, p = 0.1272. */
static void paired_figures_are_those_of_the_books(void **state) {
    (void)state;
    static const double first[] = {1.83, 0.50, 1.62, 2.48, 1.68,
                                   1.88, 1.55, 3.06, 1.30};
    static const double second[] = {0.878, 0.647, 0.598, 2.05, 1.06,
                                    1.29,  1.06,  3.14,  1.29};
    double differences[9];
    for (size_t i = 0; i < 9; i++) {
        differences[i] = first[i] - second[i];
    }
    const struct shift shift = shift_paired(differences, 9);
    assert_near(shift_chance_above(&shift, 0), 0.01953125, 1e-12);
    assert_near(shift_chance(&shift, 0), 0.0390625, 1e-12);
    assert_near(shift_estimate(&shift), 0.46, 1e-12);
    const struct shift_bounds bounds = shift_bounds(&shift, 0.025);
    assert_near(bounds.low, 0.010, 1e-12);
    assert_near(bounds.high, 0.786, 1e-12);
}

static void unpaired_figures_are_those_of_the_books(void **state) {
    (void)state;
    double term[] = {0.80, 0.83, 1.89, 1.04, 1.45,
                     1.38, 1.91, 1.64, 0.73, 1.46};
    double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
    const struct shift shift = shift_unpaired(term, 10, early, 5);
    assert_near(shift_chance_above(&shift, 0), 0.12720612720612721, 1e-12);
    assert_near(shift_chance(&shift, 0), 0.25441225441225442, 1e-12);
    assert_near(shift_estimate(&shift), 0.305, 1e-12);
    const struct shift_bounds bounds = shift_bounds(&shift, 0.025);
    assert_near(bounds.low, -0.15, 1e-12);
    assert_near(bounds.high, 0.76, 1e-12);
}

static void student_is_that_of_the_tables(void **state) {
    (void)state;
    assert_near(normal_sigmas(0.05), 1.644854, 1e-6);
    assert_near(normal_sigmas(0.001), 3.090232, 1e-6);
    assert_near(normal_sigmas(0.5), 0, 1e-9);
    assert_near(normal_student(0.05, 5), 2.015048, 0.01);
    assert_near(normal_student(0.05, 10), 1.812461, 0.001);
    assert_near(normal_student(0.01, 30), 2.457262, 0.001);
}

/* ---- Figures without a list of them -------------------------------------- */

static int by_value(const void *one, const void *other) {
    const double a = *(const double *)one;
    const double b = *(const double *)other;
    return (a > b) - (a < b);
}

#define LISTED_MAX 60
#define FIGURES_MAX (LISTED_MAX * (LISTED_MAX + 1) / 2)

static size_t list_figures(const struct shift *shift, double *figures) {
    size_t count = 0;
    for (size_t i = 0; i < shift->count; i++) {
        const double value = shift->values[i];
        for (size_t j = i; j < shift->count && shift->others == NULL; j++) {
            figures[count++] = (value + shift->values[j]) / 2;
        }
        for (size_t j = 0; j < shift->others_count && shift->others != NULL;
             j++) {
            figures[count++] = value - shift->others[j];
        }
    }
    qsort(figures, count, sizeof figures[0], by_value);
    return count;
}

/* Estimate, bounds and chances, from a list of all figures. */
static void expect_as_listed(const struct shift *shift) {
    static double figures[FIGURES_MAX];
    struct ranks_law law;
    const size_t count = list_figures(shift, figures);
    if (shift->others == NULL) {
        ranks_law_paired(&law, shift->count, 1);
    } else {
        ranks_law_unpaired(&law, shift->count, shift->others_count, 1);
    }
    const double middle = figures[(count - 1) / 2] +
                          (figures[count / 2] - figures[(count - 1) / 2]) / 2;
    assert_true(shift_estimate(shift) == middle);
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const double alpha = alphas[i];
        const size_t reach = ranks_law_reach(&law, alpha);
        const struct shift_bounds bounds = shift_bounds(shift, alpha);
        if (reach == 0) {
            assert_true(isinf(bounds.low) && isinf(bounds.high));
            continue;
        }
        assert_true(bounds.low == figures[reach - 1]);
        assert_true(bounds.high == figures[count - reach]);
    }
    for (size_t i = 0; i < count; i += 7) {
        size_t above = 0;
        for (size_t j = 0; j < count; j++) {
            above += figures[j] > figures[i];
        }
        assert_near(shift_chance_above(shift, figures[i]),
                    ranks_law_tail(&law, above), 1e-12);
    }
}

static void figures_need_no_list_of_them(void **state) {
    struct random random;
    double news[LISTED_MAX];
    double olds[LISTED_MAX];
    (void)state;
    random_init(&random, 41);
    for (unsigned trial = 0; trial < 200; trial++) {
        const enum spread spread = trial % 2 == 0 ? SPREAD_STEPS : SPREAD_TAILS;
        const size_t count = 1 + random_below(&random, LISTED_MAX);
        spread_fill(&random, spread, 0, 1, news, count);
        const struct shift paired = shift_paired(news, count);
        expect_as_listed(&paired);
        const size_t few = 1 + random_below(&random, 24);
        const size_t others = 1 + random_below(&random, 24);
        spread_fill(&random, spread, 1, 1, news, few);
        spread_fill(&random, spread, 0, 1, olds, others);
        const struct shift unpaired = shift_unpaired(news, few, olds, others);
        expect_as_listed(&unpaired);
    }
}

/* So that an answer by the chance and one by the interval are one. */
static void a_bound_is_beyond_exactly_where_the_chance_is_small(void **state) {
    struct random random;
    double values[30];
    (void)state;
    random_init(&random, 42);
    for (unsigned trial = 0; trial < 400; trial++) {
        spread_fill(&random, trial % 2 == 0 ? SPREAD_STEPS : SPREAD_NORMAL, 0.7,
                    1, values, 30);
        const struct shift shift =
            trial % 3 == 0 ? shift_paired(values, 30)
                           : shift_unpaired(values, 15, values + 15, 15);
        for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
            const double alpha = alphas[i];
            const struct shift_bounds bounds = shift_bounds(&shift, alpha);
            const bool rare = shift_chance_above(&shift, 0) <= alpha;
            assert_true(rare == (bounds.low > 0));
            const bool other = shift_chance_below(&shift, 0) <= alpha;
            assert_true(other == (bounds.high < 0));
        }
    }
}

static void a_hundred_thousand_values_are_no_trouble(void **state) {
    enum { COUNT = 100000 };
    struct random random;
    double *values = malloc(COUNT * sizeof *values);
    (void)state;
    assert_non_null(values);
    random_init(&random, 43);
    spread_fill(&random, SPREAD_NORMAL, 0.01, 1, values, COUNT);
    const struct shift shift = shift_paired(values, COUNT);
    /* The mean of so many is known to a 316th of a sigma. */
    assert_near(shift_estimate(&shift), 0.01, 4.0 / 316);
    assert_near(shift_error(&shift), 1.0 / 316, 0.1 / 316);
    const struct shift_bounds bounds = shift_bounds(&shift, 0.025);
    assert_near(bounds.high - bounds.low, 2 * 1.96 / 316, 0.3 / 316);
    free(values);
}

/* ---- Few values, equal values -------------------------------------------- */

static void too_few_values_bound_nothing(void **state) {
    double values[] = {3, 1, 2, 5, 4, 6, 7};
    (void)state;
    const struct shift none = shift_paired(values, 0);
    assert_true(isnan(shift_estimate(&none)) && isnan(shift_error(&none)));
    assert_true(shift_chance_above(&none, 0) >= 1);
    assert_true(isinf(shift_bounds(&none, 0.3).low));
    const struct shift one = shift_paired(values, 1);
    assert_true(shift_estimate(&one) == 3 && isnan(shift_error(&one)));
    const struct shift six = shift_paired(values, 6);
    const struct shift seven = shift_paired(values, 7);
    assert_int_equal(shift_size_needed(&six, 0.01), 7);
    assert_true(isinf(shift_bounds(&six, 0.01).low));
    assert_true(shift_bounds(&seven, 0.01).low == 1);
    const struct shift five = shift_unpaired(values, 4, values + 4, 3);
    assert_int_equal(shift_size_needed(&five, 0.01), 5);
    assert_int_equal(shift_size(&five), 3);
}

static void what_never_varies_is_certain(void **state) {
    double values[12];
    (void)state;
    for (size_t i = 0; i < 12; i++) {
        values[i] = 0.25;
    }
    const struct shift shift = shift_paired(values, 12);
    assert_true(shift_estimate(&shift) == 0.25 && shift_error(&shift) == 0);
    assert_near(shift_chance_above(&shift, 0.2), 1.0 / 4096, 1e-15);
    assert_true(shift_chance_above(&shift, 0.25) >= 1);
    assert_true(shift_bounds(&shift, 0.001).low == 0.25);
}

/* ---- By simulation ------------------------------------------------------- */

enum { TRIALS = 1500 };

/* How often bounds at @alpha miss the true shift, to one side. */
static void expect_covered(enum spread spread, size_t count, size_t others,
                           double alpha) {
    struct random random;
    double news[200];
    double olds[200];
    unsigned low = 0;
    unsigned high = 0;
    random_init(&random, 100 * count + others);
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        spread_fill(&random, spread, 5, 2, news, count);
        spread_fill(&random, spread, 2, 2, olds, others);
        const struct shift shift =
            others == 0 ? shift_paired(news, count)
                        : shift_unpaired(news, count, olds, others);
        const double truth = others == 0 ? 5 : 3;
        const struct shift_bounds bounds = shift_bounds(&shift, alpha);
        low += bounds.low > truth;
        high += bounds.high < truth;
    }
    if (proportion_interval(low, TRIALS, 0.999).low > alpha ||
        proportion_interval(high, TRIALS, 0.999).low > alpha) {
        fail_msg("law %d, %zu and %zu values, %.3f: %u below, %u above",
                 (int)spread, count, others, alpha, low, high);
    }
}

static void bounds_hold_as_often_as_they_say(void **state) {
    static const size_t counts[][2] = {{8, 0},   {25, 0},  {32, 0}, {33, 0},
                                       {200, 0}, {8, 8},   {5, 16}, {16, 16},
                                       {17, 30}, {100, 40}};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int spread = SPREAD_NORMAL; spread <= SPREAD_STEPS; spread++) {
            expect_covered((enum spread)spread, counts[i][0], counts[i][1],
                           i % 2 == 0 ? 0.05 : 0.01);
        }
    }
}

/* Whatever it is then: it comes to an end. */
static void what_is_no_number_comes_to_an_end(void **state) {
    (void)state;
    double ones[] = {INFINITY, INFINITY, 1};
    double others[] = {INFINITY, -INFINITY, 2};
    const struct shift shift = shift_unpaired(ones, 3, others, 3);
    (void)shift_estimate(&shift);
    double pairs[] = {-INFINITY, INFINITY, 0};
    const struct shift paired = shift_paired(pairs, 3);
    (void)shift_estimate(&paired);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paired_law_is_that_of_all_signs),
        cmocka_unit_test(the_unpaired_law_is_that_of_all_choices),
        cmocka_unit_test(the_normal_law_goes_on_where_the_exact_one_ends),
        cmocka_unit_test(either_law_is_symmetrical),
        cmocka_unit_test(paired_figures_are_those_of_the_books),
        cmocka_unit_test(unpaired_figures_are_those_of_the_books),
        cmocka_unit_test(student_is_that_of_the_tables),
        cmocka_unit_test(figures_need_no_list_of_them),
        cmocka_unit_test(a_bound_is_beyond_exactly_where_the_chance_is_small),
        cmocka_unit_test(a_hundred_thousand_values_are_no_trouble),
        cmocka_unit_test(too_few_values_bound_nothing),
        cmocka_unit_test(what_never_varies_is_certain),
        cmocka_unit_test(bounds_hold_as_often_as_they_say),
        cmocka_unit_test(what_is_no_number_comes_to_an_end),
    };
    return SUITE_RUN(tests, argc, argv);
}
