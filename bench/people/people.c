/* SPDX-License-Identifier: Apache-2.0 */
#include "people/people.h"

#include <string.h>

#include "base/check.h"
#include "base/random.h"
#include "people/names.h"
#include "people/naming.h"
#include "people/syllable.h"

/* A login is a number below LOGINS in fixed width, a word and four digits:
 * "kovilato0482". The people share the numbers out evenly, step each; which
 * number of his a user gets, the seed decides. So logins look drawn by lot,
 * and yet rise with the index and tell it. */
#define DIGITS_COUNT 4
#define DIGITS_VALUES 10000
#define LOGINS ((uint64_t)SYLLABLE_WORDS * DIGITS_VALUES)
#define LOGIN_SIZE (SYLLABLE_WORD_SIZE + DIGITS_COUNT)

_Static_assert(PEOPLE_USERS_MAX <= LOGINS, "everybody has a number");

struct tutorial_user {
    const char *login;
    const char *name;
    const char *forname;
};

static const struct tutorial_user tutorial[PEOPLE_TUTORIAL_USERS] = {
    {"esteban", "Garcia Marquez", "Estebán"},
    {"mohamed", "Al Ghâlib", "Mohamed"},
    {"yoen", "Van der Veld", "Yoen"},
};

static size_t copy_field(char field[PEOPLE_FIELD_MAX + 1], const char *text) {
    size_t size = strlen(text);

    CHECK(size <= PEOPLE_FIELD_MAX);
    memcpy(field, text, size + 1);
    return size;
}

/* What of a user is left to chance. Its high bits choose the login, its low
 * ones the names. */
static uint64_t draw(const struct people *people, uint64_t index) {
    return random_mix(people->seed, index);
}

/* Below @bound, in proportion to @drawn. */
static uint64_t scale(uint64_t drawn, uint64_t bound) {
    return (uint64_t)(((unsigned __int128)drawn * bound) >> 64);
}

static size_t write_number(uint64_t number, char *login) {
    unsigned digits = (unsigned)(number % DIGITS_VALUES);

    syllable_write((uint32_t)(number / DIGITS_VALUES), login);
    for (unsigned at = LOGIN_SIZE; at != SYLLABLE_WORD_SIZE; at--) {
        login[at - 1] = (char)('0' + digits % 10);
        digits /= 10;
    }
    login[LOGIN_SIZE] = '\0';
    return LOGIN_SIZE;
}

static size_t write_login(const struct people *people, uint64_t index,
                          uint64_t drawn, char *login) {
    uint64_t step = LOGINS / people->users;
    return write_number(index * step + scale(drawn, step), login);
}

static void check_index(const struct people *people, uint64_t index) {
    CHECK(index < people->users && people->users <= PEOPLE_USERS_MAX);
}

void people_names(const struct people *people, uint64_t index,
                  const char *login, size_t login_size,
                  struct person *person_out) {
    check_index(people, index);

    if (people->users == PEOPLE_TUTORIAL_USERS) {
        const struct tutorial_user *user = &tutorial[index];

        person_out->name_size = copy_field(person_out->name, user->name);
        person_out->forname_size =
            copy_field(person_out->forname, user->forname);
        return;
    }

    struct names_pick pick = names_pick(draw(people, index));

    person_out->name_size = copy_field(person_out->name, pick.name);
    person_out->forname_size = copy_field(person_out->forname, pick.forname);
    naming_seal(person_out, login, login_size);
}

void people_person(const struct people *people, uint64_t index,
                   struct person *person_out) {
    person_out->login_size = people_login(people, index, person_out->login);
    people_names(people, index, person_out->login, person_out->login_size,
                 person_out);
}

static size_t given_key(const struct people_given *given, uint64_t index,
                        char login[PEOPLE_FIELD_MAX + 1]) {
    size_t start = index == 0 ? 0 : given->ends[index - 1];
    size_t size = given->ends[index] - start;

    CHECK(size <= PEOPLE_FIELD_MAX);
    memcpy(login, given->text + start, size);
    login[size] = '\0';
    return size;
}

size_t people_login(const struct people *people, uint64_t index,
                    char login[PEOPLE_FIELD_MAX + 1]) {
    check_index(people, index);

    if (people->given != NULL) {
        return given_key(people->given, index, login);
    }
    if (people->users == PEOPLE_TUTORIAL_USERS) {
        return copy_field(login, tutorial[index].login);
    }
    return write_login(people, index, draw(people, index), login);
}

/* The number that a login would be, were it anybody's. */
static bool read_login(const char *login, size_t login_size,
                       uint64_t *number_out) {
    uint32_t word;
    unsigned digits = 0;

    if (login_size != LOGIN_SIZE || !syllable_read(login, &word)) {
        return false;
    }
    for (unsigned at = SYLLABLE_WORD_SIZE; at < LOGIN_SIZE; at++) {
        if (login[at] < '0' || login[at] > '9') {
            return false;
        }
        digits = digits * 10 + (unsigned)(login[at] - '0');
    }
    *number_out = (uint64_t)word * DIGITS_VALUES + digits;
    return true;
}

static bool tutorial_index(const char *login, size_t login_size,
                           uint64_t *index_out) {
    for (uint64_t i = 0; i < PEOPLE_TUTORIAL_USERS; i++) {
        if (strlen(tutorial[i].login) == login_size &&
            memcmp(tutorial[i].login, login, login_size) == 0) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

bool people_index(const struct people *people, const char *login,
                  size_t login_size, uint64_t *index_out) {
    char expected[PEOPLE_FIELD_MAX + 1];
    uint64_t number;

    if (people->given != NULL) {
        return false;
    }
    if (people->users == PEOPLE_TUTORIAL_USERS) {
        return tutorial_index(login, login_size, index_out);
    }
    if (people->users == 0 || !read_login(login, login_size, &number)) {
        return false;
    }
    uint64_t index = number / (LOGINS / people->users);
    if (index >= people->users) {
        return false;
    }
    if (people_login(people, index, expected) != login_size ||
        memcmp(expected, login, login_size) != 0) {
        return false;
    }
    *index_out = index;
    return true;
}

/* There are more logins than people: one that is free is found. */
size_t people_stranger(const struct people *people, uint64_t drawn,
                       char login[PEOPLE_FIELD_MAX + 1]) {
    uint64_t index;
    size_t size;

    for (uint64_t attempt = 1;; attempt++) {
        size = write_number(scale(drawn, LOGINS), login);
        if (!people_index(people, login, size, &index)) {
            return size;
        }
        drawn = random_mix(drawn, attempt);
    }
}

uint64_t people_from(const struct people *people, const char *login,
                     size_t login_size) {
    char at[PEOPLE_FIELD_MAX + 1];
    uint64_t low = 0;
    uint64_t high = people->users;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        size_t size = people_login(people, middle, at);
        size_t common = size < login_size ? size : login_size;
        int order = memcmp(at, login, common);
        if (order < 0 || (order == 0 && size < login_size)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
