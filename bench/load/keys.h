/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_KEYS_H
#define PLUNGE_LOAD_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/permutation.h"
#include "load/zipf.h"
#include "people/people.h"
#include "scenario/scenario.h"

struct arena;

/* Whom a phase asks for. Lookup k of a cycle is a pure function of (seed,
 * phase, cycle, k): every subject gets the same keys in the same order, however
 * many lanes draw them.
 *
 * Who is asked for more than others, by zipf or hot, is spread over all users,
 * and the same people in every phase and cycle of a run.
 *
 * Thread: any, once initialised. */
struct keys {
    const struct people *people;
    enum scenario_keys_kind kind;
    uint64_t misses; /* millionths of the keys */
    uint64_t seed;   /* of the phase */
    struct key *listed;
    size_t listed_count;

    /* Of laws by which some are asked for more than others. */
    uint64_t shuffle; /* seeded: which of them that is */
    struct permutation order;
    struct zipf zipf;
    uint64_t hot_users;   /* how many */
    uint64_t hot_lookups; /* millionths */
};

/* One login to ask for. user: SUBJECT_NOBODY for one that does not exist;
 * SUBJECT_NEWCOMER where it is that of the newcomer after whom so many others
 * have signed up. */
struct key {
    const char *login;
    size_t login_size;
    uint64_t user;
    uint64_t newcomer;
};

/* A part of a run with keys of its own. */
struct keys_place {
    uint64_t seed;
    uint64_t phase; /* KEYS_WARM_UP: the unmeasured cycle */
};

#define KEYS_WARM_UP UINT64_MAX
#define KEYS_SHUFFLE (UINT64_MAX - 1) /* no phase: who the hot users are */

/* @people and the logins of @plan are borrowed; memory is in @arena. */
void keys_init(struct keys *keys, const struct people *people,
               const struct scenario_phase *plan, struct keys_place place,
               struct arena *arena);

/* What keys_draw() needs to know of a cycle. */
uint64_t keys_stream(const struct keys *keys, uint64_t cycle);

/* Key @k of a cycle's @stream. Its login is in @login, or the list's own. */
struct key keys_draw(const struct keys *keys, uint64_t stream, uint64_t k,
                     char login[PEOPLE_FIELD_MAX + 1]);

/* The same where @signed_up newcomers have come: the latest are among them. */
struct key keys_draw_since(const struct keys *keys, uint64_t stream, uint64_t k,
                           uint64_t signed_up,
                           char login[PEOPLE_FIELD_MAX + 1]);

/* The same without misses. */
struct key keys_draw_somebody(const struct keys *keys, uint64_t stream,
                              uint64_t k, char login[PEOPLE_FIELD_MAX + 1]);

#endif
