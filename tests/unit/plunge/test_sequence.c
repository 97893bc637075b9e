/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "measure/sequence.h"

#include <math.h>
#include <stdbool.h>

#include "base/random.h"
#include "measure/minima.h"
#include "support/suite.h"

#define assert_near(value, expected, distance)                                 \
    assert_true(fabs((value) - (expected)) <= (distance))

/* ---- Block minima ------------------------------------------------------- */

static void blocks_hold_their_least_value(void **state) {
    (void)state;
    struct minima minima;
    minima_init(&minima);
    for (unsigned i = 0; i < 10; i++) {
        minima_add(&minima, 10.0 - i);
    }
    assert_int_equal(minima.count, 10);
    assert_int_equal(minima.width, 1);
    assert_true(minima.values[9] == 1);
}

static void any_length_fits_in_bounded_memory(void **state) {
    (void)state;
    struct minima minima;
    minima_init(&minima);
    for (uint64_t i = 0; i < 1000000; i++) {
        minima_add(&minima, (double)i);
        assert_true(minima.count < MINIMA_MAX);
        assert_int_equal(minima.count * minima.width + minima.current_count,
                         i + 1);
    }
    assert_int_equal(minima.width, 8192);
    assert_int_equal(minima.count, 122);
    for (size_t i = 0; i < minima.count; i++) {
        assert_true(minima.values[i] == (double)(i * minima.width));
    }
}

static void merging_keeps_the_floor_and_drops_what_has_no_partner(void **s) {
    (void)s;
    double values[] = {4, 2, 1, 9, 7};
    assert_int_equal(minima_merge(values, 5), 2);
    assert_true(values[0] == 2 && values[1] == 1);
}

/* ---- Noise -------------------------------------------------------------- */

struct noise {
    struct random random;
    double state;
    uint64_t step;
    uint64_t period;
};

/* -1 to 1 */
static double uniform(struct noise *noise) {
    return (double)(random_next(&noise->random) >> 11) * 0x1p-52 - 1;
}

static bool chance(struct noise *noise, uint64_t one_in) {
    return random_below(&noise->random, one_in) == 0;
}

static double white(struct noise *noise) {
    return uniform(noise) * 1000;
}

static double pages(struct noise *noise) {
    return floor(uniform(noise) * 3) * 4096;
}

static double bursts(struct noise *noise) {
    return uniform(noise) * 100 + (chance(noise, 10) ? 1e6 : 0);
}

static double autocorrelated(struct noise *noise) {
    noise->state = 0.5 * noise->state + uniform(noise) * 1000;
    return noise->state;
}

/* An allocator that keeps what is freed until it trims. */
static double sawtooth(struct noise *noise) {
    return (double)(noise->step++ % noise->period) * 4096 +
           uniform(noise) * 100;
}

/* Another level, now and then, for no reason. */
static double steps(struct noise *noise) {
    if (chance(noise, 25)) {
        noise->state = floor(uniform(noise) * 10) * 4096;
    }
    return noise->state + uniform(noise) * 100;
}

/* Almost always the same; a page more, now and then, for a while. */
static double still(struct noise *noise) {
    return chance(noise, 30) ? 4096 : 0;
}

static const struct {
    const char *name;
    double (*next)(struct noise *noise);
} noises[] = {
    {"white", white},       {"pages", pages},
    {"bursts", bursts},     {"AR(1) 0.5", autocorrelated},
    {"sawtooth", sawtooth}, {"steps", steps},
    {"still", still},
};

enum { NOISES_COUNT = sizeof noises / sizeof noises[0] };

/* ---- Runs --------------------------------------------------------------- */

enum { CYCLES = 128, LOOKS = 3, RUNS = 3000 };

struct plan {
    double (*next)(struct noise *noise);
    uint64_t seed;
    double slope; /* planted; per cycle */
    double limit;
    unsigned looks_max;
};

/* As a cell does it: each look has cycles of its own, twice as many as the one
 * before. Returns the answer of the last. */
static struct sequence_answer run(const struct plan *plan,
                                  struct sequence *sequence) {
    struct noise noise = {0};
    struct sequence_answer answer = {.verdict = SEQUENCE_UNDECIDED};
    random_init(&noise.random, plan->seed);
    noise.period = 3 + random_below(&noise.random, 38);
    noise.step = random_below(&noise.random, noise.period);
    sequence_init(sequence, SEQUENCE_ALPHA);
    uint64_t cycle = 0;
    for (uint64_t cycles = CYCLES; sequence->looks < plan->looks_max &&
                                   answer.verdict == SEQUENCE_UNDECIDED;
         cycles *= 2) {
        struct minima minima;
        minima_init(&minima);
        for (uint64_t i = 0; i < cycles; i++) {
            minima_add(&minima,
                       plan->slope * (double)cycle++ + plan->next(&noise));
        }
        const struct sequence_series series = {
            .minima = minima.values,
            .count = minima.count,
            .cycles = (double)minima.width,
            .limit = plan->limit,
        };
        sequence_look(sequence, &series, 1, &answer);
    }
    return answer;
}

