/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "people/bio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "people/people.h"
#include "support/suite.h"

#define SEED 7
#define MANY 20000

static const struct bio_law law = {.median = 200, .sigma = 1.5};

static size_t login_of(unsigned i, char login[PEOPLE_FIELD_MAX + 1]) {
    return (size_t)snprintf(login, PEOPLE_FIELD_MAX + 1, "user%u", i);
}

static int compare_doubles(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

/* Kolmogorov and Smirnov at 1 %, of a fixed seed: the logarithms are normal
 * but for the rounding to whole bytes, so from a median that is large. */
static void sizes_are_log_normal(void **state) {
    const struct bio_law large = {.median = 100000, .sigma = 0.5};
    static double z[MANY];
    double most = 0;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        char login[PEOPLE_FIELD_MAX + 1];
        size_t size = login_of(i, login);
        z[i] = log((double)bio_size(&large, SEED, login, size) /
                   (double)large.median) /
               large.sigma;
    }
    qsort(z, MANY, sizeof z[0], compare_doubles);
    for (unsigned i = 0; i < MANY; i++) {
        double expected = erfc(-z[i] / sqrt(2)) / 2;
        most = fmax(most, fabs(expected - (double)i / MANY));
        most = fmax(most, fabs(expected - (double)(i + 1) / MANY));
    }
    if (most > 1.63 / sqrt(MANY)) {
        fail_msg("%f from the normal distribution", most);
    }
}

static void every_wrong_byte_is_seen(void **state) {
    const char login[] = "kovilato0482";
    size_t size = bio_size(&law, SEED, login, strlen(login));
    char *bio = malloc(size + 1);

    (void)state;
    assert_non_null(bio);
    assert_true(size > 8);
    bio_write(SEED, login, strlen(login), bio, size);
    assert_true(bio_fits(&law, SEED, login, strlen(login), bio, size));
    for (size_t at = 0; at < size; at++) {
        bio[at] ^= 1;
        assert_false(bio_fits(&law, SEED, login, strlen(login), bio, size));
        bio[at] ^= 1;
    }
    assert_false(bio_fits(&law, SEED, login, strlen(login), bio, size - 1));
    assert_false(bio_fits(&law, SEED, login, strlen(login), NULL, 0));
    assert_false(bio_fits(&law, SEED + 1, login, strlen(login), bio, size));
    assert_false(bio_fits(&law, SEED, "kovilato0483", 12, bio, size));
    free(bio);
}

/* Another build, machine or version must not tell another story. */
static void a_bio_is_the_same_everywhere(void **state) {
    const char login[] = "kovilato0482";
    char bio[25] = "";

    (void)state;
    assert_int_equal(bio_size(&law, SEED, login, strlen(login)), 498);
    bio_write(SEED, login, strlen(login), bio, sizeof bio - 1);
    assert_string_equal(bio, "hbkgbio mhmgpfa plajpgd ");
}

static void no_bio_is_larger_than_the_largest(void **state) {
    const struct bio_law huge = {.median = BIO_SIZE_MAX, .sigma = 3};
    size_t most = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        char login[PEOPLE_FIELD_MAX + 1];
        size_t size = bio_size(&huge, SEED, login, login_of(i, login));
        most = size > most ? size : most;
    }
    assert_int_equal(most, BIO_SIZE_MAX);
}

static void without_a_spread_all_are_of_the_median(void **state) {
    const struct bio_law even = {.median = 777};

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        char login[PEOPLE_FIELD_MAX + 1];
        assert_int_equal(bio_size(&even, SEED, login, login_of(i, login)), 777);
    }
}

static void assert_mean(const struct bio_law *one) {
    double sum = 0;
    for (unsigned i = 0; i < MANY; i++) {
        char login[PEOPLE_FIELD_MAX + 1];
        size_t size = login_of(i, login);
        sum += (double)bio_size(one, SEED, login, size);
    }
    const double mean = bio_size_mean(one);
    if (fabs(mean - sum / MANY) > 0.05 * mean) {
        fail_msg("%f, not %f", sum / MANY, mean);
    }
}

/* Of a fixed seed; the normal draws end at six sigma. */
static void the_mean_is_of_sizes_as_they_are(void **state) {
    (void)state;
    assert_mean(&law);
    assert_mean(&(struct bio_law){.median = 100000, .sigma = 1.5});
    assert_mean(&(struct bio_law){.median = BIO_SIZE_MAX, .sigma = 3});
    assert_mean(&(struct bio_law){.median = 5 * BIO_SIZE_MAX, .sigma = 0});
    assert_mean(&(struct bio_law){.median = 777});
    assert_true(bio_size_mean(&(struct bio_law){.sigma = 1}) <= 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_log_normal),
        cmocka_unit_test(every_wrong_byte_is_seen),
        cmocka_unit_test(a_bio_is_the_same_everywhere),
        cmocka_unit_test(no_bio_is_larger_than_the_largest),
        cmocka_unit_test(the_mean_is_of_sizes_as_they_are),
        cmocka_unit_test(without_a_spread_all_are_of_the_median),
    };
    return SUITE_RUN(tests, argc, argv);
}
