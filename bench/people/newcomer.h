/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_NEWCOMER_H
#define PLUNGE_PEOPLE_NEWCOMER_H

#include <stdbool.h>
#include <stdint.h>

#include "people/people.h"

/* Who signs up. A newcomer's login is a word, five digits, and the part of the
 * run that he came in: "kovilato04825.3". Nobody who was generated has such a
 * one, and they sort in between all others.
 *
 * Invariant: two newcomers never have the same login.
 * Thread:    any. */
struct newcomer {
    uint64_t part;
    uint64_t number; /* of it; below NEWCOMERS_MAX */
};

#define NEWCOMERS_MAX UINT64_C(12155062500000)

/* His login, and sealed names. */
void newcomer_person(const struct people *people, struct newcomer newcomer,
                     struct person *person_out);

/* Whether a newcomer could have this login. */
bool newcomer_has(const char *login, size_t login_size);

#endif
