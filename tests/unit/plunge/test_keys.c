/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "load/keys.h"

#include <string.h>

#include "base/arena.h"
#include "scenario/scenario.h"
#include "subject/subject.h"
#include "support/suite.h"

#define DRAWS 1000

static const struct scenario_keys uniform = {.kind = SCENARIO_KEYS_UNIFORM};

struct drawing {
    struct people people;
    struct keys_place place;
    uint64_t cycle;
};

/* The users of the first @count uniform keys. */
static void draw(const struct drawing *drawing, uint64_t *users, size_t count) {
    struct arena *arena = arena_new();
    struct keys keys;
    keys_init(&keys, &drawing->people, &uniform, drawing->place, arena);
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

static void uniform_keys_reach_everybody_about_equally_often(void **state) {
    (void)state;
    struct drawing few = a_drawing;
    few.people.users = 10;
    uint64_t users[DRAWS];
    size_t seen[10] = {0};
    draw(&few, users, DRAWS);
    for (size_t k = 0; k < DRAWS; k++) {
        assert_in_range(users[k], 0, 9);
        seen[users[k]]++;
    }
    for (size_t user = 0; user < 10; user++) {
        assert_in_range(seen[user], 60, 140);
    }
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

static void a_list_is_asked_in_order_and_again_from_its_start(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct people people = {.users = 3, .seed = 1};
    const char *logins[] = {"yoen", "who", "esteban"};
    const struct scenario_keys list = {
        .kind = SCENARIO_KEYS_LIST, .logins = logins, .logins_count = 3};
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
        cmocka_unit_test(uniform_keys_reach_everybody_about_equally_often),
        cmocka_unit_test(a_key_is_the_login_of_its_user),
        cmocka_unit_test(a_list_is_asked_in_order_and_again_from_its_start),
        cmocka_unit_test(an_empty_database_is_asked_for_nobody),
    };
    return SUITE_RUN(tests, argc, argv);
}
