/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "measure/trend.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/suite.h"

#define assert_near(value, expected, distance)                                 \
    assert_true(fabs((value) - (expected)) <= (distance))

#define COUNT_MAX 8
#define S_MAX (COUNT_MAX * (COUNT_MAX - 1) / 2)

/* ---- By brute force: every order of the values -------------------------- */

struct census {
    double orders;
    double with_s[2 * S_MAX + 1]; /* at s + S_MAX */
    double squares;
};

static void count_order(struct census *census, const double *values,
                        size_t count) {
    double s = trend_s(values, count);
    census->orders++;
    census->with_s[(int)s + S_MAX]++;
    census->squares += s * s;
}

static void permute(struct census *census, double *values, size_t count,
                    size_t fixed) {
    if (fixed == count) {
        count_order(census, values, count);
        return;
    }
    for (size_t i = fixed; i < count; i++) {
        double kept = values[fixed];
        values[fixed] = values[i];
        values[i] = kept;
        permute(census, values, count, fixed + 1);
        values[i] = values[fixed];
        values[fixed] = kept;
    }
}

static struct census all_orders(const double *values, size_t count) {
    struct census census = {0};
    double copy[COUNT_MAX];
    memcpy(copy, values, count * sizeof copy[0]);
    permute(&census, copy, count, 0);
    return census;
}

static void expect_law_of(const double *values, size_t count) {
    struct census census = all_orders(values, count);
    struct trend_law law;
    trend_law_init(&law, values, count, 1);
    assert_near(law.variance, census.squares / census.orders, 1e-9);
    double tail = 0;
    for (int s = S_MAX; s >= -S_MAX; s--) {
        tail += census.with_s[s + S_MAX] / census.orders;
        if (census.with_s[s + S_MAX] > 0) {
            assert_near(trend_law_tail(&law, s), tail, 1e-12);
        }
    }
}

static void the_exact_law_is_that_of_all_orders(void **state) {
    (void)state;
    static const double values[] = {5, 3, 8, 1, 9, 2, 7, 4};
    for (size_t count = 2; count <= COUNT_MAX; count++) {
        expect_law_of(values, count);
    }
}

static void the_exact_law_is_that_of_all_orders_with_ties(void **state) {
    (void)state;
    static const double series[][COUNT_MAX] = {
        {1, 1, 2, 2, 3, 3, 4, 4}, {0, 0, 0, 0, 1, 2, 3, 4},
        {5, 5, 5, 5, 5, 5, 5, 6}, {1, 1, 1, 1, 2, 2, 2, 2},
        {1, 2, 2, 2, 3, 3, 4, 5},
    };
    for (size_t i = 0; i < sizeof series / sizeof series[0]; i++) {
        for (size_t count = 2; count <= COUNT_MAX; count++) {
            expect_law_of(series[i], count);
        }
    }
}

/* Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987),
 * table A18, to its three digits. */
static void the_exact_law_is_that_of_the_tables(void **state) {
    (void)state;
    static const struct {
        size_t count;
        double s;
        double tail;
    } table[] = {
        {4, 4, 0.167},   {4, 6, 0.042},   {5, 8, 0.042},  {6, 11, 0.028},
        {7, 13, 0.035},  {8, 16, 0.031},  {9, 20, 0.022}, {10, 21, 0.036},
        {10, 23, 0.023}, {10, 25, 0.014},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct trend_law law;
        trend_law_untied(&law, table[i].count, 1);
        assert_near(trend_law_tail(&law, table[i].s), table[i].tail, 0.0005);
    }
    /* Section 16.4.2: 10, 15, 14, 20. */
    static const double well[] = {10, 15, 14, 20};
    assert_true(trend_s(well, 4) == 4);
    assert_near(trend_p(well, 4, 1), 0.167, 0.0005);
}

static void only_rising_values_rise(void **state) {
    (void)state;
    double values[TREND_VALUES_MAX];
    double orders = 1;
    for (size_t count = 1; count <= TREND_EXACT_MAX; count++) {
        values[count - 1] = (double)count;
        orders *= (double)count;
        assert_near(trend_p(values, count, 1), 1 / orders, 1e-12);
    }
    for (size_t i = 0; i < TREND_VALUES_MAX; i++) {
        values[i] = -(double)i;
    }
    assert_true(trend_p(values, TREND_VALUES_MAX, 1) > 0.999);
    memset(values, 0, sizeof values);
    assert_true(trend_p(values, TREND_VALUES_MAX, 1) >= 0.5);
    assert_true(trend_p(values, TREND_EXACT_MAX, 1) == 1);
}

/* Above the exact law: as often as it says, and rarely more. */
static void the_normal_law_holds_what_it_says(void **state) {
    (void)state;
    struct random random;
    double values[32];
    random_init(&random, 1);
    unsigned below_5_percent = 0;
    unsigned below_1_percent = 0;
    for (unsigned run = 0; run < 20000; run++) {
        for (size_t i = 0; i < 32; i++) {
            values[i] = (double)random_below(&random, 12); /* many ties */
        }
        double p = trend_p(values, 32, 1);
        below_5_percent += p < 0.05;
        below_1_percent += p < 0.01;
    }
    assert_in_range(below_5_percent, 900, 1060);
    assert_in_range(below_1_percent, 150, 220);
}

