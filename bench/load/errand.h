/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ERRAND_H
#define PLUNGE_LOAD_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "load/roll.h"
#include "subject/subject.h"

struct answers;
struct phase;

/* What is asked for beside lookups, and whether the answer is right:
 *
 *   rename    one of the people gets names drawn for him, and one row is
 *             changed
 *   sign-up   a newcomer (people/newcomer.h) of this phase and cycle comes, and
 *             one row is changed
 *   sign-off  who has signed up longest ago goes, once, and one row is changed;
 *             where nobody is left to go, it is a sign-up in its place
 *   transfer  two of the people exchange what they are called: two rows are
 *             changed, and each has the other's names under its own seal
 *   scan      a page from one of the people on: all of the people there, none
 *             left out, and newcomers, in order, each with its right seal
 *
 * Of each row that is seen the roll says what it has to be, where it is certain
 * (roll.h). The people themselves never go, so they are always found. Names
 * of logins that nobody has change no row.
 *
 * Thread: any; an errand is its request's. */
struct errand {
    struct subject_errand what;
    uint64_t asked; /* a moment of the roll's */
    uint64_t other_user;
    struct newcomer newcomer; /* who signs up or off */
    struct roll_write one;
    struct roll_write other;
};

/* Of a request that has one. */
struct errand *errand_of(const struct subject_request *request);

/* Fills @request in with what is request @k of a phase that is mixed. */
void errand_draw(const struct phase *phase, uint64_t k,
                 char login[PEOPLE_FIELD_MAX + 1],
                 struct subject_request *request);

/* Whether what came back of @request, which is no lookup, is right; then the
 * roll knows of it. @answer did not fail. */
bool errand_check(const struct answers *answers,
                  const struct subject_request *request,
                  const struct subject_answer *answer);

/* @request failed, or was refused: what it was to write may be or not. */
void errand_failed(const struct answers *answers,
                   const struct subject_request *request);

#endif