/* One in a thousand is allowed; no run may be right by chance alone, so none is
 * ever clean here: any growth counts. */
static void of_3000_clean_runs_3_raise_an_alarm_at_most(void **state) {
    (void)state;
    for (size_t i = 0; i < NOISES_COUNT; i++) {
        unsigned alarms = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            const struct plan plan = {
                .next = noises[i].next,
                .seed = seed,
                .looks_max = LOOKS,
            };
            struct sequence sequence;
            alarms += run(&plan, &sequence).verdict == SEQUENCE_LEAK;
        }
        print_message("%-10s %u alarms in 3,000\n", noises[i].name, alarms);
        assert_in_range(alarms, 0, 3);
    }
}

/* The other way to be wrong: a leak just as large as the limit is called
 * clean. */
static void of_3000_leaks_3_pass_for_clean_at_most(void **state) {
    (void)state;
    for (size_t i = 0; i < NOISES_COUNT; i++) {
        unsigned misses = 0;
        for (uint64_t seed = 0; seed < RUNS; seed++) {
            const struct plan plan = {
                .next = noises[i].next,
                .seed = seed,
                .slope = 64,
                .limit = 64,
                .looks_max = LOOKS,
            };
            struct sequence sequence;
            misses += run(&plan, &sequence).verdict == SEQUENCE_CLEAN;
        }
        print_message("%-10s %u misses in 3,000\n", noises[i].name, misses);
        assert_in_range(misses, 0, 3);
    }
}

static void a_planted_slope_is_found_under_every_noise(void **state) {
    (void)state;
    for (size_t i = 0; i < NOISES_COUNT; i++) {
        for (uint64_t seed = 0; seed < 50; seed++) {
            const struct plan plan = {
                .next = noises[i].next,
                .seed = seed,
                .slope = 64,
                .limit = 16,
                .looks_max = 12,
            };
            struct sequence sequence;
            struct sequence_answer answer = run(&plan, &sequence);
            if (answer.verdict != SEQUENCE_LEAK) {
                fail_msg("%s, seed %u: %d after %u looks, %g to %g",
                         noises[i].name, (unsigned)seed, answer.verdict,
                         sequence.looks, answer.lower, answer.upper);
            }
            assert_true(answer.lower < 64.001 && answer.upper > 63.999);
        }
    }
}

static void a_clean_series_becomes_clean_under_every_noise(void **state) {
    (void)state;
    for (size_t i = 0; i < NOISES_COUNT; i++) {
        for (uint64_t seed = 0; seed < 50; seed++) {
            const struct plan plan = {
                .next = noises[i].next,
                .seed = seed,
                .limit = 64,
                .looks_max = 12,
            };
            struct sequence sequence;
            struct sequence_answer answer = run(&plan, &sequence);
            if (answer.verdict != SEQUENCE_CLEAN) {
                fail_msg("%s, seed %u: %d after %u looks, %g to %g",
                         noises[i].name, (unsigned)seed, answer.verdict,
                         sequence.looks, answer.lower, answer.upper);
            }
        }
    }
}

/* ---- Chances ------------------------------------------------------------ */

static struct sequence_series series_of(const double *minima, size_t count) {
    return (struct sequence_series){
        .minima = minima, .count = count, .cycles = 1};
}

/* Seven that rise: 1 in 5,040 by chance. Enough for half of 1e-3, and for a
 * quarter of it, but not for an eighth. */
static void every_look_has_half_the_chance_of_the_one_before(void **state) {
    (void)state;
    static const double rising[] = {1, 2, 3, 4, 5, 6, 7};
    struct sequence sequence;
    sequence_init(&sequence, SEQUENCE_ALPHA);
    for (unsigned look = 1; look <= 4; look++) {
        const struct sequence_series series = series_of(rising, 7);
        struct sequence_answer answer;
        sequence_look(&sequence, &series, 1, &answer);
        assert_int_equal(answer.verdict,
                         look <= 2 ? SEQUENCE_LEAK : SEQUENCE_UNDECIDED);
        assert_near(answer.p, 1 / 5040.0, 1e-12);
    }
}

