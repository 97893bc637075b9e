/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PEOPLE_DATABASE_H
#define TESTS_SUPPORT_PEOPLE_DATABASE_H

#include <limits.h>

struct people;

/* A small database of users in a folder of its own, written row by row: what
 * tests look people up in without the generator. */
struct people_database {
    char folder[PATH_MAX];
    char path[PATH_MAX + 16];
};

/* 0 or -1. */
int people_database_make(struct people_database *database,
                         const struct people *people);
void people_database_remove(struct people_database *database);

#endif
