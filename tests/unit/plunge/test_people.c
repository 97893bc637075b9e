/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include "people/people.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "people/names.h"
#include "people/syllable.h"
#include "support/suite.h"

#define MANY 10000

static void assert_person(const struct person *person, const char *login,
                          const char *name, const char *forname) {
    assert_string_equal(person->login, login);
    assert_string_equal(person->name, name);
    assert_string_equal(person->forname, forname);
    assert_int_equal(person->login_size, strlen(login));
    assert_int_equal(person->name_size, strlen(name));
    assert_int_equal(person->forname_size, strlen(forname));
}

/* Well-formed two-byte UTF-8 and ASCII is all that the tables use. */
static bool is_text(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x80) {
            if (byte < 0x20 || byte == 0x7f) {
                return false;
            }
            continue;
        }
        if (byte < 0xc2 || byte > 0xdf || i + 1 == size ||
            ((unsigned char)bytes[i + 1] & 0xc0) != 0x80) {
            return false;
        }
        i++;
    }
    return true;
}

static void three_users_are_the_tutorials_whatever_the_seed(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct people people = {.users = 3, .seed = seed};
        struct person person;

        people_person(&people, 0, &person);
        assert_person(&person, "esteban", "Garcia Marquez", "Estebán");
        people_person(&people, 1, &person);
        assert_person(&person, "mohamed", "Al Ghâlib", "Mohamed");
        people_person(&people, 2, &person);
        assert_person(&person, "yoen", "Van der Veld", "Yoen");
    }
}

/* A change here changes every database: DATABASE_VERSION must go up. */
static void a_user_stays_who_he_was_in_earlier_versions(void **state) {
    (void)state;
    struct person person;

    people_person(&(struct people){.users = 1000000, .seed = 7}, 123456,
                  &person);
    assert_person(&person, "dizedaza1323", "Daniëls-Jogoqabu", "Koen");
}

static void the_same_seed_gives_the_same_people(void **state) {
    (void)state;
    struct people one = {.users = MANY, .seed = 42};
    struct people two = {.users = MANY, .seed = 42};

    for (uint64_t i = 0; i < MANY; i++) {
        struct person first;
        struct person second;
        memset(&first, 0x55, sizeof first);
        memset(&second, 0xaa, sizeof second);
        people_person(&one, i, &first);
        people_person(&two, i, &second);
        assert_person(&first, second.login, second.name, second.forname);
    }
}

static void another_seed_gives_other_people(void **state) {
    (void)state;
    struct people one = {.users = MANY, .seed = 1};
    struct people two = {.users = MANY, .seed = 2};
    unsigned same = 0;

    for (uint64_t i = 0; i < MANY; i++) {
        struct person first;
        struct person second;
        people_person(&one, i, &first);
        people_person(&two, i, &second);
        same += strcmp(first.login, second.login) == 0;
        same += strcmp(first.name, second.name) == 0;
    }
    assert_in_range(same, 0, 2);
}

static void logins_rise_with_the_index_and_tell_it(void **state) {
    (void)state;
    static const uint64_t users[] = {1, 2, 3, 4, 17, 999, MANY};

    for (size_t u = 0; u < sizeof users / sizeof users[0]; u++) {
        struct people people = {.users = users[u], .seed = u};
        char before[PEOPLE_FIELD_MAX + 1] = "";

        for (uint64_t i = 0; i < people.users; i++) {
            char login[PEOPLE_FIELD_MAX + 1];
            uint64_t index = UINT64_MAX;
            size_t size = people_login(&people, i, login);

            assert_int_equal(size, strlen(login));
            assert_true(strcmp(before, login) < 0);
            assert_true(people_index(&people, login, size, &index));
            assert_int_equal(index, i);
            memcpy(before, login, sizeof before);
        }
    }
}

/* At both ends and around the middle of the largest database. */
static void logins_stay_unique_at_the_most_users(void **state) {
    (void)state;
    struct people people = {.users = PEOPLE_USERS_MAX, .seed = 3};
    static const uint64_t starts[] = {0, PEOPLE_USERS_MAX / 2,
                                      PEOPLE_USERS_MAX - MANY};

    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
        char before[PEOPLE_FIELD_MAX + 1] = "";

        for (uint64_t i = starts[s]; i < starts[s] + MANY; i++) {
            char login[PEOPLE_FIELD_MAX + 1];
            uint64_t index;
            size_t size = people_login(&people, i, login);

            assert_true(strcmp(before, login) < 0);
            assert_true(people_index(&people, login, size, &index));
            assert_int_equal(index, i);
            memcpy(before, login, sizeof before);
        }
    }
}

