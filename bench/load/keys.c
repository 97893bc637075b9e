/* SPDX-License-Identifier: Apache-2.0 */
#include "load/keys.h"

#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "subject/subject.h"

#define SHARE_ALL 1000000

/* How steeply the latest are preferred: as benchmarks of key-value stores do
 * it. */
#define LATEST_EXPONENT 0.99

/* What else is drawn for a key beside the first random number. */
enum draw {
    DRAW_MISS = 1,
    DRAW_STRANGER,
    DRAW_HOT,
};

static struct key keys_listed(const struct people *people, const char *login) {
    struct key key = {.login = login, .login_size = strlen(login)};
    if (!people_index(people, login, key.login_size, &key.user)) {
        key.user = SUBJECT_NOBODY;
    }
    return key;
}

static void keys_init_list(struct keys *keys, const struct scenario_keys *what,
                           struct arena *arena) {
    keys->listed_count = what->logins_count;
    keys->listed =
        arena_alloc(arena, what->logins_count * sizeof *keys->listed);
    for (size_t i = 0; i < what->logins_count; i++) {
        keys->listed[i] = keys_listed(keys->people, what->logins[i]);
    }
}

/* Rounded to the nearest; somebody is. */
static uint64_t keys_hot_users(uint64_t users, uint64_t share) {
    uint64_t hot =
        (uint64_t)(((unsigned __int128)users * share + SHARE_ALL / 2) /
                   SHARE_ALL);
    return hot > 0 ? hot : 1;
}

void keys_init(struct keys *keys, const struct people *people,
               const struct scenario_phase *plan, struct keys_place place,
               struct arena *arena) {
    const struct scenario_keys *what = &plan->keys;
    memset(keys, 0, sizeof *keys);
    keys->people = people;
    keys->kind = what->kind;
    keys->misses = plan->misses;
    keys->seed = random_mix(place.seed, place.phase);
    if (what->kind == SCENARIO_KEYS_LIST) {
        keys_init_list(keys, what, arena);
    }
    if (people->users == 0) {
        return;
    }
    keys->shuffle = random_seeded(random_mix(place.seed, KEYS_SHUFFLE));
    permutation_init(&keys->order, people->users);
    keys->hot_lookups = what->hot_lookups;
    keys->hot_users = keys_hot_users(people->users, what->hot_users);
    if (what->kind == SCENARIO_KEYS_ZIPF) {
        zipf_init(&keys->zipf, what->exponent, people->users);
    } else if (what->kind == SCENARIO_KEYS_LATEST) {
        zipf_init(&keys->zipf, LATEST_EXPONENT, people->users);
    }
}

uint64_t keys_stream(const struct keys *keys, uint64_t cycle) {
    return random_seeded(random_mix(keys->seed, cycle));
}

/* Multiply-high: uniform but for bound / 2^64, and without the loop that would
 * make a draw depend on the one before. */
static uint64_t keys_below(uint64_t mixed, uint64_t bound) {
    return (uint64_t)(((unsigned __int128)mixed * bound) >> 64);
}

static bool keys_by_share(uint64_t mixed, uint64_t share) {
    return keys_below(mixed, SHARE_ALL) < share;
}

/* Ranks from 0: the hot ones are the first. */
static uint64_t keys_hot(const struct keys *keys, uint64_t mixed) {
    uint64_t users = keys->people->users;
    bool all_are_hot = keys->hot_users >= users;
    if (all_are_hot ||
        keys_by_share(random_mix(mixed, DRAW_HOT), keys->hot_lookups)) {
        return keys_below(mixed, all_are_hot ? users : keys->hot_users);
    }
    return keys->hot_users + keys_below(mixed, users - keys->hot_users);
}

static uint64_t keys_user(const struct keys *keys, uint64_t mixed, uint64_t k) {
    uint64_t users = keys->people->users;
    switch (keys->kind) {
    case SCENARIO_KEYS_LATEST:
        return users - 1 - zipf_draw(&keys->zipf, mixed);
    case SCENARIO_KEYS_SEQUENTIAL:
        return k % users;
    case SCENARIO_KEYS_ZIPF:
        return permutation_at(&keys->order, keys->shuffle,
                              zipf_draw(&keys->zipf, mixed));
    case SCENARIO_KEYS_HOT:
        return permutation_at(&keys->order, keys->shuffle,
                              keys_hot(keys, mixed));
    case SCENARIO_KEYS_UNIFORM:
    case SCENARIO_KEYS_LIST: /* is not drawn */
        break;
    }
    return keys_below(mixed, users);
}

static bool keys_miss(const struct keys *keys, uint64_t mixed) {
    return keys->misses > 0 &&
           keys_by_share(random_mix(mixed, DRAW_MISS), keys->misses);
}

static struct key keys_stranger(const struct keys *keys, uint64_t mixed,
                                char *login) {
    struct key key = {.login = login, .user = SUBJECT_NOBODY};
    key.login_size =
        people_stranger(keys->people, random_mix(mixed, DRAW_STRANGER), login);
    return key;
}

struct key keys_draw_somebody(const struct keys *keys, uint64_t stream,
                              uint64_t k, char login[PEOPLE_FIELD_MAX + 1]) {
    if (keys->listed_count > 0) {
        return keys->listed[k % keys->listed_count];
    }
    if (keys->people->users == 0) {
        return (struct key){.login = "nobody",
                            .login_size = sizeof "nobody" - 1,
                            .user = SUBJECT_NOBODY};
    }
    struct key key = {.login = login};
    key.user = keys_user(keys, random_at(stream, k), k);
    key.login_size = people_login(keys->people, key.user, login);
    return key;
}

struct key keys_draw(const struct keys *keys, uint64_t stream, uint64_t k,
                     char login[PEOPLE_FIELD_MAX + 1]) {
    if (keys->misses > 0) {
        uint64_t mixed = random_at(stream, k);
        if (keys_miss(keys, mixed)) {
            return keys_stranger(keys, mixed, login);
        }
    }
    return keys_draw_somebody(keys, stream, k, login);
}

/* Who has signed up comes before all others: as many of those as newcomers have
 * come are no longer among the latest. */
struct key keys_draw_since(const struct keys *keys, uint64_t stream, uint64_t k,
                           uint64_t signed_up,
                           char login[PEOPLE_FIELD_MAX + 1]) {
    uint64_t mixed = random_at(stream, k);
    uint64_t users = keys->people->users;
    if (keys->kind != SCENARIO_KEYS_LATEST || users == 0 ||
        keys_miss(keys, mixed)) {
        return keys_draw(keys, stream, k, login);
    }
    uint64_t rank = zipf_draw(&keys->zipf, mixed);
    struct key key = {.login = login};
    if (rank < signed_up) {
        key.user = SUBJECT_NEWCOMER;
        key.newcomer = rank;
    } else {
        key.user = users - 1 - (rank - signed_up);
        key.login_size = people_login(keys->people, key.user, login);
    }
    return key;
}
