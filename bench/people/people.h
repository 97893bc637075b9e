/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_PEOPLE_H
#define PLUNGE_PEOPLE_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "people/bio.h"

/* Who user i is: a pure function of (seed, number of users, i), in constant
 * memory, so that a database of any size needs no list of its people.
 *
 * Invariant: logins rise with i in SQLite's binary collation, are unique, and
 *            tell their i; a name carries a checksum over login, forname and
 *            the rest of itself. users == 3 gives exactly the tutorial's three
 *            (which are known, not checksummed), in the order of their logins.
 * Thread:    any. */
#define PEOPLE_FIELD_MAX 63 /* bytes of UTF-8, without the NUL */
#define PEOPLE_USERS_MAX (UINT64_C(1) << 40)
#define PEOPLE_TUTORIAL_USERS 3

/* Keys of somebody else's database, in the place of logins: who is behind them,
 * nobody here can say. */
struct people_given {
    const char *text;     /* one behind the other */
    const uint32_t *ends; /* of each, in the text */
    uint64_t count;
};

struct people {
    uint64_t users; /* at most PEOPLE_USERS_MAX */
    uint64_t seed;
    struct bio_law bio; /* what they say of themselves, if anything */
    const struct people_given *given; /* NULL: they are ours */
};

struct person {
    char login[PEOPLE_FIELD_MAX + 1];
    char name[PEOPLE_FIELD_MAX + 1];
    char forname[PEOPLE_FIELD_MAX + 1];
    size_t login_size;
    size_t name_size;
    size_t forname_size;
};

/* User @index (below people->users). */
void people_person(const struct people *people, uint64_t index,
                   struct person *person_out);

/* The names alone, of who has this login, which is left as it is. */
void people_names(const struct people *people, uint64_t index,
                  const char *login, size_t login_size,
                  struct person *person_out);

/* The login alone: what a lookup asks for. */
size_t people_login(const struct people *people, uint64_t index,
                    char login[PEOPLE_FIELD_MAX + 1]);

/* Which user has this login; false: nobody. */
bool people_index(const struct people *people, const char *login,
                  size_t login_size, uint64_t *index_out);

/* The first user whose login is not below @login; people->users: none. */
uint64_t people_from(const struct people *people, const char *login,
                     size_t login_size);

/* A login as people have them, of nobody: @drawn, a random number, says which.
 */
size_t people_stranger(const struct people *people, uint64_t drawn,
                       char login[PEOPLE_FIELD_MAX + 1]);

#endif
