/* SPDX-License-Identifier: Apache-2.0 */
#include "load/roll.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/annotate.h"
#include "base/check.h"
#include "base/random.h"

/* Pending, begun and settled are the place's, whoever shares it. */
struct place {
    uint64_t login; /* whose state that is */
    struct roll_state state;
    uint64_t settled; /* the moment of the last answer */
    uint32_t pending; /* writes that are unanswered */
    uint32_t begun;   /* writes ever */
};

struct roll {
    /* Fixed. */
    bool forgets;

    /* Any thread. */
    _Atomic uint64_t now;

    /* Guarded by mutex. */
    uv_mutex_t mutex;
    struct place places[ROLL_PLACES];
    struct newcomer candidates[ROLL_CANDIDATES_MAX];
    size_t candidates_first;
    size_t candidates_count;
};

struct roll *roll_new(bool forgets) {
    struct roll *roll = calloc(1, sizeof *roll);
    if (roll == NULL || uv_mutex_init(&roll->mutex) != 0) {
        check_out_of_memory();
    }
    roll->forgets = forgets;
    /* All of its pages are there from the beginning: it does not grow. */
    for (size_t i = 0; i < ROLL_PLACES; i++) {
        roll->places[i].login = UINT64_MAX;
    }
    for (size_t i = 0; i < ROLL_CANDIDATES_MAX; i++) {
        roll->candidates[i].part = UINT64_MAX;
    }
    ANNOTATE_UNCHECKED(roll->now);
    return roll;
}

void roll_free(struct roll *roll) {
    if (roll != NULL) {
        uv_mutex_destroy(&roll->mutex);
        free(roll);
    }
}

uint64_t roll_login(const char *login, size_t login_size) {
    uint64_t hash = login_size;
    for (size_t i = 0; i < login_size; i += sizeof hash) {
        uint64_t word = 0;
        size_t rest = login_size - i;
        memcpy(&word, login + i, rest < sizeof word ? rest : sizeof word);
        hash = random_mix(hash, word);
    }
    return hash;
}

uint64_t roll_now(const struct roll *roll) {
    return atomic_load_explicit(&roll->now, memory_order_acquire);
}

static struct place *place_of(struct roll *roll, uint64_t login) {
    return &roll->places[login % ROLL_PLACES];
}

static struct roll_state state_in(const struct place *place, uint64_t login) {
    return place->pending == 0 && place->login == login
               ? place->state
               : (struct roll_state){0};
}

void roll_begin(struct roll *roll, uint64_t login, struct roll_write *write) {
    uv_mutex_lock(&roll->mutex);
    struct place *place = place_of(roll, login);
    *write = (struct roll_write){
        .login = login,
        .alone = place->pending == 0,
        .before = state_in(place, login),
    };
    place->pending++;
    write->begun = ++place->begun;
    uv_mutex_unlock(&roll->mutex);
}

bool roll_end(struct roll *roll, const struct roll_write *write,
              struct roll_state after) {
    uv_mutex_lock(&roll->mutex);
    struct place *place = place_of(roll, write->login);
    place->pending--;
    bool alone = write->alone && place->begun == write->begun;
    place->login = write->login;
    place->state = alone && !roll->forgets ? after : (struct roll_state){0};
    place->settled = atomic_load_explicit(&roll->now, memory_order_relaxed) + 1;
    atomic_store_explicit(&roll->now, place->settled, memory_order_release);
    uv_mutex_unlock(&roll->mutex);
    return alone;
}

struct roll_state roll_state(struct roll *roll, uint64_t login,
                             uint64_t asked) {
    uv_mutex_lock(&roll->mutex);
    const struct place *place = place_of(roll, login);
    struct roll_state state = {0};
    if (place->settled <= asked) {
        state = state_in(place, login);
    }
    uv_mutex_unlock(&roll->mutex);
    return state;
}

void roll_offer(struct roll *roll, struct newcomer newcomer) {
    uv_mutex_lock(&roll->mutex);
    if (roll->candidates_count < ROLL_CANDIDATES_MAX) {
        size_t last = roll->candidates_first + roll->candidates_count++;
        roll->candidates[last % ROLL_CANDIDATES_MAX] = newcomer;
    }
    uv_mutex_unlock(&roll->mutex);
}

bool roll_take(struct roll *roll, struct newcomer *newcomer_out) {
    uv_mutex_lock(&roll->mutex);
    bool some = roll->candidates_count > 0;
    if (some) {
        *newcomer_out = roll->candidates[roll->candidates_first];
        roll->candidates_first =
            (roll->candidates_first + 1) % ROLL_CANDIDATES_MAX;
        roll->candidates_count--;
    }
    uv_mutex_unlock(&roll->mutex);
    return some;
}
