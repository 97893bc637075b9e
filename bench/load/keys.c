/* SPDX-License-Identifier: Apache-2.0 */
#include "load/keys.h"

#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "scenario/scenario.h"
#include "subject/subject.h"

static struct key keys_listed(const struct people *people, const char *login) {
    struct key key = {.login = login, .login_size = strlen(login)};
    if (!people_index(people, login, key.login_size, &key.user)) {
        key.user = SUBJECT_NOBODY;
    }
    return key;
}

void keys_init(struct keys *keys, const struct people *people,
               const struct scenario_keys *what, struct keys_place place,
               struct arena *arena) {
    memset(keys, 0, sizeof *keys);
    keys->people = people;
    keys->seed = random_mix(place.seed, place.phase);
    if (what->kind == SCENARIO_KEYS_UNIFORM) {
        return;
    }
    keys->listed_count = what->logins_count;
    keys->listed =
        arena_alloc(arena, what->logins_count * sizeof *keys->listed);
    for (size_t i = 0; i < what->logins_count; i++) {
        keys->listed[i] = keys_listed(people, what->logins[i]);
    }
}

uint64_t keys_stream(const struct keys *keys, uint64_t cycle) {
    return random_seeded(random_mix(keys->seed, cycle));
}

/* Multiply-high: uniform but for users / 2^64, and without the loop that would
 * make a draw depend on the one before. */
static uint64_t keys_uniform(uint64_t mixed, uint64_t users) {
    return (uint64_t)(((unsigned __int128)mixed * users) >> 64);
}

struct key keys_draw(const struct keys *keys, uint64_t stream, uint64_t k,
                     char login[PEOPLE_FIELD_MAX + 1]) {
    if (keys->listed_count > 0) {
        return keys->listed[k % keys->listed_count];
    }
    if (keys->people->users == 0) {
        return (struct key){"nobody", sizeof "nobody" - 1, SUBJECT_NOBODY};
    }
    struct key key = {.login = login};
    key.user = keys_uniform(random_at(stream, k), keys->people->users);
    key.login_size = people_login(keys->people, key.user, login);
    return key;
}
