/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_PEOPLE_AVATAR_H
#define PLUNGE_PEOPLE_AVATAR_H

#include <stdbool.h>
#include <stddef.h>

#include "people/people.h"

/* A row of users, as it came from the database: borrowed bytes. */
struct avatar_row {
    const char *login;
    size_t login_size;
    const char *name;
    size_t name_size;
    const char *forname;
    size_t forname_size;
    const char *bio; /* not rendered; where there are none: NULL */
    size_t bio_size;
};

/* @person, as a row. */
struct avatar_row avatar_row_of(const struct person *person);

/* A row built into what a program shows of a user. */
#define AVATAR_TEXT_MAX (3 * PEOPLE_FIELD_MAX + 48)

struct avatar {
    char text[AVATAR_TEXT_MAX + 1];
    size_t text_size;
};

/* Mr '<forname> <name>' is connected under '<login>'
 * Fields that are too long for a person are cut (and will not verify). */
void avatar_render(struct avatar *avatar, const struct avatar_row *row);

/* Whether @avatar->text is provably that of @login: the login between the
 * quotes is the one asked for, and the name's checksum fits login, forname and
 * name. Reads the rendered text, not the row. */
bool avatar_verify(const struct people *people, const struct avatar *avatar,
                   const char *login, size_t login_size);

#endif