/* Six that rise: 1 in 720 by chance. */
static void series_of_one_look_share_its_chance(void **state) {
    (void)state;
    static const double rising[] = {1, 2, 3, 4, 5, 6};
    static const double falling[] = {6, 5, 4, 3, 2, 1};
    const struct sequence_series series[] = {
        series_of(rising, 6),
        series_of(falling, 6),
        series_of(falling, 6),
    };
    struct sequence_answer answers[3];
    struct sequence sequence;
    sequence_init(&sequence, 2 * 3.1 / 720);
    sequence_look(&sequence, series, 3, answers);
    assert_int_equal(answers[0].verdict, SEQUENCE_LEAK);
    sequence_init(&sequence, 2 * 2.9 / 720);
    sequence_look(&sequence, series, 3, answers);
    assert_int_equal(answers[0].verdict, SEQUENCE_UNDECIDED);
    sequence_init(&sequence, 2 * 2.9 / 720);
    sequence_look(&sequence, series, 1, answers);
    assert_int_equal(answers[0].verdict, SEQUENCE_LEAK);
}

/* Holm: a leak that is surer than its share leaves the others more. */
static void what_is_sure_leaves_more_to_the_others(void **state) {
    (void)state;
    static const double eight[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const double six[] = {1, 2, 3, 4, 5, 6};
    static const double falling[] = {6, 5, 4, 3, 2, 1};
    const struct sequence_series both[] = {
        series_of(six, 6),
        series_of(eight, 8),
    };
    const struct sequence_series one[] = {
        series_of(six, 6),
        series_of(falling, 6),
    };
    struct sequence_answer answers[2];
    struct sequence sequence;
    sequence_init(&sequence, 2 * 1.5 / 720);
    sequence_look(&sequence, both, 2, answers);
    assert_int_equal(answers[1].verdict, SEQUENCE_LEAK);
    assert_int_equal(answers[0].verdict, SEQUENCE_LEAK);
    sequence_init(&sequence, 2 * 1.5 / 720);
    sequence_look(&sequence, one, 2, answers);
    assert_int_equal(answers[0].verdict, SEQUENCE_UNDECIDED);
    sequence_init(&sequence, 2 * 0.9 / 720);
    sequence_look(&sequence, both, 2, answers);
    assert_int_equal(answers[1].verdict, SEQUENCE_LEAK);
    assert_int_equal(answers[0].verdict, SEQUENCE_UNDECIDED);
}

static void growth_below_the_floor_says_nothing_yet(void **state) {
    (void)state;
    double rising[MINIMA_MAX];
    for (size_t i = 0; i < MINIMA_MAX; i++) {
        rising[i] = 10.0 * (double)i;
    }
    struct sequence_series series = series_of(rising, MINIMA_MAX);
    struct sequence_answer answer;
    struct sequence sequence;
    sequence_init(&sequence, SEQUENCE_ALPHA);
    series.floor = 11;
    sequence_look(&sequence, &series, 1, &answer);
    assert_int_equal(answer.verdict, SEQUENCE_UNDECIDED);
    series.floor = 9;
    sequence_look(&sequence, &series, 1, &answer);
    assert_int_equal(answer.verdict, SEQUENCE_LEAK);
    assert_true(answer.lower == 10 && answer.upper == 10);
    /* What the unit hides is added on both sides. */
    series.resolution = 2;
    series.limit = 11;
    sequence_look(&sequence, &series, 1, &answer);
    assert_int_equal(answer.verdict, SEQUENCE_UNDECIDED);
    assert_true(answer.lower == 8 && answer.upper == 12);
    series.limit = 12.5;
    sequence_look(&sequence, &series, 1, &answer);
    assert_int_equal(answer.verdict, SEQUENCE_CLEAN);
}

static void too_few_values_say_nothing(void **state) {
    (void)state;
    static const double one[] = {1, 2};
    struct sequence sequence;
    struct sequence_answer answer;
    sequence_init(&sequence, SEQUENCE_ALPHA);
    for (size_t count = 0; count <= 2; count++) {
        struct sequence_series series = series_of(one, count);
        series.limit = 1000;
        sequence_look(&sequence, &series, 1, &answer);
        assert_int_equal(answer.verdict, SEQUENCE_UNDECIDED);
        assert_true(isnan(answer.upper));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_hold_their_least_value),
        cmocka_unit_test(any_length_fits_in_bounded_memory),
        cmocka_unit_test(merging_keeps_the_floor_and_drops_what_has_no_partner),
        cmocka_unit_test(of_3000_clean_runs_3_raise_an_alarm_at_most),
        cmocka_unit_test(of_3000_leaks_3_pass_for_clean_at_most),
        cmocka_unit_test(a_planted_slope_is_found_under_every_noise),
        cmocka_unit_test(a_clean_series_becomes_clean_under_every_noise),
        cmocka_unit_test(every_look_has_half_the_chance_of_the_one_before),
        cmocka_unit_test(series_of_one_look_share_its_chance),
        cmocka_unit_test(what_is_sure_leaves_more_to_the_others),
        cmocka_unit_test(growth_below_the_floor_says_nothing_yet),
        cmocka_unit_test(too_few_values_say_nothing),
    };
    return SUITE_RUN(tests, argc, argv);
}
