/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "scenario/scenario.h"
#include "subject/subject.h"
#include "support/chi_square.h"
#include "support/suite.h"

#define DRAWS 1000

static const struct scenario_phase uniform = {
    .keys = {.kind = SCENARIO_KEYS_UNIFORM}};

struct drawing {
    struct people people;
    struct keys_place place;
    uint64_t cycle;
    struct scenario_phase plan; /* of zeros: uniform */
};

/* The users of the first @count keys. */
static void draw(const struct drawing *drawing, uint64_t *users, size_t count) {
    struct arena *arena = arena_new();
    struct keys keys;
    keys_init(&keys, &drawing->people, &drawing->plan, drawing->place, arena);
    uint64_t stream = keys_stream(&keys, drawing->cycle);
    for (size_t k = 0; k < count; k++) {
        char login[PEOPLE_FIELD_MAX + 1];
        users[k] = keys_draw(&keys, stream, k, login).user;
    }
    arena_free(arena);
}

static const struct drawing a_drawing = {
    .people = {.users = 1000000, .seed = 1},
    .place = {.seed = 42, .phase = 1},
    .cycle = 1,
};

static void the_same_place_gives_the_same_keys_again(void **state) {
    (void)state;
    uint64_t first[DRAWS];
    uint64_t second[DRAWS];
    draw(&a_drawing, first, DRAWS);
    draw(&a_drawing, second, DRAWS);
    assert_memory_equal(first, second, sizeof first);
}

static size_t in_common(const struct drawing *other) {
    uint64_t first[DRAWS];
    uint64_t second[DRAWS];
    size_t common = 0;
    draw(&a_drawing, first, DRAWS);
    draw(other, second, DRAWS);
    for (size_t k = 0; k < DRAWS; k++) {
        common += first[k] == second[k] ? 1 : 0;
    }
    return common;
}

static void seed_phase_and_cycle_each_give_other_keys(void **state) {
    (void)state;
    struct drawing other = a_drawing;
    other.place.seed++;
    assert_in_range(in_common(&other), 0, 2);
    other = a_drawing;
    other.place.phase++;
    assert_in_range(in_common(&other), 0, 2);
    other = a_drawing;
    other.cycle++;
    assert_in_range(in_common(&other), 0, 2);
}

static void a_key_is_the_login_of_its_user(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct people people = {.users = 5000, .seed = 3};
    struct keys keys;
    keys_init(&keys, &people, &uniform, a_drawing.place, arena);
    for (uint64_t k = 0; k < 100; k++) {
        char login[PEOPLE_FIELD_MAX + 1];
        struct key key = keys_draw(&keys, keys_stream(&keys, 1), k, login);
        uint64_t user;
        assert_int_equal(key.login_size, strlen(key.login));
        assert_true(people_index(&people, key.login, key.login_size, &user));
        assert_int_equal(user, key.user);
    }
    arena_free(arena);
}

/* ---- Laws ----------------------------------------------------------------*/

#define LAW_DRAWS 100000
#define LAW_USERS 200

/* How often each of LAW_USERS is asked for; @misses: nobody, or NULL. */
static void count_users(const struct scenario_phase *plan, uint64_t *counts,
                        uint64_t *misses) {
    struct drawing drawing = a_drawing;
    static uint64_t users[LAW_DRAWS];
    drawing.people.users = LAW_USERS;
    drawing.plan = *plan;
    draw(&drawing, users, LAW_DRAWS);
    memset(counts, 0, LAW_USERS * sizeof *counts);
    for (size_t k = 0; k < LAW_DRAWS; k++) {
        if (users[k] == SUBJECT_NOBODY && misses != NULL) {
            (*misses)++;
            continue;
        }
        assert_in_range(users[k], 0, LAW_USERS - 1);
        counts[users[k]]++;
    }
}

static int more_first(const void *one, const void *other) {
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a < b) - (a > b);
}

static void uniform_keys_reach_everybody_equally_often(void **state) {
    (void)state;
    uint64_t counts[LAW_USERS];
    double shares[LAW_USERS];
    count_users(&uniform, counts, NULL);
    for (size_t i = 0; i < LAW_USERS; i++) {
        shares[i] = 1.0 / LAW_USERS;
    }
    chi_square_assert("uniform", counts, shares, LAW_USERS);
}

/* The share of rank @i of LAW_USERS, from 0. */
static double zipf_share(double exponent, size_t i) {
    double all = 0;
    for (size_t k = 1; k <= LAW_USERS; k++) {
        all += pow((double)k, -exponent);
    }
    return pow((double)i + 1, -exponent) / all;
}

