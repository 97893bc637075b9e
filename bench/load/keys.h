/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_KEYS_H
#define PLUNGE_LOAD_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "people/people.h"

struct arena;
struct scenario_keys;

/* Whom a phase asks for. Lookup k of a cycle is a pure function of (seed,
 * phase, cycle, k): every subject gets the same keys in the same order, however
 * many lanes draw them.
 *
 * Thread: any, once initialised. */
struct keys {
    const struct people *people;
    uint64_t seed; /* of the phase */
    struct key *listed;
    size_t listed_count; /* 0: uniform */
};

/* One login to ask for. user: SUBJECT_NOBODY for one that does not exist. */
struct key {
    const char *login;
    size_t login_size;
    uint64_t user;
};

/* A part of a run with keys of its own. */
struct keys_place {
    uint64_t seed;
    uint64_t phase; /* KEYS_WARM_UP: the unmeasured cycle */
};

#define KEYS_WARM_UP UINT64_MAX

/* @people and the logins of @what are borrowed; memory is in @arena. */
void keys_init(struct keys *keys, const struct people *people,
               const struct scenario_keys *what, struct keys_place place,
               struct arena *arena);

/* What keys_draw() needs to know of a cycle. */
uint64_t keys_stream(const struct keys *keys, uint64_t cycle);

/* Key @k of a cycle's @stream. Its login is in @login, or the list's own. */
struct key keys_draw(const struct keys *keys, uint64_t stream, uint64_t k,
                     char login[PEOPLE_FIELD_MAX + 1]);

#endif
