/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "people/avatar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "people/seal.h"
#include "support/suite.h"

#define MANY 10000
#define SAMPLE 12

static struct avatar_row row_of(const struct person *person) {
    return (struct avatar_row){.login = person->login,
                               .login_size = person->login_size,
                               .name = person->name,
                               .name_size = person->name_size,
                               .forname = person->forname,
                               .forname_size = person->forname_size};
}

static struct person render_user(const struct people *people, uint64_t index,
                                 struct avatar *avatar) {
    struct person person;

    people_person(people, index, &person);
    struct avatar_row row = row_of(&person);
    avatar_render(avatar, &row);
    return person;
}

static bool verifies(const struct people *people, const struct avatar *avatar,
                     const struct person *person) {
    return avatar_verify(people, avatar, person->login, person->login_size);
}

static void a_tutorial_user_is_shown_as_in_the_tutorial(void **state) {
    (void)state;
    struct people people = {.users = 3};
    struct avatar avatar;

    (void)render_user(&people, 2, &avatar);
    assert_string_equal(avatar.text,
                        "Mr 'Yoen Van der Veld' is connected under 'yoen'");
    assert_int_equal(avatar.text_size, strlen(avatar.text));
    (void)render_user(&people, 0, &avatar);
    assert_string_equal(
        avatar.text,
        "Mr 'Estebán Garcia Marquez' is connected under 'esteban'");
    (void)render_user(&people, 1, &avatar);
    assert_string_equal(avatar.text,
                        "Mr 'Mohamed Al Ghâlib' is connected under 'mohamed'");
}

static void every_users_avatar_verifies(void **state) {
    (void)state;
    static const uint64_t users[] = {1, 2, 3, 4, MANY};

    for (size_t u = 0; u < sizeof users / sizeof users[0]; u++) {
        struct people people = {.users = users[u], .seed = 7};

        for (uint64_t i = 0; i < people.users; i++) {
            struct avatar avatar;
            struct person person = render_user(&people, i, &avatar);
            assert_int_equal(avatar.text_size, strlen(avatar.text));
            assert_true(verifies(&people, &avatar, &person));
        }
    }
}

/* Every byte of the text, each to each other value. */
static void expect_each_changed_byte_noticed(const struct people *people,
                                             uint64_t index) {
    struct avatar avatar;
    struct person person = render_user(people, index, &avatar);

    for (size_t at = 0; at < avatar.text_size; at++) {
        char kept = avatar.text[at];
        for (unsigned change = 1; change < 256; change++) {
            avatar.text[at] = (char)((unsigned char)kept ^ change);
            assert_false(verifies(people, &avatar, &person));
        }
        avatar.text[at] = kept;
    }
    assert_true(verifies(people, &avatar, &person));
}

static void a_changed_byte_is_always_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000000, .seed = 7};

    for (uint64_t i = 0; i < SAMPLE; i++) {
        expect_each_changed_byte_noticed(&people, i * 83333);
    }
}

static void a_changed_byte_of_a_tutorial_user_is_always_noticed(void **state) {
    (void)state;
    struct people people = {.users = 3};

    for (uint64_t i = 0; i < people.users; i++) {
        expect_each_changed_byte_noticed(&people, i);
    }
}

/* The row of another login, under the login asked for. */
static void a_name_under_a_login_changed_by_a_byte_is_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};

    for (uint64_t i = 0; i < SAMPLE; i++) {
        struct person person;
        people_person(&people, i, &person);
        for (size_t at = 0; at < person.login_size; at++) {
            char kept = person.login[at];
            for (unsigned change = 1; change < 256; change++) {
                struct avatar avatar;
                person.login[at] = (char)((unsigned char)kept ^ change);
                struct avatar_row row = row_of(&person);
                avatar_render(&avatar, &row);
                assert_false(verifies(&people, &avatar, &person));
            }
            person.login[at] = kept;
        }
    }
}