static void the_latest_users_are_asked_for_most(void **state) {
    (void)state;
    const struct scenario_phase latest = {
        .keys = {.kind = SCENARIO_KEYS_LATEST}};
    uint64_t counts[LAW_USERS];
    double shares[LAW_USERS];
    count_users(&latest, counts, NULL);
    for (size_t i = 0; i < LAW_USERS; i++) {
        shares[LAW_USERS - 1 - i] = zipf_share(0.99, i);
    }
    chi_square_assert("latest", counts, shares, LAW_USERS);
}

/* Sorted, the few first stand so far apart that chance changes none of them. */
static void zipf_keys_are_by_the_law_and_shuffled(void **state) {
    (void)state;
    const struct scenario_phase zipf = {
        .keys = {.kind = SCENARIO_KEYS_ZIPF, .exponent = 1.5}};
    uint64_t counts[LAW_USERS];
    uint64_t bins[4];
    double shares[4];
    count_users(&zipf, counts, NULL);
    assert_true(counts[0] < LAW_DRAWS / 10);
    qsort(counts, LAW_USERS, sizeof *counts, more_first);
    bins[3] = LAW_DRAWS;
    shares[3] = 1;
    for (size_t i = 0; i < 3; i++) {
        bins[i] = counts[i];
        bins[3] -= counts[i];
        shares[i] = zipf_share(1.5, i);
        shares[3] -= shares[i];
    }
    chi_square_assert("zipf", bins, shares, 4);
}

static void hot_users_get_their_share_and_the_rest_the_rest(void **state) {
    (void)state;
    const struct scenario_phase hot = {.keys = {.kind = SCENARIO_KEYS_HOT,
                                                .hot_users = 50000,
                                                .hot_lookups = 900000}};
    uint64_t counts[LAW_USERS];
    double shares[LAW_USERS];
    count_users(&hot, counts, NULL);
    size_t found = 0;
    size_t together = 0;
    for (size_t i = 0; i < LAW_USERS; i++) {
        bool is_hot = counts[i] > 1000;
        together += is_hot && i > 0 && counts[i - 1] > 1000;
        found += is_hot;
        shares[i] = is_hot ? 0.9 / 10 : 0.1 / 190;
    }
    assert_int_equal(found, 10);
    assert_in_range(together, 0, 2);
    chi_square_assert("hot", counts, shares, LAW_USERS);
    const double two[] = {0.9, 0.1};
    uint64_t sides[] = {0, 0};
    for (size_t i = 0; i < LAW_USERS; i++) {
        sides[counts[i] > 1000 ? 0 : 1] += counts[i];
    }
    chi_square_assert("hot and not", sides, two, 2);
}

static void somebody_is_hot_however_few_there_are(void **state) {
    (void)state;
    struct drawing few = a_drawing;
    uint64_t users[DRAWS];
    few.people.users = 1;
    few.plan.keys = (struct scenario_keys){
        .kind = SCENARIO_KEYS_HOT, .hot_users = 1, .hot_lookups = 500000};
    draw(&few, users, DRAWS);
    few.people.users = 5;
    few.plan.keys.hot_users = 1000000;
    draw(&few, users, DRAWS);
    for (size_t k = 0; k < DRAWS; k++) {
        assert_in_range(users[k], 0, 4);
    }
}

/* The most asked for are the same in another phase and cycle. */
static void hot_users_stay_hot_through_a_run(void **state) {
    (void)state;
    struct drawing first = a_drawing;
    first.plan.keys = (struct scenario_keys){
        .kind = SCENARIO_KEYS_HOT, .hot_users = 1, .hot_lookups = 1000000};
    struct drawing second = first;
    second.place.phase++;
    second.cycle++;
    uint64_t of_first[DRAWS];
    uint64_t of_second[DRAWS];
    draw(&first, of_first, DRAWS);
    draw(&second, of_second, DRAWS);
    assert_int_equal(of_first[0], of_second[0]);
    second.place.seed++;
    draw(&second, of_second, DRAWS);
    assert_int_not_equal(of_first[0], of_second[0]);
}

static void sequential_keys_are_one_after_the_other(void **state) {
    (void)state;
    struct drawing few = a_drawing;
    uint64_t users[DRAWS];
    few.people.users = 300;
    few.plan.keys.kind = SCENARIO_KEYS_SEQUENTIAL;
    draw(&few, users, DRAWS);
    for (size_t k = 0; k < DRAWS; k++) {
        assert_int_equal(users[k], k % 300);
    }
}

