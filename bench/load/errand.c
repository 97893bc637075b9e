/* SPDX-License-Identifier: Apache-2.0 */
#include "load/errand.h"

#include <string.h>

#include "base/check.h"
#include "base/random.h"
#include "load/phase.h"
#include "people/naming.h"

/* Random numbers of their own, beside the key's. */
#define STREAM_OTHER UINT64_C(0x6f74686572)
#define STREAM_NAMES UINT64_C(0x6e616d6573)

struct errand *errand_of(const struct subject_request *request) {
    _Static_assert(offsetof(struct errand, what) == 0, "one is the other");
    CHECK(request->errand != NULL);
    return (struct errand *)request->errand;
}

static void set_key(struct subject_request *request, const struct key *key) {
    request->login = key->login;
    request->login_size = key->login_size;
    request->user = key->user;
}

static void set_login(struct person *person, const struct key *key) {
    memcpy(person->login, key->login, key->login_size);
    person->login[key->login_size] = '\0';
    person->login_size = key->login_size;
}

static void set_newcomer(const struct phase *phase, struct newcomer newcomer,
                         struct subject_request *request) {
    struct person *one = &request->errand->one;
    newcomer_person(phase->keys.people, newcomer, one);
    request->login = one->login;
    request->login_size = one->login_size;
    request->user = SUBJECT_NEWCOMER;
}

static void begin(const struct phase *phase, const struct person *person,
                  struct roll_write *write) {
    roll_begin(phase->roll, roll_login(person->login, person->login_size),
               write);
}

/* ---- Each operation ------------------------------------------------------*/

static void draw_lookup(const struct phase *phase, uint64_t k,
                        const struct mix_place *place, char *login,
                        struct subject_request *request) {
    const struct key key = keys_draw_since(&phase->keys, phase->stream, k,
                                           place->signed_up, login);
    if (key.user != SUBJECT_NEWCOMER) {
        set_key(request, &key);
        return;
    }
    const struct newcomer newcomer = {
        phase->part, 2 * (place->signed_up - 1 - key.newcomer)};
    set_newcomer(phase, newcomer, request);
}

static void draw_rename(const struct phase *phase, uint64_t k, char *login,
                        struct subject_request *request) {
    struct errand *errand = errand_of(request);
    const struct key key =
        keys_draw_somebody(&phase->keys, phase->stream, k, login);
    set_key(request, &key);
    set_login(&errand->what.one, &key);
    naming_rename(random_mix(phase->stream ^ STREAM_NAMES, k),
                  &errand->what.one);
    begin(phase, &errand->what.one, &errand->one);
}

/* Of a list the next one; else drawn anew, and the neighbour where that is the
 * same one again. */
static struct key draw_other(const struct phase *phase, uint64_t k,
                             const struct key *one, char *login) {
    const struct people *people = phase->keys.people;
    struct key other = keys_draw_somebody(
        &phase->keys, random_seeded(phase->stream ^ STREAM_OTHER), k + 1,
        login);
    if (other.user == one->user && other.user < people->users &&
        phase->keys.listed_count == 0) {
        other.user = (other.user + 1) % people->users;
        other.login_size = people_login(people, other.user, login);
    }
    return other;
}

static void draw_transfer(const struct phase *phase, uint64_t k, char *login,
                          struct subject_request *request) {
    struct errand *errand = errand_of(request);
    char other_login[PEOPLE_FIELD_MAX + 1];
    const struct key one =
        keys_draw_somebody(&phase->keys, phase->stream, k, login);
    const struct key other = draw_other(phase, k, &one, other_login);
    set_key(request, &one);
    set_login(&errand->what.one, &one);
    set_login(&errand->what.other, &other);
    errand->other_user = other.user;
    begin(phase, &errand->what.one, &errand->one);
    begin(phase, &errand->what.other, &errand->other);
}

/* Newcomers have even numbers, and those that come in somebody's place odd
 * ones: none comes twice. */
static void draw_sign_up(const struct phase *phase, uint64_t number,
                         struct subject_request *request) {
    struct errand *errand = errand_of(request);
    request->operation = SUBJECT_SIGN_UP;
    errand->newcomer = (struct newcomer){phase->part, number % NEWCOMERS_MAX};
    set_newcomer(phase, errand->newcomer, request);
    begin(phase, &errand->what.one, &errand->one);
}

static void draw_sign_off(const struct phase *phase, uint64_t number,
                          struct subject_request *request) {
    struct errand *errand = errand_of(request);
    if (!roll_take(phase->roll, &errand->newcomer)) {
        draw_sign_up(phase, 2 * number + 1, request);
        return;
    }
    set_newcomer(phase, errand->newcomer, request);
    begin(phase, &errand->what.one, &errand->one);
}

static void draw_scan(const struct phase *phase, uint64_t k, char *login,
                      struct subject_request *request) {
    const struct key key =
        keys_draw_somebody(&phase->keys, phase->stream, k, login);
    set_key(request, &key);
}

void errand_draw(const struct phase *phase, uint64_t k,
                 char login[PEOPLE_FIELD_MAX + 1],
                 struct subject_request *request) {
    const struct mix_place place = mix_draw(&phase->mix, phase->stream, k);
    request->operation = place.operation;
    switch (place.operation) {
    case SUBJECT_RENAME:
        draw_rename(phase, k, login, request);
        break;
    case SUBJECT_SIGN_UP:
        draw_sign_up(phase, 2 * place.number, request);
        break;
    case SUBJECT_SIGN_OFF:
        draw_sign_off(phase, place.number, request);
        break;
    case SUBJECT_TRANSFER:
        draw_transfer(phase, k, login, request);
        break;
    case SUBJECT_SCAN:
        draw_scan(phase, k, login, request);
        break;
    default:
        draw_lookup(phase, k, &place, login, request);
        break;
    }
}