static void anothers_avatar_is_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};

    for (uint64_t i = 0; i + 1 < people.users; i++) {
        struct avatar avatar;
        struct person person = render_user(&people, i, &avatar);
        struct person other;
        people_person(&people, i + 1, &other);
        assert_false(verifies(&people, &avatar, &other));

        /* ... and so are his names under the right login. */
        memcpy(other.login, person.login, sizeof other.login);
        struct avatar_row row = row_of(&other);
        avatar_render(&avatar, &row);
        assert_false(verifies(&people, &avatar, &person));
    }
}

static void exchanged_columns_are_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};

    for (uint64_t i = 0; i < people.users; i++) {
        struct person person;
        struct avatar avatar;
        people_person(&people, i, &person);
        struct avatar_row row = row_of(&person);
        row.name = person.forname;
        row.name_size = person.forname_size;
        row.forname = person.name;
        row.forname_size = person.name_size;
        avatar_render(&avatar, &row);
        assert_false(verifies(&people, &avatar, &person));
    }
}

static void a_cut_or_longer_text_is_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};
    struct avatar avatar = {0};
    struct person person = render_user(&people, 500, &avatar);
    size_t whole = avatar.text_size;

    for (size_t size = 0; size <= AVATAR_TEXT_MAX; size++) {
        avatar.text_size = size;
        assert_int_equal(verifies(&people, &avatar, &person), size == whole);
    }
}

static void a_renamed_user_verifies_with_a_new_seal(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};
    struct avatar avatar;
    struct person person = render_user(&people, 500, &avatar);
    static const char called[] = "Zoë d'Aubigné-Núñez";
    char name[sizeof "d'Aubigné-Núñez" + SEAL_SIZE] = "d'Aubigné-Núñez";

    seal_write(&(struct seal_subject){.login = person.login,
                                      .login_size = person.login_size,
                                      .called = called,
                                      .called_size = strlen(called)},
               name + sizeof "d'Aubigné-Núñez" - 1);
    struct avatar_row row = row_of(&person);
    row.forname = "Zoë";
    row.forname_size = strlen("Zoë");
    row.name = name;
    row.name_size = sizeof name - 1;
    avatar_render(&avatar, &row);
    assert_true(verifies(&people, &avatar, &person));
}

static void fields_too_long_for_a_person_are_cut_and_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};
    char long_text[4 * PEOPLE_FIELD_MAX];
    struct avatar avatar;

    memset(long_text, 'x', sizeof long_text);
    struct avatar_row row = {.login = long_text,
                             .login_size = sizeof long_text,
                             .name = long_text,
                             .name_size = sizeof long_text,
                             .forname = long_text,
                             .forname_size = sizeof long_text};
    avatar_render(&avatar, &row);
    assert_in_range(avatar.text_size, 3 * PEOPLE_FIELD_MAX, AVATAR_TEXT_MAX);
    assert_int_equal(avatar.text_size, strlen(avatar.text));
    assert_false(avatar_verify(&people, &avatar, long_text, sizeof long_text));
    assert_false(avatar_verify(&people, &avatar, long_text, PEOPLE_FIELD_MAX));
}

static void a_row_of_nulls_is_shown_and_noticed(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 4};
    struct avatar avatar;

    avatar_render(&avatar, &(struct avatar_row){0});
    assert_string_equal(avatar.text, "Mr ' ' is connected under ''");
    assert_false(avatar_verify(&people, &avatar, "", 0));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tutorial_user_is_shown_as_in_the_tutorial),
        cmocka_unit_test(every_users_avatar_verifies),
        cmocka_unit_test(a_changed_byte_is_always_noticed),
        cmocka_unit_test(a_changed_byte_of_a_tutorial_user_is_always_noticed),
        cmocka_unit_test(a_name_under_a_login_changed_by_a_byte_is_noticed),
        cmocka_unit_test(anothers_avatar_is_noticed),
        cmocka_unit_test(exchanged_columns_are_noticed),
        cmocka_unit_test(a_cut_or_longer_text_is_noticed),
        cmocka_unit_test(a_renamed_user_verifies_with_a_new_seal),
        cmocka_unit_test(fields_too_long_for_a_person_are_cut_and_noticed),
        cmocka_unit_test(a_row_of_nulls_is_shown_and_noticed),
    };
    return SUITE_RUN(tests, argc, argv);
}
