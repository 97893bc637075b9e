/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "people/naming.h"

#include <string.h>

#include "people/avatar.h"
#include "people/newcomer.h"
#include "support/suite.h"

static const struct people people = {.users = 1000, .seed = 3};
static const struct people three = {.users = 3, .seed = 1};

static void expect_right(const struct people *whose,
                         const struct person *person) {
    const struct avatar_row row = avatar_row_of(person);
    struct avatar avatar;
    avatar_render(&avatar, &row);
    assert_int_equal(person->name_size, strlen(person->name));
    assert_int_equal(person->forname_size, strlen(person->forname));
    assert_true(
        avatar_verify(whose, &avatar, person->login, person->login_size));
}

static void who_is_renamed_is_still_proven(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct person person;
        people_person(&people, i, &person);
        naming_rename(i * 7919, &person);
        expect_right(&people, &person);
    }
}

static void names_are_exchanged_under_the_seals_of_their_logins(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct person one;
        struct person other;
        people_person(&people, i, &one);
        people_person(&people, 999 - i, &other);
        const uint64_t one_called = naming_hash_of(&one);
        const uint64_t other_called = naming_hash_of(&other);
        naming_exchange(&one, &other);
        expect_right(&people, &one);
        expect_right(&people, &other);
        assert_int_equal(naming_hash_of(&one), other_called);
        assert_int_equal(naming_hash_of(&other), one_called);
    }
}

/* They have no seals; whoever has another's name carries one. */
static void the_tutorials_three_exchange_names_too(void **state) {
    (void)state;
    struct person one;
    struct person other;
    people_person(&three, 0, &one);
    people_person(&three, 2, &other);
    const uint64_t called = naming_hash_of(&other);
    naming_exchange(&one, &other);
    expect_right(&three, &one);
    expect_right(&three, &other);
    assert_int_equal(naming_hash_of(&one), called);
    naming_exchange(&one, &other);
    expect_right(&three, &one);
    naming_rename(5, &one);
    expect_right(&three, &one);
    one.name[0] ^= 1;
    const struct avatar_row row = avatar_row_of(&one);
    struct avatar avatar;
    avatar_render(&avatar, &row);
    assert_false(avatar_verify(&three, &avatar, one.login, one.login_size));
}

static void different_names_differ(void **state) {
    (void)state;
    struct person one;
    struct person other;
    people_person(&people, 1, &one);
    other = one;
    naming_rename(1, &one);
    naming_rename(2, &other);
    assert_int_not_equal(naming_hash_of(&one), naming_hash_of(&other));
}

static void a_name_of_any_length_can_be_given_away(void **state) {
    (void)state;
    struct person one;
    struct person other;
    people_person(&people, 1, &one);
    people_person(&people, 2, &other);
    memset(one.name, 'x', PEOPLE_FIELD_MAX);
    one.name[PEOPLE_FIELD_MAX] = '\0';
    one.name_size = PEOPLE_FIELD_MAX;
    naming_exchange(&one, &other);
    expect_right(&people, &one);
    expect_right(&people, &other);
}

/* ---- Newcomers -----------------------------------------------------------*/

static void newcomers_are_nobody_else_and_proven(void **state) {
    (void)state;
    for (uint64_t part = 0; part < 3; part++) {
        for (uint64_t number = 0; number < 200; number++) {
            struct person person;
            uint64_t index;
            newcomer_person(&people, (struct newcomer){part, number}, &person);
            assert_true(newcomer_has(person.login, person.login_size));
            assert_int_equal(person.login_size, strlen(person.login));
            assert_false(
                people_index(&people, person.login, person.login_size, &index));
            expect_right(&people, &person);
            people_person(&people, number, &person);
            assert_false(newcomer_has(person.login, person.login_size));
        }
    }
}

static void the_last_newcomer_and_the_longest_part_have_a_login(void **state) {
    (void)state;
    struct person person;
    newcomer_person(&people, (struct newcomer){UINT64_MAX, NEWCOMERS_MAX - 1},
                    &person);
    assert_true(newcomer_has(person.login, person.login_size));
    expect_right(&people, &person);
}

/* Part and number are told by the login, so no two have the same. */
static void newcomers_never_share_a_login(void **state) {
    (void)state;
    static char logins[3000][PEOPLE_FIELD_MAX + 1];
    struct person person;
    for (uint64_t number = 0; number < 3000; number++) {
        newcomer_person(&people, (struct newcomer){1, number}, &person);
        memcpy(logins[number], person.login, sizeof person.login);
    }
    for (size_t i = 0; i < 3000; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_true(strcmp(logins[i], logins[k]) != 0);
        }
    }
}

static void what_is_no_newcomers_login_is_refused(void **state) {
    (void)state;
    static const char *const others[] = {
        "",           "yoen",           "kovilato04825",   "kovilato04825.",
        "kovilato.1", "kovilatx048251", "kovilato04825.x", "xxxxxxxx04825.1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(newcomer_has(others[i], strlen(others[i])));
    }
    assert_true(newcomer_has("kovilato04825.12", 16));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_renamed_is_still_proven),
        cmocka_unit_test(names_are_exchanged_under_the_seals_of_their_logins),
        cmocka_unit_test(the_tutorials_three_exchange_names_too),
        cmocka_unit_test(different_names_differ),
        cmocka_unit_test(a_name_of_any_length_can_be_given_away),
        cmocka_unit_test(newcomers_are_nobody_else_and_proven),
        cmocka_unit_test(the_last_newcomer_and_the_longest_part_have_a_login),
        cmocka_unit_test(newcomers_never_share_a_login),
        cmocka_unit_test(what_is_no_newcomers_login_is_refused),
    };
    return SUITE_RUN(tests, argc, argv);
}