static void the_critical_s_is_the_least_that_is_rare_enough(void **state) {
    (void)state;
    for (size_t count = 2; count <= 40; count++) {
        struct trend_law law;
        trend_law_untied(&law, count, 1);
        double alpha = 0.2;
        for (int i = 0; i < 18; i++) {
            alpha /= 3;
            double critical = trend_law_critical(&law, alpha);
            if (isinf(critical)) {
                assert_true(trend_law_tail(&law, (double)law.pairs) > alpha);
                continue;
            }
            assert_true(trend_law_tail(&law, critical) <= alpha * 1.000001);
            assert_true(trend_law_tail(&law, critical - 2) > alpha);
        }
    }
}

/* ---- Slopes ------------------------------------------------------------- */

static void the_slope_is_the_median_of_all_pairs(void **state) {
    (void)state;
    static const double outlier[] = {0, 2, 4, 600, 8, 10, 12};
    assert_true(trend_slope(outlier, 7, 0.05, 1).median == 2);
    static const double two[] = {3, 10};
    struct trend_slope slope = trend_slope(two, 2, 0.5, 1);
    assert_true(slope.median == 7);
    assert_true(slope.lower == 7 && slope.upper == 7);
    /* Two values rise by chance every second time. */
    assert_true(isnan(trend_slope(two, 2, 0.4, 1).lower));
    assert_true(isnan(trend_slope(two, 2, 0.4, 1).upper));
}

static void permute_slopes(double *values, size_t count, size_t fixed,
                           double alpha, unsigned *above, unsigned *below) {
    if (fixed == count) {
        struct trend_slope slope = trend_slope(values, count, alpha, 1);
        *above += slope.lower > 0;
        *below += slope.upper < 0;
        return;
    }
    for (size_t i = fixed; i < count; i++) {
        double kept = values[fixed];
        values[fixed] = values[i];
        values[i] = kept;
        permute_slopes(values, count, fixed + 1, alpha, above, below);
        values[i] = values[fixed];
        values[fixed] = kept;
    }
}

/* 5,040 orders of seven values without a trend. */
static void the_true_slope_is_passed_as_rarely_as_was_asked_for(void **state) {
    (void)state;
    static const double alphas[] = {0.1, 0.05, 0.01, 0.001};
    for (size_t i = 0; i < 4; i++) {
        double values[] = {1, 2, 4, 8, 16, 32, 64};
        struct trend_law law;
        trend_law_untied(&law, 7, 1);
        double critical = trend_law_critical(&law, alphas[i]);
        unsigned above = 0;
        unsigned below = 0;
        permute_slopes(values, 7, 0, alphas[i], &above, &below);
        assert_near(above / 5040.0, trend_law_tail(&law, critical), 1e-9);
        assert_int_equal(above, below);
        assert_true(above <= alphas[i] * 5040);
    }
}

static void a_dependence_widens_the_interval_and_the_p(void **state) {
    (void)state;
    double values[40];
    struct random random;
    random_init(&random, 3);
    for (size_t i = 0; i < 40; i++) {
        values[i] = (double)i * 5 + (double)random_below(&random, 100);
    }
    struct trend_slope narrow = trend_slope(values, 40, 1e-3, 1);
    struct trend_slope wide = trend_slope(values, 40, 1e-3, 3);
    assert_true(wide.lower < narrow.lower && wide.upper > narrow.upper);
    assert_true(wide.median == narrow.median);
    assert_true(trend_p(values, 40, 3) > trend_p(values, 40, 1));
    assert_true(trend_inflation(-0.5) == 1);
    assert_near(trend_inflation(0.5), 3, 1e-12);
    assert_true(isfinite(trend_inflation(1)));
}

static void lag_1_tells_what_follows_what(void **state) {
    (void)state;
    double values[1000];
    struct random random;
    random_init(&random, 5);
    double noise = 0;
    for (size_t i = 0; i < 1000; i++) {
        noise = 0.5 * noise + (double)random_below(&random, 1000) - 499.5;
        values[i] = noise + 7 * (double)i;
    }
    assert_near(trend_lag1(values, 1000, 7), 0.5, 0.08);
    for (size_t i = 0; i < 1000; i++) {
        values[i] = (double)random_below(&random, 1000);
    }
    assert_near(trend_lag1(values, 1000, 0), 0, 0.1);
    for (size_t i = 0; i < 1000; i++) {
        values[i] = i % 2 == 0 ? 1 : -1;
    }
    assert_true(trend_lag1(values, 1000, 0) < -0.9);
    memset(values, 0, sizeof values);
    assert_true(trend_lag1(values, 1000, 0) == 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exact_law_is_that_of_all_orders),
        cmocka_unit_test(the_exact_law_is_that_of_all_orders_with_ties),
        cmocka_unit_test(the_exact_law_is_that_of_the_tables),
        cmocka_unit_test(only_rising_values_rise),
        cmocka_unit_test(the_normal_law_holds_what_it_says),
        cmocka_unit_test(the_critical_s_is_the_least_that_is_rare_enough),
        cmocka_unit_test(the_slope_is_the_median_of_all_pairs),
        cmocka_unit_test(the_true_slope_is_passed_as_rarely_as_was_asked_for),
        cmocka_unit_test(a_dependence_widens_the_interval_and_the_p),
        cmocka_unit_test(lag_1_tells_what_follows_what),
    };
    return SUITE_RUN(tests, argc, argv);
}
