/* SPDX-License-Identifier: Apache-2.0 */
#include "people/newcomer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/permutation.h"
#include "base/random.h"
#include "people/naming.h"
#include "people/syllable.h"

#define DIGITS_COUNT 5
#define DIGITS_VALUES 100000
#define STEM_SIZE (SYLLABLE_WORD_SIZE + DIGITS_COUNT)
#define PART_DIGITS_MAX 20

_Static_assert(NEWCOMERS_MAX == (uint64_t)SYLLABLE_WORDS * DIGITS_VALUES,
               "each has a word and digits");
_Static_assert(STEM_SIZE + 1 + PART_DIGITS_MAX <= PEOPLE_FIELD_MAX,
               "a login is a field");

static const struct permutation order = {
    .count = NEWCOMERS_MAX, .rows = 3486412, .columns = 3486411};

void newcomer_person(const struct people *people, struct newcomer newcomer,
                     struct person *person_out) {
    CHECK(newcomer.number < NEWCOMERS_MAX);
    const uint64_t seeded =
        random_seeded(random_mix(people->seed, newcomer.part));
    uint64_t number = permutation_at(&order, seeded, newcomer.number);
    char *login = person_out->login;
    syllable_write((uint32_t)(number / DIGITS_VALUES), login);
    int rest =
        snprintf(login + SYLLABLE_WORD_SIZE,
                 sizeof person_out->login - SYLLABLE_WORD_SIZE, "%05u.%" PRIu64,
                 (unsigned)(number % DIGITS_VALUES), newcomer.part);
    person_out->login_size = SYLLABLE_WORD_SIZE + (size_t)rest;
    naming_rename(random_at(seeded, newcomer.number), person_out);
}

static bool are_digits(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return size > 0;
}

bool newcomer_has(const char *login, size_t login_size) {
    uint32_t word;
    return login_size > STEM_SIZE + 1 &&
           login_size <= STEM_SIZE + 1 + PART_DIGITS_MAX &&
           syllable_read(login, &word) &&
           are_digits(login + SYLLABLE_WORD_SIZE, DIGITS_COUNT) &&
           login[STEM_SIZE] == '.' &&
           are_digits(login + STEM_SIZE + 1, login_size - STEM_SIZE - 1);
}