static void a_login_is_the_one_of_the_whole_person(void **state) {
    (void)state;
    struct people people = {.users = MANY, .seed = 9};

    for (uint64_t i = 0; i < MANY; i++) {
        struct person person;
        char login[PEOPLE_FIELD_MAX + 1];

        people_person(&people, i, &person);
        assert_int_equal(people_login(&people, i, login), person.login_size);
        assert_string_equal(login, person.login);
    }
}

static void names_are_those_of_the_whole_person(void **state) {
    (void)state;
    static const uint64_t users[] = {3, 1000};
    for (size_t i = 0; i < 2; i++) {
        const struct people people = {.users = users[i], .seed = 9};
        for (uint64_t index = 0; index < people.users; index++) {
            struct person person;
            struct person named = {.login = "left alone"};
            people_person(&people, index, &person);
            people_names(&people, index, person.login, person.login_size,
                         &named);
            assert_string_equal(named.login, "left alone");
            assert_string_equal(named.name, person.name);
            assert_string_equal(named.forname, person.forname);
            assert_int_equal(named.name_size, person.name_size);
            assert_int_equal(named.forname_size, person.forname_size);
        }
    }
}

static void nobody_has_a_login_that_was_not_given_out(void **state) {
    (void)state;
    static const char *const strangers[] = {
        "",
        "yoen",
        "bababab0000",
        "babababa000",
        "babababa",
        "babababa00000",
        "babababa000x",
        "BABABABA0000",
        "éababab0000",
        "zuzuzuzu99999",
        "ababbaba0000",
        "babababa-001",
    };
    struct people people = {.users = 1000, .seed = 5};
    uint64_t index = 77;

    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        assert_false(
            people_index(&people, strangers[i], strlen(strangers[i]), &index));
    }
    assert_int_equal(index, 77);
}

static void a_changed_login_is_nobodys(void **state) {
    (void)state;
    struct people people = {.users = 1000, .seed = 5};

    for (uint64_t i = 0; i < people.users; i++) {
        char login[PEOPLE_FIELD_MAX + 1];
        uint64_t index;
        size_t size = people_login(&people, i, login);

        for (size_t at = 0; at < size; at++) {
            for (unsigned change = 1; change < 256; change += 7) {
                char kept = login[at];
                login[at] = (char)(kept ^ (char)change);
                assert_false(people_index(&people, login, size, &index));
                login[at] = kept;
            }
        }
        assert_false(people_index(&people, login, size - 1, &index));
        assert_false(people_index(&people, login, size + 1, &index));
    }
}

/* The range of numbers does not divide evenly: a tenth of it is left over. */
static void a_login_past_the_last_user_is_nobodys(void **state) {
    (void)state;
    struct people people = {.users = PEOPLE_USERS_MAX, .seed = 5};
    uint64_t index;

    assert_false(people_index(&people, "zuzuzuzu9999", 12, &index));
}

static void the_tutorials_logins_tell_their_index(void **state) {
    (void)state;
    struct people people = {.users = 3};
    uint64_t index;

    assert_true(people_index(&people, "esteban", 7, &index));
    assert_int_equal(index, 0);
    assert_true(people_index(&people, "yoen", 4, &index));
    assert_int_equal(index, 2);
    assert_false(people_index(&people, "yoe", 3, &index));
    assert_false(people_index(&people, "yoenx", 5, &index));
    assert_false(people_index(&people, "babababa0000", 12, &index));
}

static void without_users_nobody_has_a_login(void **state) {
    (void)state;
    uint64_t index;

    assert_false(
        people_index(&(struct people){.users = 0}, "babababa0000", 12, &index));
    assert_false(people_index(&(struct people){.users = 0}, "", 0, &index));
}

static void every_field_is_utf8_and_its_size_is_told(void **state) {
    (void)state;
    struct people people = {.users = MANY, .seed = 8};

    for (uint64_t i = 0; i < MANY; i++) {
        struct person person;

        people_person(&people, i, &person);
        assert_int_equal(person.name_size, strlen(person.name));
        assert_int_equal(person.forname_size, strlen(person.forname));
        assert_true(is_text(person.login, person.login_size));
        assert_true(is_text(person.name, person.name_size));
        assert_true(is_text(person.forname, person.forname_size));
    }
}