/* ---- Misses --------------------------------------------------------------*/

static void misses_are_as_many_as_asked_for(void **state) {
    (void)state;
    struct scenario_phase plan = uniform;
    plan.misses = 100000;
    uint64_t counts[LAW_USERS + 1];
    double shares[LAW_USERS + 1];
    counts[LAW_USERS] = 0;
    count_users(&plan, counts, &counts[LAW_USERS]);
    for (size_t i = 0; i < LAW_USERS; i++) {
        shares[i] = 0.9 / LAW_USERS;
    }
    shares[LAW_USERS] = 0.1;
    chi_square_assert("misses", counts, shares, LAW_USERS + 1);
}

static void expect_strangers(const struct people *people) {
    struct arena *arena = arena_new();
    const struct scenario_phase plan = {.misses = 1000000};
    const struct people other = {.users = 1000, .seed = 1};
    struct keys keys;
    uint64_t user;
    char sample[PEOPLE_FIELD_MAX + 1];
    keys_init(&keys, people, &plan, a_drawing.place, arena);
    for (uint64_t k = 0; k < DRAWS; k++) {
        char login[PEOPLE_FIELD_MAX + 1];
        struct key key = keys_draw(&keys, keys_stream(&keys, 1), k, login);
        assert_int_equal(key.user, SUBJECT_NOBODY);
        assert_int_equal(key.login_size, strlen(key.login));
        assert_int_equal(key.login_size, people_login(&other, 0, sample));
        assert_false(people_index(people, key.login, key.login_size, &user));
    }
    arena_free(arena);
}

/* Where everybody has a login of his own, few are left. */
static void a_miss_is_a_login_of_nobody_in_any_database(void **state) {
    (void)state;
    const uint64_t users[] = {0, 1, 3, 1000, PEOPLE_USERS_MAX};
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        const struct people people = {.users = users[i], .seed = 4};
        expect_strangers(&people);
    }
}

static void a_list_is_asked_in_order_and_again_from_its_start(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct people people = {.users = 3, .seed = 1};
    const char *logins[] = {"yoen", "who", "esteban"};
    const struct scenario_phase list = {.keys = {.kind = SCENARIO_KEYS_LIST,
                                                 .logins = logins,
                                                 .logins_count = 3}};
    struct keys keys;
    keys_init(&keys, &people, &list, a_drawing.place, arena);
    for (uint64_t k = 0; k < 7; k++) {
        char login[PEOPLE_FIELD_MAX + 1];
        struct key key = keys_draw(&keys, keys_stream(&keys, 5), k, login);
        assert_string_equal(key.login, logins[k % 3]);
        assert_int_equal(key.login_size, strlen(key.login));
        assert_int_equal(key.user == SUBJECT_NOBODY, k % 3 == 1);
    }
    arena_free(arena);
}

static void an_empty_database_is_asked_for_nobody(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct people people = {.users = 0, .seed = 1};
    struct keys keys;
    keys_init(&keys, &people, &uniform, a_drawing.place, arena);
    char login[PEOPLE_FIELD_MAX + 1];
    struct key key = keys_draw(&keys, keys_stream(&keys, 1), 0, login);
    assert_int_equal(key.user, SUBJECT_NOBODY);
    assert_true(key.login_size > 0);
    arena_free(arena);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_place_gives_the_same_keys_again),
        cmocka_unit_test(seed_phase_and_cycle_each_give_other_keys),
        cmocka_unit_test(a_key_is_the_login_of_its_user),
        cmocka_unit_test(uniform_keys_reach_everybody_equally_often),
        cmocka_unit_test(the_latest_users_are_asked_for_most),
        cmocka_unit_test(zipf_keys_are_by_the_law_and_shuffled),
        cmocka_unit_test(hot_users_get_their_share_and_the_rest_the_rest),
        cmocka_unit_test(somebody_is_hot_however_few_there_are),
        cmocka_unit_test(hot_users_stay_hot_through_a_run),
        cmocka_unit_test(sequential_keys_are_one_after_the_other),
        cmocka_unit_test(misses_are_as_many_as_asked_for),
        cmocka_unit_test(a_miss_is_a_login_of_nobody_in_any_database),
        cmocka_unit_test(a_list_is_asked_in_order_and_again_from_its_start),
        cmocka_unit_test(an_empty_database_is_asked_for_nobody),
    };
    return SUITE_RUN(tests, argc, argv);
}
