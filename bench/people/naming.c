/* SPDX-License-Identifier: Apache-2.0 */
#include "people/naming.h"

#include <string.h>

#include "base/check.h"
#include "base/random.h"
#include "people/avatar.h"
#include "people/names.h"
#include "people/seal.h"

#define CALLED_MAX (2 * PEOPLE_FIELD_MAX + 1)

/* Forname and name as they are shown, in one piece. */
struct called {
    char text[CALLED_MAX];
    size_t size;
};

static size_t append(struct called *called, const char *bytes, size_t size) {
    size_t room = CALLED_MAX - called->size;
    size = size < room ? size : room;
    if (size > 0) { /* a column may be NULL */
        memcpy(called->text + called->size, bytes, size);
    }
    return called->size += size;
}

static void called_of(struct called *called, const struct avatar_row *row) {
    called->size = 0;
    append(called, row->forname, row->forname_size);
    append(called, " ", 1);
    append(called, row->name, row->name_size);
}

static bool is_sealed(const struct called *called,
                      const struct avatar_row *row) {
    return row->name_size >= SEAL_SIZE &&
           seal_fits(&(struct seal_subject){.login = row->login,
                                            .login_size = row->login_size,
                                            .called = called->text,
                                            .called_size = called->size});
}

void naming_seal(struct person *person, const char *login, size_t login_size) {
    const struct avatar_row row = avatar_row_of(person);
    struct called called;
    called_of(&called, &row);
    CHECK(person->name_size + SEAL_SIZE <= PEOPLE_FIELD_MAX);
    seal_write(&(struct seal_subject){.login = login,
                                      .login_size = login_size,
                                      .called = called.text,
                                      .called_size = called.size},
               person->name + person->name_size);
    person->name_size += SEAL_SIZE;
    person->name[person->name_size] = '\0';
}

static size_t copy(char field[PEOPLE_FIELD_MAX + 1], const char *text) {
    size_t size = strlen(text);
    memcpy(field, text, size + 1);
    return size;
}

void naming_rename(uint64_t drawn, struct person *person) {
    const struct names_pick pick = names_pick(drawn);
    person->name_size = copy(person->name, pick.name);
    person->forname_size = copy(person->forname, pick.forname);
    naming_seal(person, person->login, person->login_size);
}

/* A name that is too long for a seal loses its end: it had none. */
static void unseal(struct person *person) {
    const struct avatar_row row = avatar_row_of(person);
    struct called called;
    called_of(&called, &row);
    if (is_sealed(&called, &row) ||
        person->name_size > PEOPLE_FIELD_MAX - SEAL_SIZE) {
        person->name_size -= SEAL_SIZE;
    }
}

static void give(struct person *to, const struct person *from) {
    memcpy(to->name, from->name, from->name_size);
    to->name_size = from->name_size;
    memcpy(to->forname, from->forname, from->forname_size);
    to->forname_size = from->forname_size;
    to->forname[to->forname_size] = '\0';
    naming_seal(to, to->login, to->login_size);
}

void naming_exchange(struct person *one, struct person *other) {
    unseal(one);
    unseal(other);
    const struct person before = *one;
    give(one, other);
    give(other, &before);
}

uint64_t naming_hash(const struct avatar_row *row) {
    struct called called;
    uint64_t hash = 0;
    called_of(&called, row);
    size_t size = called.size - (is_sealed(&called, row) ? SEAL_SIZE : 0);
    for (size_t i = 0; i < size; i += sizeof hash) {
        uint64_t word = 0;
        size_t rest = size - i;
        memcpy(&word, called.text + i, rest < sizeof word ? rest : sizeof word);
        hash = random_mix(hash, word);
    }
    return random_mix(hash, size);
}

uint64_t naming_hash_of(const struct person *person) {
    const struct avatar_row row = avatar_row_of(person);
    return naming_hash(&row);
}
