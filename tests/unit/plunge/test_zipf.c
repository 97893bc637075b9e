/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan */
#include "load/zipf.h"

#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "support/chi_square.h"
#include "support/suite.h"

#define DRAWS 100000
#define ALONE 20 /* the first ranks each have a bin, the others share some */
#define BINS_MAX 128
#define SUMMED 1000 /* weights up to here are added up one by one */

struct law {
    double exponent;
    uint64_t count;
    uint64_t ends[BINS_MAX]; /* the rank behind each bin's last, from 1 */
    double shares[BINS_MAX];
    uint64_t counts[BINS_MAX];
    size_t bins;
};

static double integral(double exponent, double from, double to) {
    if (fabs(exponent - 1) < 1e-12) {
        return log(to / from);
    }
    return (pow(to, 1 - exponent) - pow(from, 1 - exponent)) / (1 - exponent);
}

/* The weights of ranks @from to @end - 1. Far out a strip's area is its weight
 * but for a part in a hundred millions. */
static double weights(double exponent, uint64_t from, uint64_t end) {
    double sum = 0;
    for (; from < end && from < SUMMED; from++) {
        sum += pow((double)from, -exponent);
    }
    return from < end
               ? sum + integral(exponent, (double)from - 0.5, (double)end - 0.5)
               : sum;
}

/* Bins that grow by half; one that would expect few is joined with the one
 * before. */
static void make_bins(struct law *law) {
    const double all = weights(law->exponent, 1, law->count + 1);
    uint64_t from = 1;
    law->bins = 0;
    while (from <= law->count) {
        uint64_t end = from < ALONE ? from + 1 : from + from / 2;
        end = end > law->count ? law->count + 1 : end;
        double share = weights(law->exponent, from, end) / all;
        if (law->bins > 0 &&
            (share * DRAWS < 10 || law->shares[law->bins - 1] * DRAWS < 10)) {
            law->bins--;
            share += law->shares[law->bins];
        }
        assert_true(law->bins < BINS_MAX);
        law->shares[law->bins] = share;
        law->ends[law->bins++] = end;
        from = end;
    }
}

static void expect_law(double exponent, uint64_t count) {
    static struct law law;
    struct zipf zipf;
    char name[64];
    law = (struct law){.exponent = exponent, .count = count};
    make_bins(&law);
    zipf_init(&zipf, exponent, count);
    const uint64_t seeded = random_seeded(11);
    for (uint64_t k = 0; k < DRAWS; k++) {
        uint64_t rank = zipf_draw(&zipf, random_at(seeded, k)) + 1;
        size_t bin = 0;
        assert_in_range(rank, 1, count);
        while (rank >= law.ends[bin]) {
            bin++;
        }
        law.counts[bin]++;
    }
    (void)snprintf(name, sizeof name, "exponent %g of %llu", exponent,
                   (unsigned long long)count);
    if (law.bins > 1) {
        chi_square_assert(name, law.counts, law.shares, law.bins);
    }
}

static void ranks_are_as_often_as_zipfs_law_says(void **state) {
    (void)state;
    static const double exponents[] = {0.01, 0.5, 0.99, 1, 1.000001,
                                       1.01, 1.5, 2,    5};
    static const uint64_t counts[] = {
        1, 2, 3, 10, 1000, 1000000, UINT64_C(1) << 40};
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            expect_law(exponents[i], counts[j]);
        }
    }
}

static void a_steep_law_draws_the_first_alone(void **state) {
    (void)state;
    struct zipf zipf;
    zipf_init(&zipf, 100, 1000);
    for (uint64_t k = 0; k < 1000; k++) {
        assert_int_equal(zipf_draw(&zipf, random_mix(1, k)), 0);
    }
}

static void the_same_number_gives_the_same_rank(void **state) {
    (void)state;
    struct zipf zipf;
    zipf_init(&zipf, 0.99, 1000000);
    for (uint64_t k = 0; k < 1000; k++) {
        uint64_t mixed = random_mix(5, k);
        assert_int_equal(zipf_draw(&zipf, mixed), zipf_draw(&zipf, mixed));
    }
    assert_in_range(zipf_draw(&zipf, 0), 0, 999999);
    assert_in_range(zipf_draw(&zipf, UINT64_MAX), 0, 999999);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_as_often_as_zipfs_law_says),
        cmocka_unit_test(a_steep_law_draws_the_first_alone),
        cmocka_unit_test(the_same_number_gives_the_same_rank),
    };
    return SUITE_RUN(tests, argc, argv);
}