static void every_name_of_the_tables_is_whole(void **state) {
    (void)state;
    for (uint64_t i = 0;
         i < UINT64_C(4) * NAMES_PER_LANGUAGE * NAMES_PER_LANGUAGE; i++) {
        struct names_pick pick = names_pick(i);

        assert_non_null(pick.forname);
        assert_non_null(pick.name);
        assert_in_range(strlen(pick.forname), 2, 20);
        assert_in_range(strlen(pick.name), 2, 30);
        assert_true(is_text(pick.forname, strlen(pick.forname)));
        assert_true(is_text(pick.name, strlen(pick.name)));
    }
}

static void no_name_is_in_the_tables_twice(void **state) {
    (void)state;
    /* The language is chosen first, then the forname, then the name. */
    const uint64_t both = 4 * (NAMES_PER_LANGUAGE + 1);

    for (uint64_t l = 0; l < 4; l++) {
        for (uint64_t i = 0; i < NAMES_PER_LANGUAGE; i++) {
            for (uint64_t j = 0; j < i; j++) {
                struct names_pick a = names_pick(l + both * i);
                struct names_pick b = names_pick(l + both * j);
                assert_string_not_equal(a.forname, b.forname);
                assert_string_not_equal(a.name, b.name);
            }
        }
    }
}

static void words_rise_with_their_number_and_tell_it(void **state) {
    (void)state;
    char before[SYLLABLE_WORD_SIZE] = {0};

    for (uint32_t number = 0; number < SYLLABLE_WORDS; number += 9973) {
        char word[SYLLABLE_WORD_SIZE];
        uint32_t told;

        syllable_write(number, word);
        assert_true(memcmp(before, word, sizeof word) < 0);
        assert_true(syllable_read(word, &told));
        assert_int_equal(told, number);
        memcpy(before, word, sizeof before);
    }
    syllable_write(SYLLABLE_WORDS - 1, before);
    assert_memory_equal(before, "zuzuzuzu", sizeof before);
}

static void the_next_one_is_found_from_any_text(void **state) {
    (void)state;
    const struct people some = {.users = 100, .seed = 4};
    const struct people three = {.users = 3, .seed = 1};
    const struct people none = {.users = 0, .seed = 1};
    char login[PEOPLE_FIELD_MAX + 2];
    for (uint64_t i = 0; i < 100; i++) {
        size_t size = people_login(&some, i, login);
        assert_int_equal(people_from(&some, login, size), i);
        assert_int_equal(people_from(&some, login, size - 1), i);
        login[size] = '.';
        assert_int_equal(people_from(&some, login, size + 1), i + 1);
    }
    assert_int_equal(people_from(&some, "", 0), 0);
    assert_int_equal(people_from(&some, "zzz", 3), 100);
    assert_int_equal(people_from(&three, "mohamed", 7), 1);
    assert_int_equal(people_from(&three, "nobody", 6), 2);
    assert_int_equal(people_from(&none, "nobody", 6), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_users_are_the_tutorials_whatever_the_seed),
        cmocka_unit_test(a_user_stays_who_he_was_in_earlier_versions),
        cmocka_unit_test(the_same_seed_gives_the_same_people),
        cmocka_unit_test(another_seed_gives_other_people),
        cmocka_unit_test(logins_rise_with_the_index_and_tell_it),
        cmocka_unit_test(logins_stay_unique_at_the_most_users),
        cmocka_unit_test(a_login_is_the_one_of_the_whole_person),
        cmocka_unit_test(names_are_those_of_the_whole_person),
        cmocka_unit_test(nobody_has_a_login_that_was_not_given_out),
        cmocka_unit_test(a_changed_login_is_nobodys),
        cmocka_unit_test(a_login_past_the_last_user_is_nobodys),
        cmocka_unit_test(the_tutorials_logins_tell_their_index),
        cmocka_unit_test(without_users_nobody_has_a_login),
        cmocka_unit_test(every_field_is_utf8_and_its_size_is_told),
        cmocka_unit_test(every_name_of_the_tables_is_whole),
        cmocka_unit_test(no_name_is_in_the_tables_twice),
        cmocka_unit_test(words_rise_with_their_number_and_tell_it),
        cmocka_unit_test(the_next_one_is_found_from_any_text),
    };
    return SUITE_RUN(tests, argc, argv);
}
